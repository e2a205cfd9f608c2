/* simsiam fetch: bring the file of a named model here. The only code of the program that uses the network.
 *
 * libcurl is loaded when a transfer begins and not linked: every other verb then runs without network code in
 * its process, and starts 10 ms sooner. What arrives is trusted only after its checksum: bytes go to
 * PATH.part, where a later call goes on after a break, and only a file with the right checksum gets the final
 * name, that of siam_zoo_path. SIAM_E_UNSUPPORTED: the server cannot be reached or refuses; SIAM_E_NOTFOUND:
 * it has no such file; SIAM_E_IO: the transfer broke off or the disk failed; SIAM_E_DATA: it is another file;
 * SIAM_E_CANCELLED: stopped. Told as a row: {"name", "path", "bytes", "sha256"}. */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/infile.h"
#include "base/stop.h"
#include "base/system.h"
#include "model/zoo.h"
#include "tasks/task.h"

/* The models are 100 to 330 MB. */
static const uint64_t size_limit = (uint64_t)1 << 30;
enum { CONNECT_SECONDS = 30, SILENT_SECONDS = 60, REDIRECTS = 10 };
static const double plain_seconds = 10, redraw_seconds = 0.1;

/* ---- the library ---- */

typedef struct curl_api {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_global_cleanup) *global_cleanup;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
} curl_api;

static bool symbol(void *lib, const char *name, void *pointer, size_t n)
{
    void *s = dlsym(lib, name);
    memcpy(pointer, &s, n); /* ISO C has no cast from an object's to a function's pointer */
    return s != NULL;
}

