/* Creating, locking and describing a run folder. */
#include "report/run_folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/io.h"
#include "base/system.h"
#include "report/run_private.h"

/* What a run writes beside its checkpoints. */
static const char *const file_name[] = {"config.yaml",   "run.json",          "tuning.json",
                                        "metrics.jsonl", "model.safetensors", "model-last.safetensors",
                                        "skipped.csv",   "train.log",         "plan.json" /* tuning.json, earlier */};
enum { FILES = sizeof file_name / sizeof *file_name };

const char *siam_run_dir(const siam_run *r) { return r->folder.path; }
const siam_folder *siam_run_folder(const siam_run *r) { return &r->folder; }
bool siam_run_unlocked(const siam_run *r) { return r->unlocked; }
bool siam_run_unsaved(const siam_run *r) { return r->unsaved; }
bool siam_run_resumed(const siam_run *r) { return r->resumed; }
FILE *siam_run_log(siam_run *r) { return r->log; }

uint64_t siam_run_space(const siam_run *r)
{
    struct statfs st;
    if (siam_sys.fstatfs(r->folder.fd, &st) || !st.f_blocks)
        return UINT64_MAX;
    return (uint64_t)st.f_bavail * (uint64_t)(st.f_frsize ? st.f_frsize : st.f_bsize);
}

siam_code siam_run_path(const siam_run *r, const char *name, char *buf, size_t n, siam_err *e)
{
    if (!siam_path_join(buf, n, r->folder.path, name))
        return siam_fail(e, SIAM_E_USAGE, "the path of the run folder '%s' is too long", r->folder.path);
    return SIAM_OK;
}

siam_code siam_run_write(siam_run *r, const char *name, const char *text, siam_err *e)
{
    SIAM_TRY(siam_run_keep_lock(r, e));
    return siam_folder_write(&r->folder, name, text, strlen(text), e);
}

/* ---- entering the folder ---- */

static bool has(const siam_run *r, const char *name)
{
    return siam_folder_named(&r->folder, name, NULL) != SIAM_NAMED_NOTHING;
}

typedef struct numbers {
    const char *verb;
    long last; /* the largest N of a VERB-N */
} numbers;

static bool see_number(void *user, const char *name)
{
    numbers *s = user;
    char *end;
    const size_t prefix = strlen(s->verb) + 1;
    if (strncmp(name, s->verb, prefix - 1) || name[prefix - 1] != '-' || !isdigit((unsigned char)name[prefix]))
        return true;
    const long k = strtol(name + prefix, &end, 10);
    if (!*end && k > s->last && k < 100000000)
        s->last = k;
    return true;
}

/* Set the folder's path to runs/VERB-NNNN with the number after the largest, and create it. mkdir decides between two
 * processes that pick the same number. */
static siam_code pick_dir(siam_run *r, siam_err *e)
{
    siam_folder all;
    numbers s = {.verb = r->verb};
    SIAM_TRY(siam_mkdirs("runs", e));
    SIAM_TRY(siam_folder_open(&all, "runs", e));
    siam_code rc = siam_folder_list(&all, see_number, &s, e);
    const long last = s.last;
    for (long k = last + 1; k < last + 1000 && !rc && !r->created; k++) {
        snprintf(r->folder.path, sizeof r->folder.path, "runs/%s-%04ld", r->verb, k);
        r->created = !siam_sys.mkdirat(AT_FDCWD, r->folder.path, 0777);
        if (!r->created && errno != EEXIST)
            rc = siam_fail_errno(e, errno, "cannot create the run folder '%s'", r->folder.path);
    }
    if (r->created)
        rc = siam_folder_sync(&all, e);
    else if (!rc)
        rc = siam_fail(e, SIAM_E_EXISTS, "no free name was found for a run folder after 'runs/%s-%04ld'", r->verb, last);
    siam_folder_close(&all);
    return rc;
}

