/* simsiam doctor: what this machine offers, and whether it computes correctly. Each check is a function that
 * adds rows to the report, one line each: PASS, WARN or FAIL, what was found, and, where it is not PASS, how
 * to mend it. Its row, and what --json prints: {"doctor": [{"check", "status", "found", "fix"}], "healthy":
 * bool}. Under a launcher the first rank checks its machine, and all try what they say to each other. */
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/device.h"
#include "backend/selftest.h"
#include "backend/tune.h"
#include "base/check.h"
#include "base/file.h"
#include "base/system.h"
#include "comm/launch.h"
#include "comm/selftest.h"
#include "data/dataset.h"
#include "engine/pjrt/case.h"
#include "engine/pjrt/kept.h"
#include "engine/trust.h"
#include "tasks/task.h"

#ifndef SIAM_LIBRARIES
#define SIAM_LIBRARIES "unknown"
#endif

typedef enum status { PASS, WARN, FAIL } status;
static const char *const status_name[] = {"PASS", "WARN", "FAIL"};

typedef struct report {
    FILE *out;
    json_t *rows; /* NULL: text, printed at once */
    int count[3];
} report;

static void add(report *r, status s, const char *check, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void add(report *r, status s, const char *check, const char *fix, const char *fmt, ...)
{
    char found[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(found, sizeof found, fmt, ap);
    va_end(ap);
    r->count[s]++;
    if (r->rows) {
        json_t *row = json_pack("{s:s, s:s, s:s}", "check", check, "status", status_name[s], "found", found);
        if (row && fix)
            siam_json_put(&row, "fix", json_string(fix));
        siam_json_add(&r->rows, row);
        return;
    }
    fprintf(r->out, "%s  %-12s %s\n", status_name[s], check, found);
    if (s != PASS && fix)
        fprintf(r->out, "      %-12s fix: %s\n", "", fix);
}

/* First line of a small kernel file, or false. */
static bool first_line(const char *path, char *buf, int n)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    const bool ok = fgets(buf, n, f) != NULL;
    fclose(f);
    if (ok)
        buf[strcspn(buf, "\n")] = '\0';
    return ok;
}

static void check_cpu(report *r)
{
    char model[256], features[256] = "";
    siam_cpu_model(model, sizeof model);
    struct utsname u;
    const bool known = uname(&u) == 0;
#if defined(__x86_64__) && defined(__GNUC__)
    size_t at = 0;
#define FEATURE(name)                                                                                        \
    if (__builtin_cpu_supports(name))                                                                        \
    at += (size_t)snprintf(features + at, sizeof features - at, " %s", name)
    FEATURE("sse4.1");
    FEATURE("avx");
    FEATURE("avx2");
    FEATURE("fma");
    FEATURE("avx512f");
    FEATURE("avx512bw");
    FEATURE("avx512vnni");
#undef FEATURE
    const bool fast = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    const bool fast = true;
#endif
    add(r, fast ? PASS : WARN, "cpu", "training works but is slow; use a processor with AVX2", "%s, %s:%s",
        model, known ? u.machine : "?", features[0] ? features : " no vector features asked for");
}

/* CPU quota of the control group in processors; 0 = none. */
static double cpu_quota(void)
{
    char line[128], *end;
    if (!first_line("/sys/fs/cgroup/cpu.max", line, sizeof line))
        return 0;
    const double quota = strtod(line, &end);
    const double period = strtod(end, NULL);
    return end != line && period > 0 ? quota / period : 0;
}

static void check_threads(report *r)
{
    cpu_set_t set;
    const int usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const double quota = cpu_quota();
    char fix[128];
    snprintf(fix, sizeof fix, "give --threads %d, so that threads do not wait for each other",
             quota >= 1   ? (int)quota
             : usable > 0 ? usable
                          : 1);
    if (quota > 0 && quota < usable)
        add(r, WARN, "threads", fix, "%d processors, but the control group allows %.1f", usable, quota);
    else if (usable < online)
        add(r, WARN, "threads", fix, "%d of %ld processors are usable (affinity)", usable, online);
    else
        add(r, PASS, "threads", NULL, "%d processors", usable);
}

static void check_memory(report *r)
{
    const double gib = (double)siam_memory_available() / (1 << 30);
    add(r, gib < 1 ? WARN : PASS, "memory", "use a smaller --batch, or --accum",
        "%.1f GiB available (control group "
        "and free memory)",
        gib);
}

static void check_versions(report *r)
{
    add(r, PASS, "simsiam", NULL, "version %s", siam_version());
    add(r, PASS, "libraries", NULL, "%s; jansson here is %s", SIAM_LIBRARIES, jansson_version_str());
}

static void check_folder(report *r)
{
    char path[64];
    siam_err err = {0};
    snprintf(path, sizeof path, ".simsiam-doctor-%ld", (long)getpid());
    const siam_code rc = siam_file_write_atomic(path, "ok", 2, &err);
    unlink(path);
    struct statvfs v;
    const double gib = statvfs(".", &v) == 0 ? (double)v.f_bavail * (double)v.f_frsize / (1 << 30) : 0;
    if (rc)
        add(r, WARN, "folder", "give --out a folder you may write to",
            "the current folder cannot be written: %s", err.msg);
    else
        add(r, gib < 1 ? WARN : PASS, "folder", "free some space, or give --out a folder on another disk",
            "the current folder can be written, %.1f GiB free", gib);
}

static void check_cache(report *r)
{
    char path[4096], dir[4096], machine[512] = "";
    siam_err err = {0};
    siam_backend *b;
    if (!siam_backend_open(&b, "auto", 0, &err)) {
        siam_machine_name(b, machine, sizeof machine);
        siam_backend_close(&b);
    }
    siam_err_clear(&err);
    if (!siam_tuner_default_path(machine, path, sizeof path)) {
        add(r, WARN, "plan cache", "set HOME or XDG_CACHE_HOME",
            "no folder for it, so convolutions are timed in "
            "every run");
        return;
    }
    snprintf(dir, sizeof dir, "%s", path);
    *strrchr(dir, '/') = '\0';
    if (siam_mkdirs(dir, &err) || access(dir, W_OK) != 0)
        add(r, WARN, "plan cache", "set XDG_CACHE_HOME to a folder you may write to", "%s cannot be written",
            dir);
    else
        add(r, PASS, "plan cache", NULL, "%s%s", path, siam_path_exists(path) ? "" : " (empty yet)");
}

static void check_data(report *r)
{
    siam_dataset *d = NULL;
    siam_image im = {0};
    siam_err err = {0};
    siam_code rc = siam_dataset_open(&d, "synth:train=100,test=100", SIAM_SPLIT_TRAIN, 32, &err);
    if (!rc)
        rc = siam_dataset_read(d, 0, &im, &err);
    add(r, rc ? FAIL : PASS, "data", "please report this", "%s",
        rc ? err.msg : "the embedded data set can be drawn");
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* Rows of the self-test: one line per operation that fails, one for those that pass. */
typedef struct selftest {
    report *r;
    int pass, fail;
    double worst;
} selftest;

static void selftest_row(void *user, const char *op, const char *impl, double max_rel_err, bool pass)
{
    selftest *t = user;
    if (pass) {
        t->pass++;
        t->worst = max_rel_err > t->worst ? max_rel_err : t->worst;
        return;
    }
    t->fail++;
    add(t->r, FAIL, "arithmetic", "use --device ref, and please report this",
        "%s (%s) differs from the reference by %.2g", op, impl, max_rel_err);
}

static void check_backend(report *r, const siam_backend_type *type, int threads)
{
    char text[512] = "";
    siam_err err = {0};
    siam_backend *b = NULL;
    if (type->probe(text, sizeof text) <= 0) {
        add(r, WARN, "device", "another device is used", "%s cannot be used here: %s", type->name, text);
        return;
    }
    if (siam_backend_open(&b, type->name, threads, &err)) {
        add(r, FAIL, "device", "use another --device", "%s: %s", type->name, err.msg);
        return;
    }
    type->describe(b, text, sizeof text);
    add(r, PASS, "device", NULL, "%s", text);
    selftest t = {.r = r};
    if (siam_backend_selftest(b, selftest_row, &t, &err))
        add(r, FAIL, "arithmetic", "use another --device, and please report this", "%s: %s", type->name,
            err.msg);
    else if (!t.fail)
        add(r, PASS, "arithmetic", NULL, "%s: %d operations agree with the reference, worst difference %.1g",
            type->name, t.pass, t.worst);
    siam_backend_close(&b);
}

/* What would join several processes here. */
static void check_mpi(report *r)
{
    char text[512];
    const int there = siam_comm_library(text, sizeof text);
    if (there > 0)
        add(r, PASS, "ranks", NULL, "%s can join several processes (mpirun -n 2 simsiam doctor tries it)", text);
    else
        add(r, there ? WARN : PASS, "ranks", "mend MPI (apt-get install --reinstall openmpi-bin), or build simsiam again",
            "one process alone: %s", text);
}

/* ---- under a launcher: what the ranks say to each other ---- */

static void tell_trial(void *user, const siam_comm_trial *t)
{
    report *r = user;
    if (!t->right)
        add(r, FAIL, t->name, "use another network or MPI, and please report this", "the ranks do not come to what is right");
    else if (t->large)
        add(r, PASS, t->name, NULL, "%zu KiB in %.3g ms (%.3g GB/s), a number in %.3g us", t->large >> 10, 1e3 * t->large_s,
            1e-9 * (double)t->large / t->large_s, 1e6 * t->small_s);
    else
        add(r, PASS, t->name, NULL, "in %.3g us", 1e6 * t->small_s);
}

static void keep_silent(void *user, const siam_comm_trial *t)
{
    (void)user;
    (void)t;
}

/* The first rank tells. */
static siam_code check_ranks(report *r, const siam_comm *c, siam_err *e)
{
    const int hosts = siam_comm_hosts(c);
    if (c->rank)
        return siam_comm_selftest(c, keep_silent, NULL, e);
    add(r, PASS, "ranks", NULL, "%d ranks on %d host%s, %s", c->size, hosts, hosts == 1 ? "" : "s", c->type->about(c));
    return siam_comm_selftest(c, tell_trial, r, e);
}

/* ---- devices behind a plug-in; those of the host are checked in any case ---- */

/* found: there is such a plug-in. */
static void say_no_device(report *r, const char *word, const siam_place *p, bool found, const siam_err *err)
{
    char text[256];
    if (found && err->code == SIAM_E_NOTFOUND)
        snprintf(text, sizeof text, "give --device, and --devices, a number that is there");
    else if (p->kind)
        snprintf(text, sizeof text, "pip install %s, or give the path of another plug-in", p->kind->package);
    else
        snprintf(text, sizeof text, found ? "give --device one of simsiam list, or leave --devices out" : "simsiam list");
    add(r, FAIL, "device", text, "%s: %s", word, err->msg);
}

static siam_code open_device(siam_place *p, siam_pjrt **device, int count, siam_err *e)
{
    SIAM_TRY(siam_place_take(p, count, e));
    if (!p->engine)
        return SIAM_OK;
    const siam_devices which = siam_place_devices(p);
    SIAM_TRY(siam_pjrt_open(device, &which, e));
    return siam_trust_platform(p, *device, e);
}

static void check_arithmetic(report *r, const siam_place *p, siam_pjrt *device)
{
    siam_err err = {0};
    selftest t = {.r = r};
    if (siam_pjrt_selftest(device, p->device, selftest_row, &t, &err))
        add(r, FAIL, "arithmetic", "give the path of another plug-in, and please report this", "%s: %s", p->device, err.msg);
    else if (!t.fail) {
        siam_trust trust = {.operations = t.pass, .worst = t.worst};
        add(r, PASS, "arithmetic", NULL, "%s: %d operations agree with the reference%s, worst difference %.1g", p->device, t.pass,
            p->devices > 1 ? " on each, and so do sums over them" : "", t.worst);
        siam_trust_keep(&trust, p, device); /* so that train need not look again */
    }
}

/* Where what its compiler makes is kept, so that the next start begins at once. */
static void check_programs(report *r)
{
    char path[SIAM_FOLDER_PATH];
    siam_err err = {0};
    if (siam_kept_folder(path, &err))
        add(r, WARN, "programs", "set XDG_CACHE_HOME to a folder of your own that others cannot write to",
            "what its compiler makes cannot be kept, so that each start takes as long: %s", err.msg);
    else
        add(r, PASS, "programs", NULL, "what its compiler makes is kept in %s", path);
}

static void check_device(report *r, const char *word, int count)
{
    siam_err err = {0};
    siam_place place;
    siam_pjrt *device = NULL;
    char text[256], more[48] = "";
    const bool found = !siam_place_find(&place, word, &err);
    if (!found || open_device(&place, &device, count, &err)) {
        say_no_device(r, word, &place, found, &err);
    } else if (device) {
        siam_pjrt_describe(device, text, sizeof text);
        if (place.devices > 1)
            snprintf(more, sizeof more, "%d of its devices: ", place.devices);
        add(r, PASS, "device", NULL, "%s (%s): %s%s, of %s", place.device, place.kind->state, more, text, place.plugin);
        check_arithmetic(r, &place, device);
        check_programs(r);
    }
    siam_pjrt_close(&device);
}

typedef struct doctor_request {
    bool json;
    int32_t threads, devices;
    char device[SIAM_PATH_MAX];
} doctor_request;

static void check_machine(report *r, const doctor_request *q)
{
    check_versions(r);
    check_cpu(r);
    check_threads(r);
    check_memory(r);
    check_folder(r);
    check_cache(r);
    check_data(r);
    for (int i = 0; siam_backends[i]; i++)
        check_backend(r, siam_backends[i], q->threads);
    check_device(r, q->device, q->devices);
}

/* Fails only when it cannot do its work. */
static siam_code run(const siam_task_call *c, siam_err *e)
{
    const doctor_request *q = c->request;
    const bool rows = siam_task_as_rows(c, q->json), several = c->ranks && c->ranks->size > 1;
    report r = {.out = c->out, .rows = rows ? json_array() : NULL};
    if (several && c->ranks->rank)
        return check_ranks(&r, c->ranks, e);
    if (rows && !r.rows)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory");
    check_machine(&r, q);
    const siam_code rc = several ? check_ranks(&r, c->ranks, e) : SIAM_OK;
    if (rc) {
        json_decref(r.rows);
        return rc;
    }
    if (!several)
        check_mpi(&r);
    const bool healthy = !r.count[FAIL];
    *c->status = healthy ? 0 : 1;
    if (rows)
        return siam_task_tell_json(c, json_pack("{s:o, s:b}", "doctor", r.rows, "healthy", (int)healthy),
                                   JSON_INDENT(2), e);
    fprintf(c->out, "%d passed, %d warnings, %d failed\n", r.count[PASS], r.count[WARN], r.count[FAIL]);
    return SIAM_OK;
}

static const siam_option options[] = {SIAM_OPTION_BOOL(doctor_request, json, "json", false, 0, "print JSON"),
                                      SIAM_OPTION_I32(doctor_request, threads, "threads", 0, 0, 1024,
                                                      SIAM_OPT_AUTO, "threads of the self-test"),
                                      SIAM_OPTION_STR(doctor_request, device, "device", "auto", 0,
                                                      "one of simsiam list that is to be checked as well"),
                                      SIAM_OPTION_I32(doctor_request, devices, "devices", 1, 1, SIAM_DEVICES_MAX, 0,
                                                      "devices behind its plug-in that are to be checked together, from that of --device on"),
                                      SIAM_OPTIONS_END};

const siam_task_type siam_task_doctor = {
    .name = "doctor",
    .summary = "check the machine, the libraries and the arithmetic",
    .usage = "simsiam doctor [--device NAME] [--devices N] [--json]",
    .examples = (const char *const[]){"simsiam doctor", "simsiam doctor --device xla-cpu", "mpirun -n 2 simsiam doctor", NULL},
    .options = options,
    .request_size = sizeof(doctor_request),
    .min_args = 0,
    .max_args = 0,
    .ranks = true,
    .run = run,
};
