/* The machine's name. */
#include "tasks/machine.h"

#include <stdio.h>
#include <string.h>

void siam_cpu_model(char *buf, size_t n)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "re");
    snprintf(buf, n, "unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        const char *value = strstr(line, ": ");
        if (!value || strncmp(line, "model name", 10))
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(buf, n, "%s", value + 2);
        break;
    }
    if (f)
        fclose(f);
}

void siam_machine_name(const siam_backend *b, char *buf, size_t n)
{
    char cpu[256], backend[256] = "";
    siam_cpu_model(cpu, sizeof cpu);
    b->type->describe(b, backend, sizeof backend);
    snprintf(buf, n, "%s | %s", cpu, backend);
}