static siam_code enter_dir(siam_run *r, const char *dir, bool resume, siam_err *e)
{
    if (!*dir && resume) /* the configuration's check says it with a hint */
        return siam_fail(e, SIAM_E_USAGE, "resuming needs the folder of the run");
    if (!*dir)
        return pick_dir(r, e);
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len + 64 > sizeof r->folder.path)
        return siam_fail(e, SIAM_E_USAGE, "the path of the run folder is too long (%zu bytes)", len);
    memcpy(r->folder.path, dir, len);
    r->folder.path[len] = '\0';
    const siam_path_is is = siam_path_look(r->folder.path);
    if (is == SIAM_PATH_UNSEEN)
        return siam_fail_errno(e, errno, "cannot look at the run folder '%s'", r->folder.path);
    if (resume && is == SIAM_PATH_NOTHING)
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no run to resume: the folder '%s' does not exist",
                         r->folder.path);
    r->created = is == SIAM_PATH_NOTHING;
    if (is == SIAM_PATH_OTHER) {
        siam_fail(e, SIAM_E_EXISTS, "the run folder '%s' cannot be created: a file of that name exists", r->folder.path);
        siam_hint(e, "another --out, a folder that can be written to");
        return SIAM_E_EXISTS;
    }
    return SIAM_OK;
}

const char *siam_run_afresh(char *text, size_t n, const char *verb, const char *dir)
{
    char path[SIAM_RUN_PATH + 16], word[2 * SIAM_RUN_PATH];
    snprintf(path, sizeof path, "%s/config.yaml", dir);
    snprintf(text, n, "%s%s %s", verb, strcmp(verb, "linear") ? "" : " --recipe",
             siam_format_word(word, sizeof word, path));
    return text;
}

siam_code siam_run_inspect(const siam_run *r, const siam_folder *f, const char *name, siam_err *e)
{
    const char *what;
    char path[2 * SIAM_RUN_PATH], word[2 * SIAM_RUN_PATH];
    const siam_named is = siam_folder_named(f, name, &what);
    if (is == SIAM_NAMED_PLAIN || is == SIAM_NAMED_NOTHING)
        return SIAM_OK;
    const int unseen = is == SIAM_NAMED_UNSEEN ? errno : 0;
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    if (unseen)
        return siam_fail_errno(e, unseen, "cannot look at '%s'", path);
    siam_fail(e, SIAM_E_DATA, "'%s' is %s, not a plain file of this user: a run is not written through it", path, what);
    if (is == SIAM_NAMED_COPY && r->resumed)
        siam_hint(e, "cp -rL %s COPY && simsiam %s --out COPY --resume",
                  siam_format_word(word, sizeof word, r->folder.path), r->verb);
    else
        siam_hint(e, "mv %s ELSEWHERE", siam_format_word(word, sizeof word, path));
    return SIAM_E_DATA;
}

/* checkpoints/ is opened where it is there; anything else of that name is refused. */
static siam_code find_checkpoints(siam_run *r, siam_err *e)
{
    if (r->checkpoints.fd >= 0)
        return SIAM_OK;
    switch (siam_folder_named(&r->folder, SIAM_RUN_CHECKPOINTS, NULL)) {
    case SIAM_NAMED_NOTHING: return SIAM_OK;
    case SIAM_NAMED_FOLDER:
        return siam_folder_enter(&r->checkpoints, &r->folder, SIAM_RUN_CHECKPOINTS, false, e);
    case SIAM_NAMED_PLAIN: {
        char word[2 * SIAM_RUN_PATH], path[SIAM_RUN_PATH + 16];
        snprintf(path, sizeof path, "%s/%s", r->folder.path, SIAM_RUN_CHECKPOINTS);
        siam_fail(e, SIAM_E_DATA, "'%s' is a file, not a folder", path);
        siam_hint(e, "mv %s ELSEWHERE", siam_format_word(word, sizeof word, path));
        return SIAM_E_DATA;
    }
    case SIAM_NAMED_UNSEEN: /* another look may see it, and would take a folder for something wrong */
        return siam_fail_errno(e, errno, "cannot look at '%s/%s'", r->folder.path, SIAM_RUN_CHECKPOINTS);
    default: return siam_run_inspect(r, &r->folder, SIAM_RUN_CHECKPOINTS, e);
    }
}

/* A run may be anybody's: what it holds must be plain files before any of it is used or written. */
static siam_code inspect(siam_run *r, siam_err *e)
{
    for (int i = 0; i < FILES; i++)
        SIAM_TRY(siam_run_inspect(r, &r->folder, file_name[i], e));
    SIAM_TRY(find_checkpoints(r, e));
    return siam_run_checkpoint_inspect(r, e);
}

/* ".tmp-NAME-..." of a name of ours. */
static bool is_half_written(const char *name)
{
    if (strncmp(name, ".tmp-", 5))
        return false;
    for (int i = 0; i < FILES; i++) {
        const size_t n = strlen(file_name[i]);
        if (!strncmp(name + 5, file_name[i], n) && name[5 + n] == '-')
            return true;
    }
    return false;
}

