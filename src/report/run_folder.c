/* Creating, locking and describing a run folder. */
#include "report/run_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "report/run_private.h"

enum { RUN_JSON_MAX = 4 << 20 };

const char *siam_run_dir(const siam_run *r) { return r->dir; }
bool siam_run_resumed(const siam_run *r) { return r->resumed; }
FILE *siam_run_log(siam_run *r) { return r->log; }

siam_code siam_run_path(const siam_run *r, const char *name, char *buf, size_t n, siam_err *e)
{
    if (!siam_path_join(buf, n, r->dir, name))
        return siam_fail(e, SIAM_E_USAGE, "the path of the run folder '%s' is too long", r->dir);
    return SIAM_OK;
}

siam_code siam_run_write(const siam_run *r, const char *name, const char *text, siam_err *e)
{
    char path[SIAM_RUN_PATH];
    SIAM_TRY(siam_run_path(r, name, path, sizeof path, e));
    return siam_file_write_atomic(path, text, strlen(text), e);
}

/* ---- entering the folder ---- */

static bool has(const char *dir, const char *name)
{
    char path[SIAM_RUN_PATH];
    return siam_path_join(path, sizeof path, dir, name) && siam_path_exists(path);
}

/* Set r->dir to runs/VERB-NNNN with the number after the largest, and create it. mkdir decides between two
 * processes that pick the same number. */
static siam_code pick_dir(siam_run *r, siam_err *e)
{
    const size_t prefix = strlen(r->verb) + 1;
    SIAM_TRY(siam_mkdirs("runs", e));
    long last = 0;
    DIR *d = opendir("runs");
    if (!d)
        return siam_fail_errno(e, errno, "cannot list the folder 'runs'");
    for (struct dirent *x; (x = readdir(d));) {
        char *end;
        if (strncmp(x->d_name, r->verb, prefix - 1) || x->d_name[prefix - 1] != '-' ||
            !isdigit((unsigned char)x->d_name[prefix]))
            continue;
        const long k = strtol(x->d_name + prefix, &end, 10);
        if (!*end && k > last && k < 100000000)
            last = k;
    }
    closedir(d);
    for (long k = last + 1; k < last + 1000; k++) {
        snprintf(r->dir, sizeof r->dir, "runs/%s-%04ld", r->verb, k);
        if (!mkdir(r->dir, 0777)) {
            r->created = true;
            return SIAM_OK;
        }
        if (errno != EEXIST)
            return siam_fail_errno(e, errno, "cannot create the run folder '%s'", r->dir);
    }
    return siam_fail(e, SIAM_E_EXISTS, "no free name was found for a run folder after 'runs/%s-%04ld'",
                     r->verb, last);
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
    if (len + 64 > sizeof r->dir)
        return siam_fail(e, SIAM_E_USAGE, "the path of the run folder is too long (%zu bytes)", len);
    memcpy(r->dir, dir, len);
    r->dir[len] = '\0';
    if (resume && !siam_path_exists(r->dir))
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no run to resume: the folder '%s' does not exist",
                         r->dir);
    if (siam_path_exists(r->dir) && !siam_path_is_dir(r->dir)) {
        siam_fail(e, SIAM_E_EXISTS, "the run folder '%s' cannot be created: a file of that name exists", r->dir);
        siam_hint(e, "another --out, a folder that can be written to");
        return SIAM_E_EXISTS;
    }
    r->created = !siam_path_exists(r->dir);
    return r->created ? siam_mkdirs(r->dir, e) : SIAM_OK;
}

const char *siam_run_afresh(char *text, size_t n, const char *verb, const char *dir)
{
    char path[SIAM_RUN_PATH + 16], word[2 * SIAM_RUN_PATH];
    snprintf(path, sizeof path, "%s/config.yaml", dir);
    snprintf(text, n, "%s%s %s", verb, strcmp(verb, "linear") ? "" : " --recipe",
             siam_format_word(word, sizeof word, path));
    return text;
}

