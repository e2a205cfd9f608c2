/* The race of a convolution's algorithms: what is right passes its check, and what is wrong does not, in every direction.
 * A wrong kernel is made by running the one of a neighbouring operation: other padding, an epilogue, other strides. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/onednn/conv_race.h"

typedef struct shape {
    int n, c, h, w, o, kernel, stride, pad;
    bool bf16;
} shape;

static const shape shapes[] = {
    {4, 16, 8, 8, 32, 3, 1, 1, false},  {3, 32, 9, 7, 16, 3, 2, 1, false},  {2, 64, 7, 7, 48, 1, 1, 0, false},
    {2, 24, 12, 12, 24, 3, 1, 1, false}, {5, 16, 6, 10, 16, 3, 1, 1, true}, {2, 32, 8, 8, 32, 3, 2, 1, true},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static siam_err err;
static siam_backend *backend;

static siam_op_desc describe(const shape *s)
{
    siam_op_desc d = {.kind = SIAM_OP_CONV2D, .training = true, .u.conv = {.kernel = s->kernel, .stride = s->stride, .pad = s->pad}};
    d.in[0] = siam_desc_4d(s->n, s->c, s->h, s->w);
    d.out = siam_desc_4d(s->n, s->o, (s->h + 2 * s->pad - s->kernel) / s->stride + 1, (s->w + 2 * s->pad - s->kernel) / s->stride + 1);
    d.in[0].layout = backend->type->layout(backend, &d.in[0]);
    d.out.layout = backend->type->layout(backend, &d.out);
    d.in[0].dtype = d.out.dtype = s->bf16 ? SIAM_BF16 : SIAM_F32;
    return d;
}

/* The algorithm's verdict when the kernel of `other` runs on the race of `d`; -1 when there is none. */
static int verdict(siam_conv_race *r, const siam_op_desc *other, siam_conv_dir dir, siam_conv_algo algo, bool direct)
{
    siam_conv_prim c;
    bool right = false;
    if (siam_conv_prim_create(&c, r->b, other, dir, algo, NULL))
        return -1;
    assert_int_equal(siam_conv_race_check(r, &c, direct, &right, &err), SIAM_OK);
    siam_conv_prim_release(&c);
    return right;
}

static void right_ones_pass(void **state)
{
    (void)state;
    int checked = 0;
    for (int i = 0; i < SHAPES; i++)
        for (int dir = 0; dir < 3; dir++) {
            siam_op_desc d = describe(&shapes[i]);
            siam_conv_race r;
            assert_int_equal(siam_conv_race_open(&r, siam_onednn_enter(backend), &d, (siam_conv_dir)dir, &err), SIAM_OK);
            assert_int_equal(verdict(&r, &d, (siam_conv_dir)dir, SIAM_CONV_DIRECT, true), 1);
            assert_non_null(r.first);
            for (int a = 1; a < SIAM_CONV_ALGOS; a++) {
                if (a == SIAM_CONV_BF16 && !r.b->bf16)
                    continue;
                const int v = verdict(&r, &d, (siam_conv_dir)dir, (siam_conv_algo)a, false);
                if (!v)
                    fail_msg("shape %d, direction %d: %s is off by %g", i, dir, siam_conv_algo_name((siam_conv_algo)a), r.worst);
                checked += v == 1;
            }
            siam_conv_race_close(&r);
        }
    print_message("%d algorithms besides direct\n", checked);
}

static void epilogues_are_known(void **state)
{
    (void)state;
    for (int flags = 0; flags < 8; flags++) {
        siam_op_desc d = describe(&shapes[0]);
        siam_conv_race r;
        d.training = false;
        d.u.conv.bias = flags & 1;
        d.u.conv.add = flags & 2;
        d.u.conv.relu = flags & 4;
        d.in[1] = d.u.conv.add ? d.out : d.in[1];
        assert_int_equal(siam_conv_race_open(&r, siam_onednn_enter(backend), &d, SIAM_CONV_FWD, &err), SIAM_OK);
        assert_int_equal(verdict(&r, &d, SIAM_CONV_FWD, SIAM_CONV_DIRECT, true), 1);
        for (int other = 0; other < 8; other++) { /* another epilogue is another result */
            siam_op_desc o = d;
            o.u.conv.bias = other & 1;
            o.u.conv.add = other & 2;
            o.u.conv.relu = other & 4;
            if (other != flags)
                assert_int_equal(verdict(&r, &o, SIAM_CONV_FWD, SIAM_CONV_DIRECT, false), 0);
        }
        siam_conv_race_close(&r);
    }
}

/* oneDNN 3.7 loses 12 bytes when it describes the gradient of data in NHWC, which nothing but wrong_ones_fail asks for. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:dnnl_convolution_backward_data_primitive_desc_create";
}

/* Wrong in every element, and wrong in what a few samples do not show. */
static void wrong_ones_fail(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++)
        for (int dir = 0; dir < 3; dir++)
            for (int compared = 0; compared < 2; compared++) {
                siam_op_desc d = describe(&shapes[i]), transposed = d;
                siam_conv_race r;
                transposed.out.layout = transposed.out.layout == SIAM_NCHW ? SIAM_NHWC : SIAM_NCHW;
                transposed.in[0].layout = transposed.in[0].layout == SIAM_NCHW ? SIAM_NHWC : SIAM_NCHW;
                assert_int_equal(siam_conv_race_open(&r, siam_onednn_enter(backend), &d, (siam_conv_dir)dir, &err), SIAM_OK);
                if (compared)
                    assert_int_equal(verdict(&r, &d, (siam_conv_dir)dir, SIAM_CONV_DIRECT, true), 1);
                assert_int_equal(verdict(&r, &transposed, (siam_conv_dir)dir, SIAM_CONV_DIRECT, false), 0);
                if (compared) { /* one element of the memory that it is compared with */
                    r.first[siam_desc_count(&d.out) / 3 % 100] += 0.5f * (1 + fabsf(r.first[0]));
                    assert_int_equal(verdict(&r, &d, (siam_conv_dir)dir, SIAM_CONV_DIRECT, false), 0);
                }
                siam_conv_race_close(&r);
            }
}

static int setup(void **state)
{
    (void)state;
    return siam_backend_open(&backend, "onednn", 2, &err);
}

static int teardown(void **state)
{
    (void)state;
    siam_backend_close(&backend);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_ones_pass),
        cmocka_unit_test(epilogues_are_known),
        cmocka_unit_test(wrong_ones_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
