/* Loading a plug-in and what becomes of its failures, over one that fails on demand and counts (fake_pjrt.c): whatever call fails, it
 * is told in one sentence with the plug-in's words in it, and nothing of the plug-in's stays behind. */
#include <dlfcn.h>
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

#include "../hints/hint.h"
#include "configure.h"
#include "engine/pjrt/case.h"
#include "engine/trust.h"
#include "infer/scan.h"
#include "plugin_case.h"
#include "train/train.h"
#include "views/views.h"

/* ---- opening ---- */

static siam_code open_path(siam_pjrt **x, const char *path)
{
    return siam_pjrt_open(x, &(siam_devices){.plugin = path, .kind = "xla-cpu"}, &err);
}

static void test_describe(void **state)
{
    (void)state;
    siam_pjrt *x;
    char text[128];
    fake->minor = 116;
    assert_int_equal(open_path(&x, FAKE_PLUGIN), SIAM_OK);
    siam_pjrt_describe(x, text, sizeof text);
    assert_string_equal(text, "fake, card, PJRT 0.116");
    siam_pjrt_close(&x);
    assert_null(x);
    nothing_is_left();
}

/* It is told not to take a GPU's memory at once; one that refuses to be told is asked without, and its own failure is what is said. */
static void test_options(void **state)
{
    (void)state;
    for (int refuses = 0; refuses < 2; refuses++) {
        siam_pjrt *x;
        begin(NULL);
        fake->refuse_options = refuses;
        assert_int_equal(open_path(&x, FAKE_PLUGIN), SIAM_OK);
        assert_int_equal(fake->options, !refuses);
        assert_int_equal(fake->calls[ABI_CLIENT_CREATE], 1 + refuses);
        siam_pjrt_close(&x);
        nothing_is_left();
    }
    static const int code[] = {8, 13, 3};
    for (int i = 0; i < 3; i++) {
        siam_pjrt *x;
        begin(NULL);
        fake->refuse_options = i < 2;
        fake->fail_place = ABI_CLIENT_CREATE;
        fake->fail_at = 1 + (i < 2);
        fake->code = code[i];
        const siam_code rc = open_path(&x, FAKE_PLUGIN);
        assert_int_equal(rc, i == 0 ? SIAM_E_NOMEM : i == 1 ? SIAM_E_UNSUPPORTED : SIAM_OK);
        assert_int_equal(fake->calls[ABI_CLIENT_CREATE], 2);
        siam_pjrt_close(&x);
        nothing_is_left();
    }
}

static void test_no_plugin(void **state)
{
    (void)state;
    siam_pjrt *x = (siam_pjrt *)&err;
    assert_int_equal(open_path(&x, "/nowhere/plugin.so"), SIAM_E_NOTFOUND);
    assert_non_null(strstr(err.msg, "there is no plug-in '/nowhere/plugin.so'"));
    assert_null(x);
    static const struct {
        const char *name, *text;
    } file[] = {{"text.so", "no library\n"}, {"empty.so", ""}, {"elf.so", "\177ELF\2\1\1"}};
    for (int i = 0; i < 3; i++) {
        FILE *f = fopen(file[i].name, "w");
        fputs(file[i].text, f);
        fclose(f);
        char path[64];
        snprintf(path, sizeof path, "./%s", file[i].name);
        err = (siam_err){0};
        assert_int_equal(open_path(&x, path), SIAM_E_DATA);
        assert_non_null(strstr(err.msg, "cannot be loaded as a PJRT plug-in"));
        assert_null(x);
    }
    Dl_info self;
    assert_true(dladdr((void *)(uintptr_t)&dlopen, &self)); /* some library that is no plug-in */
    err = (siam_err){0};
    assert_int_equal(open_path(&x, self.dli_fname), SIAM_E_DATA);
    assert_non_null(strstr(err.msg, "is no PJRT plug-in"));
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        int major, minor, short_table, no_devices;
        siam_code code;
        const char *says;
    } row[] = {{0, 81, 0, 0, SIAM_OK, ""},
               {0, 200, 0, 0, SIAM_OK, ""},
               {0, 80, 0, 0, SIAM_E_UNSUPPORTED, "has version 0.80 of PJRT's interface; 0.81 and later"},
               {0, 40, 1, 0, SIAM_E_UNSUPPORTED, "has version 0.40"},
               {1, 90, 0, 0, SIAM_E_UNSUPPORTED, "has version 1.90"},
               {0, 81, 0, 1, SIAM_E_UNSUPPORTED, "has no device"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_pjrt *x;
        begin(NULL);
        fake->major = row[i].major;
        fake->minor = row[i].minor;
        fake->short_table = row[i].short_table;
        fake->no_devices = row[i].no_devices;
        assert_int_equal(open_path(&x, FAKE_PLUGIN), row[i].code);
        assert_non_null(strstr(err.msg, row[i].says));
        siam_pjrt_close(&x);
        nothing_is_left();
    }
}

