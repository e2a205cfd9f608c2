/* A run goes on with the images it began with: their fingerprint is a part of its state. */
#include <inttypes.h>

#include "base/check.h"
#include "base/format.h"
#include "report/run_folder.h"
#include "train/job.h"
#include "train/resume.h"
#include "train/state.h"

void siam_state_data_fields(siam_field f[SIAM_DATA_FIELDS], siam_fingerprint *p, bool held_out)
{
    const siam_field all[2][SIAM_DATA_FIELDS] = {
        {{.key = "siam.data.images", .whole = &p->images, .optional = true},
         {.key = "siam.data.files", .whole = &p->files, .optional = true},
         {.key = "siam.data.order", .whole = &p->order, .optional = true},
         {.key = "siam.data.labels", .whole = &p->labels, .optional = true}},
        {{.key = "siam.held_out.images", .whole = &p->images, .optional = true},
         {.key = "siam.held_out.files", .whole = &p->files, .optional = true},
         {.key = "siam.held_out.order", .whole = &p->order, .optional = true},
         {.key = "siam.held_out.labels", .whole = &p->labels, .optional = true}}};
    for (int i = 0; i < SIAM_DATA_FIELDS; i++)
        f[i] = all[held_out][i];
}

/* The hint of a failure to resume with other data than the run began with. */
static void hint_data(const siam_optset *set, siam_err *e)
{
    const siam_config *c = set->cfg;
    char afresh[2 * SIAM_PATH_MAX], word[2 * SIAM_PATH_MAX];
    siam_hint(e,
              "--data with the data set of the run as it was, or a new run: simsiam %s --data %s --out DIR",
              siam_run_afresh(afresh, sizeof afresh, siam_job_of(set)->name, c->run_out),
              siam_format_word(word, sizeof word, c->data_path));
}

siam_code siam_resume_check_data(const siam_optset *set, const siam_fingerprint *began, const siam_fingerprint *now,
                                 bool held_out, siam_err *e)
{
    char n[32], differs[96];
    const siam_config *c = set->cfg;
    if (began->images == 0 || !siam_fingerprint_differs(differs, sizeof differs, began, now))
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG,
              "the %s images of '%s' are not those this run began with: it began with %s, %s; the result "
              "would be another",
              held_out ? "held-out" : "training", c->data_path, siam_format_count(n, sizeof n, began->images),
              differs);
    hint_data(set, e);
    return SIAM_E_CONFIG;
}

siam_code siam_resume_check_position(const siam_optset *set, int64_t step, int epoch, int64_t batch, int64_t steps,
                                     siam_err *e)
{
    const siam_config *c = set->cfg;
    if (epoch <= c->train_epochs && batch <= steps && step == epoch * steps + batch)
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG,
              "the run stands at step %" PRId64 ", %d epochs and %" PRId64 " steps in, but the data set '%s' gives %" PRId64
              " steps an epoch: it is not the one this run began with",
              step, epoch, batch, c->data_path, steps);
    hint_data(set, e);
    return SIAM_E_CONFIG;
}
