/* What the tests of the public interface share: a folder of their own, and whether anything was printed. */
#ifndef SIAM_TESTS_API_CASE_H
#define SIAM_TESTS_API_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "siam.h"

/* A failure with its sentence, for assertions that show it. */
#define assert_ok(call)                                                               \
    do {                                                                              \
        const siam_code rc_ = (call);                                                 \
        if (rc_)                                                                      \
            fail_msg("%s: %s: %s", #call, siam_code_name(rc_), err.msg);              \
    } while (0)
#define assert_fails(want, call)                                                      \
    do {                                                                              \
        const siam_code rc_ = (call);                                                 \
        if (rc_ != (want) || err.code != (want) || !err.msg[0])                       \
            fail_msg("%s: %s instead of %s: \"%s\"", #call, siam_code_name(rc_), #want, err.msg); \
    } while (0)

/* Set-up and tear-down of a test during which the process must print nothing: what it prints goes to a file. */
typedef struct quiet {
    int out, err;
    FILE *seen;
} quiet;

static inline int quiet_begin(void **state)
{
    quiet *q = malloc(sizeof *q);
    *state = q;
    fflush(NULL);
    if (!q || !(q->seen = tmpfile()))
        return -1;
    q->out = dup(1);
    q->err = dup(2);
    return dup2(fileno(q->seen), 1) < 0 || dup2(fileno(q->seen), 2) < 0 ? -1 : 0;
}

static inline int quiet_end(void **state)
{
    quiet *q = *state;
    char text[4096];
    fflush(NULL);
    dup2(q->out, 1);
    dup2(q->err, 2);
    close(q->out);
    close(q->err);
    rewind(q->seen);
    const size_t n = fread(text, 1, sizeof text - 1, q->seen);
    text[n] = '\0';
    fclose(q->seen);
    free(q);
    if (n)
        print_error("this was printed, by the library or about its failure: %s\n", text);
    return n ? -1 : 0;
}
#define quiet_test(f) cmocka_unit_test_setup_teardown(f, quiet_begin, quiet_end)

/* Enter a new folder; leave_folder deletes it. */
static inline int enter_folder(void **state)
{
    char *dir = strdup("/tmp/siam-api-XXXXXX");
    *state = dir;
    return !dir || !mkdtemp(dir) || chdir(dir);
}

static inline int leave_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") || system(command);
}

#endif
