/* Which checkpoints a run folder keeps, and which one a resumed run starts from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "report/run_private.h"

enum { NAME_MAX_ = 64 };

static const char pointer[] = "last";
/* Its second line, while the checkpoint that it names is replaced by another one of that step. */
static const char unfinished[] = "unfinished\n";

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

typedef struct steps {
    int64_t *step;
    int n, room;
    bool failed; /* there was no memory for all */
} steps;

static bool add_step(void *user, const char *name)
{
    steps *s = user;
    const int64_t step = step_of(name);
    if (step < 0)
        return true;
    if (s->n == s->room) {
        int64_t *more = realloc(s->step, (size_t)(s->room = s->room ? 2 * s->room : 16) * sizeof *more);
        if (!more) {
            s->failed = true;
            return false;
        }
        s->step = more;
    }
    s->step[s->n++] = step;
    return true;
}

/* The steps that have a file, newest first; free(s->step). */
static siam_code list_steps(const siam_run *r, steps *s, siam_err *e)
{
    *s = (steps){0};
    siam_code rc = r->checkpoints.fd >= 0 ? siam_folder_list(&r->checkpoints, add_step, s, e) : SIAM_OK;
    if (!rc && s->failed)
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of checkpoints of run '%s'", r->folder.path);
    if (s->n)
        qsort(s->step, (size_t)s->n, sizeof *s->step, newest_first);
    return rc;
}

siam_code siam_run_checkpoint_count(const siam_run *r, int *n, siam_err *e)
{
    steps s;
    const siam_code rc = list_steps(r, &s, e);
    *n = s.n;
    free(s.step);
    return rc;
}

typedef struct inspection {
    const siam_run *run;
    siam_err *e;
    siam_code rc;
} inspection;

static bool inspect_name(void *user, const char *name)
{
    inspection *i = user;
    if (step_of(name) >= 0 || !strcmp(name, pointer))
        i->rc = siam_run_inspect(i->run, &i->run->checkpoints, name, i->e);
    return !i->rc;
}

siam_code siam_run_checkpoint_inspect(const siam_run *r, siam_err *e)
{
    inspection i = {.run = r, .e = e};
    if (r->checkpoints.fd >= 0)
        SIAM_TRY(siam_folder_list(&r->checkpoints, inspect_name, &i, e));
    return i.rc;
}

static bool sweep_name(void *user, const char *name)
{
    if (!strncmp(name, ".tmp-", 5))
        siam_folder_remove(user, name);
    return true;
}

void siam_run_checkpoint_sweep(const siam_run *r)
{
    siam_folder checkpoints = r->checkpoints;
    siam_folder_list(&checkpoints, sweep_name, &checkpoints, NULL);
}

bool siam_run_checkpoint_path(const siam_run *r, int64_t step, char *buf, size_t n)
{
    char name[NAME_MAX_], relative[2 * NAME_MAX_];
    file_name(name, step);
    snprintf(relative, sizeof relative, "%s/%s", SIAM_RUN_CHECKPOINTS, name);
    return siam_path_join(buf, n, r->folder.path, relative);
}

static siam_code point_at(const siam_run *r, int64_t step, const char *more, siam_err *e)
{
    char text[NAME_MAX_ + sizeof unfinished + 1];
    file_name(text, step);
    strcat(text, "\n");
    strcat(text, more);
    return siam_folder_write(&r->checkpoints, pointer, text, strlen(text), e);
}

/* The step that the pointer names, or -1; *finished: and nothing else. */
static int64_t pointed(const siam_run *r, bool *finished)
{
    char *text;
    size_t n;
    *finished = false;
    if (r->checkpoints.fd < 0 || siam_folder_read(&r->checkpoints, pointer, 256, &text, &n, NULL))
        return -1;
    const size_t end = strcspn(text, "\r\n");
    *finished = !strstr(text + end, unfinished);
    text[end] = '\0';
    const int64_t step = step_of(text);
    free(text);
    return step;
}

bool siam_run_checkpoint_finished(const siam_run *r, int64_t step)
{
    bool finished;
    return pointed(r, &finished) == step && finished;
}

