/* Entering and leaving the library. */
#include "api/guard.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>

void siam_guard_enter(siam_guard *g, siam_err *e)
{
    siam_err_clear(e);
    /* Per thread, unlike setlocale. glibc's "C" is a constant: nothing is allocated, so nothing is freed. */
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    g->locale = uselocale(c);
    g->threads = omp_get_max_threads();
    g->dynamic = omp_get_dynamic();
    omp_set_dynamic(0); /* kernels are laid out for all the threads of a handle */
}

void siam_guard_leave(const siam_guard *g)
{
    omp_set_num_threads(g->threads);
    omp_set_dynamic(g->dynamic);
    uselocale(g->locale);
}

siam_code siam_misuse(siam_err *e, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    siam_err_clear(e);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return siam_fail(e, SIAM_E_USAGE, "%s", text);
}
