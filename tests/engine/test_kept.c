/* Compiled programs in the user's cache (engine/pjrt/kept.h): when one is taken from there, and when not. */
#include <fcntl.h>
#include <glob.h>
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

#include "engine/pjrt/kept.h"
#include "plugin_case.h"
#include "siam.h"

/* How many programs were compiled for two steps in parts, of two that are needed. */
static int compiled(void)
{
    fake->calls[ABI_CLIENT_COMPILE] = 0;
    fake->stores = 1;
    err = (siam_err){0};
    if (train(&err))
        fail_msg("%s", err.msg);
    nothing_is_left();
    return fake->calls[ABI_CLIENT_COMPILE];
}

static int kept_programs(void)
{
    glob_t found;
    const int n = glob("cache/simsiam/programs/*", 0, NULL, &found) ? 0 : (int)found.gl_pathc;
    globfree(&found);
    return n;
}

/* What was compiled is not compiled again, until anything that it depends on is another. */
static void test_kept(void **state)
{
    (void)state;
    struct stat s;
    assert_int_equal(system("rm -rf cache"), 0);
    unsetenv("XLA_FLAGS");
    const mode_t mask = umask(002);
    assert_int_equal(compiled(), 2);
    umask(mask);
    assert_int_equal(kept_programs(), 2);
    assert_int_equal(stat("cache/simsiam/programs", &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    assert_int_equal(system("test -z \"$(find cache/simsiam/programs -type f ! -perm 600)\""), 0);
    assert_int_equal(compiled(), 0);
    assert_int_equal(fake->calls[ABI_EXECUTABLE_DESERIALIZEANDLOAD], 2);

    fake->version = "driver 2";
    assert_int_equal(compiled(), 2);
    fake->version = NULL;
    fake->minor = 99;
    assert_int_equal(compiled(), 2);
    fake->minor = 0;
    setenv("XLA_FLAGS", "--xla_of_another_kind", 1);
    assert_int_equal(compiled(), 2);
    unsetenv("XLA_FLAGS");
    fake->devices = 4;
    several = 2;
    assert_int_equal(compiled(), 2);
    several = 1;
    assert_int_equal(stat(FAKE_PLUGIN, &s), 0);
    struct timespec other[2] = {s.st_atim, {s.st_mtim.tv_sec - 5, s.st_mtim.tv_nsec}};
    assert_int_equal(utimensat(AT_FDCWD, FAKE_PLUGIN, other, 0), 0);
    assert_int_equal(compiled(), 2);
    other[1] = s.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, FAKE_PLUGIN, other, 0), 0);
    assert_int_equal(compiled(), 0);
    assert_int_equal(kept_programs(), 12);
    setenv("NVIDIA_TF32_OVERRIDE", "0", 1);
    assert_int_equal(compiled(), 2);
    unsetenv("NVIDIA_TF32_OVERRIDE");
    setenv("XLA_FLAGS", "flags.txt", 1); /* what is in that file may change */
    assert_int_equal(compiled(), 2);
    assert_int_equal(compiled(), 2);
    unsetenv("XLA_FLAGS");
    assert_int_equal(compiled(), 0);
}

