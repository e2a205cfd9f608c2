/* Decoding: the pixels of small files against Pillow's (tests/golden/make_codec_golden.py and make_formats_golden.py), every cut of
 * them, damage, limits, orientation; and the folders of hostile files and photographs where they are. */
#include "image_case.h"

#include <dirent.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "image/codec.h"
#include "image/jpeg_write.h"
#include "../hints/hint.h"

typedef struct bytes {
    uint8_t *data;
    size_t n;
} bytes;

static bytes load(const char *name)
{
    const char *source = getenv("SIMSIAM_SOURCE");
    char path[4096], *data;
    bytes b;
    siam_err e = {0};
    if (!source)
        skip();
    snprintf(path, sizeof path, "%s/tests/data/codec/%s", source, name);
    if (siam_file_read(path, 4096, &data, &b.n, &e))
        fail_msg("%s", e.msg);
    /* An exact copy, so that reading behind the end is caught by the sanitizer. */
    b.data = malloc(b.n);
    assert_non_null(b.data);
    memcpy(b.data, data, b.n);
    free(data);
    return b;
}

/* A kind is known by all bytes of its signature. */
static void signatures(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t n;
    } kinds[] = {{"JPEG", "\xff\xd8\xff", 3},   {"PNG", "\x89PNG\r\n\x1a\n", 8}, {"TIFF", "II*\0", 4}, {"TIFF", "MM\0*", 4},
                 {"TIFF", "II+\0", 4},          {"TIFF", "MM\0+", 4},         {"GIF", "GIF87a", 6}, {"GIF", "GIF89a", 6}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        uint8_t b[16] = {0};
        memcpy(b, kinds[k].bytes, kinds[k].n);
        assert_string_equal(siam_image_codec_name(b, sizeof b), kinds[k].name);
        for (size_t i = 0; i < kinds[k].n; i++) {
            b[i] ^= 2; /* of no other kind: II*, II+ and II, MM differ in other bits */
            assert_null(siam_image_codec_name(b, sizeof b));
            b[i] ^= 2;
            assert_null(siam_image_codec_name(b, i)); /* cut off before it */
        }
        uint8_t last[16] = {0};
        last[kinds[k].n - 1] = b[kinds[k].n - 1]; /* one of them alone */
        assert_null(siam_image_codec_name(last, sizeof last));
    }
}

/* Kinds whose signature is short or has a gap; and texts that begin as they do. */
static void loose_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *name; /* NULL: none */
    } rows[] = {
#define ROW(bytes, name) {bytes, sizeof bytes - 1, name}
        ROW("RIFF\x24\0\0\0WEBPVP8 ", "WebP"),  ROW("RIFF\x24\0\0\0WAVEfmt ", NULL),  ROW("RIFF\x24\0\0\0WEB", NULL),
        ROW("P6\n3 2\n255\n", "PNM"),           ROW("P1 # ink\n3 2\n", "PNM"),          ROW("P4\t\n 3 2\n", "PNM"),
        ROW("P7\nWIDTH 3\n", "PNM"),             ROW("P7\n# a comment\n", "PNM"),        ROW("P7 332\n", NULL),
        ROW("P8\n3 2\n", NULL),                  ROW("P0\n3 2\n", NULL),                 ROW("P6\nplates", NULL),
        ROW("P1.jpg 3\n", NULL),                 ROW("P6", NULL),                         ROW("P6\n", NULL),
        ROW("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "BMP"),                       ROW("BM\x46\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0", "BMP"),
        ROW("BMX no bitmap's header", NULL),      ROW("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\1", NULL),
        ROW("GIF88a", NULL),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = siam_image_codec_name((const uint8_t *)rows[i].bytes, rows[i].n);
        if (!name != !rows[i].name || (name && strcmp(name, rows[i].name)))
            fail_msg("row %zu, '%s', is %s", i, rows[i].bytes, name ? name : "nothing");
    }
}

