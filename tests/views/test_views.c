/* Views that are made on a device are the host's, bit for bit.
 *
 *   test_views                       the programs and the tables, without a device
 *   test_views pjrt                  a few hundred views of each operation behind the plug-in in SIAM_PJRT_PLUGIN; skipped without one
 *   test_views many VIEWS [FOLDER]   so many views of each of two sizes, of every operation, a third of them of made images and the rest
 *                                    of the photographs in FOLDER; a line for each (run.sh) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab.h"
#include "views/op.h"

static siam_err err;
static siam_pjrt *device;
static photos pictures;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

/* ---- what is drawn ---- */

/* Operations and how they are drawn; probabilities below 1 leave some views as they are. */
typedef struct recipe {
    const char *name;
    siam_aug_cfg cfg;
    bool colours; /* for RGB alone */
} recipe;

#define CROP .crop_min = 0.2, .crop_max = 1
#define JITTER .jitter_p = 0.9, .brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1
#define BLUR .blur_p = 0.5, .blur_min = 0.1, .blur_max = 2
static const recipe recipes[] = {
    {"nothing", {CROP}, false},
    {"brightness", {CROP, .jitter_p = 0.9, .brightness = 1}, true},
    {"contrast", {CROP, .jitter_p = 0.9, .contrast = 1}, true},
    {"saturation", {CROP, .jitter_p = 0.9, .saturation = 1}, true},
    {"hue", {CROP, .jitter_p = 0.9, .hue = 0.5}, true},
    {"jitter", {CROP, JITTER}, true},
    {"gray", {CROP, .gray_p = 0.7}, true},
    {"blur", {CROP, BLUR}, false},
    {"a small blur", {CROP, .blur_p = 0.8, .blur_min = 0.1, .blur_max = 0.5}, false},
    {"solarise", {CROP, .solarise_p = 0.7, .solarise_from = 0.5}, false},
    {"solarise all", {CROP, .solarise_p = 0.7}, false},
    {"flip", {CROP, .flip_p = 0.5}, false},
    {"vflip", {CROP, .vflip_p = 0.5}, false},
    {"rot90", {CROP, .rot90_p = 0.8}, false},
    {"rotate", {CROP, .rotate_p = 0.9, .rotate_max = 180}, false},
    {"drop", {CROP, .drop_p = 0.8}, false},
    {"those of the paper", {CROP, JITTER, BLUR, .gray_p = 0.2, .flip_p = 0.5}, false},
    {"all", {CROP, JITTER, BLUR, .gray_p = 0.2, .solarise_p = 0.3, .solarise_from = 0.6, .flip_p = 0.5, .vflip_p = 0.5, .rot90_p = 0.5,
             .rotate_p = 0.5, .rotate_max = 15, .drop_p = 0.2}, false},
};
enum { NOTHING = 0, CONTRAST = 2, RECIPES = sizeof recipes / sizeof *recipes, ALL = RECIPES - 1 };

/* ---- without a device ---- */

static siam_hlo_program *program_of(const recipe *r, int size, siam_views_form form)
{
    siam_hlo_program *p;
    siam_aug_cfg cfg = r->cfg;
    cfg.size = size;
    must(siam_views_program(&p, &cfg, &form, &err));
    return p;
}

static void test_every_row_is_written(void **state)
{
    (void)state;
    for (int i = 0; siam_augments[i]; i++) {
        int found = siam_augments[i]->replaces; /* the crop, which is no row here */
        for (int k = 0; siam_views_ops[k]; k++)
            found += !strcmp(siam_views_ops[k]->name, siam_augments[i]->name);
        if (found != 1)
            fail_msg("%d rows are called %s", found, siam_augments[i]->name);
    }
}

static bool has(const siam_hlo_program *p, const char *what) { return strstr(p->text, what) != NULL; }

/* What devices do in ways of their own is not asked of them: no floats are divided, and what becomes of their products is nothing but bits, until
 * a number that no compiler knows has been in them. */