/* What is damaged, or may be somebody else's, is not run. */
static void test_kept_is_not_trusted(void **state)
{
    (void)state;
    static const struct {
        const char *command; /* in the folder, on every file f */
        bool repaired;       /* a whole one is in its place then */
    } row[] = {{"truncate -s -1 $f", true}, {"truncate -s 10 $f", true}, {": >$f", false}, {"truncate -s +1 $f", true},
               {"printf X | dd of=$f conv=notrunc bs=1 seek=0 2>/dev/null", true},    /* the head */
               {"printf X | dd of=$f conv=notrunc bs=1 seek=30 2>/dev/null", true},   /* its sizes */
               {"printf X | dd of=$f conv=notrunc bs=1 seek=60 2>/dev/null", true},   /* the key */
               {"printf X | dd of=$f conv=notrunc bs=1 seek=2000 2>/dev/null", true}, /* the program */
               {"chmod g+w $f", false}, {"chmod o+w $f", false}, {"mv $f ../mine && ln -s ../mine $f", false}, {"ln $f $f.twin", false},
               {"chmod g+w .", false}, {"chmod o+w .", false}, {"chmod o+x .", false}, {"chmod g+w ..", false}, {"chmod o+w ..", false},
               {"(cd .. && { [ -L programs ] || { mv programs mine && chmod 755 mine && ln -s mine programs; }; })", false},
               {"(cd ../.. && { [ -L simsiam ] || { mv simsiam mine && ln -s mine simsiam; }; })", false}, {"chmod 0 $f; rm $f; mkfifo $f", false},
               {"[ $(id -u) != 0 ] && rm $f || chown 1 $f", false}, {"[ $(id -u) != 0 ] && rm $f || chown 1 .", false}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char command[256];
        begin(NULL);
        assert_int_equal(system("rm -rf cache"), 0);
        assert_int_equal(compiled(), 2);
        assert_int_equal(compiled(), 0);
        snprintf(command, sizeof command, "cd cache/simsiam/programs && for f in *.program; do %s || exit 1; done", row[i].command);
        assert_int_equal(system(command), 0);
        const int n = compiled();
        if (n != 2)
            fail_msg("%d programs were compiled after: %s", n, row[i].command);
        if (row[i].repaired)
            assert_int_equal(compiled(), 0);
    }
}

/* What loads and fails where it runs first is compiled again, once, which is told; the step then has the numbers that it would have had. */
static void test_kept_fails(void **state)
{
    (void)state;
    static const struct {
        int place, at, more, code; /* the run of the first part, of the last, and what is read of it */
        int compiled;              /* -1: the training fails */
    } row[] = {{ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 13, 2}, {ABI_LOADEDEXECUTABLE_EXECUTE, 2, 0, 13, 2}, {ABI_BUFFER_TOHOSTBUFFER, 1, 0, 13, 2},
               {ABI_LOADEDEXECUTABLE_EXECUTE, 3, 0, 13, -1},  /* a later step */
               {ABI_LOADEDEXECUTABLE_EXECUTE, 1, 1, 13, -1},  /* and again: it is not the program */
               {ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 8, -1}};  /* the device is full */
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(NULL);
        assert_int_equal(system("rm -rf cache"), 0);
        assert_int_equal(compiled(), 2);
        assert_string_equal(remarks[0], "");
        const int *brought = &fake->calls[ABI_CLIENT_BUFFERFROMHOSTBUFFER], first = *brought;
        assert_int_equal(compiled(), 0);
        assert_string_equal(remarks[1], "");
        const int usual = *brought - first, before = *brought;
        fake->fail_place = row[i].place;
        fake->fail_at = fake->calls[row[i].place] + row[i].at;
        fake->fail_more = row[i].more;
        fake->code = row[i].code;
        if (row[i].compiled < 0) {
            fake->calls[ABI_CLIENT_COMPILE] = 0;
            assert_int_equal(train(&err), row[i].code == 8 ? SIAM_E_NOMEM : SIAM_E_UNSUPPORTED);
            assert_non_null(strstr(err.msg, "the fake fails as it was told to"));
            assert_int_equal(fake->calls[ABI_CLIENT_COMPILE], row[i].more ? 2 : 0);
            nothing_is_left();
            continue;
        }
        assert_int_equal(compiled(), row[i].compiled);
        assert_true(*brought - before > usual + 100); /* weights and momentum once more: a failed step may have changed what was there */
        assert_string_equal(remarks[0], "");
        assert_non_null(strstr(remarks[1], "a compiled program from the cache failed when it ran, and was compiled again: "));
        assert_non_null(strstr(remarks[1], "the fake fails as it was told to"));
        assert_int_equal(compiled(), 0); /* the new one was kept */
        assert_string_equal(remarks[1], "");
        assert_int_equal(kept_programs(), 2);
    }
}

