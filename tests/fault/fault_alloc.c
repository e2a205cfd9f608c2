/* Every allocation of the program's own code fails once, or from then on: the linker puts the functions below between it and libc's
 * (CMakeLists.txt), and jansson is given them.
 *
 *   fault_alloc                        a sample of each verb
 *   fault_alloc --full [--verb V] [--fault once|on] [--stride N [--phase P]]     every one (or every Nth, from the Pth on)
 *   fault_alloc --at VERB once|on K    one, with what it said
 *
 * Either the verb says that there is no memory and ends with 71, or it does without and its answer is complete. Nothing leaks:
 * that is seen in a build with AddressSanitizer (cmake --preset dev). What libgomp, oneDNN, libyaml, libarchive and libc allocate for themselves
 * does not fail here: some of them end the process on their own. jansson 2.14 does so, too, where it is refused memory for a byte of a
 * string that follows a backslash: that is counted apart. `demo` is two runs of train, and takes too long; `fetch` needs a network. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <jansson.h>

#include "verbs.h"

extern const char __executable_start[];
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t m);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
int __real_posix_memalign(void **p, size_t align, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
FILE *__real_open_memstream(char **buf, size_t *n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t m);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
int __wrap_posix_memalign(void **p, size_t align, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
FILE *__wrap_open_memstream(char **buf, size_t *n);

/* Between the harness and its child. */
static struct shared {
    long at; /* the allocation that fails, from 1; 0: none */
    bool on; /* from then on */
    atomic_long seen, hits;
    uintptr_t caller; /* of the first: an address of the program, for addr2line */
} *sh;
static bool armed; /* in a child */

static bool fails(const void *caller)
{
    if (!armed)
        return false;
    const long k = atomic_fetch_add(&sh->seen, 1) + 1;
    if (!sh->at || k < sh->at || (k > sh->at && !sh->on))
        return false;
    if (!atomic_fetch_add(&sh->hits, 1))
        sh->caller = (uintptr_t)caller - (uintptr_t)__executable_start;
    errno = ENOMEM;
    return true;
}

#define FAILS fails(__builtin_return_address(0))
void *__wrap_malloc(size_t n) { return FAILS ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t m) { return FAILS ? NULL : __real_calloc(n, m); }
void *__wrap_realloc(void *p, size_t n) { return FAILS ? NULL : __real_realloc(p, n); }
void *__wrap_aligned_alloc(size_t align, size_t n) { return FAILS ? NULL : __real_aligned_alloc(align, n); }
int __wrap_posix_memalign(void **p, size_t align, size_t n) { return FAILS ? ENOMEM : __real_posix_memalign(p, align, n); }
char *__wrap_strdup(const char *s) { return FAILS ? NULL : __real_strdup(s); }
char *__wrap_strndup(const char *s, size_t n) { return FAILS ? NULL : __real_strndup(s, n); }
FILE *__wrap_open_memstream(char **buf, size_t *n) { return FAILS ? NULL : __real_open_memstream(buf, n); }

static void arm(void)
{
    json_set_alloc_funcs(__wrap_malloc, free);
    armed = true;
}

static int bad;
static long tried, reached, answered, refused, ended;

/* jansson goes on without the byte that it had no room for, and asserts that an escape is one. */
static bool is_jansson(const ending *is) { return is->status == 128 + SIGABRT && strstr(is->say, "lex_scan_string: Assertion"); }

static void complain(const verb *v, const char *what, const ending *is)
{
    bad++;
    printf("FAILED: --at %s %s %ld (called before %#lx): %s\n", v->name, sh->on ? "on" : "once", sh->at, (unsigned long)sh->caller, what);
    printf("    [%d] %.3000s\n", is->status, is->say);
    fflush(stdout);
}

static void try_one(const verb *v, bool on, long at, bool aloud)
{
    static char why[VERB_TEXT];
    sh->on = on;
    sh->at = at;
    sh->seen = sh->hits = 0;
    sh->caller = 0;
    verb_begin(v);
    const ending is = verb_run(v, false, arm);
    const bool done = is.status == 0;
    if (aloud)
        printf("[%d] %s\n%ld failed, the first before %#lx\n", is.status, is.say, (long)sh->hits, (unsigned long)sh->caller);
    if (is_jansson(&is))
        ended++;
    else if (!verb_spoke(&is, why))
        complain(v, why, &is);
    else if (!done && is.status != 71 && is.status != 1)
        complain(v, "another exit code than that of no memory", &is);
    else if (is.status == 71 && !strstr(is.say, "memory"))
        complain(v, "the sentence does not say that memory is missing", &is);
    else if (!verb_whole(v, done, false, why))
        complain(v, why, &is);
    answered += done;
    refused += is.status == 71;
    reached += sh->hits > 0;
    if (done && !v->run) /* nothing to make good */
        return;
    const ending after = verb_run(v, true, NULL);
    if (after.status)
        complain(v, "it does not work afterwards", &after);
    else if (!verb_whole(v, true, false, why))
        complain(v, why, &after);
    if (aloud)
        printf("afterwards [%d] %s\n", after.status, after.say);
}

static long undisturbed(const verb *v)
{
    sh->at = sh->seen = sh->hits = 0;
    verb_begin(v);
    const ending is = verb_run(v, false, arm);
    if (is.status) {
        printf("FAILED: %s undisturbed: [%d] %s\n", v->name, is.status, is.say);
        exit(1);
    }
    verb_keep(v);
    return sh->seen;
}

static void try_verb(const verb *v, const plan *p)
{
    enum { SAMPLE = 2 };
    const long count = undisturbed(v), step = p->stride ? p->stride : count / SAMPLE + 1;
    const bool once = !p->fault || strcmp(p->fault, "on"), on = (!p->fault && p->stride) || (p->fault && strcmp(p->fault, "once"));
    const long total = (once + on) * ((count + step - 1) / step);
    long done = 0;
    tell_progress(v, 0, total, bad);
    for (int from_then = !once; from_then <= on; from_then++) {
        const uint32_t draw = 2654435761u * (uint32_t)(from_then + 1 + 2 * (v - verbs));
        for (long k = p->phase ? p->phase : 1 + (p->stride ? 0 : (long)(draw >> 8) % step); k <= count; k += step) {
            try_one(v, from_then, k, false);
            tell_progress(v, ++done, total, bad);
        }
    }
    tried += done;
    printf("%-20s %5ld of %ld allocations in %.0f s\n", v->name, done, count, seconds_of_verb());
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const plan p = plan_of(argc, argv);
    sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verbs_open();
    for (const verb *v = verbs; v->name; v++) {
        if (!(v->tried & WITH_ALLOC) || (p.verb && strcmp(p.verb, v->name)))
            continue;
        if (!p.at) {
            try_verb(v, &p);
        } else if (argc == 5 && !strcmp(p.at[0], v->name)) {
            undisturbed(v);
            try_one(v, !strcmp(p.at[1], "on"), atol(p.at[2]), true);
        }
    }
    if (!p.at)
        printf("alloc: %ld failures of allocations tried, %ld reached, %ld completed, %ld refused with 71, %ld ended by jansson, %d not as promised\n",
               tried, reached, answered, refused, ended, bad);
    verbs_close();
    return bad != 0;
}