static bool nothing_in_it(void *user, const char *name)
{
    (void)name;
    return *(bool *)user = false;
}

/* Earlier versions wrote train.log before the run began. */
static bool is_our_log(const siam_run *r)
{
    static const char start[] = "simsiam ";
    char text[sizeof start] = "";
    FILE *f;
    if (siam_folder_stream(&f, &r->folder, "train.log", 'r', NULL))
        return false;
    const size_t n = fread(text, 1, sizeof start - 1, f);
    fclose(f);
    return n == 0 || !strcmp(text, start);
}

typedef struct strangers {
    const siam_run *run;
    char name[256]; /* one that is not ours, or "" */
} strangers;

/* What a process that was killed before its run began may have left does not make the folder somebody's. */
static bool see_name(void *user, const char *name)
{
    strangers *s = user;
    const siam_run *r = s->run;
    bool ours = !strcmp(name, SIAM_RUN_LOCK) || siam_run_is_lock_before(r, name) || is_half_written(name);
    if (!strcmp(name, "train.log"))
        ours = is_our_log(r);
    if (!strcmp(name, SIAM_RUN_CHECKPOINTS) && r->checkpoints.fd >= 0) {
        ours = true;
        siam_folder_list(&r->checkpoints, nothing_in_it, &ours, NULL);
    }
    if (!ours)
        snprintf(s->name, sizeof s->name, "%s", name);
    return ours;
}

static bool only_half_written(void *user, const char *name)
{
    return *(bool *)user = !strncmp(name, ".tmp-", 5);
}

/* Whether a run has saved something by what it says of itself: its checkpoints and models may have been moved away. Earlier
 * versions do not say it; where there is no run.json yet there are no rows of steps either, but there is a lock: without one it is
 * somebody's configuration, which only --resume takes. */
static bool said_saved(const siam_run *r)
{
    char *text;
    size_t n;
    if (!has(r, "run.json"))
        return has(r, "metrics.jsonl") || (!r->resumed && !r->lock_found);
    if (siam_folder_read(&r->folder, "run.json", SIAM_RUN_JSON_MAX, &text, &n, NULL))
        return true;
    json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    const bool saved = !json_is_false(json_object_get(j, "saved"));
    json_decref(j);
    free(text);
    return saved;
}

/* Whether what is there is a run that was stopped before it saved anything: a checkpoint, the pointer to one, or a model. */
static siam_code find_unsaved(siam_run *r, siam_err *e)
{
    bool none = true;
    if (r->checkpoints.fd >= 0)
        SIAM_TRY(siam_folder_list(&r->checkpoints, only_half_written, &none, e));
    r->unsaved = none && has(r, "config.yaml") && !has(r, "model.safetensors") && !has(r, "model-last.safetensors") && !said_saved(r);
    return SIAM_OK;
}

/* A file of a run, beside those of one that did not begin. */
static bool see_begun(void *user, const char *name)
{
    for (int i = 0; i < FILES; i++)
        if (!strcmp(name, file_name[i]))
            return true;
    return !strcmp(name, SIAM_RUN_CHECKPOINTS) || !strncmp(name, "failure-rank", 12) || see_name(user, name);
}

static siam_code check_new(siam_run *r, siam_err *e)
{
    char word[2 * SIAM_RUN_PATH], path[SIAM_RUN_PATH + 16];
    strangers s = {.run = r};
    int saved;
    const siam_named is = siam_folder_named(&r->folder, SIAM_RUN_CHECKPOINTS, NULL);
    if (is == SIAM_NAMED_FOLDER || is == SIAM_NAMED_UNSEEN)
        SIAM_TRY(find_checkpoints(r, e));
    SIAM_TRY(siam_run_checkpoint_count(r, &saved, e));
    SIAM_TRY(siam_folder_list(&r->folder, see_name, &s, e));
    if (!s.name[0])
        return SIAM_OK;
    if (!has(r, "config.yaml") && !saved) {
        siam_fail(e, SIAM_E_EXISTS, "the folder '%s' is not empty ('%s' is in it), and a new run wants one of its own",
                  r->folder.path, s.name);
        snprintf(path, sizeof path, "%s/run", r->folder.path);
        siam_hint(e, "--out %s", siam_format_word(word, sizeof word, path));
        return SIAM_E_EXISTS;
    }
    s.name[0] = '\0';
    SIAM_TRY(siam_folder_list(&r->folder, see_begun, &s, e));
    if (!s.name[0])
        SIAM_TRY(find_unsaved(r, e));
    if (r->unsaved)
        return inspect(r, e);
    siam_fail(e, SIAM_E_EXISTS, "the folder '%s' already holds a run", r->folder.path);
    if (saved)
        siam_hint(e, "--out %s --resume to continue it, or another --out",
                  siam_format_word(word, sizeof word, r->folder.path));
    else
        siam_hint(e, "another --out");
    return SIAM_E_EXISTS;
}