static void check_image(const char *name, const siam_image *im, const json_t *o)
{
    if (im->w != golden_int(o, "w") || im->h != golden_int(o, "h"))
        fail_msg("%s: %d x %d pixels", name, im->w, im->h);
    if (image_crc(im) != golden_int(o, "crc"))
        fail_msg("%s: the pixels are not Pillow's", name);
}

/* One decision per input: whole pixels, or a sentence about data. */
static siam_code decode(siam_image *im, const uint8_t *data, size_t n)
{
    siam_err e = {0};
    int w = 0, h = 0;
    const siam_code size = siam_image_size(&w, &h, data, n, NULL);
    const siam_code rc = siam_image_decode(im, data, n, &e);
    const int o = siam_image_orientation(data, n);
    assert_in_range(o, 1, 8);
    if (rc) {
        assert_true(rc == SIAM_E_DATA || rc == SIAM_E_NOMEM);
        assert_int_equal(e.code, rc);
        assert_true(strlen(e.msg) > 20);
    } else {
        assert_int_equal(size, SIAM_OK);
        assert_int_equal(w, im->w);
        assert_int_equal(h, im->h);
    }
    return rc;
}

static void check_golden(const char *list)
{
    json_t *all = golden(list);
    siam_image im = {0};
    siam_err e = {0};
    assert_true(json_array_size(all) > 50);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *o = json_array_get(all, i);
        const char *name = json_string_value(json_object_get(o, "file"));
        bytes b = load(name);
        if (siam_image_decode(&im, b.data, b.n, &e))
            fail_msg("%s: %s", name, e.msg);
        check_image(name, &im, o);
        decode(&im, b.data, b.n);
        assert_int_equal(siam_image_orientation(b.data, b.n), golden_int(o, "orientation"));
        const json_t *upright = json_object_get(o, "upright");
        assert_true(upright || golden_int(o, "orientation") == 1);
        if (upright) {
            assert_int_equal(siam_image_orient(&im, siam_image_orientation(b.data, b.n), &e), SIAM_OK);
            check_image(name, &im, upright);
        }
        free(b.data);
    }
    siam_image_release(&im);
    json_decref(all);
}

static void test_golden(void **state)
{
    (void)state;
    check_golden("codec.json");
    check_golden("formats.json");
}

/* A file cut anywhere is an error, or has all its pixels: what follows them may be missing. */
static void test_cut(void **state)
{
    static const struct {
        const char *name;
        size_t behind; /* bytes that may be missing at the end: EOI, or IEND and the checksum before it */
    } files[] = {{"rgb_420.jpg", 2},     {"progressive.jpg", 2},        {"grey.jpg", 2},        {"cmyk.jpg", 2},        {"rgb8.png", 16},
                 {"palette4.png", 16},   {"rgba16_interlaced.png", 16}, {"exif.png", 16},       {"rgb.bmp", 3},         {"palette4.bmp", 3},
                 {"rgb565.bmp", 3},      {"rle8.bmp", 4},               {"rle4.bmp", 4},        {"os2.bmp", 3},         {"bits.pbm", 0},
                 {"bits_text.pbm", 1},   {"rgb16.ppm", 0},       {"rgb_alpha.pam", 0},   {"plain.gif", 1},
                 {"interlaced.gif", 1},  {"transparent.gif", 1},        {"lossy.webp", 1},      {"lossless.webp", 1},   {"alpha.webp", 1},
                 {"big_endian.tif", 0},  {"bigtiff.tif", 0},            {"planes.tif", 0},      {"tiles_deflate.tif", 0}, {"rgb16_big.tif", 0}};
    (void)state;
    siam_image im = {0};
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        bytes b = load(files[f].name);
        assert_int_equal(decode(&im, b.data, b.n), SIAM_OK);
        const uint32_t whole = image_crc(&im);
        size_t first = b.n;
        for (size_t n = 0; n < b.n; n++) {
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, b.data, n);
            if (decode(&im, part, n) == SIAM_OK) {
                if (image_crc(&im) != whole)
                    fail_msg("%s cut to %zu of %zu bytes gives other pixels", files[f].name, n, b.n);
                first = n < first ? n : first;
            }
            free(part);
        }
        if (b.n - first > files[f].behind)
            fail_msg("%s is whole without its last %zu bytes", files[f].name, b.n - first);
        free(b.data);
    }
    siam_image_release(&im);
}