static siam_code load_curl(curl_api *c, siam_err *e)
{
    static const char *const name[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    void *lib = NULL;
    for (size_t i = 0; !lib && i < sizeof name / sizeof *name; i++)
        lib = dlopen(name[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
#define LOAD(x) symbol(lib, "curl_" #x, &c->x, sizeof c->x)
    if (lib && LOAD(global_init) && LOAD(global_cleanup) && LOAD(easy_init) && LOAD(easy_setopt) &&
        LOAD(easy_perform) && LOAD(easy_getinfo) && LOAD(easy_strerror) && LOAD(easy_cleanup) &&
        !c->global_init(CURL_GLOBAL_DEFAULT))
        return SIAM_OK;
#undef LOAD
    siam_fail(e, SIAM_E_UNSUPPORTED, "fetch needs libcurl, which cannot be loaded here (%s)",
              lib ? "it is another version" : "there is neither libcurl-gnutls.so.4 nor libcurl.so.4");
    siam_hint(e, "apt-get install libcurl3-gnutls");
    return SIAM_E_UNSUPPORTED;
}

/* ---- one transfer ---- */

typedef struct transfer {
    const siam_task_call *call;
    const siam_zoo_model *m;
    const char *url;
    char path[4096], part[4096];
    int fd; /* of part, locked; -1 = closed */
    uint64_t begin, at,
        total; /* bytes in part: at the start of this attempt, now, in the end (0 = not known) */
    bool too_long, terminal;      /* more than size_limit arrived; redraw one line */
    int write_error;              /* errno, or 0 */
    double began, shown;          /* seconds; shown = 0: not yet */
    char detail[CURL_ERROR_SIZE]; /* libcurl's words */
} transfer;

static bool stopped(const transfer *t) { return siam_stop_asked(t->call->stop) != 0; }

static void show(transfer *t)
{
    const double now = siam_clock(), rate = (double)(t->at - t->begin) / (now - t->began + 1e-9);
    char a[32], b[32], c[32], d[32];
    if (!t->call->say ||
        now - (t->shown > 0 ? t->shown : t->began) < (t->terminal ? redraw_seconds : plain_seconds))
        return;
    t->shown = now;
    fprintf(t->call->say, "%s%s", t->terminal ? "\r" : "", siam_format_bytes(a, sizeof a, t->at));
    if (t->total >= t->at && t->total > 0)
        fprintf(t->call->say, " of %s, %.0f %%", siam_format_bytes(b, sizeof b, t->total),
                100 * (double)t->at / (double)t->total);
    fprintf(t->call->say, ", %s/s", siam_format_bytes(c, sizeof c, (uint64_t)rate));
    if (t->total >= t->at && rate >= 1)
        fprintf(t->call->say, ", %s left",
                siam_format_duration(d, sizeof d, (double)(t->total - t->at) / rate));
    fputs(t->terminal ? "\x1b[K" : "\n", t->call->say);
    fflush(t->call->say);
}

static size_t on_data(char *data, size_t size, size_t count, void *user)
{
    transfer *t = user;
    const size_t n = size * count; /* size is 1 */
    t->too_long = n > size_limit - t->at;
    for (size_t done = 0; done < n && !t->too_long;) {
        const ssize_t w = pwrite(t->fd, data + done, n - done, (off_t)t->at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0) {
            t->write_error = w ? errno : ENOSPC;
            return 0;
        }
        done += (size_t)w;
        t->at += (uint64_t)w;
    }
    return t->too_long ? 0 : n;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    transfer *t = user;
    (void)now, (void)up_total, (void)up;
    t->total = total > 0 ? t->begin + (uint64_t)total : 0; /* of what is left */
    show(t);
    return stopped(t);
}

/* perform, with every option that keeps it on the path the user asked for. */
static CURLcode perform(const curl_api *c, transfer *t, long *status)
{
    CURL *h = c->easy_init();
    if (!h)
        return CURLE_OUT_OF_MEMORY;
    /* As the curl program does: who is behind a proxy that opens TLS has one of these set. */
    const char *authorities = getenv("CURL_CA_BUNDLE");
    if (!authorities || !*authorities)
        authorities = getenv("SSL_CERT_FILE");
    if (authorities && !*authorities)
        authorities = NULL;
    t->detail[0] = '\0';
    bool good = true;
#define SET(option, value) good &= c->easy_setopt(h, CURLOPT_##option, value) == CURLE_OK
    SET(URL, t->url);
    SET(PROTOCOLS_STR, "http,https,file");
    /* What was asked for over TLS does not go on without it. */
    SET(REDIR_PROTOCOLS_STR, strncasecmp(t->url, "https://", 8) ? "http,https" : "https");
    SET(FOLLOWLOCATION, 1L);
    SET(MAXREDIRS, (long)REDIRECTS);
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(FAILONERROR, 1L); /* an error page is not the file */
    SET(NOSIGNAL, 1L);    /* signals belong to the program */
    SET(CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(LOW_SPEED_LIMIT, 1L);
    SET(LOW_SPEED_TIME, (long)SILENT_SECONDS);
    SET(USERAGENT, "simsiam/" SIAM_VERSION);
    SET(ERRORBUFFER, t->detail);
    SET(WRITEFUNCTION, on_data);
    SET(WRITEDATA, t);
    SET(XFERINFOFUNCTION, on_progress);
    SET(XFERINFODATA, t);
    SET(NOPROGRESS, 0L);
    SET(MAXFILESIZE_LARGE, (curl_off_t)(size_limit - t->begin));
    SET(RESUME_FROM_LARGE, (curl_off_t)t->begin);
    if (authorities)
        SET(CAINFO, authorities);
#undef SET
    const CURLcode rc = good ? c->easy_perform(h) : CURLE_FAILED_INIT;
    *status = 0;
    c->easy_getinfo(h, CURLINFO_RESPONSE_CODE, status);
    c->easy_cleanup(h);
    return rc;
}

/* What is there stays for the next time. */
static siam_code broke_off(const transfer *t, siam_code rc, siam_err *e)
{
    const bool own = t->url == t->m->url;
    char word[4096];
    siam_hint(e, "simsiam fetch %s%s%s", t->m->name, own ? "" : " --from ",
              own ? "" : siam_format_word(word, sizeof word, t->url));
    return rc;
}

static siam_code explain(const curl_api *c, const transfer *t, CURLcode rc, long status, siam_err *e)
{
    char a[32];
    const char *why = t->detail[0] ? t->detail : c->easy_strerror(rc);
    if (t->write_error)
        return broke_off(t, siam_fail_errno(e, t->write_error, "cannot write '%s'", t->part), e);
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return broke_off(t,
                         siam_fail(e, SIAM_E_CANCELLED, "stopped with %s of %s fetched",
                                   siam_format_bytes(a, sizeof a, t->at), t->m->name),
                         e);
    if (t->too_long || rc == CURLE_FILESIZE_EXCEEDED)
        return siam_fail(e, SIAM_E_DATA, "'%s' is longer than %s, which no model of the list is", t->url,
                         siam_format_bytes(a, sizeof a, size_limit));
    if (status == 404 || status == 410 || rc == CURLE_FILE_COULDNT_READ_FILE)
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no file '%s' (%s)", t->url, why);
    if (rc == CURLE_OUT_OF_MEMORY)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory fetching '%s'", t->url);
    if (t->at > t->begin)
        return broke_off(t,
                         siam_fail(e, SIAM_E_IO, "the transfer of '%s' broke off after %s (%s)", t->url,
                                   siam_format_bytes(a, sizeof a, t->at), why),
                         e);
    return siam_fail(e, SIAM_E_UNSUPPORTED, "cannot fetch '%s' (%s)", t->url, why);
}

/* ---- the file ---- */

/* What is written to such a file changes another one, or is read and changed by somebody else. */
static siam_code not_ours(const transfer *t, const struct stat *part, siam_err *e)
{
    char word[sizeof t->part + 64];
    siam_fail(e, SIAM_E_IO, "cannot write '%s': it %s", t->part,
              part->st_nlink > 1 ? "is another file, too (a hard link)" : "belongs to another user");
    siam_hint(e, "rm %s", siam_format_word(word, sizeof word, t->part));
    return SIAM_E_IO;
}

/* Open and lock the partial file. Whoever had it may have renamed it meanwhile: then there is a new one to
 * open. */
static siam_code open_part(transfer *t, siam_err *e)
{
    struct stat mine, there;
    for (int i = 0; i < 100; i++) {
        t->fd = open(t->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (t->fd < 0 || fstat(t->fd, &mine))
            return siam_fail_errno(e, errno, "cannot write '%s'", t->part);
        if (!S_ISREG(mine.st_mode))
            return siam_fail(e, SIAM_E_IO, "cannot write '%s': it is not a regular file", t->part);
        if (mine.st_nlink > 1 || mine.st_uid != geteuid())
            return not_ours(t, &mine, e);
        if (flock(t->fd, LOCK_EX | LOCK_NB))
            return errno == EWOULDBLOCK
                       ? siam_fail(e, SIAM_E_IO, "another simsiam is fetching '%s' at this moment",
                                   t->m->name)
                       : siam_fail_errno(e, errno, "cannot lock '%s'", t->part);
        if (!stat(t->part, &there) && there.st_dev == mine.st_dev && there.st_ino == mine.st_ino) {
            t->at = (uint64_t)mine.st_size;
            return SIAM_OK;
        }
        close(t->fd);
        t->fd = -1;
    }
    return siam_fail(e, SIAM_E_IO, "cannot write '%s': it keeps being replaced", t->part);
}

static siam_code start_over(transfer *t, const char *why, siam_err *e)
{
    fprintf(t->call->say, "%s, fetching it from the start\n", why);
    t->at = 0;
    return ftruncate(t->fd, 0) ? siam_fail_errno(e, errno, "cannot write '%s'", t->part) : SIAM_OK;
}

/* Is the file at `path` the model's? sum: its checksum. */
static siam_code check(const transfer *t, const char *path, char sum[65], uint64_t *bytes, bool *right,
                       siam_err *e)
{
    siam_infile f;
    SIAM_TRY(siam_infile_open(&f, path, e));
    const siam_code rc = siam_sha256(sum, &f, t->call->stop, e);
    *bytes = f.n;
    *right = !rc && !strncmp(sum, t->m->sha256, strlen(t->m->sha256));
    siam_infile_close(&f);
    return rc;
}

/* Transfer until the partial file is the model's: at most twice, the second time from the start. */
static siam_code transfer_all(const curl_api *c, transfer *t, char sum[65], siam_err *e)
{
    char a[32];
    bool right = false;
    while (!right) {
        long status = 0;
        t->begin = t->at;
        t->began = siam_clock();
        t->shown = 0;
        if (t->begin)
            fprintf(t->call->say, "going on after the first %s\n", siam_format_bytes(a, sizeof a, t->begin));
        const CURLcode rc = t->begin <= size_limit ? perform(c, t, &status) : CURLE_RANGE_ERROR;
        if (t->terminal && t->shown > 0)
            fputs("\r\x1b[K", t->call->say);
        if (t->begin && (rc == CURLE_RANGE_ERROR || rc == CURLE_BAD_DOWNLOAD_RESUME)) {
            SIAM_TRY(start_over(t, "the server cannot continue a file", e));
            continue;
        }
        if (t->too_long || rc == CURLE_FILESIZE_EXCEEDED) /* newer libcurls count themselves */
            t->at = 0;                                    /* no partial file is kept of it */
        const bool complete = t->begin && status == 416;  /* nothing is left to send: right or too long */
        if (rc && !complete)
            return explain(c, t, rc, status, e);
        SIAM_TRY(check(t, t->part, sum, &t->at, &right, e));
        if (!right && t->begin) {
            SIAM_TRY(start_over(t, "what was begun earlier is not the beginning of this file", e));
        } else if (!right) {
            t->at = 0; /* nothing of it is of use */
            siam_fail(e, SIAM_E_DATA, "'%s' is not %s: its SHA-256 is %.8s..., expected %s...", t->url,
                      t->m->name, sum, t->m->sha256);
            siam_hint(e, "with the address of another copy: simsiam fetch %s --from URL", t->m->name);
            return SIAM_E_DATA;
        }
    }
    return SIAM_OK;
}

static siam_code fetch_to(const curl_api *c, transfer *t, char sum[65], siam_err *e)
{
    siam_code rc = open_part(t, e);
    if (!rc) {
        rc = transfer_all(c, t, sum, e);
        if (rc && t->at == 0)
            unlink(t->part);
    }
    if (!rc) {
        /* The descriptor that stays holds the lock until the file has its name: nobody writes to it behind
         * that. */
        siam_atomic a = {.fd = dup(t->fd), .dir = AT_FDCWD};
        memcpy(a.path, t->path, sizeof a.path);
        memcpy(a.tmp, t->part, sizeof a.tmp);
        rc = a.fd < 0 ? siam_fail_errno(e, errno, "cannot write '%s'", t->path) : siam_atomic_commit(&a, e);
    }
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    return rc;
}

/* The URL of an absolute path: what is no letter, digit or one of -._~/ as %XX. "" when it does not fit. */
static const char *file_url(char *url, size_t n, const char *path)
{
    size_t at = (size_t)snprintf(url, n, "file://");
    for (const unsigned char *p = (const unsigned char *)path; *p && at < n; p++)
        at += (size_t)snprintf(url + at, n - at, isalnum(*p) || strchr("-._~/", *p) ? "%c" : "%%%02X", *p);
    if (at >= n)
        *url = '\0';
    return url;
}

static siam_code check_url(const char *url, siam_err *e)
{
    if (!strncasecmp(url, "https://", 8) || !strncasecmp(url, "http://", 7) ||
        !strncasecmp(url, "file:///", 8))
        return SIAM_OK;
    siam_fail(e, SIAM_E_USAGE, "option --from takes an http://, https:// or file:/// URL, got '%s'", url);
    char whole[4096];
    if (*url == '/' && *file_url(whole, sizeof whole, url))
        siam_hint(e, "--from %s", whole);
    return SIAM_E_USAGE;
}

static siam_code find_model(const siam_zoo_model **m, const char *name, siam_err *e)
{
    const char *names[16];
    int n = 0;
    *m = siam_zoo_find(name);
    if (*m)
        return SIAM_OK;
    while (n < 16 && siam_zoo[n].name) {
        names[n] = siam_zoo[n].name;
        n++;
    }
    const char *near = siam_nearest(name, names, n);
    if (near)
        siam_fail(e, SIAM_E_USAGE, "there is no model '%s' to fetch; did you mean '%s'?", name, near);
    else
        siam_fail(e, SIAM_E_USAGE, "there is no model '%s' to fetch", name);
    siam_hint(e, "simsiam list in1k");
    return SIAM_E_USAGE;
}

/* Where the file goes; false in *here: it must be fetched. */
static siam_code look(transfer *t, char sum[65], bool *here, siam_err *e)
{
    char folder[4096];
    *here = false;
    if (!siam_zoo_folder(folder, sizeof folder) || !siam_zoo_path(t->m, t->path, sizeof t->path) ||
        snprintf(t->part, sizeof t->part, "%s.part", t->path) >= (int)sizeof t->part) {
        siam_fail(e, SIAM_E_CONFIG,
                  "there is no folder for models: SIMSIAM_MODELS, XDG_CACHE_HOME and HOME are "
                  "unset, or too long");
        siam_hint(e, "SIMSIAM_MODELS=DIR simsiam fetch %s", t->m->name);
        return SIAM_E_CONFIG;
    }
    if (siam_path_is_dir(t->path))
        return siam_fail(e, SIAM_E_EXISTS, "'%s' is a folder, and the model's file should be there", t->path);
    if (!siam_path_exists(t->path))
        return siam_mkdirs(folder, e);
    SIAM_TRY(check(t, t->path, sum, &t->at, here, e));
    if (!*here)
        fprintf(t->call->say, "'%s' is damaged (SHA-256 %.8s..., expected %s...): fetching it anew\n",
                t->path, sum, t->m->sha256);
    return SIAM_OK;
}

typedef struct fetch_request {
    char from[SIAM_PATH_MAX]; /* an http, https or file URL; "": the model's own */
} fetch_request;

static siam_code tell(const siam_task_call *c, const transfer *t, bool here, const char *sum, siam_err *e)
{
    char a[32];
    if (c->row)
        return siam_task_tell_json(c,
                                   json_pack("{s:s, s:o, s:I, s:s}", "name", t->m->name, "path",
                                             siam_json_text(t->path), "bytes", (json_int_t)t->at, "sha256",
                                             sum),
                                   JSON_COMPACT, e);
    fprintf(c->out, "%s %s: %s, SHA-256 %.8s..., '%s'\n", t->m->name, here ? "is here already" : "is here",
            siam_format_bytes(a, sizeof a, t->at), sum, t->path);
    return SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    const fetch_request *r = c->request;
    transfer t = {.call = c, .fd = -1, .terminal = isatty(fileno(c->say))};
    char sum[65];
    bool here;
    curl_api curl;
    SIAM_TRY(find_model(&t.m, c->args[0], e));
    t.url = r->from[0] ? r->from : t.m->url;
    SIAM_TRY(check_url(t.url, e));
    SIAM_TRY(look(&t, sum, &here, e));
    if (!here) {
        SIAM_TRY(load_curl(&curl, e));
        fprintf(c->say, "fetching %s\n    from %s\n", t.m->name, t.url);
        const siam_code rc = fetch_to(&curl, &t, sum, e);
        curl.global_cleanup();
        if (rc) {
            siam_hint(e, "with the address of a copy: simsiam fetch %s --from URL; or put the file at '%s'",
                      t.m->name, t.path);
            return rc;
        }
    }
    return tell(c, &t, here, sum, e);
}

static const siam_option options[] = {
    SIAM_OPTION_STR(fetch_request, from, "from", "", 0,
                    "URL of a copy (http, https, file); default: the model's own"),
    SIAM_OPTIONS_END};

const siam_task_type siam_task_fetch = {
    .name = "fetch",
    .summary = "download the weights of a named model",
    .usage = "simsiam fetch NAME [--from URL]",
    .examples =
        (const char *const[]){"simsiam fetch resnet50_simsiam-100e-pre_8xb512-linear-coslr-90e_in1k",
                              "simsiam fetch simsiam_resnet50_8xb32-coslr-100e_in1k --from file:///mnt/m.pth",
                              NULL},
    .options = options,
    .request_size = sizeof(fetch_request),
    .min_args = 1,
    .max_args = 1,
    .stops_cleanly = true,
    .run = run,
};
