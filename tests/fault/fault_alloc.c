/* Every allocation of the program's own code fails once, or from then on: the linker puts the functions below between it and libc's
 * (CMakeLists.txt). Those of jansson are counted apart: a reserve of the program's stands behind them (src/cli/json_memory.c).
 *
 *   fault_alloc                        a sample of each verb
 *   fault_alloc --full [--verb V] [--fault F] [--stride N [--phase P]]     every one (or every Nth, from the Pth on); of jansson's,
 *                                      unless F asks for them, one in 16, as they are many and all end in the same few lines
 *   fault_alloc --at VERB F K          one, with what it said
 *
 * F: `once` and `on` (from then on) for the program's own, `json-once` and `json-on` for jansson's; with `json-on`, once the reserve
 * is used up, all fail.
 *
 * Either the verb says that there is no memory and ends with 71, or it does without and its answer is complete. Nothing leaks:
 * that is seen in a build with AddressSanitizer (cmake --preset dev). What libgomp, oneDNN, libyaml, libarchive and libc allocate for themselves
 * does not fail here: some of them end the process on their own. `demo` is two runs of train, and takes too long; `fetch` needs a
 * network. */
#include <errno.h>
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
void __real_json_set_alloc_funcs(json_malloc_t take, json_free_t give);
void __wrap_json_set_alloc_funcs(json_malloc_t take, json_free_t give);

/* Which allocations fail. */
typedef struct fault {
    const char *name;
    bool on;   /* from then on */
    bool json; /* those that are asked for by jansson */
} fault;

static const fault faults[] = {{"once", false, false}, {"on", true, false}, {"json-once", false, true}, {"json-on", true, true}};
enum { FAULTS = sizeof faults / sizeof *faults };

/* Between the harness and its child. */
static struct shared {
    const fault *fault;
    long at; /* the allocation of them that fails, from 1; 0: none */
    atomic_long seen[2], hits; /* [json] */
    uintptr_t caller; /* of the first: an address of the program, for addr2line */
} *sh;
static bool armed; /* in a child */
static _Thread_local bool in_json;
static json_malloc_t json_malloc_of_program;

static void *json_malloc_here(size_t n)
{
    in_json = true;
    void *p = json_malloc_of_program(n);
    in_json = false;
    return p;
}

void __wrap_json_set_alloc_funcs(json_malloc_t take, json_free_t give)
{
    json_malloc_of_program = take;
    __real_json_set_alloc_funcs(json_malloc_here, give);
}

