/* Parts of photographs: only the pixels that are needed, which are those of the whole photograph where nothing is shrunk; the same
 * verdict on every cut and damage; smaller ones by the transform; turned ones; and crops of all of these. */
#include "image_case.h"

#include <string.h>

#include <jpeglib.h>

#include "base/file.h"
#include "base/rng.h"
#include "image/codec.h"

enum { W = 203, H = 151, BOXES = 60 };

typedef struct bytes {
    uint8_t *data;
    size_t n;
} bytes;

/* ---- photographs of every kind ---- */

typedef struct kind {
    const char *name;
    int w, h;
    int channels;  /* 1, 3 or 4 */
    int across, down; /* how much coarser colours are */
    bool progressive, arithmetic, coarse; /* coarse: without its later scans, so that it is smoothed */
    unsigned restart; /* rows of blocks between two marks; 0 = none */
} kind;

static const kind kinds[] = {
    {.name = "4:2:0", .w = W, .h = H, .channels = 3, .across = 2, .down = 2},
    {.name = "4:2:2", .w = W, .h = H, .channels = 3, .across = 2, .down = 1},
    {.name = "4:4:4", .w = W, .h = H, .channels = 3, .across = 1, .down = 1},
    {.name = "4:4:0", .w = W, .h = H, .channels = 3, .across = 1, .down = 2},
    {.name = "4:1:1", .w = W, .h = H, .channels = 3, .across = 4, .down = 1},
    {.name = "grey", .w = W, .h = H, .channels = 1, .across = 1, .down = 1},
    {.name = "inks", .w = W, .h = H, .channels = 4, .across = 1, .down = 1},
    {.name = "progressive", .w = W, .h = H, .channels = 3, .across = 2, .down = 2, .progressive = true},
    {.name = "coarse", .w = W, .h = H, .channels = 3, .across = 2, .down = 2, .coarse = true},
    {.name = "arithmetic", .w = W, .h = H, .channels = 3, .across = 2, .down = 2, .arithmetic = true},
    {.name = "restart marks", .w = W, .h = H, .channels = 3, .across = 2, .down = 2, .restart = 1},
    {.name = "whole blocks", .w = 192, .h = 160, .channels = 3, .across = 2, .down = 2},
    {.name = "narrow", .w = 9, .h = 150, .channels = 3, .across = 2, .down = 2},
    {.name = "low", .w = 150, .h = 7, .channels = 3, .across = 2, .down = 2},
    {.name = "one pixel", .w = 1, .h = 1, .channels = 3, .across = 2, .down = 2},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Waves and some noise: no two neighbours are alike, no block is empty. */
static uint8_t sample(siam_rng *r, int x, int y, int c)
{
    const int wave = (x * (3 + c) + y * 5) % 200;
    return (uint8_t)(wave + (int)siam_rng_below(r, 50));
}

static bytes photograph(const kind *k)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *made = NULL;
    unsigned long n = 0;
    siam_rng r = siam_rng_key(1, 2, 3, 4, SIAM_RNG_TEST);
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &made, &n);
    j.image_width = (JDIMENSION)k->w;
    j.image_height = (JDIMENSION)k->h;
    j.input_components = k->channels;
    j.in_color_space = k->channels == 1 ? JCS_GRAYSCALE : k->channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 85, TRUE);
    j.comp_info[0].h_samp_factor = k->across;
    j.comp_info[0].v_samp_factor = k->down;
    j.arith_code = k->arithmetic;
    j.restart_in_rows = (int)k->restart;
    const jpeg_scan_info first[] = {{.comps_in_scan = 3, .component_index = {0, 1, 2}}}; /* the mean of each block */
    if (k->progressive)
        jpeg_simple_progression(&j);
    if (k->coarse) {
        j.scan_info = first;
        j.num_scans = 1;
    }
    jpeg_start_compress(&j, TRUE);
    uint8_t *row = malloc((size_t)(k->w * k->channels));
    assert_non_null(row);
    for (int y = 0; y < k->h; y++) {
        for (int i = 0; i < k->w * k->channels; i++)
            row[i] = sample(&r, i / k->channels, y, i % k->channels);
        JSAMPROW rows[] = {row};
        jpeg_write_scanlines(&j, rows, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    free(row);
    bytes b = {malloc(n), n}; /* an exact copy, so that reading behind the end is caught by the sanitizer */
    assert_non_null(b.data);
    memcpy(b.data, made, n);
    free(made);
    return b;
}

/* ---- what is needed ---- */

typedef struct asked {
    siam_image_need need;
    int w, h; /* of the picture, as it was said */
} asked;

static void say(void *user, int w, int h, siam_image_need *need)
{
    asked *a = user;
    a->w = w;
    a->h = h;
    *need = a->need;
}

static siam_code part_of(siam_image *im, asked *a, bool upright, bytes b, siam_err *e)
{
    const siam_image_want rgb8 = {0};
    const siam_image_use use = {say, a};
    return siam_image_decode_for(im, &rgb8, upright, &use, b.data, b.n, e);
}

static siam_image_need random_box(siam_rng *r, int w, int h, int shrink)
{
    const int bw = 1 + (int)siam_rng_below(r, (uint32_t)w), bh = 1 + (int)siam_rng_below(r, (uint32_t)h);
    return (siam_image_need){(int)siam_rng_below(r, (uint32_t)(w - bw + 1)), (int)siam_rng_below(r, (uint32_t)(h - bh + 1)), bw, bh, shrink};
}

/* Pixel (x, y) of a picture that is smaller by `shrink`, of which im is a part. */
static const uint8_t *pixel(const siam_image *im, int x, int y)
{
    const siam_image_part *p = &im->part;
    return im->px + 3 * ((size_t)(y - p->y / p->shrink) * (size_t)im->w + (size_t)(x - p->x / p->shrink));
}

/* Pixels that are needed are in the part, and the same in the whole picture, which is a part, too. */
static void compare(const char *name, const siam_image *part, const siam_image *whole, siam_image_need b)
{
    const siam_image_part *p = &part->part;
    if (p->shrink != b.shrink || p->w != whole->part.w || p->h != whole->part.h || p->x > b.x || p->y > b.y ||
        p->x + part->w * b.shrink < b.x + b.w || p->y + part->h * b.shrink < b.y + b.h)
        fail_msg("%s: %d x %d at (%d, %d), shrunk by %d, is not in the part", name, b.w, b.h, b.x, b.y, b.shrink);
    for (int y = b.y / b.shrink; y * b.shrink < b.y + b.h; y++)
        for (int x = b.x / b.shrink; x * b.shrink < b.x + b.w; x++)
            if (memcmp(pixel(part, x, y), pixel(whole, x, y), 3))
                fail_msg("%s: pixel (%d, %d) of %d x %d at (%d, %d), shrunk by %d", name, x, y, b.w, b.h, b.x, b.y, b.shrink);
}

/* ---- tests ---- */

static void needed_pixels(void **state)
{
    (void)state;
    siam_image part = {0}, whole = {0}, plain = {0};
    siam_err e = {0};
    siam_rng r = siam_rng_key(5, 6, 7, 8, SIAM_RNG_TEST);
    int saved = 0;
    for (int k = 0; k < KINDS; k++) {
        bytes b = photograph(&kinds[k]);
        for (int shrink = 1; shrink <= 8; shrink *= 2) {
            asked all = {.need = {0, 0, kinds[k].w, kinds[k].h, shrink}};
            if (part_of(&whole, &all, false, b, &e))
                fail_msg("%s: %s", kinds[k].name, e.msg);
            assert_int_equal(all.w, kinds[k].w);
            assert_int_equal(all.h, kinds[k].h);
            assert_int_equal(whole.w, (kinds[k].w + shrink - 1) / shrink);
            if (shrink == 1) {
                assert_int_equal(siam_image_decode(&plain, b.data, b.n, &e), SIAM_OK);
                assert_memory_equal(plain.px, whole.px, siam_image_bytes(&plain));
            }
            for (int i = 0; i < BOXES; i++) {
                asked a = {.need = random_box(&r, kinds[k].w, kinds[k].h, shrink)};
                assert_int_equal(part_of(&part, &a, false, b, &e), SIAM_OK);
                compare(kinds[k].name, &part, &whole, a.need);
                saved += part.w < whole.w && part.h < whole.h;
            }
        }
        free(b.data);
    }
    assert_true(saved > KINDS * BOXES);
    siam_image_release(&part);
    siam_image_release(&whole);
    siam_image_release(&plain);
}

/* Whatever is cut off or spoilt, wherever it is and whatever is needed: an image is bad for a part where it is bad as a whole, in the
 * same words, and good where it is good, with the same pixels. */
static void same_verdict(const char *name, bytes b, int w, int h, siam_rng *r, int *bad)
{
    siam_image part = {0}, plain = {0};
    siam_err e = {0}, why = {0};
    int width, height;
    if (siam_image_size(&width, &height, b.data, b.n, NULL))
        width = w, height = h;
    asked a = {.need = random_box(r, width, height, 1)};
    const siam_code exact = siam_image_decode(&plain, b.data, b.n, &e), fast = part_of(&part, &a, false, b, &why);
    *bad += exact != SIAM_OK;
    if (exact != fast || strcmp(e.msg, why.msg))
        fail_msg("%s: as a whole '%s', for a part '%s'", name, e.msg, why.msg);
    if (!fast && part.part.shrink) {
        plain.part = (siam_image_part){width, height, 0, 0, 1};
        compare(name, &part, &plain, a.need);
    }
    siam_image_release(&part);
    siam_image_release(&plain);
}

static void cut_and_damaged(void **state)
{
    (void)state;
    siam_rng r = siam_rng_key(9, 10, 11, 12, SIAM_RNG_TEST);
    for (int k = 0; k < KINDS; k++) {
        bytes b = photograph(&kinds[k]);
        int cut = 0, damaged = 0;
        for (int i = 0; i < 90; i++) {
            const size_t n = i < 20 ? b.n - (size_t)i : siam_rng_below(&r, (uint32_t)b.n);
            bytes shorter = {malloc(n + !n), n};
            assert_non_null(shorter.data);
            memcpy(shorter.data, b.data, n);
            same_verdict(kinds[k].name, shorter, kinds[k].w, kinds[k].h, &r, &cut);
            free(shorter.data);
        }
        for (int i = 0; i < 60; i++) {
            const size_t at = b.n / 2 + siam_rng_below(&r, (uint32_t)(b.n - b.n / 2));
            const uint8_t was = b.data[at];
            b.data[at] = i % 2 ? 0xff : (uint8_t)siam_rng_u32(&r);
            same_verdict(kinds[k].name, b, kinds[k].w, kinds[k].h, &r, &damaged);
            b.data[at] = was;
        }
        assert_true(cut > 60);
        assert_true(damaged < 60);
        free(b.data);
    }
}

/* Crops of a part are those of the whole picture: to the bit where nothing is shrunk, whatever the orientation. */
static bytes turned(bytes b, int orientation)
{
    const uint8_t exif[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1,
                            0, (uint8_t)orientation, 0, 0, 0, 0, 0, 0};
    bytes out = {malloc(b.n + sizeof exif), b.n + sizeof exif};
    assert_non_null(out.data);
    memcpy(out.data, b.data, 2);
    memcpy(out.data + 2, exif, sizeof exif);
    memcpy(out.data + 2 + sizeof exif, b.data + 2, b.n - 2);
    return out;
}

static double difference(const siam_image *a, const siam_image *b)
{
    double sum = 0;
    for (size_t i = 0; i < siam_image_bytes(a); i++)
        sum += abs(a->px[i] - b->px[i]);
    return sum / (double)siam_image_bytes(a);
}

static void crops_of_parts(void **state)
{
    (void)state;
    enum { SIDE = 16 };
    const siam_image_want rgb8 = {0};
    siam_image part = {0}, plain = {0}, of_part = {0}, of_plain = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    siam_rng r = siam_rng_key(13, 14, 15, 16, SIAM_RNG_TEST);
    bytes b = photograph(&kinds[0]);
    for (int o = 1; o <= 8; o++) {
        bytes t = turned(b, o);
        assert_int_equal(siam_image_orientation(t.data, t.n), o);
        assert_int_equal(siam_image_decode_for(&plain, &rgb8, true, NULL, t.data, t.n, &e), SIAM_OK);
        assert_int_equal(plain.part.shrink, 0);
        assert_int_equal(plain.w, o >= 5 ? H : W);
        for (int i = 0; i < 4 * BOXES; i++) {
            const int shrink = 1 << i % 4;
            asked a = {.need = random_box(&r, plain.w, plain.h, shrink)};
            siam_image_need *n = &a.need;
            if (n->w < SIDE * shrink || n->h < SIDE * shrink)
                continue;
            assert_int_equal(part_of(&part, &a, true, t, &e), SIAM_OK);
            assert_int_equal(a.w, plain.w);
            assert_int_equal(siam_image_width(&part), plain.w);
            assert_int_equal(siam_image_height(&part), plain.h);
            assert_int_equal(siam_image_crop_resize(&of_part, &part, n->x, n->y, n->w, n->h, SIDE, SIDE, &s, &e), SIAM_OK);
            assert_int_equal(siam_image_crop_resize(&of_plain, &plain, n->x, n->y, n->w, n->h, SIDE, SIDE, &s, &e), SIAM_OK);
            const double d = difference(&of_part, &of_plain);
            if (shrink == 1 ? d != 0 : d > 6)
                fail_msg("orientation %d, shrunk by %d: crops differ by %g", o, shrink, d);
        }
        free(t.data);
    }
    asked a = {.need = {64, 48, 40, 40, 1}};
    assert_int_equal(part_of(&part, &a, false, b, &e), SIAM_OK);
    assert_int_equal(siam_image_crop_resize(&of_part, &part, 0, 48, 80, 40, SIDE, SIDE, &s, &e), SIAM_E_BUG);
    e = (siam_err){0};
    assert_int_equal(siam_image_crop_resize(&of_part, &part, 64, 48, W - 64, 40, SIDE, SIDE, &s, &e), SIAM_E_BUG);
    e = (siam_err){0};
    assert_int_equal(siam_image_crop_resize(&of_part, &part, 64, 100, 40, 51, SIDE, SIDE, &s, &e), SIAM_E_BUG);
    e = (siam_err){0};
    assert_int_equal(siam_image_crop_resize(&of_part, &part, 64, 48, W, 40, SIDE, SIDE, &s, &e), SIAM_E_CONFIG);
    free(b.data);
    siam_image_release(&part);
    siam_image_release(&plain);
    siam_image_release(&of_part);
    siam_image_release(&of_plain);
    siam_image_scratch_release(&s);
}

/* A box with fractions, against numbers written out: two pixels of 0 and 100 on a line, shrunk by 4. */
static void fractions(void **state)
{
    (void)state;
    siam_image im = {0}, out = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    assert_int_equal(siam_image_resize_buffer(&im, 4, 1, &e), SIAM_OK);
    for (int i = 0; i < 12; i++)
        im.px[i] = (uint8_t)(100 * (i / 3 % 2));
    im.part = (siam_image_part){16, 4, 0, 0, 4};
    /* [2, 10) of the picture is [0.5, 2.5) of its pixels 0, 100, 0: outputs with centres at 1 and 2, each between two of them */
    assert_int_equal(siam_image_crop_resize(&out, &im, 2, 0, 8, 4, 2, 1, &s, &e), SIAM_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(out.px[i], 50);
    /* [4, 12): pixels 100 and 0 as they are */
    assert_int_equal(siam_image_crop_resize(&out, &im, 4, 0, 8, 4, 2, 1, &s, &e), SIAM_OK);
    assert_int_equal(out.px[0], 100);
    assert_int_equal(out.px[3], 0);
    /* the same of a picture that was turned, so that its pixels begin before it: [5, 13) of it, whose first pixel is at 1 - 4 */
    im.part = (siam_image_part){13, 4, -3, 0, 4};
    assert_int_equal(siam_image_crop_resize(&out, &im, 1, 0, 8, 4, 2, 1, &s, &e), SIAM_OK);
    assert_int_equal(out.px[0], 100);
    assert_int_equal(out.px[3], 0);
    siam_image_release(&im);
    siam_image_release(&out);
    siam_image_scratch_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needed_pixels),
        cmocka_unit_test(cut_and_damaged),
        cmocka_unit_test(crops_of_parts),
        cmocka_unit_test(fractions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
