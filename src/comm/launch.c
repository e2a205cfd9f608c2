/* Launchers are known by the variables that they set, and MPI is loaded only then. */
#include "comm/launch.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "comm/plugin.h"

static const char library[] = "libsiam_mpi.so";

static int number(const char *name)
{
    const char *text = getenv(name);
    const long n = text ? strtol(text, NULL, 10) : 0;
    return n > 0 && n < 1 << 20 ? (int)n : 0;
}

static siam_launch started_as(void)
{
    /* A batch script of Slurm has SLURM_NTASKS, too, and is no task of srun's: that has SLURM_STEP_ID and a number in it. */
    static const struct {
        const char *size, *rank, *name;
    } known[] = {{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "Open MPI's mpirun"},
                 {"PMI_SIZE", "PMI_RANK", "mpiexec"},
                 {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (number(known[i].size) && getenv(known[i].rank))
            return (siam_launch){.launcher = known[i].name, .rank = number(known[i].rank), .ranks = number(known[i].size)};
    return (siam_launch){.launcher = "", .ranks = 1};
}

int siam_launch_ranks(const char **launcher)
{
    const siam_launch as = started_as();
    if (launcher)
        *launcher = as.launcher;
    return as.ranks;
}

/* Beside the program where it was built, else where it was installed to. */
static void *load(bool *there, char *why, size_t n)
{
    char self[4096], path[4096];
    static const char *const places[] = {"", "/../lib/simsiam", "/../" SIAM_LIBDIR "/simsiam"};
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    void *lib = NULL;
    *there = false;
    snprintf(why, n, "there is no %s beside the program", library);
    if (len <= 0)
        return NULL;
    self[len] = '\0';
    const char *dir = dirname(self);
    for (size_t i = 0; i < sizeof places / sizeof *places && !lib; i++) {
        if (snprintf(path, sizeof path, "%s%s/%s", dir, places[i], library) >= (int)sizeof path || !siam_path_exists(path))
            continue;
        *there = true;
        /* MPI opens parts of its own, which look for its names among those of the program. */
        lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
        if (!lib)
            snprintf(why, n, "%s", dlerror());
    }
    return lib;
}

/* The library's entry; NULL: why. *there: whether it was found at all. */
static const siam_comm_plugin_type *find(bool *there, char *why, size_t n)
{
    void *lib = load(there, why, n);
    const siam_comm_plugin_type *p = lib ? dlsym(lib, SIAM_COMM_PLUGIN_SYMBOL) : NULL;
    if (p && !strcmp(p->version, SIAM_COMM_PLUGIN_VERSION))
        return p;
    if (lib)
        snprintf(why, n, "%s is of another version than the program", library);
    return NULL;
}

int siam_comm_library(char *text, size_t n)
{
    bool there;
    const siam_comm_plugin_type *p = find(&there, text, n);
    if (p)
        p->library(text, n);
    return p ? 1 : there ? -1 : 0;
}

static void late(const siam_launch *as, const char *why)
{
    siam_err e = {0};
    siam_fail(&e, SIAM_E_RANK, "%s", why);
    siam_hint(&e, "hostname in the place of simsiam, started in the same way: a host that does not answer is missing");
    as->end(&e);
}

siam_code siam_comm_open(const siam_comm **out, void (*end)(const siam_err *e), siam_err *e)
{
    static const siam_comm_lent lent = {SIAM_COMM_PLUGIN_VERSION, siam_fail, late};
    siam_launch as = started_as();
    bool there;
    char why[512];
    *out = &siam_comm_single;
    if (as.ranks == 1)
        return SIAM_OK;
    const siam_comm_plugin_type *p = find(&there, why, sizeof why);
    if (!p) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "%s has started %d ranks, and this program cannot join them: %s", as.launcher, as.ranks, why);
        siam_hint(e, "a build on a machine with MPI (apt-get install libopenmpi-dev), or one process");
        return SIAM_E_UNSUPPORTED;
    }
    siam_comm *c;
    as.end = end;
    const siam_code rc = p->open(&c, &as, &lent, e);
    if (rc == SIAM_E_RANK)
        siam_hint(e, "another network (Open MPI: --mca btl_tcp_if_include eth0), or a firewall that lets these hosts talk on all ports");
    if (!rc)
        *out = c;
    return rc;
}
