/* Which checkpoints a run folder keeps, and which one a resumed run starts from. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "report/run_private.h"

enum { NAME_MAX_ = 64 };

static const char folder[] = "checkpoints", pointer[] = "checkpoints/last";

/* "step-DDDDDDDD.safetensors" with 8 to 18 digits; -1 for any other name. */
static int64_t step_of(const char *name)
{
    if (strncmp(name, "step-", 5))
        return -1;
    const char *digits = name + 5;
    const size_t n = strspn(digits, "0123456789");
    if (n < 8 || n > 18 || strcmp(digits + n, ".safetensors"))
        return -1;
    return strtoll(digits, NULL, 10);
}

static void file_name(char buf[NAME_MAX_], int64_t step)
{
    snprintf(buf, NAME_MAX_, "step-%08" PRId64 ".safetensors", step);
}

static int newest_first(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The steps that have a file, newest first; *steps is NULL when there are none (or no memory). */
static int list_steps(const char *dir, int64_t **steps)
{
    char path[SIAM_RUN_PATH];
    int n = 0, room = 0;
    *steps = NULL;
    DIR *d = siam_path_join(path, sizeof path, dir, folder) ? opendir(path) : NULL;
    if (!d)
        return 0;
    for (struct dirent *x; (x = readdir(d));) {
        const int64_t step = step_of(x->d_name);
        if (step < 0)
            continue;
        if (n == room) {
            int64_t *more = realloc(*steps, (size_t)(room = room ? 2 * room : 16) * sizeof **steps);
            if (!more)
                break;
            *steps = more;
        }
        (*steps)[n++] = step;
    }
    closedir(d);
    if (n)
        qsort(*steps, (size_t)n, sizeof **steps, newest_first);
    return n;
}

int siam_run_checkpoint_count(const char *dir)
{
    int64_t *steps;
    const int n = list_steps(dir, &steps);
    free(steps);
    return n;
}

static void sweep(const char *dir, const char *prefix)
{
    DIR *d = opendir(dir);
    if (!d)
        return;
    for (struct dirent *x; (x = readdir(d));)
        if (!strncmp(x->d_name, prefix, strlen(prefix)))
            unlinkat(dirfd(d), x->d_name, 0);
    closedir(d);
}

void siam_run_sweep(const siam_run *r)
{
    /* The run folder may have been there before and hold the user's files: only names of ours. */
    static const char *const name[] = {".tmp-config.yaml-", ".tmp-run.json-", ".tmp-plan.json-",
                                       ".tmp-metrics.jsonl-", ".tmp-model.safetensors-"};
    char path[SIAM_RUN_PATH];
    if (siam_path_join(path, sizeof path, r->dir, folder))
        sweep(path, ".tmp-");
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        sweep(r->dir, name[i]);
}

bool siam_run_checkpoint_path(const siam_run *r, int64_t step, char *buf, size_t n)
{
    char name[NAME_MAX_], relative[2 * NAME_MAX_];
    file_name(name, step);
    snprintf(relative, sizeof relative, "%s/%s", folder, name);
    return siam_path_join(buf, n, r->dir, relative);
}

static bool is_good(const siam_run *r, int64_t step)
{
    for (int i = 0; i < r->ngood; i++)
        if (r->good[i] == step)
            return true;
    return false;
}

static void mark_good(siam_run *r, int64_t step)
{
    if (is_good(r, step))
        return;
    if (r->ngood == SIAM_RUN_GOOD)
        memmove(r->good, r->good + 1, (size_t)--r->ngood * sizeof *r->good);
    r->good[r->ngood++] = step;
}

siam_code siam_run_checkpoint_commit(siam_run *r, int64_t step, int keep, siam_err *e)
{
    char path[SIAM_RUN_PATH], name[NAME_MAX_ + 1];
    if (!siam_run_checkpoint_path(r, step, path, sizeof path) || !siam_path_exists(path))
        return siam_fail(e, SIAM_E_BUG, "checkpoint '%s' was committed before it was written", path);
    file_name(name, step);
    strcat(name, "\n");
    SIAM_TRY(siam_run_write(r, pointer, name, e));
    mark_good(r, step);

    /* Only now the older ones. Later steps than this one are of a time this run was resumed before; they will
     * be overwritten when it gets there. */
    int64_t *steps;
    const int n = list_steps(r->dir, &steps);
    int kept = 0, good = 0;
    for (int i = 0; i < n; i++) {
        if (steps[i] > step)
            continue;
        const bool spare = is_good(r, steps[i]) && good < 2;
        good += spare;
        if (kept < keep || spare)
            kept++;
        else if (siam_run_checkpoint_path(r, steps[i], path, sizeof path))
            unlink(path); /* a file that stays costs space, not the run */
    }
    free(steps);
    return SIAM_OK;
}

/* The step that `last` names, or -1. */
static int64_t pointed_step(const siam_run *r)
{
    char path[SIAM_RUN_PATH], *text;
    size_t n;
    if (siam_run_path(r, pointer, path, sizeof path, NULL) || siam_file_read(path, 256, &text, &n, NULL))
        return -1;
    text[strcspn(text, "\r\n")] = '\0';
    const int64_t step = step_of(text);
    free(text);
    return step;
}

/* Candidates in the order to try: the pointed one (also when its file is missing), then newest first. */
static int candidates(const siam_run *r, int64_t **out)
{
    int64_t *steps;
    const int64_t first = pointed_step(r);
    const int n = list_steps(r->dir, &steps);
    *out = malloc(((size_t)n + 1) * sizeof **out);
    int k = 0;
    if (*out && first >= 0)
        (*out)[k++] = first;
    for (int i = 0; i < n && *out; i++)
        if (steps[i] != first)
            (*out)[k++] = steps[i];
    free(steps);
    return k;
}

/* The first failure of a search, to tell once it is known what is used instead. */
typedef struct failures {
    int n;
    int64_t step;
    siam_err first;
} failures;

static void warn_replaced(const siam_run *r, const failures *f, int64_t step, siam_run_warn_fn *warn,
                          void *user)
{
    char text[SIAM_RUN_PATH + sizeof f->first.msg + 256], others[64] = "";
    if (!f->n || !warn)
        return;
    if (f->n > 1)
        snprintf(others, sizeof others, ", and %d more after it", f->n - 1);
    snprintf(text, sizeof text,
             "the newest checkpoint of run '%s' cannot be used: %s%s; step %" PRId64
             ", verified, is used instead of %" PRId64,
             r->dir, f->first.msg, others, step, f->step);
    warn(user, text);
}

siam_code siam_run_checkpoint_find(siam_run *r, siam_run_try_fn *try_open, siam_run_warn_fn *warn, void *user,
                                   char *path, size_t n, siam_err *e)
{
    int64_t *c;
    const int count = candidates(r, &c);
    failures f = {0};
    siam_code rc = SIAM_E_NOTFOUND;
    for (int i = 0; i < count; i++) {
        siam_err why = {0};
        rc = siam_run_checkpoint_path(r, c[i], path, n)
                 ? try_open(user, path, &why)
                 : siam_fail(&why, SIAM_E_USAGE, "the path of the run folder '%s' is too long", r->dir);
        if (!rc) {
            warn_replaced(r, &f, c[i], warn, user);
            mark_good(r, c[i]);
            break;
        }
        if (!f.n++) {
            f.first = why;
            f.step = c[i];
        }
        if (rc != SIAM_E_DATA && rc != SIAM_E_NOTFOUND && rc != SIAM_E_IO) {
            if (e)
                *e = why;
            break;
        }
        rc = SIAM_E_DATA;
    }
    free(c);
    char afresh[2 * SIAM_RUN_PATH];
    if (!count || rc == SIAM_E_DATA)
        siam_run_afresh(afresh, sizeof afresh, r->verb, r->dir);
    if (!count) {
        siam_fail(e, rc, "run '%s' has no checkpoint to resume from", r->dir);
        siam_hint(e, "simsiam %s --out DIR", afresh);
    } else if (rc == SIAM_E_DATA) {
        siam_fail(e, rc, "none of the %d checkpoints of run '%s' can be used; the newest: %s", count, r->dir,
                  f.first.msg);
        siam_hint(e, "simsiam %s --out DIR", afresh);
    }
    return rc;
}
