/* Finding a device's plug-in. */
#include "engine/place.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"

extern const siam_engine_type siam_engine_pjrt;

static const char *const cpu_files[] = {"xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so", "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so", NULL};

static const char *const cuda_files[] = {"jax_plugins/xla_cuda13/xla_cuda_plugin.so", "jax_plugins/xla_cuda12/xla_cuda_plugin.so", NULL};

const siam_place_kind siam_place_kinds[] = {
    {.name = "xla-cpu", .help = "this machine's processors, through XLA", .state = "unproven", .package = "xla-cpu-pjrt",
     .file = cpu_files},
    {.name = "cuda", .help = "an NVIDIA GPU, through XLA", .state = "unproven: compiled for, not yet run on a GPU", .own_memory = true,
     .package = "\"jax-cuda13-plugin[with-cuda]\"", .file = cuda_files},
    {0}};

enum { NUMBER_DIGITS = 6 };

/* The first file that a pattern matches, in the order of names. */
static bool first_match(const char *pattern, char path[SIAM_PATH_MAX])
{
    glob_t found = {0};
    const bool any = !glob(pattern, GLOB_NOSORT, NULL, &found) && found.gl_pathc > 0;
    const bool fits = any && snprintf(path, SIAM_PATH_MAX, "%s", found.gl_pathv[0]) < SIAM_PATH_MAX;
    globfree(&found);
    return fits;
}

/* Where pip puts packages: below a folder that a variable names, or a fixed one. */
static bool in_packages(const siam_place_kind *kind, char path[SIAM_PATH_MAX])
{
    static const struct {
        const char *variable, *below;
    } place[] = {{"VIRTUAL_ENV", "/lib*/python3*/site-packages/"},
                 {"CONDA_PREFIX", "/lib*/python3*/site-packages/"},
                 {"HOME", "/.local/lib*/python3*/site-packages/"},
                 {NULL, "/usr/local/lib*/python3*/*-packages/"},
                 {NULL, "/usr/lib*/python3*/*-packages/"}};
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        const char *from = place[i].variable ? getenv(place[i].variable) : "";
        for (int k = 0; from && (!place[i].variable || *from) && kind->file[k]; k++) {
            char pattern[SIAM_PATH_MAX];
            if (snprintf(pattern, sizeof pattern, "%s%s%s", from, place[i].below, kind->file[k]) < (int)sizeof pattern &&
                first_match(pattern, path))
                return true;
        }
    }
    return false;
}

static siam_code find_plugin(const siam_place_kind *kind, const char *given, char path[SIAM_PATH_MAX], siam_err *e)
{
    const char *own = *given ? given : getenv("SIAM_PJRT_PLUGIN");
    if (own && *own) {
        snprintf(path, SIAM_PATH_MAX, "%s", own);
        if (strlen(own) < SIAM_PATH_MAX && siam_path_exists(own))
            return SIAM_OK;
        siam_fail(e, SIAM_E_NOTFOUND, "there is no plug-in '%s'%s", path, *given ? "" : ", which SIAM_PJRT_PLUGIN names");
        siam_hint(e, "--device auto, or the path of another plug-in");
        return SIAM_E_NOTFOUND;
    }
    if (in_packages(kind, path))
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOTFOUND,
              "there is no plug-in for the device %s: SIAM_PJRT_PLUGIN names none, and neither the active virtual environment nor the "
              "site-packages of the user and the system have one that is known",
              kind->name);
    siam_hint(e, "pip install %s", kind->package);
    return SIAM_E_NOTFOUND;
}

/* Of the host's own, or no device at all. */
static siam_code check_host(const char *name, siam_err *e)
{
    char known[256] = "auto, cpu";
    bool found = !strcmp(name, "auto") || !strcmp(name, "cpu");
    for (int i = 0; siam_backends[i]; i++) {
        const size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, ", %s", siam_backends[i]->name);
        found = found || !strcmp(name, siam_backends[i]->name);
    }
    for (const siam_place_kind *k = siam_place_kinds; k->name; k++) {
        const size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, ", %s", k->name);
    }
    if (found)
        return SIAM_OK;
    siam_fail(e, SIAM_E_USAGE, "there is no device '%s'; known are: %s", name, known);
    siam_hint(e, "simsiam list");
    return SIAM_E_USAGE;
}

/* "1", "1:PATH" or "PATH", behind the colon: what is left is the path. */
static siam_code take_number(siam_place *p, const char **rest, siam_err *e)
{
    const size_t digits = strspn(*rest, "0123456789");
    if (!digits || ((*rest)[digits] && (*rest)[digits] != ':'))
        return SIAM_OK;
    if (digits > NUMBER_DIGITS)
        return siam_fail(e, SIAM_E_USAGE, "'%.*s' is no number of a device", (int)digits, *rest);
    p->number = atoi(*rest);
    *rest += digits + ((*rest)[digits] == ':');
    return SIAM_OK;
}

siam_code siam_place_take(siam_place *p, int count, siam_err *e)
{
    p->devices = count ? count : 1;
    if (p->devices == 1 || p->engine)
        return SIAM_OK;
    siam_fail(e, SIAM_E_USAGE, "--devices %d needs devices behind a plug-in: the device %s is one, with its threads", count, p->host);
    siam_hint(e, "--devices 1, or --device with one of: simsiam list");
    return SIAM_E_USAGE;
}

siam_devices siam_place_devices(const siam_place *p)
{
    return (siam_devices){.plugin = p->plugin, .kind = p->device, .first = p->number, .count = p->devices};
}

void siam_place_word(const siam_place *p, char *buf, size_t n)
{
    if (p->number || (p->plugin[0] >= '0' && p->plugin[0] <= '9')) /* such a path may look like a number */
        snprintf(buf, n, "%s:%d:%s", p->device, p->number, p->plugin);
    else
        snprintf(buf, n, "%s:%s", p->device, p->plugin);
}

siam_code siam_place_find(siam_place *p, const char *device, siam_err *e)
{
    *p = (siam_place){.host = *device ? device : "auto", .devices = 1};
    for (const siam_place_kind *k = siam_place_kinds; k->name; k++) {
        const size_t n = strlen(k->name);
        if (strncmp(device, k->name, n) || (device[n] && device[n] != ':'))
            continue;
        p->host = "auto";
        p->device = k->name;
        p->kind = k;
        p->engine = &siam_engine_pjrt;
        const char *rest = device[n] ? device + n + 1 : "";
        SIAM_TRY(take_number(p, &rest, e));
        return find_plugin(k, rest, p->plugin, e);
    }
    return check_host(p->host, e);
}

siam_code siam_place_map_type(siam_dtype *map_type, const siam_place *p, const siam_backend *host, int32_t precision, bool force,
                              siam_err *e)
{
    if (!p->engine)
        return siam_precision_map_type(map_type, host, precision, force, e);
    *map_type = precision == SIAM_PRECISION_BF16 ? SIAM_BF16 : SIAM_F32;
    return SIAM_OK;
}