/* Nothing is written before this has succeeded, but who this process is into the lock of a new run. */
static siam_code check_contents(siam_run *r, siam_err *e)
{
    if (!r->resumed) {
        SIAM_TRY(check_new(r, e));
        SIAM_TRY(siam_run_sign_lock(r, e));
        return siam_folder_sync(&r->folder, e); /* a power cut that leaves config.yaml leaves the lock, too */
    }
    SIAM_TRY(inspect(r, e));
    if (!has(r, "config.yaml"))
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no run to resume in '%s': config.yaml is missing", r->folder.path);
    return find_unsaved(r, e);
}

static bool sweep_name(void *user, const char *name)
{
    const siam_run *r = user;
    if (is_half_written(name))
        siam_folder_remove(&r->folder, name);
    return true;
}

static siam_code open_files(siam_run *r, siam_err *e)
{
    SIAM_TRY(siam_run_sign_lock(r, e)); /* or see that it is still ours, before anything is taken away */
    if (r->checkpoints.fd < 0)
        SIAM_TRY(siam_folder_enter(&r->checkpoints, &r->folder, SIAM_RUN_CHECKPOINTS, true, e));
    siam_folder_list(&r->folder, sweep_name, r, NULL);
    siam_run_checkpoint_sweep(r);
    if (r->unsaved)
        siam_folder_remove(&r->folder, "skipped.csv"); /* begins anew as metrics.jsonl does */
    SIAM_TRY(siam_folder_stream(&r->log, &r->folder, "train.log", 'a', e));
    setvbuf(r->log, NULL, _IOLBF, 0);
    return SIAM_OK;
}

siam_code siam_run_open_folder(siam_run *r, siam_err *e)
{
    char path[SIAM_RUN_PATH];
    strcpy(path, r->folder.path);
    if (!r->resumed)
        SIAM_TRY(siam_mkdirs(path, e));
    return siam_folder_open(&r->folder, path, e);
}

siam_code siam_run_open(siam_run **out, const char *verb, const char *dir, bool resume, siam_err *e)
{
    *out = NULL;
    siam_run *r = calloc(1, sizeof *r);
    if (!r)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening the run folder");
    r->lock = r->lock_before = r->folder.fd = r->checkpoints.fd = -1;
    r->verb = verb;
    r->resumed = resume;
    r->started = siam_clock();
    siam_owner_self(&r->self);
    siam_code rc = enter_dir(r, dir, resume, e);
    if (!rc)
        rc = siam_run_open_folder(r, e);
    if (!rc) /* before it is opened, since this has the hint */
        rc = siam_run_inspect(r, &r->folder, SIAM_RUN_LOCK, e);
    if (!rc)
        rc = siam_run_take_lock(r, e);
    r->lock_found = !rc && !r->made_lock;
    if (!rc)
        rc = check_contents(r, e);
    if (rc)
        siam_run_close(&r);
    *out = r;
    return rc;
}

/* Nothing began here: take away what this process made. rmdir refuses where anything else was put in. */
static void remove_empty(const siam_run *r)
{
    if (has(r, "config.yaml")) {
        if (r->made_lock && !r->info && (r->resumed || !r->signed_lock)) /* it was refused */
            siam_folder_remove(&r->folder, SIAM_RUN_LOCK);
        return;
    }
    if (r->created) {
        siam_sys.unlinkat(r->folder.fd, SIAM_RUN_CHECKPOINTS, AT_REMOVEDIR);
        siam_folder_remove(&r->folder, "tuning.json");
        siam_folder_remove(&r->folder, "train.log");
    }
    if (r->created || r->made_lock)
        siam_folder_remove(&r->folder, SIAM_RUN_LOCK);
    if (r->created)
        siam_sys.unlinkat(AT_FDCWD, r->folder.path, AT_REMOVEDIR);
}

void siam_run_close(siam_run **run)
{
    siam_run *r = *run;
    *run = NULL;
    if (!r)
        return;
    if (r->log)
        fclose(r->log);
    if (r->lock >= 0 && !siam_run_is_anothers(r))
        remove_empty(r);
    siam_run_drop_lock(r);
    siam_folder_close(&r->checkpoints);
    siam_folder_close(&r->folder);
    json_decref(r->info);
    free(r);
}

