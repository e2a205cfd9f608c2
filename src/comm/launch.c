/* Launchers are known by the variables that they set, and MPI is loaded only then. */
#include "comm/launch.h"

#include <dlfcn.h>
#include <libgen.h>
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

int siam_launch_ranks(const char **launcher)
{
    /* A batch script of Slurm has SLURM_NTASKS, too, and is no task of srun's: that has SLURM_STEP_ID and a number in it. */
    static const struct {
        const char *size, *also, *name;
    } known[] = {{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "Open MPI's mpirun"},
                 {"PMI_SIZE", "PMI_RANK", "mpiexec"},
                 {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const int n = number(known[i].size);
        if (n < 1 || !getenv(known[i].also))
            continue;
        if (launcher)
            *launcher = known[i].name;
        return n;
    }
    return 1;
}

/* Beside the program where it was built, else where it was installed to. */
static void *load(char *why, size_t n)
{
    char self[4096], path[4096];
    static const char *const places[] = {"", "/../lib/simsiam", "/../" SIAM_LIBDIR "/simsiam"};
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    void *lib = NULL;
    snprintf(why, n, "there is no %s beside the program", library);
    if (len <= 0)
        return NULL;
    self[len] = '\0';
    const char *dir = dirname(self);
    for (size_t i = 0; i < sizeof places / sizeof *places && !lib; i++) {
        if (snprintf(path, sizeof path, "%s%s/%s", dir, places[i], library) >= (int)sizeof path || !siam_path_exists(path))
            continue;
        /* MPI opens parts of its own, which look for its names among those of the program. */
        lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
        if (!lib)
            snprintf(why, n, "%s", dlerror());
    }
    return lib;
}

siam_code siam_comm_open(const siam_comm **out, siam_err *e)
{
    static const siam_comm_lent lent = {siam_fail};
    char why[512];
    const char *launcher = "";
    const int ranks = siam_launch_ranks(&launcher);
    *out = &siam_comm_single;
    if (ranks == 1)
        return SIAM_OK;
    void *lib = load(why, sizeof why);
    const siam_comm_plugin_type *p = lib ? dlsym(lib, SIAM_COMM_PLUGIN_SYMBOL) : NULL;
    if (lib && (!p || strcmp(p->version, SIAM_COMM_PLUGIN_VERSION)))
        snprintf(why, sizeof why, "%s is of another version than the program", library);
    if (!p || strcmp(p->version, SIAM_COMM_PLUGIN_VERSION)) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "%s has started %d ranks, and this program cannot join them: %s", launcher, ranks, why);
        siam_hint(e, "a build on a machine with MPI (apt-get install libopenmpi-dev), or one process");
        return SIAM_E_UNSUPPORTED;
    }
    siam_comm *c;
    SIAM_TRY(p->open(&c, ranks, &lent, e));
    *out = c;
    return SIAM_OK;
}