static void rounds_as_the_host(const siam_hlo_program *p)
{
    for (const char *s = p->text; (s = strstr(s, "stablehlo.")); s++) {
        const char *end = strchr(s, '\n'), *next = strchr(end + 1, '\n'), *bits = strstr(end, "bitcast_convert");
        const bool floats = !strncmp(end - 4, "f32>", 4) || !strncmp(end - 4, "f64>", 4);
        assert_false(floats && !strncmp(s, "stablehlo.divide", 16));
        assert_true(!floats || strncmp(s, "stablehlo.multiply", 18) || (bits && bits < next));
    }
}

/* What cannot be drawn is not written, and nothing for colours where there are none; the same is the same text twice. */
static void test_texts(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        const siam_views_form form = {.views = 6, .channels = channels};
        siam_hlo_program *nothing = program_of(&recipes[NOTHING], 16, form);
        for (int i = 0; i < RECIPES; i++) {
            siam_hlo_program *a = program_of(&recipes[i], 16, form), *b = program_of(&recipes[i], 16, form);
            assert_string_equal(a->text, b->text);
            rounds_as_the_host(a);
            assert_int_equal(!strcmp(a->text, nothing->text), i == NOTHING || (channels == 1 && recipes[i].colours));
            assert_int_equal(has(a, "f64"), recipes[i].cfg.rotate_p > 0);
            siam_hlo_program_destroy(&a);
            siam_hlo_program_destroy(&b);
        }
        siam_hlo_program_destroy(&nothing);
    }
}

