/* Every allocation of the library fails once: each time the call says so, nothing leaks, nothing ends the process, and the
 * next call works. malloc and its relatives of this program stand before libc's; they fail only when libsiam.so is the
 * caller. */
#include "api_case.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
int main(void) { return 77; } /* they have a malloc of their own */
#else

extern void *__libc_malloc(size_t n), *__libc_calloc(size_t n, size_t m), *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);
extern void __libc_free(void *p);

enum { SLOTS = 1 << 16 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t lib_begin, lib_end; /* code of libsiam.so */
static long countdown = -1;          /* allocations until the one that fails; -1: none does */
static int failed;
static void *live[SLOTS]; /* of the library, a hash table */
static long nlive;

static size_t slot_of(void *p)
{
    size_t i = ((uintptr_t)p >> 4) * 2654435761u % SLOTS;
    while (live[i] && live[i] != p)
        i = (i + 1) % SLOTS;
    return i;
}

static void forget(void *p)
{
    size_t i = slot_of(p);
    if (!p || live[i] != p)
        return;
    live[i] = NULL;
    nlive--;
    for (size_t k = (i + 1) % SLOTS; live[k]; k = (k + 1) % SLOTS) { /* close the gap */
        void *moved = live[k];
        live[k] = NULL;
        live[slot_of(moved)] = moved;
    }
}

static int ours(const void *caller) { return (uintptr_t)caller >= lib_begin && (uintptr_t)caller < lib_end; }

/* Whether this allocation of the library is the one to fail. */
static int fails_now(void)
{
    pthread_mutex_lock(&lock);
    const int yes = countdown == 0;
    failed |= yes;
    countdown -= countdown >= 0;
    pthread_mutex_unlock(&lock);
    return yes;
}

static void *note(void *p)
{
    pthread_mutex_lock(&lock);
    if (p && nlive < SLOTS / 2) {
        live[slot_of(p)] = p;
        nlive++;
    }
    pthread_mutex_unlock(&lock);
    return p;
}

#define SHOWN __attribute__((visibility("default")))

SHOWN void *malloc(size_t n)
{
    if (!ours(__builtin_return_address(0)))
        return __libc_malloc(n);
    return fails_now() ? NULL : note(__libc_malloc(n));
}

SHOWN void *calloc(size_t n, size_t m)
{
    if (!ours(__builtin_return_address(0)))
        return __libc_calloc(n, m);
    return fails_now() ? NULL : note(__libc_calloc(n, m));
}

SHOWN void *aligned_alloc(size_t align, size_t n)
{
    if (!ours(__builtin_return_address(0)))
        return __libc_memalign(align, n);
    return fails_now() ? NULL : note(__libc_memalign(align, n));
}

SHOWN int posix_memalign(void **p, size_t align, size_t n)
{
    const int mine = ours(__builtin_return_address(0));
    if (mine && fails_now())
        return 12;
    *p = __libc_memalign(align, n);
    if (mine)
        note(*p);
    return *p ? 0 : 12;
}

SHOWN void *realloc(void *p, size_t n)
{
    if (!ours(__builtin_return_address(0)))
        return __libc_realloc(p, n);
    if (fails_now())
        return NULL;
    pthread_mutex_lock(&lock);
    forget(p);
    pthread_mutex_unlock(&lock);
    return note(__libc_realloc(p, n));
}

SHOWN void free(void *p)
{
    pthread_mutex_lock(&lock);
    forget(p);
    pthread_mutex_unlock(&lock);
    __libc_free(p);
}

static int find_library(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    (void)user;
    if (!strstr(info->dlpi_name, "libsiam.so"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            lib_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            lib_end = lib_begin + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

static siam_code train(const char *out, siam_err *e)
{
    static const char *const set[][2] = {
        {"data", "synth:train=16,test=8"}, {"train.batch", "4"}, {"train.epochs", "1"},
        {"model.arch", "resnet20-cifar"}, {"model.width", "16"}, {"data.size", "16"}, {"dim", "16"},
        {"run.threads", "1"}, {"workers", "1"}, {"eval.k", "5"}, {"run.tuning", "fixed"}};
    siam_training *t;
    siam_code rc = siam_training_create(&t, "demo", e);
    for (size_t i = 0; !rc && i < sizeof set / sizeof *set; i++)
        rc = siam_training_set(t, set[i][0], set[i][1], e);
    if (!rc)
        rc = siam_training_set(t, "out", out, e);
    if (!rc)
        rc = siam_training_run(t, e);
    siam_training_destroy(&t);
    return rc;
}

static siam_code use_model(const char *unused, siam_err *e)
{
    (void)unused;
    char path[4096];
    siam_model *m;
    float y[256];
    const siam_model_options o = {.struct_size = sizeof o, .threads = 1, .heads = SIAM_HEAD_Z | SIAM_HEAD_P};
    snprintf(path, sizeof path, "%s/tests/data/codec/optimised.jpg", getenv("SIMSIAM_SOURCE"));
    siam_code rc = siam_model_open(&m, "trained", &o, e);
    if (!rc)
        rc = siam_model_extract_file(m, SIAM_LAYER_P, path, y, 256, e);
    siam_model_close(&m);
    return rc;
}

static int ignore_row(void *user, const char *row)
{
    (void)user;
    return !row;
}

static siam_code use_task(const char *unused, siam_err *e)
{
    (void)unused;
    static const char *const set[][2] = {{"data", "synth:train=8,test=4"}, {"k", "1,2"}, {"threads", "1"}};
    siam_task *task;
    siam_code rc = siam_task_create(&task, "knn", e);
    if (!rc)
        rc = siam_task_argument(task, "raw", e);
    for (size_t i = 0; !rc && i < sizeof set / sizeof *set; i++)
        rc = siam_task_set(task, set[i][0], set[i][1], e);
    if (!rc)
        rc = siam_task_run(task, ignore_row, NULL, e);
    siam_task_destroy(&task);
    return rc;
}

static void fail_each(siam_code (*scenario)(const char *out, siam_err *e), int stride)
{
    siam_err err = {0};
    int n = 0;
    for (long k = 0;; k += stride, n++) {
        char out[32], command[64];
        snprintf(out, sizeof out, "out%ld", k);
        failed = 0;
        countdown = k;
        const siam_code rc = scenario(out, &err);
        countdown = -1;
        if (!failed && rc == SIAM_OK)
            break;
        if (!failed)
            fail_msg("allocation %ld: %s", k, err.msg);
        if (rc && (rc != SIAM_E_NOMEM || !strstr(err.msg, "memory")))
            print_message("allocation %ld: %s: %s\n", k, siam_code_name(rc), err.msg);
        if (rc && (err.code != rc || !err.msg[0]))
            fail_msg("allocation %ld failed and nothing was said", k);
        if (nlive)
            fail_msg("after allocation %ld failed %ld blocks are left: %s", k, nlive, err.msg);
        snprintf(command, sizeof command, "rm -rf %s", out);
        assert_int_equal(system(command), 0);
    }
    assert_true(n > 20);
    print_message("%d allocations failed\n", n);
}

static void models_say_so(void **state)
{
    (void)state;
    siam_err err = {0};
    assert_ok(train("trained", &err));
    fail_each(use_model, 1);
}

static void tasks_say_so(void **state)
{
    (void)state;
    fail_each(use_task, 1);
}

static void training_says_so(void **state)
{
    (void)state;
    fail_each(train, 3);
}

int main(void)
{
    dl_iterate_phdr(find_library, NULL);
    if (!lib_end)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(models_say_so), cmocka_unit_test(tasks_say_so),
                                       cmocka_unit_test(training_says_so)};
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
#endif
