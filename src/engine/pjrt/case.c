/* Running one operation on a device. */
#include "engine/pjrt/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "nn/hlo/case.h"

typedef struct job {
    siam_pjrt *device;
    siam_hlo_program *hlo;
    siam_pjrt_program *compiled;
    siam_pjrt_buffer *in[SIAM_SLOT_COUNT], *out[SIAM_SLOT_COUNT];
} job;

static siam_code bring(job *j, const siam_case_data *data, const siam_case_data *out_of, siam_err *e)
{
    for (int i = 0; i < j->hlo->nin; i++) {
        const int slot = j->hlo->in[i].index;
        const siam_case_data *from = slot == SIAM_SLOT_OUT && out_of ? out_of : data;
        SIAM_TRY(siam_pjrt_put(&j->in[i], j->device, from->t[slot], 0, &j->hlo->in[i].desc, e));
    }
    return SIAM_OK;
}

/* All devices were given the same, so they give the same. */
static siam_code compare_devices(job *j, int i, const float *first, float *other, size_t n, siam_err *e)
{
    for (int k = 1; k < siam_pjrt_devices(j->device); k++) {
        SIAM_TRY(siam_pjrt_get(j->device, j->out[i], k, other, n, e));
        if (memcmp(other, first, n * sizeof *first))
            return siam_fail(e, SIAM_E_NUMERIC, "device %d of those that share a batch gives other bits of %s than the first", k,
                             siam_slot_name(j->hlo->out[i].index));
    }
    return SIAM_OK;
}

/* Into data; `again`: where the same numbers are. */
static siam_code fetch(job *j, bool again, siam_case_data *data, siam_err *e)
{
    for (int i = 0; i < j->hlo->nout; i++) {
        const int slot = j->hlo->out[i].index;
        siam_case_data now;
        SIAM_TRY(siam_case_copy(&now, data, e));
        siam_code rc = siam_pjrt_get(j->device, j->out[i], 0, now.t[slot], (size_t)now.n[slot], e);
        const size_t bytes = (size_t)now.n[slot] * sizeof(float);
        if (!rc && again && memcmp(now.t[slot], data->t[slot], bytes))
            rc = siam_fail(e, SIAM_E_NUMERIC, "the same operation gives other bits of %s when it runs again", siam_slot_name(slot));
        if (!rc)
            memcpy(data->t[slot], now.t[slot], bytes);
        if (!rc)
            rc = compare_devices(j, i, data->t[slot], now.t[slot], (size_t)now.n[slot], e);
        siam_case_release(&now);
        SIAM_TRY(rc);
    }
    return SIAM_OK;
}

static void drop(job *j)
{
    for (int i = 0; i < SIAM_SLOT_COUNT; i++) {
        siam_pjrt_drop(j->device, &j->in[i]);
        siam_pjrt_drop(j->device, &j->out[i]);
    }
}

static siam_code run(job *j, int runs, siam_case_data *data, const siam_case_data *out_of, siam_err *e)
{
    siam_case_data start;
    SIAM_TRY(siam_case_copy(&start, data, e));
    siam_code rc = SIAM_OK;
    for (int i = 0; !rc && i < runs; i++) {
        rc = bring(j, &start, out_of, e);
        if (!rc)
            rc = siam_pjrt_run(j->device, j->compiled, j->in, j->hlo->nin, j->out, j->hlo->nout, e);
        if (!rc)
            rc = fetch(j, i > 0, data, e);
        drop(j);
    }
    siam_case_release(&start);
    return rc;
}

siam_code siam_pjrt_case_run(siam_pjrt *x, const siam_op_desc *d, int runs, siam_case_data *data, const siam_case_data *out_of,
                             siam_err *e)
{
    job j = {.device = x};
    SIAM_TRY(siam_hlo_program_of_op(&j.hlo, d, data->desc, e));
    siam_code rc = siam_pjrt_compile(&j.compiled, x, j.hlo->text, j.hlo->size, e);
    if (!rc)
        rc = run(&j, runs, data, d->training ? out_of : NULL, e);
    siam_pjrt_program_destroy(x, &j.compiled);
    siam_hlo_program_destroy(&j.hlo);
    return rc;
}

/* ---- the self-test ---- */

enum { RUNS = 3, SUMMED = 1000 };

/* worst: the largest difference, relative to what it should be. */
static siam_code sum_once(job *j, float *x, double *worst, siam_err *e)
{
    const int n = siam_pjrt_devices(j->device);
    for (int i = 0; i < n * SUMMED; i++)
        x[i] = (float)((i % SUMMED + 1) * (i / SUMMED + 1));
    SIAM_TRY(siam_pjrt_put(&j->in[0], j->device, x, SUMMED, &j->hlo->in[0].desc, e));
    SIAM_TRY(siam_pjrt_run(j->device, j->compiled, j->in, 1, j->out, 1, e));
    for (int k = 0; k < n; k++) {
        SIAM_TRY(siam_pjrt_get(j->device, j->out[0], k, x, SUMMED, e));
        for (int i = 0; i < SUMMED; i++) {
            const double want = (double)(i + 1) * n * (n + 1) / 2, gap = fabs(x[i] - want) / want;
            *worst = gap > *worst || isnan(gap) ? gap : *worst;
        }
    }
    return SIAM_OK;
}

/* Devices that share a batch sum gradients and statistics. */
static siam_code check_sum(siam_pjrt *x, double *worst, siam_err *e)
{
    static const char what[] = "out of memory for a sum over devices";
    job j = {.device = x};
    float *numbers = malloc((size_t)siam_pjrt_devices(x) * SUMMED * sizeof *numbers);
    siam_code rc = numbers ? siam_hlo_program_of_sum(&j.hlo, SUMMED, siam_pjrt_devices(x), e) : siam_fail(e, SIAM_E_NOMEM, what);
    if (!rc)
        rc = siam_pjrt_compile(&j.compiled, x, j.hlo->text, j.hlo->size, e);
    if (!rc)
        rc = sum_once(&j, numbers, worst, e);
    drop(&j);
    siam_pjrt_program_destroy(x, &j.compiled);
    siam_hlo_program_destroy(&j.hlo);
    free(numbers);
    return rc;
}

static siam_code run_case(void *user, const siam_op_desc *d, siam_case_data *data, const siam_case_data *out_of, siam_err *e)
{
    return siam_pjrt_case_run(user, d, RUNS, data, out_of, e);
}

siam_code siam_pjrt_selftest(siam_pjrt *x, const char *impl, siam_selftest_row *row, void *user, siam_err *e)
{
    double worst = 0;
    if (siam_pjrt_devices(x) > 1)
        SIAM_TRY(check_sum(x, &worst, e));
    if (worst != 0) /* of whole numbers, which are exact */
        row(user, "sum over devices", impl, worst, false);
    return siam_runner_selftest(run_case, x, impl, row, user, e);
}