static siam_code in_use(siam_run *r, siam_err *e)
{
    char who[32] = "";
    const ssize_t n = pread(r->lock, who, sizeof who - 1, 0);
    const long pid = n > 0 ? strtol(who, NULL, 10) : 0;
    char text[64] = "";
    if (pid > 0)
        snprintf(text, sizeof text, " (pid %ld)", pid);
    close(r->lock); /* without the lock nothing in the folder is ours, to remove_empty() neither */
    r->lock = -1;
    siam_fail(e, SIAM_E_EXISTS, "run '%s' is in use by another process%s", r->dir, text);
    siam_hint(e, "another --out, or stop that process");
    return SIAM_E_EXISTS;
}

static siam_code take_lock(siam_run *r, siam_err *e)
{
    char path[SIAM_RUN_PATH], pid[32];
    SIAM_TRY(siam_run_path(r, ".lock", path, sizeof path, e));
    for (;;) {
        struct stat held, named;
        r->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (r->lock < 0)
            return siam_fail_errno(e, errno, "cannot create '%s'", path);
        if (flock(r->lock, LOCK_EX | LOCK_NB)) {
            if (errno == EWOULDBLOCK)
                return in_use(r, e);
            if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) /* a file system without locks */
                return siam_fail_errno(e, errno, "cannot lock '%s'", path);
        }
        /* A process that removed its empty folder may have unlinked the file between open and flock. */
        if (!fstat(r->lock, &held) && !stat(path, &named) && held.st_ino == named.st_ino)
            break;
        close(r->lock);
        r->lock = -1;
        SIAM_TRY(siam_mkdirs(r->dir, e));
    }
    const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(r->lock, 0) || pwrite(r->lock, pid, (size_t)n, 0) != n)
        return siam_fail_errno(e, errno ? errno : ENOSPC, "cannot write '%s'", path);
    return SIAM_OK;
}

static siam_code check_contents(const siam_run *r, siam_err *e)
{
    const bool config = has(r->dir, "config.yaml");
    const int saved = siam_run_checkpoint_count(r->dir);
    if (r->resumed) {
        if (!config)
            return siam_fail(e, SIAM_E_NOTFOUND, "there is no run to resume in '%s': config.yaml is missing",
                             r->dir);
        return SIAM_OK;
    }
    if (!config && !saved && !has(r->dir, "metrics.jsonl"))
        return SIAM_OK;
    siam_fail(e, SIAM_E_EXISTS, "the folder '%s' already holds a run", r->dir);
    char word[SIAM_RUN_PATH];
    if (saved)
        siam_hint(e, "--out %s --resume to continue it, or another --out",
                  siam_format_word(word, sizeof word, r->dir));
    else
        siam_hint(e, "another --out; that run saved no state to continue from, so its folder may be deleted");
    return SIAM_E_EXISTS;
}

static siam_code open_files(siam_run *r, siam_err *e)
{
    char path[SIAM_RUN_PATH];
    SIAM_TRY(siam_run_path(r, "checkpoints", path, sizeof path, e));
    SIAM_TRY(siam_mkdirs(path, e));
    siam_run_sweep(r);
    SIAM_TRY(siam_run_path(r, "train.log", path, sizeof path, e));
    SIAM_TRY(siam_file_stream(&r->log, path, 'a', e));
    setvbuf(r->log, NULL, _IOLBF, 0);
    return SIAM_OK;
}

siam_code siam_run_open(siam_run **out, const char *verb, const char *dir, bool resume, siam_err *e)
{
    *out = NULL;
    siam_run *r = calloc(1, sizeof *r);
    if (!r)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening the run folder");
    r->lock = -1;
    r->verb = verb;
    r->resumed = resume;
    r->started = siam_clock();
    siam_code rc = enter_dir(r, dir, resume, e);
    if (!rc)
        rc = take_lock(r, e);
    if (rc == SIAM_E_IO)
        siam_hint(e, "another --out, a folder that can be written to");
    if (!rc)
        rc = check_contents(r, e);
    if (!rc)
        rc = open_files(r, e);
    if (rc)
        siam_run_close(&r);
    *out = r;
    return rc;
}