/* The same of what makes views, whether they are looked at first or a step's at once. Its images are brought again, once. */
static void test_kept_maker_fails(void **state)
{
    (void)state;
    static const struct {
        int views_are, place, at, more, code;
        int compiled; /* -1: the training fails */
    } row[] = {{VIEWS_MADE, ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 13, 3},      {VIEWS_MADE, ABI_LOADEDEXECUTABLE_EXECUTE, 3, 0, 13, 3}, /* of either part */
               {VIEWS_MADE, ABI_LOADEDEXECUTABLE_EXECUTE, 4, 0, 13, 3},      {VIEWS_LOOKED_AT, ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 13, 3},
               {VIEWS_LOOKED_AT, ABI_BUFFER_TOHOSTBUFFER, 1, 0, 13, 3},      {VIEWS_LOOKED_AT, ABI_LOADEDEXECUTABLE_EXECUTE, 3, 0, 13, 3}, /* the step behind it */
               {VIEWS_MADE, ABI_LOADEDEXECUTABLE_EXECUTE, 5, 0, 13, -1},     {VIEWS_LOOKED_AT, ABI_LOADEDEXECUTABLE_EXECUTE, 1, 1, 13, -1},
               {VIEWS_LOOKED_AT, ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 8, -1}, {VIEWS_MADE, ABI_LOADEDEXECUTABLE_EXECUTE, 1, 0, 8, -1}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(NULL);
        assert_int_equal(system("rm -rf cache"), 0);
        views_are = row[i].views_are;
        assert_int_equal(compiled(), 3);
        assert_string_equal(remarks[1], "");
        assert_int_equal(compiled(), 0);
        assert_string_equal(remarks[1], "");
        assert_int_equal(fake->sets, 2);
        fake->fail_place = row[i].place;
        fake->fail_at = fake->calls[row[i].place] + row[i].at;
        fake->fail_more = row[i].more;
        fake->code = row[i].code;
        if (row[i].compiled < 0) {
            fake->calls[ABI_CLIENT_COMPILE] = 0;
            assert_int_equal(train(&err), row[i].code == 8 ? SIAM_E_NOMEM : SIAM_E_UNSUPPORTED);
            assert_int_equal(fake->calls[ABI_CLIENT_COMPILE], row[i].more ? 3 : 0);
            nothing_is_left();
            continue;
        }
        assert_int_equal(compiled(), row[i].compiled);
        assert_int_equal(fake->sets, 4);
        const char *first = strstr(remarks[1], "a compiled program from the cache failed when it ran, and was compiled again: ");
        assert_non_null(first);
        assert_null(strstr(first + 1, "a compiled program"));
        assert_int_equal(compiled(), 0); /* the new ones were kept */
        assert_string_equal(remarks[1], "");
        assert_int_equal(kept_programs(), 3);
    }
    begin(NULL); /* what makes views is the only one from the cache */
    assert_int_equal(system("rm -rf cache"), 0);
    views_are = VIEWS_MADE;
    assert_int_equal(compiled(), 3);
    stops = false;
    fake->fail_place = ABI_LOADEDEXECUTABLE_EXECUTE;
    fake->fail_at = fake->calls[ABI_LOADEDEXECUTABLE_EXECUTE] + 1;
    fake->code = 13;
    assert_int_equal(compiled(), 2 + 3);
    assert_non_null(strstr(remarks[1], "and was compiled again"));
    stops = true;
    views_are = VIEWS_BROUGHT;
}

