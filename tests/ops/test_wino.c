/* The own Winograd convolution in parts: how many blocks of channels go through it at once depends on the size of a cache or
 * of the sums, and must change no bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/onednn/wino.h"
#include "base/rng.h"

typedef struct shape {
    int n, blocks, h, w, out_blocks, stride;
} shape;

static const shape shapes[] = {{2, 3, 8, 8, 5, 1}, {3, 5, 9, 7, 3, 1}, {2, 4, 10, 6, 7, 2}, {5, 7, 5, 5, 4, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes, LANES = 16 };

static siam_err err;
static siam_backend *backend;

static float *numbers(const siam_desc *d, uint64_t seed)
{
    const size_t n = (size_t)siam_desc_count(d);
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    assert_non_null(x);
    siam_rng r = siam_rng_key(seed, 0, 0, 0, SIAM_RNG_INIT);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&r, -1, 1);
    return x;
}

/* What a convolution of d with `part` blocks at once writes: *bytes in memory that the caller releases. */
static float *run(siam_wino w, const siam_op_desc *d, int64_t part, size_t *bytes)
{
    const siam_desc all[3] = {d->in[0], d->out, siam_desc_4d(d->out.dim[1], d->in[0].dim[1], 3, 3)};
    const int result = w.dir == SIAM_CONV_FWD ? 1 : w.dir == SIAM_CONV_BWD_D ? 0 : 2;
    float *x[3] = {numbers(&all[0], 1), numbers(&all[1], 2), numbers(&all[2], 3)}, *to = x[result];
    void *scratch = aligned_alloc(64, (w.scratch_bytes + 63) / 64 * 64);
    assert_non_null(scratch);
    *bytes = siam_desc_bytes(&all[result]);
    memset(to, 0, *bytes);
    w.part = part;
    siam_wino_run(&w, x[0], x[1], x[2], NULL, scratch);
    free(scratch);
    for (int i = 0; i < 3; i++)
        if (x[i] != to)
            free(x[i]);
    return to;
}

static void parts_change_no_bit(void **state)
{
    (void)state;
    int tried = 0;
    for (int i = 0; i < SHAPES; i++)
        for (int dir = 0; dir < 3; dir++) {
            const shape *s = &shapes[i];
            siam_op_desc d = {.kind = SIAM_OP_CONV2D, .training = true, .u.conv = {.kernel = 3, .stride = s->stride, .pad = 1}};
            siam_wino w;
            d.in[0] = siam_desc_4d(s->n, s->blocks * LANES, s->h, s->w);
            d.out = siam_desc_4d(s->n, s->out_blocks * LANES, (s->h - 1) / s->stride + 1, (s->w - 1) / s->stride + 1);
            d.in[0].layout = d.out.layout = SIAM_NCHW16C;
            if (siam_wino_create(&w, siam_onednn_enter(backend), &d, (siam_conv_dir)dir, &err))
                continue;
            const int64_t all = w.part;
            assert_true(all >= 3); /* these are small: they fit whatever the cache */
            size_t bytes;
            float *whole = run(w, &d, all, &bytes);
            for (int64_t part = 2; part < all; part += 2) { /* of results always a pair, or what is left */
                float *parts = run(w, &d, part, &bytes);
                if (memcmp(whole, parts, bytes))
                    fail_msg("shape %d, direction %d: %d blocks at once are not %d", i, dir, (int)part, (int)all);
                free(parts);
                tried++;
            }
            free(whole);
        }
    if (!tried)
        skip(); /* the processor has no vectors for it */
    print_message("%d divisions\n", tried);
}

static int setup(void **state)
{
    (void)state;
    return siam_backend_open(&backend, "onednn", 2, &err) ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    siam_backend_close(&backend);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_change_no_bit)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
