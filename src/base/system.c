/* The clock, memory, processors and their caches, as the kernel and the C library tell. */
#include "base/system.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double siam_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A small file of the kernel as text; false when it is not there. */
static bool slurp(const char *path, char *buf, size_t n)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t have = 0;
    ssize_t got;
    while (have < n - 1 && (got = read(fd, buf + have, n - 1 - have)) > 0)
        have += (size_t)got;
    close(fd);
    buf[have] = '\0';
    return have > 0;
}

/* The number after `field` at the start of a line, times unit. */
static bool field_of(const char *text, const char *field, size_t unit, size_t *out)
{
    const size_t len = strlen(field);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, field, len))
            continue;
        char *end;
        const unsigned long long v = strtoull(line + len, &end, 10);
        if (end == line + len)
            return false;
        *out = (size_t)v * unit;
        return true;
    }
    return false;
}

/* The files of a memory controller, which differ between the two versions of cgroups. */
struct cgroup {
    const char *root, *limit, *usage, *inactive, *active;
};
static const struct cgroup V2 = {"/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file ",
                                 "active_file "};
static const struct cgroup V1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                 "total_inactive_file ", "total_active_file "};

/* What is left below the limit of one group, SIZE_MAX without one. Page cache counts as used but is given
 * back when memory is wanted, as in MemAvailable. */
static size_t left_in(const struct cgroup *v, const char *group)
{
    char path[4400], text[16384];
    size_t limit, used, cache = 0, part;
    snprintf(path, sizeof path, "%s%s/%s", v->root, group, v->limit);
    if (!slurp(path, text, sizeof text) || !field_of(text, "", 1, &limit))
        return SIZE_MAX; /* "max" */
    snprintf(path, sizeof path, "%s%s/%s", v->root, group, v->usage);
    if (!slurp(path, text, sizeof text) || !field_of(text, "", 1, &used))
        return limit;
    snprintf(path, sizeof path, "%s%s/memory.stat", v->root, group);
    if (slurp(path, text, sizeof text)) {
        if (field_of(text, v->inactive, 1, &part))
            cache += part;
        if (field_of(text, v->active, 1, &part))
            cache += part;
    }
    used -= cache < used ? cache : used;
    return used < limit ? limit - used : 0;
}

/* The tightest of a group and its parents: each may have a limit. Inside a container the path may name a
 * group that is mounted as the root, so the root is always among those asked. */
static size_t left_above(const struct cgroup *v, char *group)
{
    size_t least = SIZE_MAX;
    for (;;) {
        const size_t left = left_in(v, group);
        least = left < least ? left : least;
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* The smallest limit among this process's groups; /proc/self/cgroup has lines "ID:CONTROLLERS:PATH". */
static size_t cgroup_left(void)
{
    char text[16384];
    size_t least = SIZE_MAX;
    if (!slurp("/proc/self/cgroup", text, sizeof text))
        return least;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || strlen(path) > 4096)
            continue;
        *path++ = '\0';
        controllers++;
        const struct cgroup *v = !*controllers ? &V2 : !strcmp(controllers, "memory") ? &V1 : NULL;
        if (!v)
            continue;
        const size_t left = left_above(v, path);
        least = left < least ? left : least;
    }
    return least;
}

static size_t status_field(const char *field)
{
    char text[16384];
    size_t bytes;
    return slurp("/proc/self/status", text, sizeof text) && field_of(text, field, 1024, &bytes) ? bytes : 0;
}

/* What `ulimit -v` leaves of the address space, less what stacks and the allocator's arenas reserve of it without using it;
 * SIZE_MAX without such a limit. */
static size_t address_space_left(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    const size_t used = status_field("VmSize:") + ((size_t)128 << 20);
    return used < limit.rlim_cur ? (size_t)limit.rlim_cur - used : 0;
}

size_t siam_memory_available(void)
{
    char text[16384];
    size_t machine;
    if (!slurp("/proc/meminfo", text, sizeof text) || !field_of(text, "MemAvailable:", 1024, &machine)) {
        const long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
        machine = pages > 0 && size > 0 ? (size_t)pages * (size_t)size : SIZE_MAX;
    }
    const size_t group = cgroup_left(), space = address_space_left();
    const size_t limit = group < space ? group : space;
    return limit < machine ? limit : machine;
}

size_t siam_memory_resident(void) { return status_field("VmRSS:"); }

/* VmHWM, not getrusage: ru_maxrss survives exec and would report the shell that started us. */
size_t siam_memory_peak(void)
{
    const size_t peak = status_field("VmHWM:");
    if (peak)
        return peak;
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (size_t)u.ru_maxrss * 1024 : 0;
}

/* Whole processors a container's quota comes to, INT_MAX without one: "QUOTA PERIOD" in microseconds, or "max". */
static int quota_cpus(void)
{
    char text[64];
    long long quota = 0, period = 0;
    if (slurp("/sys/fs/cgroup/cpu.max", text, sizeof text)) {
        if (sscanf(text, "%lld %lld", &quota, &period) != 2)
            return INT_MAX;
    } else {
        if (!slurp("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", text, sizeof text) || sscanf(text, "%lld", &quota) != 1 ||
            !slurp("/sys/fs/cgroup/cpu/cpu.cfs_period_us", text, sizeof text) || sscanf(text, "%lld", &period) != 1)
            return INT_MAX;
    }
    if (quota <= 0 || period <= 0)
        return INT_MAX;
    const long long cpus = (quota + period - 1) / period;
    return cpus < INT_MAX ? (int)cpus : INT_MAX;
}

int siam_cpu_count(void)
{
    cpu_set_t allowed;
    int n = sched_getaffinity(0, sizeof allowed, &allowed) ? 1 : CPU_COUNT(&allowed);
    const char *wanted = getenv("OMP_NUM_THREADS");
    const int quota = quota_cpus(), omp = wanted ? (int)strtol(wanted, NULL, 10) : 0;
    if (quota < n)
        n = quota;
    if (omp > 0 && omp < n)
        n = omp;
    return n > 0 ? n : 1;
}

size_t siam_cache_bytes(int level, size_t unknown)
{
    long bytes = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE /* glibc's */
    bytes = sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
#else
    (void)level;
#endif
    return bytes > 0 ? (size_t)bytes : unknown;
}

bool siam_cpu_model(char *buf, size_t n)
{
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/cpuinfo", "re");
    snprintf(buf, n, "unknown processor");
    while (f && !found && fgets(line, sizeof line, f)) {
        const char *value = strstr(line, ": ");
        found = value && !strncmp(line, "model name", 10);
        line[strcspn(line, "\n")] = '\0';
        if (found)
            snprintf(buf, n, "%s", value + 2);
    }
    if (f)
        fclose(f);
    return found;
}
