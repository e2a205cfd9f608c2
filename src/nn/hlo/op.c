/* The list of operations that can be written as StableHLO. */
#include "nn/hlo/op.h"

#include "base/check.h"

#define SIAM_ROW(x) extern const siam_hlo_impl siam_hlo_op_##x;
#include "nn/hlo/ops.def"
#undef SIAM_ROW

const siam_hlo_impl *const siam_hlo_impls[] = {
#define SIAM_ROW(x) &siam_hlo_op_##x,
#include "nn/hlo/ops.def"
#undef SIAM_ROW
    NULL};

const siam_hlo_impl *siam_hlo_impl_of(siam_op_kind kind)
{
    for (int i = 0; siam_hlo_impls[i]; i++)
        if (siam_hlo_impls[i]->kind == kind)
            return siam_hlo_impls[i];
    return NULL;
}

siam_hlo_elem siam_hlo_elem_of(siam_dtype t)
{
    SIAM_ASSERT(t == SIAM_F32 || t == SIAM_BF16);
    return t == SIAM_BF16 ? SIAM_HLO_BF16 : SIAM_HLO_F32;
}