static void check_ports(const siam_hlo_program *p, const siam_hlo_role *role, int n, siam_hlo_role result)
{
    assert_int_equal(p->nin, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(p->in[i].role, role[i]);
    assert_int_equal(p->nout, 1);
    assert_int_equal(p->out[0].role, result);
}

static void test_ports(void **state)
{
    (void)state;
    static const siam_hlo_role plain[] = {SIAM_HLO_PIXELS, SIAM_HLO_DRAWN, SIAM_HLO_ZERO, SIAM_HLO_LEVELS};
    static const siam_hlo_role set[] = {SIAM_HLO_PIXELS, SIAM_HLO_INDEX, SIAM_HLO_CROP, SIAM_HLO_DRAWN, SIAM_HLO_ZERO};
    siam_hlo_program *p = program_of(&recipes[ALL], 16, (siam_views_form){.views = 6, .channels = 3});
    check_ports(p, plain, 4, SIAM_HLO_IMAGES);
    assert_int_equal(p->in[0].val.elem, SIAM_HLO_U8);
    assert_int_equal(p->in[1].desc.dim[1], siam_augment_words(NULL));
    assert_int_equal(p->out[0].desc.dim[1], 3);
    assert_int_equal(p->out[0].val.elem, SIAM_HLO_F32);
    siam_hlo_program_destroy(&p);
    p = program_of(&recipes[ALL], 16, (siam_views_form){.views = 6, .channels = 2, .images = 9, .width = 40, .height = 16, .pixels = true});
    check_ports(p, set, 5, SIAM_HLO_PIXELS);
    assert_int_equal(p->in[0].desc.dim[1], 16);
    assert_int_equal(p->in[0].desc.dim[2], 40);
    assert_int_equal(p->in[2].desc.dim[3], 1 + 7); /* where 40 pixels become 16, one is made of three to either side */
    assert_int_equal(p->out[0].desc.dim[3], 2);
    assert_int_equal(p->out[0].val.elem, SIAM_HLO_U8);
    siam_hlo_program_destroy(&p);
}

static void test_too_many(void **state)
{
    (void)state;
    siam_hlo_program *p;
    const siam_aug_cfg cfg = {.size = 1024, CROP};
    assert_int_equal(siam_views_program(&p, &cfg, &(siam_views_form){.views = 2048, .channels = 3}, &err), SIAM_E_UNSUPPORTED);
    assert_null(p);
    assert_non_null(strstr(err.msg, "2048 views at once are too many"));
    must(siam_views_program(&p, &cfg, &(siam_views_form){.views = 2047, .channels = 3}, &err));
    siam_hlo_program_destroy(&p);
}

/* Pixel i along an axis: src(t) is the pixel t of the source. */
static int weighted(const int32_t *part, int taps, const uint8_t *src, size_t apart)
{
    int sum = 1 << 21;
    for (int t = 0; t < taps; t++)
        if (part[1 + t])
            sum += part[1 + t] * src[(size_t)(part[0] + t) * apart];
    return sum >> 22 > 255 ? 255 : sum >> 22;
}

/* What a device is given to crop and resize with makes the pixels of siam_image_crop_resize: across, then down. */
static void test_weights(void **state)
{
    (void)state;
    enum { W = 37, H = 23, S = 16, CROPS = 18 };
    const siam_aug_cfg cfg = {.size = S, CROP};
    const siam_views_form form = {.views = 1, .channels = 1, .images = 1, .width = W, .height = H};
    const int taps = siam_views_taps(&cfg, &form), each = 1 + taps;
    int32_t *crop = malloc(2 * S * (size_t)each * sizeof *crop);
    siam_image src = {0}, want = {0};
    siam_image_scratch scratch = {0};
    must(lab_image(&src, &(photos){0}, 6, W, H, 1, &err));
    for (int k = 0; k < CROPS; k++) {
        const int32_t drawn[64] = {k % 5, k % 3, W - 5 - k, H - 3 - k};
        uint8_t between[H][S];
        must(siam_image_crop_resize(&want, &src, drawn[0], drawn[1], drawn[2], drawn[3], S, S, &scratch, &err));
        siam_views_crop(crop, &cfg, &form, drawn);
        for (int i = 0; i < H * S; i++)
            between[i / S][i % S] = (uint8_t)weighted(crop + i % S * each, taps, src.px + i / S * W, 1);
        for (int i = 0; i < S * S; i++)
            assert_int_equal(want.px[i], weighted(crop + (S + i / S) * each, taps, between[0] + i % S, S));
    }
    free(crop);
    siam_image_release(&src);
    siam_image_release(&want);
    siam_image_scratch_release(&scratch);
}

/* ---- with a device ---- */

/* Batches of views; whether they are the host's. */
static bool same(const recipe *r, int size, siam_views_form form, int batches)
{
    lab x = {.device = device, .photos = &pictures, .cfg = r->cfg, .form = form};
    x.cfg.size = size;
    siam_code rc = lab_open(&x, &err);
    for (int i = 0; !rc && i < batches; i++)
        rc = lab_run(&x, (uint64_t)(i * form.views), &err);
    if (rc)
        print_error("%s, %d px, %d channels, %s: %s\n", r->name, size, form.channels, form.images ? "a set that stays" : "crops", err.msg);
    lab_close(&x);
    return !rc;
}

static void test_operations(void **state)
{
    (void)state;
    int bad = 0;
    for (int i = 0; i < RECIPES; i++) {
        bad += !same(&recipes[i], 32, (siam_views_form){.views = 96, .channels = 3, .pixels = true}, 2);
        bad += !same(&recipes[i], 224, (siam_views_form){.views = 4, .channels = 3, .pixels = true}, 1);
    }
    assert_int_equal(bad, 0);
}

/* Of every colour the hue is moved by some amount: hue, saturation and value are whole numbers here, floats on the host. */
static void test_every_colour(void **state)
{
    (void)state;
    enum { SIZE = 256, IMAGES = 16 };
    lab x = {.device = device, .photos = &pictures, .every_colour = true,
             .cfg = {.size = SIZE, .jitter_p = 1, .hue = 0.5}, /* no crop */
             .form = {.views = IMAGES, .channels = 3, .pixels = true}};
    siam_code rc = lab_open(&x, &err);
    for (uint64_t first = 0; !rc && first < (1 << 24) / (SIZE * SIZE); first += IMAGES)
        rc = lab_run(&x, first, &err);
    lab_close(&x);
    must(rc);
}

/* Floats, other numbers of channels, a side that is odd, one pixel, and so few that their mean is often in the middle between two. */
static void test_forms(void **state)
{
    (void)state;
    static const int channels[] = {1, 4, 16};
    int bad = !same(&recipes[ALL], 32, (siam_views_form){.views = 64, .channels = 3}, 2);
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        bad += !same(&recipes[ALL], 21, (siam_views_form){.views = 24, .channels = channels[i]}, 1);
    bad += !same(&recipes[ALL], 1, (siam_views_form){.views = 3, .channels = 3, .pixels = true}, 1);
    bad += !same(&recipes[CONTRAST], 2, (siam_views_form){.views = 100, .channels = 3, .pixels = true}, 1);
    assert_int_equal(bad, 0);
}

static void test_sets_that_stay(void **state)
{
    (void)state;
    static const struct {
        int width, height, channels, size, recipe;
    } row[] = {{32, 32, 3, 32, ALL}, {40, 27, 3, 32, NOTHING}, {97, 20, 3, 24, NOTHING}, {28, 28, 1, 28, ALL}, {33, 64, 4, 16, ALL}};
    int bad = 0;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        bad += !same(&recipes[row[i].recipe], row[i].size, (siam_views_form){.views = 64, .channels = row[i].channels, .images = 50,
                     .width = row[i].width, .height = row[i].height, .pixels = i % 2}, 2);
    assert_int_equal(bad, 0);
}

static int open_device(void **state)
{
    (void)state;
    const int rc = siam_pjrt_open(&device, &(siam_devices){.plugin = getenv("SIAM_PJRT_PLUGIN"), .kind = "xla-cpu"}, &err);
    if (rc)
        print_error("%s\n", err.msg);
    return rc;
}

static int close_device(void **state)
{
    (void)state;
    siam_pjrt_close(&device);
    photos_release(&pictures);
    return 0;
}

/* ---- many ---- */

static void many(int views, const char *folder)
{
    static const struct {
        const char *what;
        int size;
        siam_views_form form;
    } row[] = {{"a set of 32 px that stays on the device", 32, {.views = 500, .channels = 3, .images = 2000, .width = 32, .height = 32, .pixels = true}},
               {"32 px", 32, {.views = 500, .channels = 3, .pixels = true}},
               {"224 px", 224, {.views = 20, .channels = 3, .pixels = true}}};
    if (folder && photos_read(&pictures, folder, 400, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const int batches = (views + row[i].form.views - 1) / row[i].form.views;
        if (!same(&recipes[ALL], row[i].size, row[i].form, batches))
            exit(1);
        printf("%d views of %s, every operation, made images and %d photographs: equal to the host's\n", batches * row[i].form.views,
               row[i].what, pictures.n);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest alone[] = {
        cmocka_unit_test(test_every_row_is_written), cmocka_unit_test(test_texts), cmocka_unit_test(test_ports),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_weights),
    };
    static const struct CMUnitTest pjrt[] = {
        cmocka_unit_test(test_operations), cmocka_unit_test(test_forms), cmocka_unit_test(test_sets_that_stay), cmocka_unit_test(test_every_colour),
    };
    if (argc < 2)
        return cmocka_run_group_tests(alone, NULL, NULL);
    if (!getenv("SIAM_PJRT_PLUGIN"))
        return 77;
    if (!strcmp(argv[1], "pjrt"))
        return cmocka_run_group_tests(pjrt, open_device, close_device);
    if (open_device(NULL))
        return 1;
    many(argc > 2 ? atoi(argv[2]) : 10000, argc > 3 ? argv[3] : NULL);
    return close_device(NULL);
}