static bool fails(const void *caller)
{
    if (!armed)
        return false;
    const long k = atomic_fetch_add(&sh->seen[in_json], 1) + 1;
    if (!sh->at || sh->fault->json != in_json || k < sh->at || (k > sh->at && !sh->fault->on))
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

static void arm(void) { armed = true; }

static int bad;
static long tried, reached, answered, refused;

static void complain(const verb *v, const char *what, const ending *is)
{
    bad++;
    printf("FAILED: --at %s %s %ld (called before %#lx): %s\n", v->name, sh->fault->name, sh->at, (unsigned long)sh->caller, what);
    printf("    [%d] %.3000s\n", is->status, is->say);
    fflush(stdout);
}

static void try_one(const verb *v, const fault *f, long at, bool aloud)
{
    static char why[VERB_TEXT];
    sh->fault = f;
    sh->at = at;
    sh->seen[false] = sh->seen[true] = sh->hits = 0;
    sh->caller = 0;
    verb_begin(v);
    const ending is = verb_run(v, false, arm);
    const bool done = is.status == 0, used_up = f->json && f->on && strstr(is.say, "bytes of JSON");
    if (aloud)
        printf("[%d] %s\n%ld failed, the first before %#lx\n", is.status, is.say, (long)sh->hits, (unsigned long)sh->caller);
    if (!verb_spoke(&is, why))
        complain(v, why, &is);
    else if (!done && f->json && !used_up)
        complain(v, "the reserve was not used", &is);
    else if (!done && is.status != 71 && is.status != 1)
        complain(v, "another exit code than that of no memory", &is);
    else if (is.status == 71 && !strstr(is.say, "memory"))
        complain(v, "the sentence does not say that memory is missing", &is);
    else if (!verb_whole(v, done, used_up, why))
        complain(v, why, &is);
    answered += done;
    refused += is.status == 71;
    reached += sh->hits > 0;
    if ((done && !v->run) || (!done && verb_untouched(v))) /* nothing to make good; it works in such a folder, as before */
        return;
    const ending after = verb_run(v, true, NULL);
    if (after.status)
        complain(v, "it does not work afterwards", &after);
    else if (!verb_whole(v, true, used_up, why))
        complain(v, why, &after);
    if (aloud)
        printf("afterwards [%d] %s\n", after.status, after.say);
}

/* seen: how many allocations it makes, [json]. */
static void undisturbed(const verb *v, long seen[2])
{
    sh->at = sh->seen[false] = sh->seen[true] = sh->hits = 0;
    verb_begin(v);
    const ending is = verb_run(v, false, arm);
    if (is.status) {
        printf("FAILED: %s undisturbed: [%d] %s\n", v->name, is.status, is.say);
        exit(1);
    }
    verb_keep(v);
    seen[false] = sh->seen[false];
    seen[true] = sh->seen[true];
}

/* In the sample those that fail once, and of jansson's one verb's. */
static bool meant(const verb *v, const plan *p, const fault *f)
{
    if (p->fault)
        return !strcmp(p->fault, f->name);
    return p->stride || (!f->on && (!f->json || !strcmp(v->name, "info-json")));
}

static void try_verb(const verb *v, const plan *p)
{
    enum { SAMPLE = 2, SPARSE = 16 };
    long seen[2], done = 0, total = 0;
    undisturbed(v, seen);
    const long step[2] = {p->stride ? p->stride : seen[0] / SAMPLE + 1,
                          p->stride ? p->stride * (p->fault ? 1 : SPARSE) : seen[1] / SAMPLE + 1};
    for (const fault *f = faults; f < faults + FAULTS; f++)
        total += meant(v, p, f) * ((seen[f->json] + step[f->json] - 1) / step[f->json]);
    tell_progress(v, 0, total, bad);
    for (const fault *f = faults; f < faults + FAULTS; f++) {
        const uint32_t draw = 2654435761u * (uint32_t)(f - faults + 1 + FAULTS * (v - verbs));
        const long from = p->phase ? p->phase : 1 + (p->stride ? 0 : (long)(draw >> 8) % step[f->json]);
        for (long k = from; k <= seen[f->json] && meant(v, p, f); k += step[f->json]) {
            try_one(v, f, k, false);
            tell_progress(v, ++done, total, bad);
        }
    }
    tried += done;
    printf("%-20s %5ld tries; %ld allocations of its own, %ld of jansson, in %.0f s\n", v->name, done, seen[0], seen[1],
           seconds_of_verb());
    fflush(stdout);
}

static int try_at(const char *const *at)
{
    const verb *v = verbs;
    const fault *f = faults;
    while (v->name && strcmp(v->name, at[0]))
        v++;
    while (f < faults + FAULTS && strcmp(f->name, at[1]))
        f++;
    if (!v->name || f == faults + FAULTS) {
        fprintf(stderr, "there is no '%s %s'\n", at[0], at[1]);
        return 2;
    }
    long seen[2];
    undisturbed(v, seen);
    try_one(v, f, atol(at[2]), true);
    return bad != 0;
}

int main(int argc, char **argv)
{
    const plan p = plan_of(argc, argv);
    sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verbs_open();
    if (p.at) {
        const int status = argc == 5 ? try_at((const char *const *)p.at) : 2;
        verbs_close();
        return status;
    }
    for (const verb *v = verbs; v->name; v++)
        if ((v->tried & WITH_ALLOC) && (!p.verb || !strcmp(p.verb, v->name)))
            try_verb(v, &p);
    printf("alloc: %ld failures of allocations tried, %ld reached, %ld completed, %ld refused with 71, %d not as promised\n", tried,
           reached, answered, refused, bad);
    verbs_close();
    return bad != 0 || !tried; /* nothing tried is nothing shown: a name that is not known */
}
