/* The configuration of a resumed run: its own config.yaml, apart from what may change without changing the result. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "report/run_folder.h"
#include "train/job.h"
#include "train/resume.h"

static siam_code read_saved(siam_optset *saved, const char *dir, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    siam_problems problems = {0};
    snprintf(path, sizeof path, "%s/config.yaml", dir);
    if (!siam_path_exists(path)) {
        siam_fail(e, SIAM_E_NOTFOUND, "there is no run in '%s' to resume (no config.yaml)", dir);
        char word[2 * SIAM_PATH_MAX];
        siam_hint(e, "the folder of a run after --out, or a new run: simsiam %s --data PATH --out %s",
                  siam_job_of(saved)->takes, siam_format_word(word, sizeof word, dir));
        return SIAM_E_NOTFOUND;
    }
    siam_optset_set(saved, "data.decode", "exact", SIAM_FROM_DEFAULT, NULL, &problems); /* as runs had it before there was a choice */
    siam_code rc = siam_config_load(saved, path, &problems, e);
    if (!rc)
        rc = siam_problems_fail(&problems, e);
    if (rc == SIAM_E_USAGE) { /* what would be a typing mistake elsewhere is damage here: we wrote this file */
        siam_hint(e, "a copy of that config.yaml, or a new run with another --out");
        return siam_wrap(e, SIAM_E_DATA, "the run's configuration is damaged");
    }
    return rc ? rc : siam_config_finish(saved, e);
}

/* Where the run of a configuration wrote to is its own affair: this may be anybody's run. */
static bool names_output(const siam_option *row, const char *value)
{
    return (row->flags & SIAM_OPT_OUTPUT) && strcmp(value, "auto") && strcmp(value, "fixed");
}

static void tell_output(char *told, size_t n, const char *dir, const siam_option *row, const char *value)
{
    const char *bare = strrchr(row->name, '.');
    char word[2 * SIAM_PATH_MAX];
    if (strcmp(row->name, "run.out"))
        snprintf(told, n, "%s %s of %s/config.yaml is not used: what is written there is said anew, as --%s", row->name,
                 siam_format_word(word, sizeof word, value), dir, bare ? bare + 1 : row->name);
}

static void tell_device(char *told, size_t n, const char *row, const char *now, const char *then)
{
    const size_t at = strlen(told);
    snprintf(told + at, n - at, "%sthe run goes on with %s = %s instead of %s: the same numbers but for rounding", at ? "; " : "", row,
             now, then);
}

/* Does each device normalise with statistics of its own images? Then their number is part of the model. */
static bool own_statistics(const siam_optset *set)
{
    const siam_config *c = set->cfg;
    return siam_optset_find(set, "train.sync_bn") >= 0 && !c->train_sync_bn;
}

/* The values of a recipe that the command names, where the run has others: the first of them, and how many there are. */
typedef struct unused {
    int n;
    char first[SIAM_PATH_MAX + 160];
} unused;

static void tell_recipe(char *told, size_t n, const char *dir, const unused *u)
{
    const size_t at = strlen(told);
    char others[48] = "";
    if (u->n > 1)
        snprintf(others, sizeof others, " and %d more of its values are", u->n - 1);
    if (u->n)
        snprintf(told + at, n - at, "%sthe recipe's %s%s not used: the run goes on with those of %s/config.yaml", at ? "; " : "",
                 u->first, u->n > 1 ? others : " is", dir);
}

siam_code siam_resume_config(siam_optset *set, char *told, size_t n, siam_err *e)
{
    const siam_config *c = set->cfg;
    siam_config was;
    siam_optset saved;
    char now[SIAM_PATH_MAX + 64], then[SIAM_PATH_MAX + 64];
    siam_problems differing = {0};
    unused recipe = {0};
    told[0] = '\0';
    if (!c->run_out[0]) {
        siam_fail(e, SIAM_E_CONFIG, "--resume needs the folder of the run to continue, as --out DIR");
        siam_hint(e, "simsiam %s --out DIR --resume", siam_job_of(set)->name);
        return SIAM_E_CONFIG;
    }
    memset(&was, 0, sizeof was);
    siam_optset_init(&saved, set->row, &was);
    SIAM_TRY(read_saved(&saved, c->run_out, e));
    for (int i = 0; i < set->n; i++) {
        const siam_option *row = &set->row[i];
        const siam_origin from = set->origin[i];
        siam_optset_format(set, i, now, sizeof now);
        siam_optset_format(&saved, i, then, sizeof then);
        const bool is_devices = !strcmp(row->name, "run.devices");
        const bool open = from == SIAM_FROM_DEFAULT || from == SIAM_FROM_AUTO || from == SIAM_FROM_RECIPE;
        if (!strcmp(now, then) || (row->flags & SIAM_OPT_THIS_TIME))
            continue;
        if (names_output(row, then)) {
            if (open)
                tell_output(told, n, c->run_out, row, then);
        } else if (open) {
            if (from == SIAM_FROM_RECIPE && !recipe.n++)
                snprintf(recipe.first, sizeof recipe.first, "%s = %s", row->name, now);
            siam_problems bad = {0};
            siam_optset_set(set, row->name, then, SIAM_FROM_FILE, NULL, &bad);
            SIAM_TRY(siam_problems_fail(&bad, e));
        } else if (!(row->flags & SIAM_OPT_RESUME_SAFE) || (is_devices && own_statistics(set))) {
            siam_problem(&differing, "%s = %s instead of %s", row->name, now, then);
        } else if (is_devices || !strcmp(row->name, "run.device")) {
            tell_device(told, n, row->name, now, then);
        }
    }
    if (differing.n) {
        siam_fail(e, SIAM_E_CONFIG, "run '%s' cannot be resumed with %s: its result would differ", c->run_out,
                  differing.text);
        char afresh[2 * SIAM_PATH_MAX];
        siam_hint(e, "without these options; or with them a new run: simsiam %s --out DIR",
                  siam_run_afresh(afresh, sizeof afresh, siam_job_of(set)->name, c->run_out));
        return SIAM_E_CONFIG;
    }
    tell_recipe(told, n, c->run_out, &recipe);
    return siam_config_finish(set, e);
}