/* Which of a plug-in's devices: numbers go there, programs are compiled for it, and one that is not there is told with how many are. */
static void test_numbers(void **state)
{
    (void)state;
    for (int there = 1; there <= 4; there++)
        for (int number = 0; number <= 4; number++) {
            char said[96], hint[32];
            begin(NULL);
            fake->devices = there;
            const siam_code rc = train_on(number, 0, &err);
            nothing_is_left();
            assert_int_equal(fake->first_id, rc ? 0 : 7 + number);
            assert_int_equal(rc, number < there ? SIAM_OK : SIAM_E_NOTFOUND);
            if (!rc)
                continue;
            snprintf(said, sizeof said, "there is no device xla-cpu:%d: the plug-in '", number);
            assert_non_null(strstr(err.msg, said));
            snprintf(said, sizeof said, "has %d, and counts from 0", there);
            assert_non_null(strstr(err.msg, said));
            assert_hint(&err, "--device %s:%zu");
            snprintf(hint, sizeof hint, "--device xla-cpu:%d", there - 1);
            assert_string_equal(err.hint, hint);
        }
    for (int number = 0; number < 4; number++)
        for (int count = 2; count <= 4; count += 2) {
            char said[96], hint[32];
            begin(NULL);
            fake->devices = 4;
            const siam_code rc = train_on(number, count, &err);
            nothing_is_left();
            assert_int_equal(fake->first_id, rc ? 0 : 7 + number);
            assert_int_equal(rc, number + count <= 4 ? SIAM_OK : SIAM_E_NOTFOUND);
            if (!rc)
                continue;
            snprintf(said, sizeof said, "there are no %d devices from xla-cpu:%d on: the plug-in '", count, number);
            assert_non_null(strstr(err.msg, said));
            assert_hint(&err, "--devices %zu");
            snprintf(hint, sizeof hint, "--devices %d", 4 - number);
            assert_string_equal(err.hint, hint);
        }
    siam_pjrt *x;
    begin(NULL);
    fake->bad_id = 1;
    assert_int_equal(open_path(&x, FAKE_PLUGIN), SIAM_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "gives its device the number -1"));
    nothing_is_left();
}

static void each_call_fails(int count)
{
    static const abi_place place[] = {ABI_PLUGIN_INITIALIZE, ABI_EVENT_AWAIT, ABI_CLIENT_CREATE, ABI_CLIENT_ADDRESSABLEDEVICES,
                                      ABI_DEVICE_GETDESCRIPTION, ABI_DEVICEDESCRIPTION_ID, ABI_CLIENT_COMPILE, ABI_CLIENT_BUFFERFROMHOSTBUFFER, ABI_LOADEDEXECUTABLE_EXECUTE,
                                      ABI_BUFFER_TOHOSTBUFFER};
    several = count;
    fake->devices = count;
    assert_int_equal(train(&err), SIAM_OK);
    nothing_is_left();
    int tried = 0;
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        begin(NULL);
        fake->devices = count;
        assert_int_equal(train(&err), SIAM_OK);
        const bool said = place[i] == ABI_DEVICE_GETDESCRIPTION; /* asked for again by who keeps programs, and can do without */
        const int calls = said ? count : fake->calls[place[i]];
        assert_true(calls > 0);
        for (int at = 1; at <= calls; at += at < 4 ? 1 : calls / 4) {
            const int code = at % 2 ? ABI_CODE_RESOURCE_EXHAUSTED : 13;
            begin(NULL);
            fake->devices = count;
            fake->fail_place = place[i];
            fake->fail_at = at;
            fake->code = code;
            assert_int_equal(train(&err), code == 13 ? SIAM_E_UNSUPPORTED : SIAM_E_NOMEM);
            assert_non_null(strstr(err.msg, "the fake fails as it was told to"));
            assert_true(code == 13 || strstr(err.msg, "the device has too little memory"));
            assert_string_equal(err.hint, code == 13 ? "--device auto, or the path of another plug-in" : "a smaller --batch, --width or --size");
            nothing_is_left();
            tried++;
        }
    }
    assert_true(tried > 20);
    several = 1;
}

