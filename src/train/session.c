/* Beginning and ending a run in its folder. */
#include "train/session.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"

static siam_code write_plan(siam_run *run, const siam_tuner *t, siam_err *e)
{
    char *text;
    SIAM_TRY(siam_tuner_used(t, &text, e));
    const siam_code rc = siam_run_write(run, "plan.json", text, e);
    free(text);
    return rc;
}

static siam_code write_config(siam_run *run, const siam_optset *set, siam_err *e)
{
    char *yaml;
    SIAM_TRY(siam_optset_dump(set, &yaml, e));
    const siam_code rc = siam_run_write(run, "config.yaml", yaml, e);
    free(yaml);
    return rc;
}

siam_code siam_session_begin(siam_run *run, siam_progress *p, const siam_session_start *s, siam_err *e)
{
    const siam_config *c = s->set->cfg;
    const siam_backend *b = s->backend;
    char device[256], seed[32], libraries[128];
    if (!c->run_resume)
        SIAM_TRY(write_config(run, s->set, e));
    int argc = 0;
    while (s->argv && s->argv[argc])
        argc++;
    siam_machine_name(b, device, sizeof device);
    b->type->describe(b, libraries, sizeof libraries);
    snprintf(seed, sizeof seed, "%" PRIu64, c->train_seed);
    const siam_run_fact fact[] = {{"data", s->data}, {"device", device}, {"recipe", c->recipe}, {"seed", seed}};
    const siam_run_fact library[] = {{b->type->name, libraries}};
    const siam_run_info info = {.argc = argc, .argv = s->argv, .threads = b->threads, .library = library, .nlibrary = 1,
                                .fact = fact, .nfact = 4};
    SIAM_TRY(siam_run_begin(run, &info, e));
    siam_progress_log(p, siam_run_log(run));
    if (siam_run_unlocked(run))
        siam_progress_note(p, "warning: the file system of '%s' has no locks: nothing stops a second process from working "
                           "in this run", siam_run_dir(run));
    SIAM_TRY(write_plan(run, s->tuner, e));
    siam_tuning_remember(s->tuner, b, c->run_plan);
    return SIAM_OK;
}

void siam_session_tell_tuning(siam_progress *p, const siam_tuner *t)
{
    const char *text;
    for (int i = 0; (text = siam_tuner_warning(t, i)); i++)
        siam_progress_note(p, "warning: %s", text);
}

siam_code siam_session_check_position(const siam_optset *set, int64_t step, int epoch, int64_t batch, int64_t steps,
                                      siam_err *e)
{
    const siam_config *c = set->cfg;
    if (epoch <= c->train_epochs && batch <= steps && step == epoch * steps + batch)
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG,
              "the run stands at step %" PRId64 ", %d epochs and %" PRId64 " steps in, but the data set '%s' gives %" PRId64
              " steps an epoch: it is not the one this run began with",
              step, epoch, batch, c->data_path, steps);
    siam_session_hint_data(set, e);
    return SIAM_E_CONFIG;
}

void siam_session_tell_data(siam_progress *p, const char *what, const siam_dataset *d,
                            const siam_dataset *said)
{
    size_t n;
    if (what)
        siam_progress_note(p, "%s%s", what, d->info.described);
    for (const char *at = d->info.remarks; (n = siam_remark_length(at)); at += n + 1)
        if (!said || !siam_dataset_remarked(said, at))
            siam_progress_note(p, "        %.*s", (int)n, at);
}

siam_code siam_session_stopped(const siam_run *run, const siam_optset *set, int why, int64_t step, siam_err *e)
{
    char word[2 * SIAM_PATH_MAX];
    siam_fail(e, SIAM_E_CANCELLED, "stopped by %s after step %" PRId64 "; the state is saved in %s",
              why == SIAM_STOP_CALLER ? "the program" : why == SIGTERM ? "SIGTERM" : why == SIGHUP ? "SIGHUP" : "Ctrl-C", step, siam_run_dir(run));
    siam_hint(e, "simsiam %s --out %s --resume", siam_config_task(set),
              siam_format_word(word, sizeof word, siam_run_dir(run)));
    return SIAM_E_CANCELLED;
}

void siam_session_end(siam_run **run, siam_code outcome, int why)
{
    if (!*run)
        return;
    siam_run_finish(*run, outcome == SIAM_E_CANCELLED && why > 0 ? 128 + why : siam_exit_code(outcome), NULL);
    siam_run_close(run);
}
