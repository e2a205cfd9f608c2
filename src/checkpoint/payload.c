/* What every writer checks of what it is given. */
#include "checkpoint/payload.h"

#include <string.h>

#include "base/check.h"
#include "base/finite.h"
#include "base/utf8.h"

size_t siam_payload_bytes(const siam_ckpt_entry *x)
{
    SIAM_ASSERT(x->desc.dtype < SIAM_DTYPE_COUNT && x->desc.layout == SIAM_NCHW);
    const size_t bytes = x->desc.ndim ? siam_desc_bytes(&x->desc) : siam_dtype_size(x->desc.dtype);
    SIAM_ASSERT(bytes != SIZE_MAX);
    return bytes;
}

/* An exponent of all ones is infinity or NaN. Returns the first such element, or n. */
static size_t first_nonfinite(siam_dtype t, const void *data, size_t n)
{
    if (t == SIAM_F32)
        return siam_first_nonfinite(data, n);
    if (t == SIAM_F16 || t == SIAM_BF16) {
        const uint16_t *x = data, mask = t == SIAM_F16 ? 0x7c00 : 0x7f80;
        for (size_t k = 0; k < n; k++)
            if ((x[k] & mask) == mask)
                return k;
    }
    return n;
}

siam_code siam_payload_check(const char *path, const siam_ckpt_entry *x, const void *data, siam_err *e)
{
    const size_t n = siam_payload_bytes(x) / siam_dtype_size(x->desc.dtype);
    const size_t k = first_nonfinite(x->desc.dtype, data, n);
    if (k == n)
        return SIAM_OK;
    return siam_fail(e, SIAM_E_NUMERIC,
                     "tensor '%s' holds NaN or infinity (element %zu of %zu); '%s' was not written", x->name,
                     k, n, path);
}

static bool is_text(const char *s)
{
    const size_t n = strlen(s);
    unsigned point;
    for (size_t i = 0, len; i < n; i += len)
        if (!(len = siam_utf8_decode(s + i, n - i, &point)))
            return false;
    return true;
}

siam_code siam_texts_check(const char *path, const siam_ckpt_entry *entries, int n, const siam_ckpt_meta *m, int nmeta,
                           siam_err *e)
{
    bool ok = true;
    for (int i = 0; i < n; i++)
        ok &= is_text(entries[i].name);
    for (int i = 0; i < nmeta; i++)
        ok &= is_text(m[i].key) && is_text(m[i].value);
    return ok ? SIAM_OK
              : siam_fail(e, SIAM_E_DATA, "'%s' cannot be written: a name or metadata value is not UTF-8 text", path);
}