static void test_damage(void **state)
{
    static const char *const names[] = {"rgb_420.jpg",       "progressive.jpg", "cmyk.jpg",
                                        "orientation_6.jpg", "rgb8.png",        "grey2.png",
                                        "palette_trns.png",  "exif.png",        "palette8.bmp", "rgb565.bmp",
                                        "rle8_moves.bmp",    "rle4.bmp",        "os2.bmp",      "rgbx_v4.bmp",
                                        "grey_text.pgm",     "rgb_alpha.pam",   "rgb16.ppm",    "transparent.gif",
                                        "interlaced.gif",    "own_palette.gif", "lossy.webp",   "lossless.webp",
                                        "animated.webp",     "exif.webp",       "big_endian.tif", "bigtiff.tif",
                                        "rgb_lzw.tif",       "rgb_jpeg.tif",    "tiles_deflate.tif", "planes.tif",
                                        "palette.tif",       "multiplied.tif",  "bits_group4.tif", "orientation_8_big.tif"};
    (void)state;
    siam_image im = {0};
    for (size_t f = 0; f < sizeof names / sizeof names[0]; f++) {
        bytes b = load(names[f]);
        int refused = 0;
        for (size_t i = 0; i < b.n; i++)
            for (int k = 0; k < 2; k++) {
                const uint8_t was = b.data[i];
                int w, h;
                b.data[i] = k ? (uint8_t)~was : (uint8_t)(was + 1);
                /* Sizes of millions of pixels are valid, and slow. */
                if (!siam_image_size(&w, &h, b.data, b.n, NULL) && (int64_t)w * h < 1000000)
                    refused += decode(&im, b.data, b.n) != SIAM_OK;
                b.data[i] = was;
            }
        if (refused <= (strstr(names[f], ".jpg") || strstr(names[f], ".png") ? 10 : 0))
            fail_msg("%s: damage is not seen", names[f]);
        free(b.data);
    }
    siam_image_release(&im);
}

/* Memory for pixels is taken for as many as a thousand times what the file has, or not at all. */
static void refused_with(const uint8_t *data, size_t n, const char *word, size_t most)
{
    siam_image im = {0};
    siam_err e = {0};
    assert_int_equal(siam_image_decode(&im, data, n, &e), SIAM_E_DATA);
    if (!strstr(e.msg, word))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, word);
    if (im.cap > most)
        fail_msg("%zu bytes were taken before: %s", im.cap, e.msg);
    siam_image_release(&im);
}

static void refused(const uint8_t *data, size_t n, const char *word) { refused_with(data, n, word, 0); }

static void test_limits(void **state)
{
    (void)state;
    bytes b = load("rgb8.png");
    const uint8_t side[8] = {0, 1, 0, 0, 0, 0, 0, 1}, area[8] = {0, 0, 0xff, 0, 0, 0, 0xff, 0};
    memcpy(b.data + 16, side, 8);
    refused(b.data, b.n, "65536 x 1 pixels; the limits are 65535 on a side and 178 million in all");
    memcpy(b.data + 16, area, 8);
    refused(b.data, b.n, "65280 x 65280");
    memset(b.data + 16, 0, 4);
    refused(b.data, b.n, "0 x 65280");
    memcpy(b.data + 16, "\0\0\x20\0\0\0\x20\0\x08\x02\0\0\0\xfd\xc8\x5d\x0e", 17);
    refused(b.data, b.n, "bytes cannot hold 8192 x 8192 pixels");
    free(b.data);

    b = load("rgb_444.jpg");
    uint8_t *sof = memmem(b.data, b.n, "\xff\xc0\0\x11", 4);
    assert_non_null(sof);
    sof[5] = sof[7] = 0xf0;
    refused(b.data, b.n, "million in all");
    sof[5] = sof[7] = 0x20; /* within the limits, but not from a few hundred bytes */
    refused(b.data, b.n, "bytes cannot hold 8227 x 8219 pixels");
    free(b.data);

    refused((const uint8_t *)"", 0, "empty");
    refused((const uint8_t *)"GIF89a..", 8, "the GIF data are cut short");
    refused((const uint8_t *)"RIFF....WEBPVP8 ", 16, "the WebP data");
    refused((const uint8_t *)"\0\0\0\x20" "ftypavif", 12, "an AVIF image");
    refused((const uint8_t *)"hello, world", 12, "JPEG, PNG, TIFF, WebP, BMP, GIF and PNM images are read, and by its first bytes this is text");
    refused((const uint8_t *)"\x07\x91\xee\x42\x17", 5, "and by its first bytes this is none of them");
    refused((const uint8_t *)"\xff\xd8\xff", 3, "cut short");
}

