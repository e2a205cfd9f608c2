/* Threads of ours: what they are started with. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/threads.h"

enum { ROUNDED = 1 << 17 /* bytes, by libc, which also keeps things of its own there */ };

/* What a thread finds that siam_thread_start has started. */
typedef struct found {
    sigset_t blocked;
    size_t stack;
} found;

static void *look_around(void *user)
{
    found *f = user;
    pthread_attr_t a;
    pthread_sigmask(SIG_SETMASK, NULL, &f->blocked);
    pthread_getattr_np(pthread_self(), &a);
    pthread_attr_getstacksize(&a, &f->stack);
    pthread_attr_destroy(&a);
    return NULL;
}

/* Signals reach the threads that were there before, and these as before. */
static void threads_without_signals(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGCHLD};
    static const size_t stacks[] = {1 << 20, 4 << 20, 0}; /* libc uses the stack of a thread that is over again, where it is large enough */
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    for (int k = 0; k < 3; k++) {
        pthread_t thread;
        found f = {.stack = 0};
        assert_int_equal(siam_thread_start(&thread, stacks[k], look_around, &f), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        for (int i = 0; i < 6; i++) {
            assert_true(sigismember(&f.blocked, signals[i]));
            assert_int_equal(sigismember(&after, signals[i]), sigismember(&before, signals[i]));
        }
        if (stacks[k] && (f.stack + ROUNDED < stacks[k] || f.stack > stacks[k] + ROUNDED))
            fail_msg("a stack of %zu bytes has %zu", stacks[k], f.stack);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_without_signals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