/* ---- run.json ---- */

/* Text that may not be UTF-8 (arguments, host names): other bytes become '?'. NULL when out of memory, as all below. */
static json_t *text_json(const char *s)
{
    json_t *j = json_string(s);
    char *copy = j ? NULL : strdup(s);
    for (char *p = copy; p && *p; p++)
        if (*p & 0x80)
            *p = '?';
    if (copy)
        j = json_string(copy);
    free(copy);
    return j;
}

static json_t *facts_json(const siam_run_fact *f, int n)
{
    json_t *o = json_object();
    for (int i = 0; i < n; i++)
        siam_json_put(&o, f[i].key, text_json(f[i].value));
    return o;
}

static json_t *now_json(void)
{
    char text[32];
    struct tm tm;
    const time_t t = time(NULL);
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

static json_t *cpu_json(void)
{
    char name[256];
    return siam_cpu_model(name, sizeof name) ? text_json(name) : json_null();
}

/* The sessions before this one, from the run.json that is there. A damaged one is not worth stopping for. */
static json_t *earlier_json(const siam_run *r)
{
    char *text;
    size_t n;
    json_t *old = NULL;
    bool nomem = false;
    const siam_code rc = siam_folder_read(&r->folder, "run.json", SIAM_RUN_JSON_MAX, &text, &n, NULL);
    if (!rc)
        old = siam_json_parse(text, n, NULL, &nomem);
    free(text);
    if (nomem || rc == SIAM_E_NOMEM)
        return NULL;
    if (!json_is_object(old)) {
        json_decref(old);
        return json_array();
    }
    json_t *list = json_object_get(old, "earlier");
    list = json_is_array(list) ? json_incref(list) : json_array();
    json_object_del(old, "earlier");
    siam_json_add(&list, old);
    return list;
}

static siam_code write_info(siam_run *r, siam_err *e)
{
    char *text;
    SIAM_TRY(siam_json_dump(r->info, &text, e));
    const siam_code rc = siam_run_write(r, "run.json", text, e);
    free(text);
    return rc;
}

siam_code siam_run_saved(siam_run *r, siam_err *e)
{
    if (!r->info || json_is_true(json_object_get(r->info, "saved")))
        return SIAM_OK;
    siam_json_put(&r->info, "saved", json_true());
    return r->info ? write_info(r, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory writing run.json");
}

siam_code siam_run_begin(siam_run *r, const siam_run_info *info, siam_err *e)
{
    SIAM_TRY(open_files(r, e));
    json_t *argv = json_array(), *o = json_object();
    struct utsname os;
    for (int i = 0; i < info->argc; i++)
        siam_json_add(&argv, text_json(info->argv[i]));
    siam_json_put(&o, "program", json_string("simsiam"));
    siam_json_put(&o, "version", text_json(SIAM_VERSION));
    siam_json_put(&o, "argv", argv);
    siam_json_put(&o, "started", now_json());
    siam_json_put(&o, "saved", json_boolean(r->resumed && !r->unsaved));
    if (!uname(&os)) {
        siam_json_put(&o, "host", text_json(os.nodename));
        siam_json_put(&o, "system", json_sprintf("%s %s %s", os.sysname, os.release, os.machine));
    }
    siam_json_put(&o, "cpu", cpu_json());
    siam_json_put(&o, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    siam_json_put(&o, "threads", json_integer(info->threads));
    siam_json_put(&o, "libraries", facts_json(info->library, info->nlibrary));
    for (int i = 0; i < info->nfact; i++)
        siam_json_put(&o, info->fact[i].key, text_json(info->fact[i].value));
    if (r->resumed || r->unsaved)
        siam_json_put(&o, "earlier", earlier_json(r));
    if (!o)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing run.json");
    json_decref(r->info);
    r->info = o;
    r->started = siam_clock();
    return write_info(r, e);
}

siam_code siam_run_finish(siam_run *r, int exit_code, siam_err *e)
{
    if (!r->info)
        return SIAM_OK;
    siam_json_put(&r->info, "ended", now_json());
    siam_json_put(&r->info, "seconds", json_integer((json_int_t)(siam_clock() - r->started + 0.5)));
    siam_json_put(&r->info, "exit_code", json_integer(exit_code));
    return write_info(r, e);
}
