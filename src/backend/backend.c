/* The list of backends, and choosing among them. */
#include "backend/backend.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"
#include "base/threads.h"

#define SIAM_ROW(x) extern const siam_backend_type siam_backend_##x;
#include "backend/backends.def"
#undef SIAM_ROW

const siam_backend_type *const siam_backends[] = {
#define SIAM_ROW(x) &siam_backend_##x,
#include "backend/backends.def"
#undef SIAM_ROW
    NULL};

/* The threads of the computation are OpenMP's, which ends the program where it cannot start one: so they are counted, and
 * then started, before anything else takes what there is. As many as can be had are enough unless the user said a number. */
static siam_code start_threads(int *threads, siam_err *e)
{
    const int wanted = *threads > 0 ? *threads : siam_cpu_count();
    const int n = 1 + siam_threads_possible(wanted - 1);
    if (*threads > n) {
        siam_fail(e, SIAM_E_UNSUPPORTED, "%d threads of the computation cannot be started here, only %d", wanted, n);
        siam_hint(e, "--threads %d", n > 2 ? n - 1 : 1); /* one is left to read images */
        return SIAM_E_UNSUPPORTED;
    }
    *threads = siam_threads_start(n);
    omp_set_num_threads(*threads); /* for what is computed without the backend, too */
    return SIAM_OK;
}

siam_code siam_backend_open(siam_backend **out, const char *name, int threads, siam_err *e)
{
    *out = NULL;
    const siam_backend_type *best = NULL;
    int best_preference = 0;
    char known[256] = "", why[256] = "";
    const bool any = !strcmp(name, "auto") || !strcmp(name, "cpu");
    for (int i = 0; siam_backends[i]; i++) {
        const siam_backend_type *t = siam_backends[i];
        const size_t len = strlen(known);
        snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", t->name);
        if (!any && strcmp(name, t->name))
            continue;
        const int preference = t->probe(why, sizeof why);
        if (preference > best_preference) {
            best = t;
            best_preference = preference;
        }
        if (!any && !preference)
            return siam_fail(e, SIAM_E_UNSUPPORTED, "device '%s' cannot be used here: %s", name, why);
    }
    if (!best)
        return siam_fail(e, SIAM_E_USAGE, "there is no device '%s'; known are: auto, cpu, %s", name, known);
    SIAM_TRY(start_threads(&threads, e));
    return best->open(out, threads, e);
}

void siam_backend_join(siam_backend *b, const siam_comm *c) { b->comm = c; }

void siam_backend_close(siam_backend **b)
{
    if (*b)
        (*b)->type->close(b);
}

static const siam_op_impl *find(const siam_backend_type *t, const siam_op_desc *d)
{
    for (int i = 0; t->impls[i]; i++)
        if (t->impls[i]->kind == d->kind && t->impls[i]->supports(d))
            return t->impls[i];
    return NULL;
}

const siam_op_impl *siam_op_select(const siam_backend *b, const siam_op_desc *d)
{
    const siam_op_impl *impl = find(b->type, d);
    return impl ? impl : find(&siam_backend_ref, d);
}
