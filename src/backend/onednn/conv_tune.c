/* Which algorithm a convolution takes: remembered, timed or by rule. */
#include <stdio.h>
#include <string.h>

#include "backend/onednn/conv_race.h"
#include "backend/tune.h"
#include "base/check.h"

enum { FEW_PIXELS = 4096 };

static const char *const dir_name[] = {
    [SIAM_CONV_FWD] = "fwd", [SIAM_CONV_BWD_D] = "bwd_d", [SIAM_CONV_BWD_W] = "bwd_w"};

static void make_key(char *key, size_t n, const siam_op_desc *d, siam_conv_dir dir)
{
    const int64_t *in = d->in[0].dim;
    snprintf(key, n, "conv2d n%lld c%lld h%lld w%lld o%lld k%d s%d p%d %s-%s %s %s%s%s%s", (long long)in[0],
             (long long)in[1], (long long)in[2], (long long)in[3], (long long)d->out.dim[1], d->u.conv.kernel,
             d->u.conv.stride, d->u.conv.pad, siam_layout_name(d->in[0].layout),
             siam_layout_name(d->out.layout), d->out.dtype == SIAM_BF16 ? "bf16" : "f32",
             dir == SIAM_CONV_FWD && !d->training ? "infer" : dir_name[dir],
             d->u.conv.bias ? "+bias" : "", d->u.conv.add ? "+add" : "", d->u.conv.relu ? "+relu" : "");
}

/* oneDNN 2.6 and 3.7 have a bfloat16 gradient of weights that reads memory it has not written where an image is one pixel
 * wide and the stride is not 1. */
static bool misreads(const siam_op_desc *d, siam_conv_dir dir)
{
    return dir == SIAM_CONV_BWD_W && d->u.conv.stride > 1 && d->in[0].dim[3] == 1;
}

static bool applies(const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir, siam_conv_algo algo)
{
    if (algo == SIAM_CONV_WINOGRAD || algo == SIAM_CONV_WINO4)
        return d->u.conv.kernel == 3 && d->u.conv.stride <= (algo == SIAM_CONV_WINO4 ? 2 : 1) &&
               d->in[0].layout == d->out.layout &&
               d->in[0].layout != SIAM_NCHW && d->in[0].layout != SIAM_NHWC;
    if (algo == SIAM_CONV_BF16)
        return b->bf16 && !misreads(d, dir) && d->in[0].dtype == SIAM_BF16 && d->out.dtype == SIAM_BF16 &&
               d->in[0].layout == SIAM_NCHW16C && d->out.layout == SIAM_NCHW16C; /* else oneDNN takes plain loops */
    return true;
}

static bool has_choice(const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir)
{
    for (int i = SIAM_CONV_DIRECT + 1; i < SIAM_CONV_ALGOS; i++)
        if (applies(b, d, dir, (siam_conv_algo)i))
            return true;
    return false;
}

/* Winograd's F(4x4,3x3) saves 4x multiplications but pays transforms: on small images oneDNN's backward data pass is
 * better direct, and few pixels are not worth the transform of the weights, which makes them four times as large,
 * nine times with stride 2 (a single photograph: bench/predict_cold.sh). Where oneDNN has one (AVX-512), it is the
 * usual one. With stride 2 less is saved: where tiles reach beyond the outputs, only the gradient of the weights is
 * still worth it. With AVX-512 that is not measured yet, so that only the tuner takes it. */
static siam_conv_algo usual(const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir)
{
    const int64_t *in = d->in[0].dim, *out = d->out.dim;
    const bool theirs = b->isa == SIAM_ISA_AVX512, strided = d->u.conv.stride == 2;
    if (applies(b, d, dir, SIAM_CONV_BF16))
        return SIAM_CONV_BF16;
    if (!applies(b, d, dir, SIAM_CONV_WINO4) || in[2] < (theirs && dir == SIAM_CONV_BWD_D ? 5 : 4) ||
        (!d->training && out[0] * out[2] * out[3] < FEW_PIXELS))
        return SIAM_CONV_DIRECT;
    if (strided && (theirs || out[2] < 4 || out[3] < 4 || (dir != SIAM_CONV_BWD_W && (out[2] % 4 || out[3] % 4))))
        return SIAM_CONV_DIRECT;
    return theirs ? SIAM_CONV_WINOGRAD : SIAM_CONV_WINO4;
}

/* A kernel that gives wrong numbers here is left out, and somebody should hear of it. */
static siam_code leave_out(siam_tuner *t, const char *key, siam_conv_algo algo, double worst, siam_err *e)
{
    return siam_tuner_warn(t, e, "the kernel '%s' is left out for '%s': on this machine (%s) its result is off by %.1g of the "
                           "largest number in it", siam_conv_algo_name(algo), key, siam_tuner_machine(t), worst);
}

