/* A scan: whatever is asked for, model and images fit each other, and what was opened before a failure can be
 * closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "infer/classify.h"
#include "infer/scan.h"
#include "model/norm.h"
#include "own_folder.h"

static const siam_norm norm = {{0.1f, 0.2f, 0.3f, 0.4f}, {0.4f, 0.5f, 0.6f, 0.7f}};
enum { PATH = 256 };

/* "NAME" in the folder of the tests: a ResNet-20 of a sixteenth of the width, with a classifier where classes
 * > 0. */
static const char *write_model(char path[PATH], const char *name, int channels, int size, bool said)
{
    siam_encoder *enc;
    siam_atomic out;
    siam_model_cfg c = {
        .arch = "resnet20-cifar", .backbone = {16, true, true}, .in_channels = channels, .size = size};
    snprintf(path, PATH, "%s/%s.safetensors", folder, name);
    assert_int_equal(siam_encoder_random(&enc, &c, &norm, 7, NULL), SIAM_OK);
    assert_int_equal(siam_atomic_open(&out, path, NULL), SIAM_OK);
    const siam_encoder_meta m = {.cfg = &c, .norm = said ? &norm : NULL, .trained_on = "nothing"};
    assert_int_equal(siam_encoder_save(&out, enc->params, &m, NULL), SIAM_OK);
    siam_encoder_close(&enc);
    return path;
}

/* ---- size ---- */

/* Drawn images have the model's size; a model without one takes that of the images where it is asked to, else
 * its own. */
static void sizes_fit(void **state)
{
    char small[PATH], odd[PATH];
    write_model(small, "small", 3, 24, true);
    write_model(odd, "odd", 3, 40, true);
    const struct {
        const char *model;
        int32_t size;
        bool images_size;
        int want;
    } rows[] = {{small, 0, true, 24},
                {small, 0, false, 24},
                {small, 48, true, 48},
                {odd, 0, false, 40},
                {"raw", 0, true, 32},
                {"raw", 20, true, 20},
                {"random:resnet18", 0, true, 32},
                {"random:resnet18", 0, false, 224},
                {"random:resnet18", 64, true, 64}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_scan x;
        siam_err e = {0};
        const siam_scan_spec ask = {.model = {.model = rows[i].model,
                                             .size = rows[i].size,
                                             .width = strstr(rows[i].model, ":") ? 4 : 0},
                                   .pixels = true,
                                   .images_size = rows[i].images_size,
                                   .data = "synth:train=12,test=4",
                                   .images = SIAM_SCAN_BOTH};
        if (siam_scan_open(&x, &ask, &e))
            fail_msg("row %zu: %s", i, e.msg);
        assert_int_equal(x.cfg.size, rows[i].want);
        for (int k = 0; k < 2; k++)
            assert_int_equal(x.split[k]->info.width, rows[i].want);
        assert_int_equal(!x.encoder, !strcmp(rows[i].model, "raw"));
        siam_scan_close(&x);
    }
}

/* ---- normalisation ---- */

/* The user's word counts before the model's, and that before what is usual for such images. */
static void norms_in_order(void **state)
{
    char said[PATH], silent[PATH];
    write_model(said, "said", 3, 32, true);
    write_model(silent, "silent", 3, 32, false);
    static const siam_norm given = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}};
    const siam_list half = {1, {0.5}}, quarter = {1, {0.25}};
    const struct {
        const char *model;
        int32_t size;
        bool given;
        const siam_norm *want;
        const char *of;
    } rows[] = {{said, 0, false, &norm, "(the model's)"},
                {said, 0, true, &given, "(as given)"},
                {silent, 0, true, &given, "(as given)"},
                {silent, 0, false, NULL, "(CIFAR-10's, as the model says none)"},
                {silent, 96, false, &siam_imagenet_norm, "(ImageNet's, as the model says none)"},
                {"raw", 32, false, NULL, "(CIFAR-10's, as the model says none)"},
                {"raw", 32, true, &given, "(as given)"},
                {"random:resnet18", 72, false, &siam_imagenet_norm, "(ImageNet's, as the model says none)"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_scan x;
        siam_err e = {0};
        char text[256];
        siam_norm usual;
        siam_scan_spec ask = {.model = {.model = rows[i].model, .size = rows[i].size},
                             .pixels = true,
                             .data = "synth:train=12,test=4"};
        if (rows[i].given) {
            ask.model.mean = half;
            ask.model.std = quarter;
        }
        if (siam_scan_open(&x, &ask, &e))
            fail_msg("row %zu: %s", i, e.msg);
        siam_norm_usual(&usual, x.split[0]);
        const siam_norm *want = rows[i].want ? rows[i].want : &usual;
        assert_memory_equal(x.cfg.norm.mean, want->mean, 3 * sizeof(float));
        assert_memory_equal(x.cfg.norm.std, want->std, 3 * sizeof(float));
        if (x.encoder)
            assert_memory_equal(&x.encoder->norm, &x.cfg.norm, sizeof x.cfg.norm);
        siam_scan_norm_text(&x, text, sizeof text);
        if (!strstr(text, rows[i].of))
            fail_msg("row %zu: '%s' does not say '%s'", i, text, rows[i].of);
        assert_int_equal(x.norm_said, rows[i].given || rows[i].model == said);
        siam_scan_close(&x);
    }
}

