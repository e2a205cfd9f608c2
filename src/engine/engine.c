/* The list of engines. */
#include "engine/engine.h"

#include "base/check.h"

#define SIAM_ROW(x) extern const siam_engine_type siam_engine_##x;
#include "engine/engines.def"
#undef SIAM_ROW

const siam_engine_type *const siam_engines[] = {
#define SIAM_ROW(x) &siam_engine_##x,
#include "engine/engines.def"
#undef SIAM_ROW
    NULL};

siam_code siam_engine_create(siam_engine **out, const siam_engine_type *type, const siam_engine_cfg *c, siam_err *e)
{
    return (type ? type : siam_engines[0])->create(out, c, e);
}

void siam_engine_destroy(siam_engine **x)
{
    if (*x)
        (*x)->type->destroy(x);
}

const char *siam_engine_remark(siam_engine *x) { return x && x->type->remark ? x->type->remark(x) : NULL; }

siam_code siam_engine_bytes(siam_engine_memory *m, const siam_engine_type *type, const siam_engine_cfg *c, siam_err *e)
{
    siam_engine_cfg untimed = *c;
    siam_engine *x;
    untimed.tuner = NULL;
    SIAM_TRY(siam_engine_create(&x, type, &untimed, e));
    *m = x->type->bytes(x);
    siam_engine_destroy(&x);
    return SIAM_OK;
}