siam_code siam_run_checkpoint_create(siam_run *r, int64_t step, siam_atomic *file, siam_err *e)
{
    char name[NAME_MAX_];
    SIAM_TRY(siam_run_keep_lock(r, e)); /* another process may have one of this name by now */
    file_name(name, step);
    if (siam_run_checkpoint_finished(r, step)) /* at the end of an epoch the last step is saved once more, with its measurement */
        SIAM_TRY(point_at(r, step, unfinished, e));
    return siam_folder_atomic(file, &r->checkpoints, name, e);
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
    char name[NAME_MAX_];
    SIAM_TRY(siam_run_keep_lock(r, e)); /* writing it may have taken long */
    file_name(name, step);
    if (siam_folder_named(&r->checkpoints, name, NULL) == SIAM_NAMED_NOTHING)
        return siam_fail(e, SIAM_E_BUG, "checkpoint '%s' of run '%s' was committed before it was written", name,
                         r->folder.path);
    SIAM_TRY(point_at(r, step, "", e));
    mark_good(r, step);

    /* Only now the older ones. Later steps than this one are of a time this run was resumed before; they will
     * be overwritten when it gets there. */
    steps s;
    list_steps(r, &s, NULL); /* what it misses stays longer */
    int kept = 0, good = 0;
    for (int i = 0; i < s.n; i++) {
        if (s.step[i] > step)
            continue;
        const bool spare = is_good(r, s.step[i]) && good < 2;
        good += spare;
        if (kept < keep || spare) {
            kept++;
            continue;
        }
        file_name(name, s.step[i]);
        siam_folder_remove(&r->checkpoints, name);
    }
    free(s.step);
    return SIAM_OK;
}

/* Candidates in the order to try: the pointed one (also when its file is missing), then newest first. */
static siam_code candidates(const siam_run *r, int64_t **out, int *n, siam_err *e)
{
    steps s;
    *out = NULL;
    *n = 0;
    siam_code rc = list_steps(r, &s, e);
    bool finished;
    const int64_t first = rc ? -1 : pointed(r, &finished);
    if (!rc && !(*out = malloc(((size_t)s.n + 1) * sizeof **out)))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of checkpoints of run '%s'", r->folder.path);
    if (!rc && first >= 0)
        (*out)[(*n)++] = first;
    for (int i = 0; i < s.n && !rc; i++)
        if (s.step[i] != first)
            (*out)[(*n)++] = s.step[i];
    free(s.step);
    return rc;
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
             r->folder.path, f->first.msg, others, step, f->step);
    warn(user, text);
}

siam_code siam_run_checkpoint_find(siam_run *r, siam_run_try_fn *try_open, siam_run_warn_fn *warn, void *user,
                                   char *path, size_t n, siam_err *e)
{
    int64_t *c;
    int count;
    SIAM_TRY(candidates(r, &c, &count, e));
    failures f = {0};
    siam_code rc = SIAM_E_NOTFOUND;
    for (int i = 0; i < count; i++) {
        siam_err why = {0};
        rc = siam_run_checkpoint_path(r, c[i], path, n)
                 ? try_open(user, path, &why)
                 : siam_fail(&why, SIAM_E_USAGE, "the path of the run folder '%s' is too long", r->folder.path);
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
        siam_run_afresh(afresh, sizeof afresh, r->verb, r->folder.path);
    if (!count) {
        siam_fail(e, rc, "run '%s' has no checkpoint to resume from", r->folder.path);
        siam_hint(e, "simsiam %s --out DIR", afresh);
    } else if (rc == SIAM_E_DATA) {
        rc = f.first.code == SIAM_E_IO ? SIAM_E_IO : SIAM_E_DATA; /* on a disk that cannot be read nothing is known to be damaged */
        siam_fail(e, rc, "none of the %d checkpoints of run '%s' can be used; the newest: %s", count, r->folder.path,
                  f.first.msg);
        if (rc == SIAM_E_DATA)
            siam_hint(e, "simsiam %s --out DIR", afresh);
    }
    return rc;
}
