/* Memory for jansson. Version 2.14 goes on without the byte of a string that it is refused memory for: what it reads then is
 * another string, or it writes behind one. So the program never refuses it any: where malloc has none, a reserve has; where that
 * is used up, the program ends. (A program of yours that calls the library can do the same: json_set_alloc_funcs.) */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"

enum { RESERVE = 1 << 18, ALIGN = 16 }; /* bytes */

/* Given away from its start, never taken back: where there is so little memory, other requests fail soon. */
static _Alignas(ALIGN) unsigned char reserve[RESERVE];
static atomic_size_t reserve_used;
static atomic_flag ending = ATOMIC_FLAG_INIT;
static void (*end_program)(const siam_err *);

static void *take(size_t n)
{
    void *p = malloc(n);
    if (p || !n)
        return p;
    if (n <= RESERVE) {
        const size_t room = (n + ALIGN - 1) / ALIGN * ALIGN, at = atomic_fetch_add(&reserve_used, room);
        if (at <= RESERVE && room <= RESERVE - at)
            return reserve + at;
    }
    while (atomic_flag_test_and_set(&ending)) /* another thread says it */
        pause();
    siam_err e = {0};
    siam_fail(&e, SIAM_E_NOMEM, "there is no memory for %zu bytes of JSON", n);
    siam_hint(&e, "a larger limit of memory (ulimit -v)");
    end_program(&e);
    return NULL;
}

static void give(void *p)
{
    const uintptr_t at = (uintptr_t)p, first = (uintptr_t)reserve;
    if (at < first || at >= first + RESERVE)
        free(p);
}

void siam_cli_json_memory(void (*end)(const siam_err *e))
{
    end_program = end;
    json_set_alloc_funcs(take, give);
}