/* ---- images ---- */

static void splits_are_those_asked_for(void **state)
{
    static const struct {
        siam_scan_images images;
        int64_t count[2]; /* 0: not opened */
    } rows[] = {{SIAM_SCAN_TRAIN, {12, 0}},
                {SIAM_SCAN_HELD_OUT, {0, 4}},
                {SIAM_SCAN_AUTO, {0, 4}},
                {SIAM_SCAN_BOTH, {12, 4}},
                {SIAM_SCAN_LABELLED, {12, 4}}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int exif = 0; exif < 2; exif++) {
            siam_scan x;
            const siam_scan_spec ask = {.model = {.model = "raw"},
                                       .pixels = true,
                                       .images_size = true,
                                       .exif = exif ? SIAM_EXIF_APPLY : SIAM_EXIF_IGNORE,
                                       .data = "synth:train=12,test=4",
                                       .images = rows[i].images};
            assert_int_equal(siam_scan_open(&x, &ask, NULL), SIAM_OK);
            for (int k = 0; k < 2; k++) {
                assert_int_equal(x.split[k] ? x.split[k]->info.count : 0, rows[i].count[k]);
                if (x.split[k])
                    assert_int_equal(x.split[k]->exif, exif);
            }
            siam_scan_close(&x);
            assert_null(siam_scan_set(&x));
        }
}

/* ---- failures ---- */

static void failures_say_what_is_there(void **state)
{
    char many[PATH], good[PATH];
    write_model(many, "many", 4, 32, true);
    write_model(good, "good", 3, 32, true);
    const struct {
        const char *model, *data;
        bool pixels, classifier, encoder;
        siam_scan_layer layer;
        siam_code rc;
        const char *text, *hint;
    } rows[] = {{many, "synth", false, false, true, SIAM_SCAN_FEATURES, SIAM_E_CONFIG,
                 "takes 4 channels, the images have 3", "a model of colour images"},
                {good, "synth", false, true, true, SIAM_SCAN_FEATURES, SIAM_E_CONFIG,
                 "an encoder without a classifier", "train one: simsiam linear "},
                {good, "/nowhere/at/all", false, false, true, SIAM_SCAN_FEATURES, SIAM_E_NOTFOUND,
                 "'/nowhere/at/all'", ""},
                {"/no/such/model", "/nowhere", false, false, false, SIAM_SCAN_FEATURES, SIAM_E_NOTFOUND,
                 "'/no/such/model'", ""},
                {"raw", "synth", false, false, false, SIAM_SCAN_FEATURES, SIAM_E_NOTFOUND, "'raw'", ""},
                {good, "synth", false, false, false, SIAM_SCAN_Z, SIAM_E_DATA, "", ""},
                {good, "synth", false, false, false, SIAM_SCAN_LOGITS, SIAM_E_DATA, "", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_scan x;
        siam_err e = {0};
        siam_scan_spec ask = {.model = {.model = rows[i].model},
                             .pixels = rows[i].pixels,
                             .classifier = rows[i].classifier,
                             .layer = rows[i].layer};
        snprintf(ask.data, sizeof ask.data, "%s", rows[i].data);
        const siam_code rc = siam_scan_open(&x, &ask, &e);
        if (rc != rows[i].rc || !strstr(e.msg, rows[i].text) || !strstr(e.hint, rows[i].hint))
            fail_msg("row %zu: %s: %s; %s", i, siam_code_name(rc), e.msg, e.hint);
        assert_int_equal(x.encoder != NULL, rows[i].encoder);
        assert_null(siam_scan_set(&x));
        siam_scan_close(&x);
    }
}

/* No more threads read than there are images, and no batch is larger. */
static void batches_fit_the_images(void **state)
{
    static const struct {
        const char *data;
        int threads, batch, want_batch, want_workers;
    } rows[] = {{"synth:train=3,test=2", 8, 0, 3, 3},
                {"synth:train=2000,test=2", 2, 0, 256, 2},
                {"synth:train=20,test=2", 1, 7, 7, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_scan x;
        siam_err e = {0};
        siam_scan_spec ask = {.model = {.model = "raw"},
                             .pixels = true,
                             .images_size = true,
                             .device = "auto",
                             .threads = rows[i].threads,
                             .batch = rows[i].batch,
                             .plan = "fixed"};
        snprintf(ask.data, sizeof ask.data, "%s", rows[i].data);
        if (siam_scan_open(&x, &ask, &e) || siam_scan_prepare(&x, &e))
            fail_msg("row %zu: %s", i, e.msg);
        assert_int_equal(x.cfg.batch, rows[i].want_batch);
        assert_int_equal(x.cfg.workers, rows[i].want_workers);
        siam_scan_close(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_fit),
        cmocka_unit_test(norms_in_order),
        cmocka_unit_test(splits_are_those_asked_for),
        cmocka_unit_test(failures_say_what_is_there),
        cmocka_unit_test(batches_fit_the_images),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