static void test_each_call_fails(void **state)
{
    (void)state;
    each_call_fails(1);
    begin(NULL);
    each_call_fails(2);
    views_are = VIEWS_LOOKED_AT;
    begin(NULL);
    each_call_fails(2);
    views_are = VIEWS_BROUGHT;
}

/* ---- whole runs ---- */

static siam_code ask_trust(siam_trust *t)
{
    siam_place p;
    err = (siam_err){0};
    assert_int_equal(siam_place_find(&p, "xla-cpu:" FAKE_PLUGIN, &err), SIAM_OK);
    const siam_code rc = siam_trust_device(t, &p, &err);
    nothing_is_left();
    return rc;
}

/* The file of the comparison, of which there is one. */
static void kept_file(char path[300])
{
    glob_t found;
    assert_int_equal(glob("cache/simsiam/device-*.json", 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    snprintf(path, 300, "%s", found.gl_pathv[0]);
    globfree(&found);
}

static char said[4096];

static void hear(void *user, const char *line)
{
    (void)user;
    const size_t at = strlen(said);
    snprintf(said + at, sizeof said - at, "%s\n", line);
}

static siam_code run(const char *out, siam_err *e)
{
    siam_config c;
    siam_optset set;
    const char *const with[][2] = {
        {"data.path", "synth:train=48,test=16"}, {"data.size", "8"}, {"model.arch", "resnet18"}, {"model.width", "8"}, {"model.dim", "16"},
        {"train.batch", "8"}, {"train.epochs", "1"}, {"eval.every", "0"}, {"run.threads", "1"}, {"run.tuning", "fixed"},
        {"run.device", "xla-cpu:" FAKE_PLUGIN}, {"run.out", out}, {"train.save_minutes", "1e-9"}, {NULL, NULL}};
    assert_int_equal(configure(&set, &c, siam_config_options, with, e), SIAM_OK);
    return siam_train(&set, NULL, &(siam_watch){.line = hear}, NULL, e);
}

/* A device that computes wrongly is refused, each time; one that was seen to compute rightly is not looked at again, until it, its
 * driver, its plug-in or what is kept of it changes. */
static void test_trust(void **state)
{
    (void)state;
    siam_trust t;
    char path[300];
    assert_int_equal(system("rm -rf cache"), 0);
    for (int i = 0; i < 2; i++) {
        begin(NULL);
        assert_int_equal(run("wrong", &err), SIAM_E_UNSUPPORTED);
        assert_non_null(strstr(err.msg, "the device xla-cpu computes wrongly: its conv2d differs from the reference by "));
        assert_non_null(strstr(err.msg, ", and so do 8 others"));
        assert_hint(&err, "simsiam doctor --device %s");
        assert_string_equal(err.hint, "simsiam doctor --device xla-cpu:" FAKE_PLUGIN);
        assert_true(access("wrong/checkpoints", F_OK) && access("wrong/config.yaml", F_OK));
        nothing_is_left();
    }
    siam_place p;
    begin(NULL);
    fake->devices = 2;
    assert_int_equal(siam_place_find(&p, "xla-cpu:" FAKE_PLUGIN, &err), SIAM_OK);
    assert_int_equal(siam_place_take(&p, 2, &err), SIAM_OK);
    assert_int_equal(siam_trust_device(&t, &p, &err), SIAM_E_UNSUPPORTED);
    assert_hint(&err, "simsiam doctor --device %s --devices %d");
    assert_string_equal(err.hint, "simsiam doctor --device xla-cpu:" FAKE_PLUGIN " --devices 2");
    begin(NULL);
    fake->fail_place = ABI_LOADEDEXECUTABLE_EXECUTE;
    fake->fail_at = 1;
    assert_int_equal(ask_trust(&t), SIAM_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "its conv2d fails, or gives other numbers when it runs again, and so do 8 others"));

    begin(NULL);
    trust_fake(&t);
    assert_false(t.unkept);
    fake->calls[ABI_LOADEDEXECUTABLE_EXECUTE] = 0;
    assert_int_equal(ask_trust(&t), SIAM_OK);
    assert_true(t.before && t.operations == 9 && t.worst == 1e-6);
    assert_int_equal(fake->calls[ABI_LOADEDEXECUTABLE_EXECUTE], 0);

    fake->version = "driver 2";
    assert_int_equal(ask_trust(&t), SIAM_E_UNSUPPORTED);
    fake->version = NULL;
    fake->minor = 99;
    assert_int_equal(ask_trust(&t), SIAM_E_UNSUPPORTED);
    fake->minor = 0;
    assert_int_equal(ask_trust(&t), SIAM_OK);
    struct stat s;
    assert_int_equal(stat(FAKE_PLUGIN, &s), 0);
    struct timespec other[2] = {s.st_atim, {s.st_mtim.tv_sec - 5, s.st_mtim.tv_nsec}};
    assert_int_equal(utimensat(AT_FDCWD, FAKE_PLUGIN, other, 0), 0);
    assert_int_equal(ask_trust(&t), SIAM_E_UNSUPPORTED);
    other[1] = s.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, FAKE_PLUGIN, other, 0), 0);
    assert_int_equal(ask_trust(&t), SIAM_OK);

    static const char *const damage[] = {"s/true/false/", "s/: 9/: 0/", "s/: 9/: 1000/", "s/: 9/: \"9\"/", "s/xla-cpu/xla-gpu/",
                                         "s/}//", "s/.*//", "s/agrees/disagrees/"};
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        char command[400];
        kept_file(path);
        snprintf(command, sizeof command, "sed -i '%s' %s", damage[i], path);
        assert_int_equal(system(command), 0);
        assert_int_equal(ask_trust(&t), SIAM_E_UNSUPPORTED);
        trust_fake(&t);
        assert_int_equal(ask_trust(&t), SIAM_OK);
    }
    assert_int_equal(system("rm -rf cache && touch cache"), 0);
    trust_fake(&t);
    assert_true(t.unkept);
    assert_int_equal(system("rm cache"), 0);
}

