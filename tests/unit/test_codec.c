/* Decoding: the pixels of small files against Pillow's (tests/golden/make_codec_golden.py), every cut of
 * them, damage, limits, orientation; and the folders of hostile files and photographs where they are. */
#include "image_case.h"

#include <dirent.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "image/codec.h"

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
    } kinds[] = {{"JPEG", "\xff\xd8\xff", 3}, {"PNG", "\x89PNG\r\n\x1a\n", 8}};
    for (int k = 0; k < 2; k++) {
        uint8_t b[16] = {0};
        memcpy(b, kinds[k].bytes, kinds[k].n);
        assert_string_equal(siam_image_codec_name(b, sizeof b), kinds[k].name);
        for (size_t i = 0; i < kinds[k].n; i++) {
            b[i] ^= 1;
            assert_null(siam_image_codec_name(b, sizeof b));
            b[i] ^= 1;
            assert_null(siam_image_codec_name(b, i)); /* cut off before it */
        }
        uint8_t last[16] = {0};
        last[kinds[k].n - 1] = b[kinds[k].n - 1]; /* one of them alone */
        assert_null(siam_image_codec_name(last, sizeof last));
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

static void test_golden(void **state)
{
    (void)state;
    json_t *all = golden("codec.json");
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
        const json_t *exif = json_object_get(o, "exif");
        if (exif) {
            assert_int_equal(siam_image_orient(&im, siam_image_orientation(b.data, b.n), &e), SIAM_OK);
            check_image(name, &im, exif);
        }
        free(b.data);
    }
    siam_image_release(&im);
    json_decref(all);
}

/* A file cut anywhere is an error, or has all its pixels: what follows them may be missing. */
static void test_cut(void **state)
{
    static const char *const names[] = {"rgb_420.jpg", "progressive.jpg",       "grey.jpg",     "cmyk.jpg",
                                        "rgb8.png",    "rgba16_interlaced.png", "palette4.png", "exif.png"};
    (void)state;
    siam_image im = {0};
    for (size_t f = 0; f < sizeof names / sizeof names[0]; f++) {
        bytes b = load(names[f]);
        assert_int_equal(decode(&im, b.data, b.n), SIAM_OK);
        const uint32_t whole = image_crc(&im);
        size_t first = b.n;
        for (size_t n = 0; n < b.n; n++) {
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, b.data, n);
            if (decode(&im, part, n) == SIAM_OK) {
                if (image_crc(&im) != whole)
                    fail_msg("%s cut to %zu of %zu bytes gives other pixels", names[f], n, b.n);
                first = n < first ? n : first;
            }
            free(part);
        }
        assert_true(b.n - first <= 16); /* EOI, or IEND and the checksum before it */
        free(b.data);
    }
    siam_image_release(&im);
}

static void test_damage(void **state)
{
    static const char *const names[] = {"rgb_420.jpg",       "progressive.jpg", "cmyk.jpg",
                                        "orientation_6.jpg", "rgb8.png",        "grey2.png",
                                        "palette_trns.png",  "exif.png"};
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
        assert_true(refused > 10);
        free(b.data);
    }
    siam_image_release(&im);
}

static void refused(const uint8_t *data, size_t n, const char *word)
{
    siam_image im = {0};
    siam_err e = {0};
    assert_int_equal(siam_image_decode(&im, data, n, &e), SIAM_E_DATA);
    if (!strstr(e.msg, word))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, word);
    assert_true(im.cap == 0); /* before any memory for pixels */
    siam_image_release(&im);
}

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
    refused((const uint8_t *)"GIF89a..", 8, "a GIF image");
    refused((const uint8_t *)"RIFF....WEBPVP8 ", 16, "a WebP image");
    refused((const uint8_t *)"hello, world", 12, "JPEG and PNG");
    refused((const uint8_t *)"\xff\xd8\xff", 3, "cut short");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),   cmocka_unit_test(test_golden),  cmocka_unit_test(test_cut),    cmocka_unit_test(test_damage), cmocka_unit_test(test_cut_exif),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_scans), cmocka_unit_test(test_work),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_photos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
