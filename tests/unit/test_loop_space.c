/* Room on the disk is looked at before it is needed: a run whose first save does not fit is refused and leaves nothing, one whose
 * disk fills up says so once each time. */
#include "loop_case.h"

#include "../fault/real_io.h"

static long room; /* bytes that are free, as the file system says; < 0: what there is */

static int with_room(int fd, struct statfs *st)
{
    const int rc = fstatfs(fd, st);
    if (room >= 0) {
        st->f_bsize = st->f_frsize = 1;
        st->f_blocks = 1 << 20;
        st->f_bavail = (unsigned long)room;
    }
    return rc;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .fstatfs = with_room};
#pragma GCC diagnostic pop

/* Bytes of the tiny job's weights and momentum as a checkpoint has them. */
static long bytes_of_state(void)
{
    const siam_param row = {.name = "w", .desc = {SIAM_F32, SIAM_NCHW, 1, {WEIGHTS, 1, 1, 1}}};
    siam_params *p;
    siam_err e = {0};
    assert_int_equal(siam_params_create(&p, &row, 1, true, &e), SIAM_OK);
    const long bytes = (long)(2 * p->count * sizeof(float));
    siam_params_destroy(&p);
    return bytes;
}

static void refused_beforehand(void **state)
{
    (void)state;
    room = bytes_of_state() - 1;
    assert_int_equal(run_quiet(""), SIAM_E_IO);
    assert_has(why.msg, "the first save takes ");
    assert_has(why.msg, " are free on the disk of 'r'");
    assert_string_equal(why.hint, "free some space on that disk, or choose another place for the output");
    assert_int_equal(access("r", F_OK), -1);
    room++;
    assert_int_equal(run_quiet(""), SIAM_OK);
    room = 0; /* nothing is left to be saved */
    assert_int_equal(run_quiet("run.resume=true"), SIAM_OK);
    room = -1;
}

/* Full, full, room, full after the first, second, third and fourth epoch. */
static void fill(void *user, const siam_event *ev)
{
    static const int full[EPOCHS] = {1, 1, 0, 1};
    (void)user;
    if (ev->kind == SIAM_EVENT_EPOCH)
        room = full[ev->epoch - 1] ? 0 : 1 << 20;
}

static void told_once(void **state)
{
    (void)state;
    room = 1 << 20;
    watch_event = fill;
    assert_int_equal(run_quiet(""), SIAM_OK);
    watch_event = NULL;
    room = -1;
    assert_int_equal(lines_of("r/train.log", "warning: the next save takes "), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FOLDER_TEST(refused_beforehand), FOLDER_TEST(told_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
