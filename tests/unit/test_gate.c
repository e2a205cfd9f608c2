/* The gate: no more is inside than there is memory for, but one always is; little work does not wait. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "base/check.h"
#include "base/system.h"
#include "data/gate.h"

enum { WORKERS = 8, ROUNDS = 20 };

typedef struct shift {
    siam_gate *gate;
    size_t bytes;
    int inside, most, done;
} shift;

static void *work(void *user)
{
    shift *s = user;
    for (int i = 0; i < ROUNDS; i++) {
        siam_gate_enter(s->gate, s->bytes);
        const int now = __atomic_add_fetch(&s->inside, 1, __ATOMIC_SEQ_CST);
        for (int most = s->most; now > most && !__atomic_compare_exchange_n(&s->most, &most, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);)
            ;
        usleep(1000);
        __atomic_sub_fetch(&s->inside, 1, __ATOMIC_SEQ_CST);
        siam_gate_leave(s->gate, s->bytes);
        __atomic_add_fetch(&s->done, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

/* Most that were inside at once. */
static int run(size_t bytes)
{
    pthread_t worker[WORKERS];
    shift s = {.gate = siam_gate_create(), .bytes = bytes};
    assert_non_null(s.gate);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&worker[i], NULL, work, &s), 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(worker[i], NULL);
    siam_gate_destroy(&s.gate);
    assert_int_equal(s.done, WORKERS * ROUNDS);
    return s.most;
}

static void memory_is_taken_by_turns(void **state)
{
    (void)state;
    assert_int_equal(run(SIZE_MAX / 2), 1); /* more than there is: one by one */
    const size_t two_thirds = siam_memory_available() / 3 * 2, third = siam_memory_available() / 3;
    if (two_thirds < (size_t)256 << 20)
        skip();
    assert_in_range(run(two_thirds), 1, 2); /* others give memory back meanwhile */
    assert_in_range(run(third), 1, 5);
}

static void little_passes(void **state)
{
    (void)state;
    assert_in_range(run(1 << 20), 2, WORKERS);
    siam_gate_enter(NULL, SIZE_MAX); /* no gate, no waiting */
    siam_gate_leave(NULL, SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_taken_by_turns), cmocka_unit_test(little_passes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
