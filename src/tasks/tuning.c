/* Where a plan's timed choices come from and are kept. */
#include "tasks/tuning.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "tasks/machine.h"

static bool cache_path(const char *machine, const char *plan, char *path, size_t n)
{
    if (strcmp(plan, "auto"))
        return snprintf(path, n, "%s", plan) < (int)n;
    return siam_tuner_default_path(machine, path, n);
}

static siam_code load_all(siam_tuner *t, const char *machine, const char *plan, const char *own, siam_err *e)
{
    char path[4096];
    const bool named = strcmp(plan, "auto") != 0;
    if (own)
        SIAM_TRY(siam_tuner_load(t, own, true, NULL, e));
    if (!strcmp(plan, "fixed") || !cache_path(machine, plan, path, sizeof path))
        return SIAM_OK;
    siam_err damaged = {0};
    const siam_code rc = siam_tuner_load(t, path, !named, NULL, &damaged);
    if (rc && named) { /* a file the user named must be good; the cache is only a cache */
        if (e)
            *e = damaged;
        return rc;
    }
    return SIAM_OK;
}

siam_code siam_tuning_open(siam_tuner **out, const siam_backend *b, const char *plan, const char *own, siam_err *e)
{
    char machine[512];
    siam_machine_name(b, machine, sizeof machine);
    SIAM_TRY(siam_tuner_create(out, machine, strcmp(plan, "fixed") != 0, e));
    const siam_code rc = load_all(*out, machine, plan, own, e);
    if (rc)
        siam_tuner_destroy(out);
    return rc;
}

void siam_tuning_remember(const siam_tuner *t, const siam_backend *b, const char *plan)
{
    char machine[512], path[4096];
    siam_machine_name(b, machine, sizeof machine);
    if (strcmp(plan, "fixed") && cache_path(machine, plan, path, sizeof path))
        siam_tuner_remember(t, path, strcmp(plan, "auto") != 0, NULL);
}

void siam_tuning_tell(const siam_tuner *t, siam_progress *p, FILE *out)
{
    const char *text;
    for (int i = 0; (text = siam_tuner_warning(t, i)); i++)
        if (p)
            siam_progress_note(p, "warning: %s", text);
        else
            fprintf(out, "warning: %s\n", text);
}