static siam_code scan(const char *model, siam_trust *t)
{
    siam_scan x;
    siam_scan_spec ask = {.pixels = true, .images_size = true, .max_bad = 0, .holdout.share = -1, .threads = 1, .plan = "fixed"};
    err = (siam_err){0};
    ask.model = (siam_model_spec){.model = model, .width = 8};
    snprintf(ask.data, sizeof ask.data, "synth:train=8,test=8");
    snprintf(ask.device, sizeof ask.device, "xla-cpu:" FAKE_PLUGIN);
    if (siam_scan_open(&x, &ask, &err))
        fail_msg("%s", err.msg);
    const siam_code rc = siam_scan_prepare(&x, &err);
    *t = x.trust;
    siam_scan_close(&x);
    nothing_is_left();
    return rc;
}

/* A model that is only used meets the same question as one that is trained; pixels alone run on no device. */
static void test_scan_trusts(void **state)
{
    (void)state;
    siam_trust t;
    assert_int_equal(system("rm -rf cache"), 0);
    begin(NULL);
    assert_int_equal(scan("raw", &t), SIAM_OK);
    assert_int_equal(fake->calls[ABI_CLIENT_COMPILE], 0);
    assert_int_equal(scan("random:resnet18", &t), SIAM_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "the device xla-cpu computes wrongly"));
    trust_fake(&t);
    assert_int_equal(scan("random:resnet18", &t), SIAM_OK);
    assert_true(t.before && t.operations == 9);
}

/* What the compiled step takes is told before the first step, where the plug-in says it and what it says can be. */
static void test_memory(void **state)
{
    (void)state;
    siam_trust t;
    static const struct {
        long long temporaries;
        int fail_place;
        const char *says;
    } row[] = {{3 << 20, 0, "the compiled step takes 3.0 MiB on the device, 3.0 MiB of it temporaries"},
               {5000LL << 20, 0, "the compiled step takes 4.9 GiB on the device, 4.9 GiB of it temporaries"},
               {0, 0, "the plug-in does not say what the compiled step takes"},
               {-1, 0, "the plug-in does not say"},
               {3 << 20, ABI_LOADEDEXECUTABLE_GETEXECUTABLE, "the plug-in does not say"},
               {3 << 20, ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS, "the plug-in does not say"}};
    trust_fake(&t);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char out[16];
        begin(NULL);
        fake->temporaries = row[i].temporaries;
        fake->fail_place = row[i].fail_place;
        fake->fail_at = row[i].fail_place ? 1 + (row[i].fail_place == ABI_LOADEDEXECUTABLE_GETEXECUTABLE) : 0; /* asked before, to keep it */
        said[0] = '\0';
        snprintf(out, sizeof out, "memory-%zu", i);
        assert_int_equal(run(out, &err), SIAM_OK);
        const char *at = strstr(said, row[i].says);
        if (!at || strstr(at, "step 1/6") == NULL)
            fail_msg("not '%s' before the first step:\n%s", row[i].says, said);
        nothing_is_left();
    }
}

