/* The machine's name. */
#include "tasks/machine.h"

#include <stdio.h>

#include "base/system.h"

void siam_machine_name(const siam_backend *b, char *buf, size_t n)
{
    char cpu[256], backend[256] = "";
    siam_cpu_model(cpu, sizeof cpu);
    b->type->describe(b, backend, sizeof backend);
    snprintf(buf, n, "%s | %s", cpu, backend);
}
