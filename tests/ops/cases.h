/* The table of cases, and its rows in words. */
#ifndef SIAM_TESTS_OPS_CASES_H
#define SIAM_TESTS_OPS_CASES_H

#include <stdio.h>

#include "backend/selftest.h"

enum {
    INFER = SIAM_CASE_INFER,
    BIAS = SIAM_CASE_BIAS,
    ADD = SIAM_CASE_ADD,
    RELU = SIAM_CASE_RELU,
    NO_AFFINE = SIAM_CASE_NO_AFFINE,
    INPUT = SIAM_CASE_INPUT,
    NO_DIN1 = SIAM_CASE_NO_DIN1
};

static const siam_case cases[] = {
#define SIAM_CASE(KIND, ...) {SIAM_OP_##KIND, __VA_ARGS__},
#define CONV(N, C, H, W, O, K, S, P, FLAGS)                                                               \
    {SIAM_OP_CONV2D, .n = N, .c = C, .h = H, .w = W, .o = O, .kernel = K, .stride = S, .pad = P,            \
     .flags = FLAGS},
#include "cases.def"
#undef CONV
#undef SIAM_CASE
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* "conv2d n2 c16 h8 w8 o32 k3 s2 p1 g1 flags 0x5" */
static inline const char *case_text(const siam_case *c, char buf[static 128])
{
    snprintf(buf, 128, "%s n%d c%d h%d w%d o%d k%d s%d p%d g%d flags 0x%x", siam_op_name(c->kind), c->n, c->c,
             c->h, c->w, c->o, c->kernel, c->stride, c->pad, c->groups, c->flags);
    return buf;
}

#endif
