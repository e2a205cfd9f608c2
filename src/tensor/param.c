/* The parameter table. */
#include "tensor/param.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/rng.h"
#include "base/system.h"

enum { ALIGN_FLOATS = 16, HUGE_PAGE = 2 << 20 };

/* Large ones in huge pages, as far as there are any: 25 million parameters would otherwise be 25,000 page faults, a fifth of what
 * it takes to open a ResNet-50. */
static float *vector_alloc(size_t n)
{
    const size_t bytes = (n ? n : ALIGN_FLOATS) * sizeof(float), align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    void *v;
    if (posix_memalign(&v, align, bytes))
        return NULL;
    if (bytes >= HUGE_PAGE)
        madvise(v, bytes, MADV_HUGEPAGE); /* a wish; small pages work too */
    return v;
}

static float *vector_create(size_t n)
{
    float *v = vector_alloc(n);
    if (v)
        memset(v, 0, (n ? n : ALIGN_FLOATS) * sizeof *v);
    return v;
}

siam_code siam_params_create(siam_params **out, const siam_param *row, int n, bool training, siam_err *e)
{
    *out = NULL;
    siam_params *p = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the parameter table");
    p->n = n;
    p->row = calloc((size_t)n + 1, sizeof *p->row);
    if (p->row) {
        memcpy(p->row, row, (size_t)n * sizeof *row);
        for (int i = 0; i < n; i++) {
            size_t *total = row[i].buffer ? &p->buffer_count : &p->count;
            p->row[i].offset = *total;
            *total += ((size_t)siam_desc_count(&row[i].desc) + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
        }
        /* Linux promises more memory than there is and kills who uses it. */
        const size_t need = (p->count * (training ? 3 : 1) + p->buffer_count) * sizeof(float);
        if (need > siam_memory_available())
            goto nomem;
        p->value = vector_create(p->count);
        p->buffer = vector_create(p->buffer_count);
        if (training) {
            p->grad = vector_create(p->count);
            p->momentum = vector_create(p->count);
        }
    }
    if (!p->row || !p->value || !p->buffer || (training && (!p->grad || !p->momentum)))
        goto nomem;
    *out = p;
    return SIAM_OK;
nomem:;
    const size_t mib = p->count * (training ? 3 : 1) * sizeof(float) >> 20;
    siam_params_destroy(&p);
    siam_fail(e, SIAM_E_NOMEM, "there is not enough memory for the model's parameters (%zu MiB)", mib);
    siam_hint(e, "a smaller --width or --arch");
    return SIAM_E_NOMEM;
}

size_t siam_params_bytes(const siam_param *row, int n, bool training)
{
    size_t bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += (training && !row[i].buffer ? 3u : 1u) * siam_desc_bytes(&row[i].desc);
    return bytes;
}

void siam_params_destroy(siam_params **p)
{
    if (!*p)
        return;
    free((*p)->row);
    free((*p)->value);
    free((*p)->grad);
    free((*p)->momentum);
    free((*p)->buffer);
    free(*p);
    *p = NULL;
}

void siam_params_init(siam_params *p, uint64_t seed)
{
    for (int i = 0; i < p->n; i++) {
        const siam_param *r = &p->row[i];
        float *x = siam_params_data(p, i);
        const int64_t n = siam_desc_count(&r->desc);
        siam_rng rng = siam_rng_key(seed, 0, siam_rng_name(r->name), 0, SIAM_RNG_INIT);
        const double std = sqrt(2.0 / (double)(r->fan ? r->fan : 1));      /* kaiming_normal, gain sqrt(2) */
        const double bound = 1.0 / sqrt((double)(r->fan ? r->fan : 1));    /* torch.nn.Linear */
        for (int64_t j = 0; j < n; j++) {
            switch (r->init) {
            case SIAM_INIT_ZERO: x[j] = 0; break;
            case SIAM_INIT_ONE: x[j] = 1; break;
            case SIAM_INIT_KAIMING_OUT: x[j] = (float)(std * siam_rng_normal_at(&rng, (uint64_t)j)); break;
            case SIAM_INIT_NORMAL: x[j] = (float)(0.01 * siam_rng_normal_at(&rng, (uint64_t)j)); break;
            case SIAM_INIT_TORCH_LINEAR: x[j] = (float)siam_rng_uniform(&rng, -bound, bound); break;
            }
        }
    }
}

int siam_params_find(const siam_params *p, const char *name)
{
    for (int i = 0; i < p->n; i++)
        if (!strcmp(p->row[i].name, name))
            return i;
    return -1;
}

float *siam_params_data(const siam_params *p, int i)
{
    return (p->row[i].buffer ? p->buffer : p->value) + p->row[i].offset;
}

int64_t siam_params_trainable(const siam_params *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->n; i++)
        if (!p->row[i].buffer)
            n += siam_desc_count(&p->row[i].desc);
    return n;
}

/* One thread does not fill the memory's bandwidth, and who copies while others wait is in a hurry. */
static void copy(float *to, const float *from, size_t n)
{
    enum { PIECE = 1 << 18 };
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < n; at += PIECE)
        memcpy(to + at, from + at, (n - at < PIECE ? n - at : PIECE) * sizeof *to);
}

float *siam_params_copy(siam_params *p)
{
    float *value = vector_alloc(2 * p->count + p->buffer_count);
    if (!value)
        return NULL;
    float *momentum = value + p->count, *buffer = momentum + p->count;
    copy(value, p->value, p->count);
    copy(momentum, p->momentum, p->count);
    copy(buffer, p->buffer, p->buffer_count);
    p->value = value;
    p->momentum = momentum;
    p->buffer = buffer;
    p->grad = NULL;
    return value;
}