/* Those that there are, direct first; returns how many. */
static int starters(siam_conv_prim *prim, siam_conv_algo *is, const siam_onednn *b, const siam_op_desc *d,
                    siam_conv_dir dir, siam_err *e)
{
    int n = 0;
    for (int i = SIAM_CONV_DIRECT; i < SIAM_CONV_ALGOS; i++) {
        is[n] = (siam_conv_algo)i;
        if (applies(b, d, dir, is[n]) && !siam_conv_prim_create(&prim[n], b, d, dir, is[n], i ? NULL : e))
            n++;
    }
    return n;
}

/* Check and time every candidate; keep the fastest that is right in *c and remember it. A single one is taken untimed. */
static siam_code race(siam_conv_prim *c, siam_conv_algo *algo, const char *key, siam_onednn *b, siam_tuner *t,
                      const siam_op_desc *d, siam_conv_dir dir, siam_err *e)
{
    siam_conv_prim prim[SIAM_CONV_ALGOS];
    siam_conv_algo is[SIAM_CONV_ALGOS];
    siam_conv_race r;
    double best = 1e30;
    int won = 0;
    const int n = starters(prim, is, b, d, dir, e);
    siam_code rc = n ? SIAM_OK : SIAM_E_UNSUPPORTED;
    if (n > 1)
        rc = siam_conv_race_open(&r, b, d, dir, e);
    for (int i = 0; i < n && n > 1 && !rc; i++) {
        double ms = 1e30;
        bool right = false;
        rc = siam_conv_race_check(&r, &prim[i], is[i] == SIAM_CONV_DIRECT, &right, e);
        if (!rc)
            rc = right ? siam_conv_race_time(&r, &prim[i], best, &ms, e) : leave_out(t, key, is[i], r.worst, e);
        if (!rc && right && ms < best) {
            best = ms;
            won = i;
        }
    }
    if (n > 1)
        siam_conv_race_close(&r);
    if (n)
        *algo = is[won];
    if (!rc && n > 1 && best >= 1e30) {
        rc = siam_fail(e, SIAM_E_UNSUPPORTED, "no kernel gives right numbers for '%s' on this machine (%s)", key,
                       siam_tuner_machine(t));
        siam_hint(e, "--device ref, which is right everywhere and slow");
    }
    if (!rc && n > 1)
        rc = siam_tuner_put(t, key, siam_conv_algo_name(*algo), best, e);
    for (int i = 0; i < n; i++)
        if (i != won || rc)
            siam_conv_prim_release(&prim[i]);
    if (!rc)
        *c = prim[won];
    return rc;
}

/* Creates `first`, or the first of the others that exists for this shape. */
static siam_code create_any(siam_conv_prim *c, siam_conv_algo *algo, siam_conv_algo first, const siam_onednn *b,
                            const siam_op_desc *d, siam_conv_dir dir, siam_err *e)
{
    *algo = first;
    if (applies(b, d, dir, first) && !siam_conv_prim_create(c, b, d, dir, first, NULL))
        return SIAM_OK;
    for (int i = SIAM_CONV_ALGOS - 1; i > 0; i--) {
        *algo = (siam_conv_algo)i;
        if (i != (int)first && applies(b, d, dir, *algo) && !siam_conv_prim_create(c, b, d, dir, *algo, NULL))
            return SIAM_OK;
    }
    *algo = SIAM_CONV_DIRECT;
    return siam_conv_prim_create(c, b, d, dir, *algo, e);
}

siam_code siam_conv_choose(siam_conv_prim *c, const char **variant, siam_onednn *b, siam_tuner *t,
                           const siam_op_desc *d, siam_conv_dir dir, siam_err *e)
{
    char key[192];
    siam_conv_algo algo = SIAM_CONV_DIRECT;
    siam_code rc;
    const bool choice = has_choice(b, d, dir);
    make_key(key, sizeof key, d, dir);
    const char *remembered = t && choice ? siam_tuner_get(t, key) : NULL;
    if (!remembered && t && choice && siam_tuner_timed(t)) {
        rc = race(c, &algo, key, b, t, d, dir, e);
    } else {
        siam_conv_algo first = remembered ? SIAM_CONV_DIRECT : usual(b, d, dir);
        for (int i = 0; remembered && i < SIAM_CONV_ALGOS; i++)
            first = strcmp(remembered, siam_conv_algo_name((siam_conv_algo)i)) ? first : (siam_conv_algo)i;
        rc = create_any(c, &algo, first, b, d, dir, e);
    }
    *variant = siam_conv_algo_name(algo);
    return rc;
}
