/* What a model file gives for tensors that another program made: no decoding or normalising in between.
 *
 *   interop_features MODEL N SIZE IN OUT PART...
 *
 * IN: N x C x SIZE x SIZE float32, NCHW. OUT: for each PART (features, z, p or logits) N rows of float32. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "nn/plan.h"
#include "tasks/encoder.h"

typedef struct job {
    siam_encoder *enc;
    siam_backend *backend;
    siam_plan *plan;
    char *in;
} job;

static int complain(const siam_err *e)
{
    fprintf(stderr, "interop_features: %s\n", e->msg);
    return 1;
}

static siam_code prepare(job *j, const char *model, int n, int size, unsigned parts, siam_err *e)
{
    const siam_model_ask ask = {.model = model, .size = size, .parts = parts};
    siam_code rc = siam_encoder_open(&j->enc, &ask, e);
    if (!rc)
        rc = siam_backend_open(&j->backend, "auto", 1, e);
    if (!rc)
        rc = siam_plan_create(&j->plan, j->enc->graph, j->backend, n, false, NULL, e);
    if (!rc)
        rc = siam_plan_alloc(j->plan, e);
    return rc ? rc : siam_plan_bind(j->plan, j->enc->params, e);
}

static siam_code run(job *j, const char *in, int n, int size, siam_err *e)
{
    const size_t want =
        sizeof(float) * (size_t)n * (size_t)j->enc->cfg.in_channels * (size_t)size * (size_t)size;
    size_t have;
    siam_code rc = siam_file_read(in, want, &j->in, &have, e);
    if (rc)
        return rc;
    if (have != want)
        return siam_fail(e, SIAM_E_DATA, "'%s' has %zu bytes, not %zu", in, have, want);
    memcpy(siam_plan_input(j->plan), j->in, want);
    return siam_plan_forward(j->plan, e);
}

static siam_code write_part(const job *j, const char *part, FILE *out, siam_err *e)
{
    const siam_model_vals *v = &j->enc->vals;
    const siam_val val = !strcmp(part, "z")        ? v->z
                         : !strcmp(part, "p")      ? v->p
                         : !strcmp(part, "logits") ? v->logits
                                                   : v->features;
    siam_desc d;
    const float *x = siam_plan_value(j->plan, val, &d);
    const size_t count = (size_t)siam_desc_count(&d);
    return fwrite(x, sizeof *x, count, out) == count ? SIAM_OK
                                                     : siam_fail(e, SIAM_E_IO, "cannot write %s", part);
}

int main(int argc, char **argv)
{
    job j = {0};
    siam_err e = {0};
    unsigned parts = 0;
    if (argc < 7) {
        fprintf(stderr, "usage: interop_features MODEL N SIZE IN OUT PART...\n");
        return 2;
    }
    for (int i = 6; i < argc; i++)
        parts |= !strcmp(argv[i], "z")        ? SIAM_PART_Z
                 : !strcmp(argv[i], "p")      ? SIAM_PART_P
                 : !strcmp(argv[i], "logits") ? SIAM_PART_LOGITS
                                              : 0u;
    const int n = (int)strtol(argv[2], NULL, 10), size = (int)strtol(argv[3], NULL, 10);
    FILE *out = fopen(argv[5], "wb");
    siam_code rc = out ? prepare(&j, argv[1], n, size, parts, &e)
                       : siam_fail(&e, SIAM_E_IO, "cannot open '%s'", argv[5]);
    if (!rc)
        rc = run(&j, argv[4], n, size, &e);
    for (int i = 6; i < argc && !rc; i++)
        rc = write_part(&j, argv[i], out, &e);
    if (out && fclose(out) && !rc)
        rc = siam_fail(&e, SIAM_E_IO, "cannot write '%s'", argv[5]);
    free(j.in);
    siam_plan_destroy(&j.plan);
    siam_backend_close(&j.backend);
    siam_encoder_close(&j.enc);
    return rc ? complain(&e) : 0;
}
