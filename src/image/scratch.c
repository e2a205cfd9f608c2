/* The scratch memory of the image operations: three buffers that only ever grow. */
#include "image/scratch.h"

#include <stdlib.h>

static siam_code grow(void **p, size_t *cap, size_t n, size_t size, siam_err *e)
{
    if (n <= *cap)
        return SIAM_OK;
    free(*p);
    *p = NULL;
    *cap = 0;
    if (n > SIZE_MAX / size || !(*p = malloc(n * size)))
        return siam_fail(e, SIAM_E_NOMEM, "no memory for %zu elements of %zu bytes of image scratch", n,
                         size);
    *cap = n;
    return SIAM_OK;
}

siam_code siam_scratch_bytes(siam_image_scratch *s, size_t n, siam_err *e)
{
    void *p = s->bytes;
    const siam_code rc = grow(&p, &s->byte_cap, n, 1, e);
    s->bytes = p;
    return rc;
}

siam_code siam_scratch_tables(siam_image_scratch *s, size_t n_coeff, size_t n_bound, siam_err *e)
{
    void *p = s->coeff, *q = s->bound;
    siam_code rc = grow(&p, &s->coeff_cap, n_coeff, sizeof *s->coeff, e);
    s->coeff = p;
    if (!rc)
        rc = grow(&q, &s->bound_cap, n_bound, sizeof *s->bound, e);
    s->bound = q;
    return rc;
}

void siam_image_scratch_release(siam_image_scratch *s)
{
    free(s->bytes);
    free(s->coeff);
    free(s->bound);
    *s = (siam_image_scratch){0};
}