/* What the formats beside JPEG and PNG may claim: refused before memory is taken, in words of what is claimed. */
static void test_claims(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t at; /* where in the file ... */
        const char *bytes;
        size_t n; /* ... which bytes are put */
        const char *words;
    } rows[] = {
#define ROW(name, at, bytes, words) {name, at, bytes, sizeof bytes - 1, words}
        ROW("rgb.bmp", 18, "\0\0\1\0", "65536 x 13 pixels; the limits are"),
        ROW("rgb.bmp", 18, "\xff\xff\0\0\xff\xff\0\0", "65535 x 65535 pixels; the limits are"),
        ROW("rgb.bmp", 18, "\0\0\0\0", "a size of 0 x 13"),
        ROW("rgb.bmp", 18, "\x00\x20\0\0\x00\x20\0\0", "the BMP data are cut short: they end after"),
        ROW("rgb.bmp", 22, "\0\0\0\x80", "pixels; the limits are"),
        ROW("rgb.bmp", 28, "\x07\0", "7 bits a pixel and compression 0"),
        ROW("rgb.bmp", 30, "\4\0\0\0", "compression 4, which are not read"),
        ROW("rgb.bmp", 10, "\xff\xff\xff\x7f", "in what stands before the pixels"),
        ROW("rgb565.bmp", 54, "\5\0\0\0", "bits 0x00000005 of a colour that are no run"),
        ROW("rle8.bmp", 18, "\x00\x20\0\0\x00\x20\0\0", "bytes cannot hold 8192 x 8192 pixels"),
        ROW("rgb.ppm", 3, "99999 9 2 ", "99999 x 9 pixels; the limits are"),
        ROW("rgb.ppm", 3, "9000 9000\n2 ", "the PNM data are cut short"),
        ROW("rgb.ppm", 5, "-3 13", "no number at byte 3, in the header"),
        ROW("rgb.ppm", 3, "1 1 99999 ", "a largest value of 99999; 1 to 65535 are read"),
        ROW("rgb.ppm", 3, "12345678901 ", "no number at byte 3"),
        ROW("grey_text.pgm", 3, "9000 9000 2 ", "the PNM data are cut short"),
        ROW("grey_text.pgm", 20, "x", "no number at byte"),
        ROW("bits_text.pbm", 30, "2", "neither 0 nor 1 at byte 30"),
        ROW("rgb_alpha.pam", 22, "DEPTH 9\n", "9 channels, and one of colours has 3"),
        ROW("plain.gif", 6, "\xff\xff\x99\x0a", "bytes cannot hold 65535 x 2713 pixels"),
        ROW("plain.gif", 6, "\xff\xff\xff\xff", "65535 x 65535 pixels; the limits are"),
        ROW("lossless.webp", 21, "\xff\xff\xff\x0f", "the WebP"),
        ROW("lossy.webp", 26, "\xff\x3f\xff\x3f", "16383 x 16383 pixels; the limits are"),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bytes b = load(rows[i].name);
        assert_true(rows[i].at + rows[i].n <= b.n);
        memcpy(b.data + rows[i].at, rows[i].bytes, rows[i].n);
        refused_with(b.data, b.n, rows[i].words, strstr(rows[i].words, "at byte") ? 4096 * b.n : 0); /* within the pixels */
        free(b.data);
    }
}