/* Where nothing can be kept it is said, once, with the reason. */
static void test_not_kept(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        int place, code;
        const char *says;
    } row[] = {{"true", ABI_EXECUTABLE_SERIALIZE, 12, "the fake fails as it was told to"}, {"true", ABI_EXECUTABLE_SERIALIZE, 8, "the fake fails"},
               {"true", ABI_LOADEDEXECUTABLE_GETEXECUTABLE, 13, "the fake fails"}, {": >cache", 0, 0, "cache"},
               {"mkdir -p cache/simsiam && : >cache/simsiam/programs", 0, 0, "cache/simsiam/programs"},
               {"mkdir -p cache/simsiam && chmod g+w cache/simsiam", 0, 0, "cache/simsiam' is not this user's alone"},
               {"mkdir -p cache/simsiam/programs && chmod o+x cache/simsiam/programs", 0, 0, "programs' is not this user's alone"},
               {"mkdir -p cache/simsiam && ln -s /nowhere cache/simsiam/programs", 0, 0, "cache/simsiam/programs"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(NULL);
        assert_int_equal(system("rm -rf cache"), 0);
        assert_int_equal(system(row[i].before), 0);
        fake->fail_place = row[i].place;
        fake->fail_at = row[i].place != 0;
        fake->code = row[i].code;
        assert_int_equal(compiled(), 2);
        assert_int_equal(kept_programs(), row[i].place ? 1 : 0);
        const char *first = strstr(remarks[0], "cannot be kept, so that the next start takes as long: ");
        if (!first || !strstr(first, row[i].says) || strstr(first + 1, "cannot be kept, so"))
            fail_msg("after %s it is said: %s", row[i].before, remarks[0]);
        assert_string_equal(remarks[1], "");
        char where[SIAM_FOLDER_PATH];
        const siam_code none = siam_kept_folder(where, &err);
        assert_int_equal(none == SIAM_OK, row[i].place != 0);
        assert_non_null(strstr(none ? err.msg : where, none ? row[i].says : "cache/simsiam/programs"));
    }
    setenv("XLA_FLAGS", "flags.txt", 1);
    begin(NULL);
    assert_int_equal(compiled(), 2);
    assert_non_null(strstr(remarks[0], "takes as long: XLA_FLAGS names a file"));
    unsetenv("XLA_FLAGS");
    begin(NULL);
    assert_int_equal(system("rm -rf cache"), 0);
    assert_int_equal(train(&err), SIAM_OK); /* the plug-in cannot */
    assert_int_equal(kept_programs(), 0);

    begin(NULL);
    assert_int_equal(compiled(), 2);
    fake->fail_place = ABI_EXECUTABLE_DESERIALIZEANDLOAD; /* or does not take what it gave */
    fake->fail_at = fake->calls[ABI_EXECUTABLE_DESERIALIZEANDLOAD] + 1;
    fake->code = 3;
    assert_int_equal(compiled(), 1);
    assert_int_equal(compiled(), 0);

    begin(NULL);
    fake->lacks = 1; /* a plug-in that does not have these functions at all */
    assert_int_equal(compiled(), 2);
    fake->lacks = 0;
    assert_int_equal(compiled(), 2);
    fake->fail_place = ABI_EXECUTABLE_DESERIALIZEANDLOAD; /* a device that is full */
    fake->fail_at = fake->calls[ABI_EXECUTABLE_DESERIALIZEANDLOAD] + 1;
    fake->code = 8;
    fake->stores = 0;
    assert_int_equal(train(&err), SIAM_OK);
    assert_int_equal(kept_programs(), 2); /* the file may be right */
    assert_int_equal(compiled(), 0);

    /* what a process left that was killed goes, but not what another one writes now */
    assert_int_equal(system("cd cache/simsiam/programs && touch .tmp-now && touch -d '2 hours ago' .tmp-then"), 0);
    fake->minor = 98;
    assert_int_equal(compiled(), 2);
    fake->minor = 0;
    assert_int_equal(system("cd cache/simsiam/programs && test -e .tmp-now -a ! -e .tmp-then"), 0);

    /* no more than 2 GiB of them */
    assert_int_equal(system("cd cache/simsiam/programs && rm -f .tmp-now && for i in 1 2 3; do truncate -s 1G $i.program && touch -d \"1970-01-0$i\" $i.program; done"), 0);
    fake->minor = 97;
    assert_int_equal(compiled(), 2);
    fake->minor = 0;
    assert_int_equal(system("cd cache/simsiam/programs && test ! -e 1.program -a ! -e 2.program -a -e 3.program && rm 3.program"), 0);
    assert_int_equal(compiled(), 0);
    assert_int_equal(system("cd cache/simsiam/programs && ls -t | tail -n +3 | xargs rm -f"), 0);

    /* no more than 64, the least used first */
    assert_int_equal(system("cd cache/simsiam/programs && touch -d '2 days ago' *.program && for i in $(seq 100); do "
                            "echo $i >$i.program && touch -d \"1970-01-02 $((i / 60)):$((i % 60))\" $i.program; done; echo other >note"), 0);
    fake->minor = 99;
    assert_int_equal(compiled(), 2);
    fake->minor = 0;
    assert_int_equal(kept_programs(), 64 + 1);
    assert_int_equal(system("cd cache/simsiam/programs && test -e note -a -e 100.program -a ! -e 40.program"), 0);
    assert_int_equal(compiled(), 0);
    assert_int_equal(system("rm -rf cache"), 0);
}