/* Images that stay on the device are in no step's figures: their bytes are told beside them, also where there are none. */
static void test_memory_of_set(void **state)
{
    (void)state;
    for (int made = 0; made < 2; made++)
        for (int known = 0; known < 2; known++) {
            begin(NULL);
            fake->temporaries = known ? 3 << 20 : 0;
            views_are = made ? VIEWS_MADE : VIEWS_BROUGHT;
            assert_int_equal(train(&err), SIAM_OK);
            nothing_is_left();
            assert_int_equal(tells, known);
            assert_int_equal(takes.set, made ? 5 * PIXELS : 0);
            assert_true(!known || takes.activations == 3 << 20);
        }
    views_are = VIEWS_BROUGHT;
}

static int times(const char *what)
{
    int n = 0;
    for (const char *at = said; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* A run tells, once each, that programs are not kept, and that one of them was no good. */
static void test_remarks(void **state)
{
    (void)state;
    siam_trust t;
    static const char unkept[] = "warning: what the device's compiler made cannot be kept", failed[] = "warning: a compiled program from the cache failed when it ran";
    assert_int_equal(system("rm -rf cache"), 0);
    trust_fake(&t);
    for (int i = 0; i < 4; i++) {
        char out[32];
        begin(NULL);
        snprintf(out, sizeof out, "remarks-%d", i);
        fake->stores = i > 0;
        fake->fail_place = ABI_LOADEDEXECUTABLE_EXECUTE;
        fake->fail_at = i == 2;
        fake->code = 13;
        said[0] = '\0';
        assert_int_equal(run(out, &err), SIAM_OK);
        if (times(unkept) != (i == 0) || times(failed) != (i == 2))
            fail_msg("run %d says:\n%s", i, said);
        assert_int_equal(fake->calls[ABI_CLIENT_COMPILE], i < 3);
        nothing_is_left();
    }
}

/* A plug-in for processors is no GPU, whatever SIAM_PJRT_PLUGIN says. */
static void test_platform(void **state)
{
    (void)state;
    static const struct {
        const char *device, *platform;
        siam_code code;
    } row[] = {{"cuda:" FAKE_PLUGIN, "cpu", SIAM_E_UNSUPPORTED}, {"cuda:" FAKE_PLUGIN, "cuda", SIAM_OK},
               {"cuda:" FAKE_PLUGIN, "cpus", SIAM_OK}, {"xla-cpu:" FAKE_PLUGIN, "cpu", SIAM_OK}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_place p;
        siam_pjrt *x;
        begin(NULL);
        fake->platform = row[i].platform;
        assert_int_equal(siam_place_find(&p, row[i].device, &err), SIAM_OK);
        assert_int_equal(open_path(&x, p.plugin), SIAM_OK);
        assert_int_equal(siam_trust_platform(&p, x, &err), row[i].code);
        siam_pjrt_close(&x);
        if (!row[i].code)
            continue;
        assert_non_null(strstr(err.msg, "is for processors, not for the device cuda"));
        assert_hint(&err, "--device auto, or the path of another plug-in");
        siam_trust t;
        assert_int_equal(siam_trust_device(&t, &p, &err), row[i].code);
        assert_int_equal(fake->calls[ABI_CLIENT_COMPILE], 0);
        nothing_is_left();
    }
}

/* Losses are read two steps late, and still no checkpoint has a step in it whose loss was not looked at. */
static void test_nan_is_not_saved(void **state)
{
    (void)state;
    siam_trust t;
    trust_fake(&t);
    for (int at = 0; at <= 6; at++) {
        char out[16], want[64], saved[64];
        begin(NULL);
        snprintf(out, sizeof out, "nan-%d", at);
        fake->nan_at = at;
        const siam_code rc = run(out, &err);
        if (rc != (at ? SIAM_E_NUMERIC : SIAM_OK))
            fail_msg("%s", err.msg);
        snprintf(want, sizeof want, "the loss became NaN at step %d", at);
        assert_true(!at || strstr(err.msg, want));
        for (int step = 1; step <= 6; step++) {
            snprintf(saved, sizeof saved, "%s/checkpoints/step-%08d.safetensors", out, step);
            assert_true(!at || step < at || access(saved, F_OK));
        }
        assert_int_equal(fake->heard, at ? at : 6);
        assert_true(fake->most_behind == 3 || at == 1);
        nothing_is_left();
    }
}

/* Bytes and words come to each of two devices as they are, and back. */
static void test_types(void **state)
{
    (void)state;
    enum { N = 2, SIZE = 4, BYTES = N * SIZE * SIZE * 3, WORDS = 64 };
    const siam_aug_cfg cfg = {.size = SIZE, .crop_min = 0.2, .crop_max = 1, .flip_p = 0.5};
    uint8_t pixels[2 * BYTES], back[BYTES];
    int32_t drawn[2 * N * WORDS], words[N * WORDS];
    siam_hlo_program *hlo;
    siam_pjrt *x;
    siam_pjrt_program *p;
    siam_pjrt_buffer *in[3], *out;
    for (int i = 0; i < 2 * BYTES; i++)
        pixels[i] = (uint8_t)(i * 7);
    for (int i = 0; i < 2 * N * WORDS; i++)
        drawn[i] = -i * 65537;
    const size_t n = (size_t)(N * siam_augment_words(NULL));
    assert_true(n <= N * WORDS);
    fake->devices = 2;
    assert_int_equal(siam_views_program(&hlo, &cfg, &(siam_views_form){.views = N, .replicas = 2, .channels = 3, .pixels = true}, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_open(&x, &(siam_devices){.plugin = FAKE_PLUGIN, .kind = "xla-cpu", .count = 2}, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_compile(&p, x, hlo->text, hlo->size, &err), SIAM_OK);
    assert_int_equal(hlo->nin, 3);
    assert_int_equal(siam_pjrt_put_as(&in[0], x, hlo->in[0].val.elem, pixels, BYTES, &hlo->in[0].desc, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_put_as(&in[1], x, hlo->in[1].val.elem, drawn, n, &hlo->in[1].desc, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_put_as(&in[2], x, hlo->in[2].val.elem, &(uint32_t){0}, 0, &hlo->in[2].desc, &err), SIAM_OK);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(siam_pjrt_get_as(x, in[0], k, SIAM_HLO_U8, back, BYTES, &err), SIAM_OK);
        assert_memory_equal(back, pixels + k * BYTES, BYTES);
        assert_int_equal(siam_pjrt_get_as(x, in[1], k, SIAM_HLO_S32, words, n, &err), SIAM_OK);
        assert_memory_equal(words, drawn + (size_t)k * n, n * sizeof *words);
    }
    assert_int_equal(siam_pjrt_run(x, p, in, 3, &out, 1, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_get_as(x, out, 1, SIAM_HLO_U8, back, BYTES, &err), SIAM_OK);
    for (int i = 0; i < BYTES; i++)
        assert_int_equal(back[i], 0); /* what the fake computes */
    for (int i = 0; i < 3; i++)
        siam_pjrt_drop(x, &in[i]);
    siam_pjrt_drop(x, &out);
    siam_pjrt_program_destroy(x, &p);
    siam_pjrt_close(&x);
    siam_hlo_program_destroy(&hlo);
}

/* What is read comes late, by a thread of the plug-in's, which has its own pace: the run ends with the same bytes. (Under ThreadSanitizer this
 * says that nobody looks before it is there.) */
static void test_late(void **state)
{
    (void)state;
    siam_trust t;
    trust_fake(&t);
    for (unsigned seed = 0; seed < 4; seed++) {
        char out[16], command[128];
        begin(NULL);
        snprintf(out, sizeof out, "late-%u", seed);
        fake->late = seed;
        if (run(out, &err))
            fail_msg("%s", err.msg);
        assert_true(seed ? fake->came_late > 100 : fake->came_late == 0);
        assert_int_equal(fake->heard, 6);
        nothing_is_left();
        snprintf(command, sizeof command, "cmp late-0/model.safetensors %s/model.safetensors", out);
        assert_int_equal(system(command), 0);
    }
    fake->late = 5;
    several = 2;
    fake->devices = 2;
    assert_int_equal(train(&err), SIAM_OK);
    several = 1;
    nothing_is_left();
}

/* An error whose code cannot be had is told all the same. */
static void test_error_of_an_error(void **state)
{
    (void)state;
    siam_pjrt *x;
    fake->fail_place = ABI_CLIENT_CREATE;
    fake->fail_at = fake->no_code = 1;
    assert_int_equal(open_path(&x, FAKE_PLUGIN), SIAM_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "finds no device: the fake fails as it was told to"));
    assert_int_equal(fake->calls[ABI_ERROR_DESTROY], 2);
    nothing_is_left();
}

/* ---- one that computes wrongly ---- */

static void count_row(void *user, const char *op, const char *impl, double max_rel_err, bool pass)
{
    int *n = user;
    assert_string_equal(impl, "fake");
    assert_true(strlen(op) > 2 && (pass || max_rel_err > 0));
    n[pass]++;
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    siam_pjrt *x;
    int n[2] = {0};
    assert_int_equal(open_path(&x, FAKE_PLUGIN), SIAM_OK);
    assert_int_equal(siam_pjrt_selftest(x, "fake", count_row, n, &err), SIAM_OK);
    assert_true(n[0] == 9 && n[1] == 0); /* all that is computed */
    n[0] = 0;
    fake->fail_place = ABI_CLIENT_COMPILE; /* one of them cannot be */
    fake->fail_at = fake->calls[ABI_CLIENT_COMPILE] + 3;
    fake->code = 13;
    assert_int_equal(siam_pjrt_selftest(x, "fake", count_row, n, &err), SIAM_OK);
    assert_int_equal(n[0], 9);
    siam_pjrt_close(&x);
    nothing_is_left();
}

/* ---- finding one ---- */

static void put_file(const char *path)
{
    char command[600];
    snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s')\" && touch '%s'", path, path);
    assert_int_equal(system(command), 0);
}

static void expect_found(const char *device, const char *end)
{
    siam_place p;
    err = (siam_err){0};
    assert_int_equal(siam_place_find(&p, device, &err), SIAM_OK);
    assert_ptr_equal(p.engine, &siam_engine_pjrt);
    assert_string_equal(p.host, "auto");
    assert_true(strlen(p.plugin) >= strlen(end));
    assert_string_equal(p.plugin + strlen(p.plugin) - strlen(end), end);
}

static void test_search(void **state)
{
    (void)state;
    siam_place p;
    const char *own = getenv("SIAM_PJRT_PLUGIN");
    char *kept = own ? strdup(own) : NULL, here[512], venv[600], home[600];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(venv, sizeof venv, "%s/venv", here);
    snprintf(home, sizeof home, "%s/home", here);
    unsetenv("SIAM_PJRT_PLUGIN");
    unsetenv("CONDA_PREFIX");
    setenv("VIRTUAL_ENV", venv, 1);
    setenv("HOME", home, 1);

    const char *const host[] = {"auto", "cpu", "onednn", "ref", ""}, *const no[] = {"xla-cpus", "xla", "gpu", "auto:x", " "};
    for (int i = 0; i < 5; i++) {
        err = (siam_err){0};
        assert_int_equal(siam_place_find(&p, no[i], &err), SIAM_E_USAGE);
        assert_non_null(strstr(err.msg, "known are: auto, cpu, onednn, ref, xla-cpu, cuda"));
    }
    for (int i = 0; i < 5; i++) {
        assert_int_equal(siam_place_find(&p, host[i], &err), SIAM_OK);
        assert_true(!p.engine && !p.plugin[0]);
        assert_string_equal(p.host, *host[i] ? host[i] : "auto");
    }
    err = (siam_err){0};
    const siam_code none = siam_place_find(&p, "xla-cpu", &err);
    if (none || strncmp(p.plugin, "/usr", 4)) { /* else this machine has one for everybody */
        assert_int_equal(none, SIAM_E_NOTFOUND);
        assert_hint(&err, "pip install %s");
    }
    put_file("home/.local/lib/python3.11/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so");
    expect_found("xla-cpu", "home/.local/lib/python3.11/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so");
    put_file("venv/lib/python3.12/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so");
    expect_found("xla-cpu", "venv/lib/python3.12/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so");
    put_file("venv/lib/python3.12/site-packages/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
    expect_found("xla-cpu", "site-packages/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
    if (siam_place_find(&p, "cuda", &err)) { /* else this machine has one for everybody */
        assert_hint(&err, "pip install %s");
        assert_string_equal(err.hint, "pip install \"jax-cuda13-plugin[with-cuda]\"");
        put_file("venv/lib/python3.12/site-packages/jax_plugins/xla_cuda12/xla_cuda_plugin.so");
        expect_found("cuda", "venv/lib/python3.12/site-packages/jax_plugins/xla_cuda12/xla_cuda_plugin.so");
    }
    put_file("venv/lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
    expect_found("cuda", "venv/lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
    expect_found("xla-cpu", "site-packages/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
    put_file("own/one.so");
    put_file("given.so");
    setenv("SIAM_PJRT_PLUGIN", "own/one.so", 1);
    expect_found("xla-cpu", "own/one.so");
    expect_found("xla-cpu:given.so", "given.so");
    expect_found("xla-cpu:", "own/one.so");
    setenv("SIAM_PJRT_PLUGIN", "own/other.so", 1);
    static const char *const nowhere[] = {"xla-cpu", "xla-cpu:", "xla-cpu:nowhere/one.so", "xla-cpu:own/one.so/one.so"};
    for (int i = 0; i < 4; i++) {
        err = (siam_err){0};
        assert_int_equal(siam_place_find(&p, nowhere[i], &err), SIAM_E_NOTFOUND);
        assert_hint(&err, "--device auto, or the path of another plug-in");
    }
    setenv("SIAM_PJRT_PLUGIN", "", 1);
    expect_found("xla-cpu", "xla_cpu_pjrt.so");

    static const struct {
        const char *device, *end, *word;
        int number;
    } row[] = {{"xla-cpu:2", "xla_cpu_pjrt.so", NULL, 2},          {"cuda:0", "xla_cuda_plugin.so", NULL, 0},
               {"xla-cpu:3:given.so", "given.so", "xla-cpu:3:given.so", 3}, {"xla-cpu:3:", "xla_cpu_pjrt.so", NULL, 3},
               {"xla-cpu:given.so", "given.so", "xla-cpu:given.so", 0}, {"xla-cpu:3files/one.so", "3files/one.so", NULL, 0},
               {"xla-cpu:./12", "./12", "xla-cpu:./12", 0},        {"xla-cpu:1:12", "12", "xla-cpu:1:12", 1}, {"xla-cpu:0:12", "12", "xla-cpu:0:12", 0}};
    put_file("3files/one.so");
    put_file("12");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char word[SIAM_PATH_MAX + 64];
        expect_found(row[i].device, row[i].end);
        assert_int_equal(siam_place_find(&p, row[i].device, &err), SIAM_OK);
        assert_int_equal(p.number, row[i].number);
        assert_int_equal(siam_place_devices(&p).first, row[i].number);
        siam_place_word(&p, word, sizeof word);
        assert_true(!row[i].word || !strcmp(word, row[i].word));
    }
    err = (siam_err){0};
    assert_int_equal(siam_place_find(&p, "cuda:1234567", &err), SIAM_E_USAGE);
    assert_non_null(strstr(err.msg, "'1234567' is no number of a device"));

    char longer[2 * SIAM_PATH_MAX];
    memset(longer, 'x', sizeof longer);
    memcpy(longer, "xla-cpu:", 8);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(siam_place_find(&p, longer, &err), SIAM_E_NOTFOUND);
    if (kept)
        setenv("SIAM_PJRT_PLUGIN", kept, 1);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_describe, begin),        cmocka_unit_test_setup(test_no_plugin, begin),       cmocka_unit_test_setup(test_options, begin),
        cmocka_unit_test_setup(test_versions, begin),        cmocka_unit_test_setup(test_numbers, begin),        cmocka_unit_test_setup(test_each_call_fails, begin),
        cmocka_unit_test_setup(test_platform, begin),        cmocka_unit_test_setup(test_memory_of_set, begin),
        cmocka_unit_test_setup(test_memory, begin),          cmocka_unit_test_setup(test_trust, begin),           cmocka_unit_test_setup(test_nan_is_not_saved, begin),
        cmocka_unit_test_setup(test_types, begin), cmocka_unit_test_setup(test_late, begin),          cmocka_unit_test_setup(test_error_of_an_error, begin), cmocka_unit_test_setup(test_remarks, begin),
        cmocka_unit_test_setup(test_wrong_numbers, begin),
        cmocka_unit_test_setup(test_scan_trusts, begin),     cmocka_unit_test_setup(test_search, begin),
    };
    return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