/* Nothing began here: take the folder away again. rmdir refuses where anything else was put in. */
static void remove_empty(const siam_run *r)
{
    static const char *const name[] = {"plan.json", "train.log", ".lock"};
    char path[SIAM_RUN_PATH];
    if (!r->created || has(r->dir, "config.yaml"))
        return;
    if (siam_path_join(path, sizeof path, r->dir, "checkpoints"))
        rmdir(path);
    for (int i = 0; i < 3; i++)
        if (siam_path_join(path, sizeof path, r->dir, name[i]))
            unlink(path);
    rmdir(r->dir);
}

void siam_run_close(siam_run **run)
{
    siam_run *r = *run;
    *run = NULL;
    if (!r)
        return;
    if (r->log)
        fclose(r->log);
    if (r->lock >= 0) {
        remove_empty(r);
        close(r->lock);
    }
    json_decref(r->info);
    free(r);
}

/* ---- run.json ---- */

/* Text that may not be UTF-8 (arguments, host names): other bytes become '?'. */
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
    return j ? j : json_null();
}

static json_t *facts_json(const siam_run_fact *f, int n)
{
    json_t *o = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(o, f[i].key, text_json(f[i].value));
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
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[256] = "", *name = NULL;
    while (f && !name && fgets(line, sizeof line, f))
        if (!strncmp(line, "model name", 10))
            name = strchr(line, ':');
    if (f)
        fclose(f);
    if (!name)
        return json_null();
    name += strspn(name, ": \t");
    name[strcspn(name, "\n")] = '\0';
    return text_json(name);
}

/* The sessions before this one, from the run.json that is there. A damaged one is not worth stopping for. */
static json_t *earlier_json(const char *path)
{
    json_t *old = NULL;
    if (siam_json_read(&old, path, RUN_JSON_MAX, NULL) || !json_is_object(old)) {
        json_decref(old);
        return json_array();
    }
    json_t *list = json_object_get(old, "earlier");
    list = json_is_array(list) ? json_incref(list) : json_array();
    json_object_del(old, "earlier");
    json_array_append_new(list, old);
    return list;
}

static siam_code write_info(const siam_run *r, siam_err *e)
{
    char path[SIAM_RUN_PATH];
    SIAM_TRY(siam_run_path(r, "run.json", path, sizeof path, e));
    return siam_json_write(r->info, path, e);
}

siam_code siam_run_begin(siam_run *r, const siam_run_info *info, siam_err *e)
{
    char path[SIAM_RUN_PATH];
    SIAM_TRY(siam_run_path(r, "run.json", path, sizeof path, e));
    json_t *argv = json_array(), *o = json_object();
    struct utsname os;
    for (int i = 0; i < info->argc; i++)
        json_array_append_new(argv, text_json(info->argv[i]));
    json_object_set_new(o, "program", json_string("simsiam"));
    json_object_set_new(o, "version", text_json(SIAM_VERSION));
    json_object_set_new(o, "argv", argv);
    json_object_set_new(o, "started", now_json());
    if (!uname(&os)) {
        json_object_set_new(o, "host", text_json(os.nodename));
        json_object_set_new(o, "system", json_sprintf("%s %s %s", os.sysname, os.release, os.machine));
    }
    json_object_set_new(o, "cpu", cpu_json());
    json_object_set_new(o, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(o, "threads", json_integer(info->threads));
    json_object_set_new(o, "libraries", facts_json(info->library, info->nlibrary));
    for (int i = 0; i < info->nfact; i++)
        json_object_set_new(o, info->fact[i].key, text_json(info->fact[i].value));
    if (r->resumed)
        json_object_set_new(o, "earlier", earlier_json(path));
    if (!o)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
    json_decref(r->info);
    r->info = o;
    r->started = siam_clock();
    return write_info(r, e);
}

siam_code siam_run_finish(siam_run *r, int exit_code, siam_err *e)
{
    if (!r->info)
        return SIAM_OK;
    json_object_set_new(r->info, "ended", now_json());
    json_object_set_new(r->info, "seconds", json_integer((json_int_t)(siam_clock() - r->started + 0.5)));
    json_object_set_new(r->info, "exit_code", json_integer(exit_code));
    return write_info(r, e);
}