/* ---- through the public interface ---- */

typedef struct told {
    int lines, unkept, failed;
} told;

static void hear(void *user, const char *line)
{
    told *t = user;
    t->lines++;
    t->unkept += !strncmp(line, "warning: what the device's compiler made cannot be kept", 55);
    t->failed += strstr(line, "warning: a compiled program from the cache failed when it ran") == line && !strchr(line, '\n');
}

/* A model that is only used says it, too: once, to who watches, of a run of one image and of a batch; also of a run that fails after all. */
static void test_model_tells(void **state)
{
    (void)state;
    siam_trust t;
    static const struct {
        int stores, fail_at, fail_more, watched, unkept, failed;
    } row[] = {{0, 0, 0, 2, 2, 0}, {0, 0, 0, 0, 0, 0},  /* not watched */
               {0, 0, 0, 1, 2, 0},                      /* from the second call on: what was not told yet */
               {1, 0, 0, 2, 0, 0}, {1, 0, 0, 2, 0, 0},  /* kept, and taken */
               {1, 1, 0, 2, 0, 1}, {1, 2, 0, 2, 0, 1},  /* the program of one image, of a batch */
               {1, 1, 1, 2, 0, 1}};
    const siam_model_options o = {.struct_size = sizeof o, .threads = 1, .batch = 4, .width = 4, .size = 8, .device = "xla-cpu:" FAKE_PLUGIN};
    static const float images[3 * PIXELS];
    float features[3 * 32];
    assert_int_equal(system("rm -rf cache"), 0);
    trust_fake(&t);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_model *m;
        told heard = {0};
        begin(NULL);
        fake->stores = row[i].stores;
        fake->fail_place = ABI_LOADEDEXECUTABLE_EXECUTE;
        fake->fail_at = row[i].fail_at;
        fake->fail_more = row[i].fail_more;
        fake->code = 13;
        assert_int_equal(siam_model_open(&m, "random:resnet18", &o, &err), SIAM_OK);
        if (row[i].watched == 2)
            assert_int_equal(siam_model_on_log(m, hear, &heard, &err), SIAM_OK);
        assert_int_equal(siam_model_extract(m, SIAM_LAYER_POOL, images, 1, features, 32, &err), row[i].fail_more ? SIAM_E_UNSUPPORTED : SIAM_OK);
        if (row[i].watched == 1)
            assert_int_equal(siam_model_on_log(m, hear, &heard, &err), SIAM_OK);
        for (int k = 0; k < 2 && !row[i].fail_more; k++)
            assert_int_equal(siam_model_extract(m, SIAM_LAYER_POOL, images, 3, features, 3 * 32, &err), SIAM_OK);
        if (heard.unkept != row[i].unkept || heard.failed != row[i].failed || heard.lines != heard.unkept + heard.failed)
            fail_msg("row %zu: %d lines, %d of them say that nothing is kept, %d that it was compiled again", i, heard.lines, heard.unkept, heard.failed);
        siam_model_close(&m);
        nothing_is_left();
    }
    assert_int_equal(siam_model_on_log(NULL, hear, NULL, &err), SIAM_E_USAGE);
    assert_int_equal(system("rm -rf cache"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_kept, begin), cmocka_unit_test_setup(test_kept_is_not_trusted, begin),
                                       cmocka_unit_test_setup(test_kept_fails, begin), cmocka_unit_test_setup(test_kept_maker_fails, begin),
                                       cmocka_unit_test_setup(test_not_kept, begin), cmocka_unit_test_setup(test_model_tells, begin)};
    return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
