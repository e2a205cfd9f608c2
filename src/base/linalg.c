/* Symmetric eigenvalues through LAPACK's Fortran interface. The library is loaded when it is needed and not linked: where it is
 * OpenBLAS it starts threads as soon as it is there, and ends the program when a limit forbids them; and it tries for ever to
 * get its work space where a limit of memory forbids that. */
#include "base/linalg.h"

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"

enum { WARM = 8 };
static const char library[] = "liblapack.so.3";
static const size_t address_space = (size_t)224 << 20; /* of the library and, with OpenBLAS, 128 MiB of work space */

/* Fortran passes everything by address, and the lengths of strings behind the arguments. */
typedef void dsyev_fn(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
                      const int *lwork, int *info, size_t jobz_len, size_t uplo_len);

static siam_code load(dsyev_fn **dsyev, siam_err *e)
{
    void *lib = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void *symbol = lib ? dlsym(lib, "dsyev_") : NULL;
    memcpy(dsyev, &symbol, sizeof symbol); /* ISO C has no cast from an object's to a function's pointer */
    if (symbol)
        return SIAM_OK;
    const char *why = dlerror();
    siam_fail(e, SIAM_E_UNSUPPORTED, "the effective rank needs LAPACK, which cannot be loaded here (%s)",
              why ? why : "it is another library");
    siam_hint(e, "apt-get install liblapack3");
    return SIAM_E_UNSUPPORTED;
}

static bool has_room(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at != MAP_FAILED && !munmap(at, bytes);
}

siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e)
{
    SIAM_ASSERT(n >= 0);
    if (n == 0)
        return SIAM_OK;
    /* LAPACK's iteration is not defined on NaN and may not end. */
    for (size_t i = 0; i < (size_t)n * (size_t)n; i++)
        if (!isfinite(a[i]))
            return siam_fail(e, SIAM_E_NUMERIC,
                             "the %d x %d matrix has an entry that is not finite (number %zu)", n, n, i);
    dsyev_fn *dsyev;
    SIAM_TRY(load(&dsyev, e));
    int info = 0, lwork = -1;
    double best = 0;
    dsyev("N", "U", &n, a, &n, w, &best, &lwork, &info, 1, 1); /* asks for the best work space */
    SIAM_ASSERT(info == 0);
    lwork = (int)best;
    double *work = malloc((size_t)lwork * sizeof *work);
    if (!work)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the eigenvalues of a %d x %d matrix", n, n);
    dsyev("N", "U", &n, a, &n, w, work, &lwork, &info, 1, 1);
    free(work);
    if (info != 0)
        return siam_fail(e, SIAM_E_NUMERIC, "the eigenvalues of a %d x %d matrix did not converge", n, n);
    return SIAM_OK;
}

siam_code siam_eigenvalues_ready(siam_err *e)
{
    double a[WARM * WARM], w[WARM];
    void *there = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    if (there) {
        dlclose(there);
    } else if (!has_room(address_space)) {
        siam_fail(e, SIAM_E_NOMEM, "out of memory for LAPACK, which the effective rank needs");
        siam_hint(e, "a larger limit of memory (ulimit -v)");
        return SIAM_E_NOMEM;
    }
    for (int i = 0; i < WARM * WARM; i++)
        a[i] = i % (WARM + 1) ? 0.5 : 1;
    return siam_eigenvalues(WARM, a, w, e); /* so that it takes its work space now and keeps it */
}
