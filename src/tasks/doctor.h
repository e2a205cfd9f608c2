/* simsiam doctor: what this machine offers, and whether it computes correctly. */
#ifndef SIAM_TASKS_DOCTOR_H
#define SIAM_TASKS_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* One line per check: PASS, WARN or FAIL, what was found, and how to mend it. *healthy = no FAIL. JSON:
 * {"doctor":[{"check","status","found","fix"}], "healthy": bool}. Fails only when it cannot do its work. */
siam_code siam_doctor(int threads, bool json, FILE *out, bool *healthy, siam_err *e);

#endif
