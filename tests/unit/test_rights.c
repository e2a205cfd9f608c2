/* Who may read and write a file that took another one's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "own_folder.h"

static enum { WORKS, OWNER_FAILS, FAILS } changing_owners;
int fchown(int fd, uid_t owner, gid_t group)
{
    if (changing_owners == FAILS || (changing_owners == OWNER_FAILS && owner != (uid_t)-1)) {
        errno = EPERM;
        return -1;
    }
    return (int)syscall(SYS_fchown, fd, owner, group);
}

/* A group that this process does not write as, given to the file; false: it may give none. */
static bool of_another_group(const char *path)
{
    gid_t group[64];
    const int n = getgroups(64, group);
    if (!chown(path, (uid_t)-1, 54321))
        return true;
    for (int i = 0; i < n; i++)
        if (group[i] != getegid() && !chown(path, (uid_t)-1, group[i]))
            return true;
    return false;
}

/* What replaces a file has its rights. Where it cannot have its group, that group's rights would be another group's: these get
 * what all others have. */
static void rights_of_a_replaced_file(void **state)
{
    (void)state;
    static const mode_t rows[][2] = {/* of the old file, and of the new one in another group */
                                     {0640, 0600}, {0660, 0600}, {0600, 0600}, {0664, 0644}, {0666, 0666},
                                     {0644, 0644}, {0604, 0644}, {0602, 0622}, {0750, 0700}, {0770, 0700}};
    siam_err e = {0};
    struct stat old, st;
    char path[256];
    snprintf(path, sizeof path, "%s/f", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (changing_owners = WORKS; changing_owners <= FAILS; changing_owners++) {
            unlink(path);
            assert_int_equal(siam_file_write_atomic(path, "old", 3, &e), SIAM_OK);
            if (!of_another_group(path)) {
                changing_owners = WORKS;
                skip();
            }
            assert_int_equal(chmod(path, rows[i][0]), 0);
            assert_int_equal(stat(path, &old), 0);
            assert_int_equal(siam_file_write_atomic(path, "new", 3, &e), SIAM_OK);
            assert_int_equal(stat(path, &st), 0);
            const bool kept = changing_owners != FAILS;
            assert_true((st.st_gid == old.st_gid) == kept);
            if ((st.st_mode & 07777) != (kept ? rows[i][0] : rows[i][1]))
                fail_msg("0%o became 0%o%s", rows[i][0], st.st_mode & 07777, kept ? "" : " in another group");
        }
    changing_owners = WORKS;
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rights_of_a_replaced_file)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