/* ---- TIFF: entries of the first directory, by number ------------------------------------------------------ */

static uint8_t *entry_of(const bytes *b, unsigned tag)
{
    const size_t at = (size_t)b->data[4] | (size_t)b->data[5] << 8 | (size_t)b->data[6] << 16, n = b->data[at];
    for (size_t i = 0; i < n; i++)
        if ((unsigned)(b->data[at + 2 + 12 * i] | b->data[at + 3 + 12 * i] << 8) == tag)
            return b->data + at + 2 + 12 * i;
    fail_msg("the file has no tag %u", tag);
    return NULL;
}

static void put_value(bytes *b, unsigned tag, unsigned type, uint32_t v)
{
    uint8_t *p = entry_of(b, tag);
    const uint8_t value[] = {(uint8_t)type, 0, 1, 0, 0, 0, (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    memcpy(p + 2, value, sizeof value);
}

static void test_tiff_claims(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned tag;
        uint32_t value;
        const char *words;
    } rows[] = {
        {"rgb_raw.tif", 256, 70000, "70000 x 13 pixels; the limits are"},
        {"rgb_raw.tif", 256, 0, "the TIFF"},
        {"rgb_raw.tif", 257, 60000, "bytes cannot hold 19 x 60000 pixels"},
        {"rgb_lzw.tif", 257, 65000, "the TIFF"},
        {"tiles_deflate.tif", 256, 65000, "the TIFF"},
        {"tiles_deflate.tif", 322, 1 << 20, "strips or tiles of 1048576 x 16 pixels"},
        {"tiles_deflate.tif", 322, 0, "the TIFF"},
        {"rgb_raw.tif", 259, 6, "compression 6, which is not read"},
        {"rgb_raw.tif", 259, 34712, "compression 34712, which is not read"},
        {"rgb_raw.tif", 262, 8, "colours of kind 8"},
        {"rgb_raw.tif", 262, 32803, "a camera's raw picture"},
        {"white_is_0.tif", 258, 12, "samples of 12 bits"},
        {"white_is_0.tif", 258, 64, "samples of 64 bits"},
        {"white_is_0.tif", 262, 2, "1 samples a pixel, fewer than its colours, 3"},
        {"white_is_0.tif", 277, 65535, "the TIFF"},
        {"white_is_0.tif", 277, 0, "the TIFF"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bytes b = load(rows[i].name);
        put_value(&b, rows[i].tag, rows[i].value > 65535 ? 4 : 3, rows[i].value);
        refused_with(b.data, b.n, rows[i].words, strcmp(rows[i].words, "the TIFF") ? 0 : 4096 * b.n);
        free(b.data);
    }
}

/* Strips that share the bytes of the file, each of which is to be unpacked: the work would grow with the square of the file. */
static void test_shared_strips(void **state)
{
    enum { STRIPS = 40000, DATA = 1 << 20, ENTRIES = 10 };
    (void)state;
    const uint32_t places = 8 + 2 + 12 * ENTRIES + 4, counts = places + 4 * STRIPS, data = counts + 4 * STRIPS;
    const struct {
        uint16_t tag, type;
        uint32_t n, v;
    } entry[ENTRIES] = {{256, 3, 1, 1},       {257, 4, 1, STRIPS}, {258, 3, 1, 8}, {259, 3, 1, 32773}, {262, 3, 1, 1},
                        {273, 4, STRIPS, places}, {277, 3, 1, 1},      {278, 3, 1, 1}, {279, 4, STRIPS, counts}, {284, 3, 1, 1}};
    bytes b = {.n = data + DATA};
    b.data = calloc(1, b.n);
    assert_non_null(b.data);
    memcpy(b.data, "II*\0\x08\0\0\0\x0a", 9);
    for (size_t i = 0; i < ENTRIES; i++)
        memcpy(b.data + 10 + 12 * i, &entry[i], 12);
    for (size_t i = 0; i < STRIPS; i++) {
        memcpy(b.data + places + 4 * i, &(uint32_t){data}, 4);
        memcpy(b.data + counts + 4 * i, &(uint32_t){DATA}, 4);
    }
    memset(b.data + data, 0x80, DATA); /* no operation, over and over */
    const clock_t begin = clock();
    refused(b.data, b.n, "40000 strips or tiles that are the same bytes of the file");
    assert_true(clock() - begin < CLOCKS_PER_SEC);
    free(b.data);
}

/* A camera's file: its first image is a small one, and what the sensor saw lies below it. */
static void test_raw(void **state)
{
    (void)state;
    siam_image im = {0};
    siam_err e = {0};
    bytes b = load("rgb_raw.tif");
    put_value(&b, 278, 1, 0); /* RowsPerStrip is one too many here: it becomes DNGVersion, out of order, which is read all the same */
    uint8_t *p = entry_of(&b, 278);
    memcpy(p, "\x12\xc6\1\0\4\0\0\0\1\4\0\0", 12);
    assert_int_equal(siam_image_decode(&im, b.data, b.n, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "a camera's raw picture"));
    assert_hint(&e, "develop it to a TIFF image: dcraw -T -6 %s");
    free(b.data);
    siam_image_release(&im);
}

/* The last scan of a progressive file, many times over. */
static void test_scans(void **state)
{
    enum { TIMES = 520 };
    (void)state;
    bytes b = load("grey_progressive.jpg");
    size_t scan = 0;
    for (size_t i = 0; i + 1 < b.n; i++)
        if (b.data[i] == 0xff && b.data[i + 1] == 0xda)
            scan = i;
    assert_true(scan > 0);
    const size_t length = b.n - 2 - scan;
    uint8_t *many = malloc(b.n + TIMES * length);
    memcpy(many, b.data, b.n - 2);
    size_t n = b.n - 2;
    for (int i = 0; i < TIMES; i++, n += length)
        memcpy(many + n, b.data + scan, length);
    memcpy(many + n, "\xff\xd9", 2);
    refused(many, n + 2, "more than 500 scans");
    free(many);
    free(b.data);
}

/* A grey progressive JPEG of w x h pixels: one scan of all averages, then `scans` - 1 that add nothing. Returns its bytes. */
static size_t flat_scans(uint8_t **out, int w, int h, int scans)
{
    static const uint8_t start[] = {0xff, 0xd8, 0xff, 0xdb, 0, 67, 0};
    const uint8_t frame[] = {0xff, 0xc2, 0, 11, 8, (uint8_t)(h >> 8), (uint8_t)h, (uint8_t)(w >> 8), (uint8_t)w, 1, 1, 0x11, 0};
    static const uint8_t averages[] = {0xff, 0xc4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t details[] = {0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0};
    uint8_t scan[] = {0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0};
    const size_t blocks = (size_t)((w + 7) / 8) * (size_t)((h + 7) / 8), first = blocks / 8 + 2, rest = (blocks / 16384 + 1) * 15 / 8 + 2;
    uint8_t *p = *out = calloc(1, 300 + first + (size_t)scans * (sizeof scan + rest));
    assert_non_null(p);
#define PUT(x) (memcpy(p, x, sizeof x), p += sizeof x)
    PUT(start);
    memset(p, 1, 64);
    p += 64;
    PUT(frame);
    PUT(averages);
    PUT(details);
    PUT(scan);
    p += first;
    scan[7] = 1;
    scan[8] = 63;
    for (int i = 1; i < scans; i++) {
        PUT(scan);
        p += rest;
    }
    *p++ = 0xff;
    *p++ = 0xd9;
#undef PUT
    return (size_t)(p - *out);
}

/* A second's work and no more: many scans of a large picture are refused before the first, few, or of a small one, are read. */
static void test_work(void **state)
{
    static const struct {
        int w, h, scans;
        bool read;
    } images[] = {{13000, 13000, 499, false}, {13000, 13000, 25, false}, {65500, 2700, 100, false}, {2700, 65500, 40, false},
                  {9000, 9000, 26, false},    {6000, 6000, 64, false},   {4000, 4000, 128, false},  {2500, 2500, 500, false},
                  {16000, 11000, 300, false}, {1500, 1500, 400, true},   {640, 480, 500, true},     {3000, 2000, 24, true}};
    (void)state;
    siam_image im = {0};
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        uint8_t *data;
        const size_t n = flat_scans(&data, images[i].w, images[i].h, images[i].scans);
        const clock_t begin = clock();
        if (images[i].read)
            assert_int_equal(decode(&im, data, n), SIAM_OK);
        else
            refused(data, n, "so large ones are read with up to 24");
        assert_true(clock() - begin < 2 * CLOCKS_PER_SEC);
        assert_true(siam_image_memory(data, n) >= 3 * (size_t)images[i].w * (size_t)images[i].h);
        free(data);
    }
    siam_image_release(&im);
}

/* An EXIF block says nothing with an entry that is cut, whatever stands behind it, nor with a place outside itself. */
static void test_cut_exif(void **state)
{
    (void)state;
    static const uint8_t entry[12] = {0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0}; /* orientation 6 */
    enum { HEADER = 8, COUNT = 2, CHUNK = 8, WHOLE = HEADER + COUNT + sizeof entry };
    for (unsigned kept = 0; kept <= sizeof entry; kept++) {
        uint8_t png[8 + CHUNK + WHOLE + 4] = "\x89PNG\r\n\x1a\n\0\0\0\0eXIfII*\0\x08\0\0\0\1";
        const unsigned n = HEADER + COUNT + kept;
        png[8 + 3] = (uint8_t)n; /* the chunk's length; the rest of the entry lies behind it, where a checksum should */
        memcpy(png + 8 + CHUNK + HEADER + COUNT, entry, sizeof entry);
        assert_int_equal(siam_image_orientation(png, 8 + CHUNK + n + 4 < sizeof png ? 8 + CHUNK + n + 4 : sizeof png),
                         kept == sizeof entry ? 6 : 1);
        uint8_t *place = png + 8 + CHUNK + 4; /* of the first directory */
        place[0] = (uint8_t)(n - 1);
        assert_int_equal(siam_image_orientation(png, sizeof png), 1);
        place[3] = 0x7f;
        assert_int_equal(siam_image_orientation(png, sizeof png), 1);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(siam_image_is_name("a.jpg"));
    assert_true(siam_image_is_name("n01440764_10026.JPEG"));
    assert_true(siam_image_is_name("x.y.Png"));
    assert_true(siam_image_is_name("b.jpe"));
    static const char *const more[] = {"a.bmp", "a.DIB", "a.gif", "a.WebP", "a.tif", "scan.TIFF", "a.pbm", "a.pgm", "a.PPM", "a.pnm", "a.pam"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        assert_true(siam_image_is_name(more[i]));
    assert_false(siam_image_is_name("a.heic"));
    assert_false(siam_image_is_name("jpg"));
    assert_false(siam_image_is_name("a.jpg.txt"));
    assert_false(siam_image_is_name("labels.csv"));
}

/* ---- folders of other people's files --------------------------------------------------------------------
 */

/* Every file decodes or is refused in words; returns how many decoded of *all. */
static int try_folder(const char *name, int *all)
{
    const char *data = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    char dir[4096], path[8192];
    int whole = 0;
    siam_image im = {0};

    *all = 0;
    if (data)
        snprintf(dir, sizeof dir, "%s/%s", data, name);
    else
        snprintf(dir, sizeof dir, "%s/../shared/data/%s", source ? source : "/nonexistent", name);
    DIR *d = opendir(dir);
    if (!d)
        skip();
    for (const struct dirent *f; (f = readdir(d));) {
        char *file;
        size_t n;
        snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
        if (f->d_name[0] == '.' || siam_file_read(path, (size_t)1 << 30, &file, &n, NULL))
            continue;
        whole += decode(&im, (const uint8_t *)file, n) == SIAM_OK;
        free(file);
        (*all)++;
    }
    closedir(d);
    siam_image_release(&im);
    return whole;
}

static void test_hostile(void **state)
{
    static const char *const dirs[] = {"hostile/image-png", "hostile/jpeg-decoder", "hostile/libpng",
                                       "hostile/libjpeg-turbo-seed-corpora", "hostile/exif-orientation"};
    (void)state;
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        int all;
        const int whole = try_folder(dirs[i], &all);
        assert_true(all > 5 && whole > 0);
        if (i == 4)
            assert_int_equal(whole, all);
    }
}

static void test_photos(void **state)
{
    int all;
    (void)state;
    const int whole = try_folder("photos", &all);
    assert_int_equal(whole, all);
    assert_true(all > 20);
}

/* What is written as a JPEG is nearly the picture, the nearer the larger, and as upright as is said. */
static void written_as_jpeg(void **state)
{
    (void)state;
    enum { W = 61, H = 37 };
    siam_image im = {0}, back = {0};
    size_t before = 0;
    assert_int_equal(siam_image_resize_buffer(&im, W, H, NULL), SIAM_OK);
    for (int i = 0; i < W * H * 3; i++)
        im.px[i] = (uint8_t)(128 + 60 * sin(i / 3 % W * 0.2 + i % 3) + 50 * cos(i / 3 / W * 0.15));
    for (int quality = 20; quality <= 95; quality += 25)
        for (int orientation = 1; orientation <= 8; orientation += 7 - quality / 25) {
            uint8_t *jpeg;
            size_t n;
            double apart = 0;
            assert_int_equal(siam_image_jpeg(&jpeg, &n, &im, quality, orientation, NULL), SIAM_OK);
            assert_int_equal(siam_image_orientation(jpeg, n), orientation);
            assert_int_equal(siam_image_decode(&back, jpeg, n, NULL), SIAM_OK);
            assert_true(back.w == W && back.h == H);
            for (int i = 0; i < W * H * 3; i++)
                apart += abs(back.px[i] - im.px[i]) / (double)(W * H * 3);
            assert_true(apart < (quality < 90 ? 8 : 3));
            assert_true(orientation > 1 || n > before);
            before = orientation > 1 ? before : n;
            free(jpeg);
        }
    siam_image_release(&im);
    siam_image_release(&back);
}

/* A run that is longer than its row of a BMP ends with it: no other row has any of its pixels. */
static void test_long_run(void **state)
{
    (void)state;
    enum { W = 40, H = 3 };
    static const uint8_t file[] = {'B', 'M', 82, 0, 0, 0, 0, 0, 0, 0, 66, 0, 0, 0, /* pixels from 66 on */
                                   40, 0, 0, 0, W, 0, 0, 0, H, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0, 16, 0, 0, 0,
                                   0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, /* three colours */
                                   0, 0, 0, 0, 10, 10, 10, 0, 20, 20, 20, 0,
                                   W, 1, 0, 0, 4 * W, 2, 0, 0, W, 1, 0, 1};
    siam_image im = {0};
    siam_err e = {0};
    if (siam_image_decode(&im, file, sizeof file, &e))
        fail_msg("%s", e.msg);
    assert_true(im.w == W && im.h == H);
    for (int i = 0; i < 3 * W * H; i++)
        assert_int_equal(im.px[i], i / (3 * W) == 1 ? 20 : 10);
    siam_image_release(&im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(written_as_jpeg), 
        cmocka_unit_test(signatures), cmocka_unit_test(test_long_run),   cmocka_unit_test(loose_signatures), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_tiff_claims), cmocka_unit_test(test_shared_strips), cmocka_unit_test(test_raw), cmocka_unit_test(test_golden),  cmocka_unit_test(test_cut),    cmocka_unit_test(test_damage), cmocka_unit_test(test_cut_exif),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_scans), cmocka_unit_test(test_work),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_photos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
