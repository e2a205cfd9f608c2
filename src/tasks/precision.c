/* bfloat16 pays only where the processor multiplies it: elsewhere every convolution widens and rounds its maps. */
#include "tasks/precision.h"

siam_code siam_precision_maps(siam_dtype *maps, const siam_backend *b, int32_t precision, bool force, siam_err *e)
{
    char why[160] = "";
    *maps = precision == SIAM_PRECISION_BF16 ? SIAM_BF16 : SIAM_F32;
    if (*maps == SIAM_F32)
        return SIAM_OK;
    const int able = b->type->bf16 ? b->type->bf16(b, why, sizeof why) : 0;
    if (!able) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "device '%s' has no bfloat16 feature maps", b->type->name);
        siam_hint(e, "--precision fp32");
        return SIAM_E_UNSUPPORTED;
    }
    if (able == 1 && !force) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "bf16 would be slower than fp32 here: %s", why);
        siam_hint(e, "--precision fp32, or --force for half the memory at that price");
        return SIAM_E_UNSUPPORTED;
    }
    return SIAM_OK;
}
