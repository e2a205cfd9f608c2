/* Loader: what each of several ranks gets of an epoch, and what becomes of it where there is little memory for threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../hints/hint.h"
#include "noise_set.h"

/* ---- ranks ---- */

enum { RANKS = 4 };

/* The ranks' batches together are those of one, in its order, with its pixels and its stand-ins; of each part of a batch, too, every
 * rank has its share. */
static void test_shares_of_ranks(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        const int ranks = kind % 2 ? 4 : 2, parts = kind / 2 ? 2 : 1, run = 8 / parts;
        noise_set s = make_set(COUNT);
        s.bad[0] = 7;
        s.bad[1] = 30;
        siam_loader_cfg c = config(8, 2);
        c.max_bad = 0.5;
        siam_loader *alone = create_ok(&s, &c);
        for (int epoch = 0; epoch < 2; epoch++) {
            const int64_t skip = epoch; /* resumed in mid-epoch, too */
            const seen all = run_epoch(alone, epoch, skip, 2);
            seen part[RANKS];
            for (int r = 0; r < ranks; r++) {
                c.rank = r;
                c.ranks = ranks;
                c.parts = parts;
                siam_loader *l = create_ok(&s, &c);
                assert_int_equal(siam_loader_batches(l), siam_loader_batches(alone));
                assert_int_equal(siam_loader_batch(l), 8 / ranks);
                part[r] = run_epoch(l, epoch, skip, 2);
                assert_int_equal(part[r].batches, all.batches);
                assert_int_equal(part[r].images, all.images / ranks);
                siam_loader_destroy(&l);
            }
            for (int i = 0; i < all.images; i++) {
                const int share = run / ranks, r = i % run / share, at = i / run * share + i % share;
                assert_int_equal(part[r].index[at], all.index[i]);
                assert_true(part[r].view[0][at] == all.view[0][i] && part[r].view[1][at] == all.view[1][i]);
            }
            c.rank = c.ranks = 0;
        }
        siam_loader_destroy(&alone);
    }
}

/* Of the test transform's images, and of views without drop_last, the ranks have the batches of one process in turn; together they
 * have all images, however few there are. */
static void test_turns_of_ranks(void **state)
{
    (void)state;
    static const int64_t subset[5] = {4, 2, 40, 7, 7};
    for (int kind = 0; kind < 3; kind++) /* all images, some, views of all */
        for (int count = 1; count <= (kind == 1 ? 5 : COUNT); count += kind == 1 ? 1 : 26)
            for (int batch = 1; batch <= 8; batch += 7) {
                const noise_set s = make_set(kind == 1 ? COUNT : count);
                siam_loader_cfg c = config(batch, 2);
                seen part[RANKS], all;
                int at[RANKS] = {0};
                c.views = kind == 2 ? 1 : 0;
                c.drop_last = false;
                c.subset = kind == 1 ? subset : NULL;
                c.nsubset = count;
                siam_loader *l = create_ok(&s, &c);
                all = run_epoch(l, 0, 0, 1);
                siam_loader_destroy(&l);
                assert_int_equal(all.images, count);
                for (int r = 0; r < RANKS; r++) {
                    c.rank = r;
                    c.ranks = RANKS;
                    l = create_ok(&s, &c);
                    assert_int_equal(siam_loader_batch(l), batch);
                    part[r] = run_epoch(l, 0, 0, 1);
                    siam_loader_destroy(&l);
                }
                for (int i = 0; i < count; i++) {
                    const int r = i / batch % RANKS;
                    assert_true(at[r] < part[r].images);
                    assert_int_equal(part[r].index[at[r]++], all.index[i]);
                }
                for (int r = 0; r < RANKS; r++)
                    assert_int_equal(at[r], part[r].images);
            }
}

static void test_batches_of_ranks_refused(void **state)
{
    (void)state;
    const noise_set s = make_set(COUNT);
    siam_loader_cfg c = config(10, 2);
    siam_loader *l;
    siam_err e = {0};
    c.ranks = 4;
    create_fails(&s, &c, SIAM_E_CONFIG, "a batch of 10 images cannot be divided equally among 4 ranks");
    assert_int_equal(siam_loader_create(&l, &s.head, &c, &e), SIAM_E_CONFIG);
    assert_hint(&e, "--batch %d");
    assert_string_equal(e.hint, "--batch 12");
    c.batch = 12;
    l = create_ok(&s, &c);
    siam_loader_destroy(&l);
    c.batch = 10;
    c.drop_last = false; /* whole batches in turn */
    l = create_ok(&s, &c);
    siam_loader_destroy(&l);
}

/* ---- limits of memory ---- */

/* At most `more` bytes of address space beyond what is in use. */
static void limit_space(const struct rlimit *usual, size_t more)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu", &pages), 1);
    fclose(f);
    const struct rlimit low = {pages * (size_t)sysconf(_SC_PAGESIZE) + more, usual->rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &low), 0);
}

static void test_no_room_for_threads(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they need all the address space there is */
#endif
    const noise_set s = make_set(COUNT);
    siam_loader_cfg c = config(8, 64);
    siam_loader *l = create_ok(&s, &c);
    siam_err e = {0};
    struct rlimit usual;
    pthread_attr_t wide;
    omp_set_num_threads(1);
    mallopt(M_ARENA_MAX, 1); /* else as many threads as run at once reserve 64 MiB each, which is not what is looked at here */
    assert_int_equal(getrlimit(RLIMIT_AS, &usual), 0);
    limit_space(&usual, 1 << 19); /* half a stack */
    assert_int_equal(siam_loader_epoch(l, 0, 0, &e), SIAM_E_NOMEM);
    assert_int_equal(setrlimit(RLIMIT_AS, &usual), 0);
    assert_hint(&e, "a larger limit of memory (ulimit -v)");
    const seen all = run_epoch(l, 0, 0, 2);
    siam_loader_destroy(&l);

    /* A hundred threads leave room for others, however large the usual stack is. */
    c.workers = 100;
    assert_int_equal(pthread_attr_init(&wide), 0);
    assert_int_equal(pthread_attr_setstacksize(&wide, (size_t)256 << 20), 0);
    assert_int_equal(pthread_setattr_default_np(&wide), 0);
    l = create_ok(&s, &c);
    limit_space(&usual, (size_t)512 << 20);
    const seen same = run_epoch(l, 0, 0, 2);
    void *room = mmap(NULL, (size_t)256 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_int_equal(setrlimit(RLIMIT_AS, &usual), 0);
    assert_true(room != MAP_FAILED);
    munmap(room, (size_t)256 << 20);
    siam_loader_destroy(&l);
    assert_memory_equal(&same, &all, sizeof all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_room_for_threads), /* first: libc keeps the stacks of threads that have ended */
        cmocka_unit_test(test_shares_of_ranks),
        cmocka_unit_test(test_turns_of_ranks),
        cmocka_unit_test(test_batches_of_ranks_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
