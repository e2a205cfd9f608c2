/* What kernel timings depend on. */
#ifndef SIAM_TASKS_MACHINE_H
#define SIAM_TASKS_MACHINE_H

#include "backend/backend.h"

/* "AMD EPYC 7B13 | oneDNN 2.6.3, avx2, 2 threads": equal names may share timings. */
void siam_machine_name(const siam_backend *b, char *buf, size_t n);

#endif
