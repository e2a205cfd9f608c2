/* Pictures written as TIFF: read again they are what they were, all fixtures of this project, whatever they are read as. */
#include "image_case.h"

#include <dirent.h>
#include <string.h>

#include "image/codec.h"
#include "image/tiff_write.h"

/* Both files give the same picture, or the same refusal, where they are read as `want` says. */
static void same_as(const char *name, const siam_image_want *want, const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
    siam_image was = {0}, is = {0};
    siam_err ea = {0}, eb = {0};
    const siam_code rc = siam_image_decode_as(&was, want, a, an, &ea);
    if (siam_image_decode_as(&is, want, b, bn, &eb) != rc)
        fail_msg("%s as %d channels: %s%s", name, want->channels, ea.msg, eb.msg);
    if (!rc && (is.w != was.w || is.h != was.h || is.channels != was.channels || is.depth != was.depth ||
                memcmp(is.px, was.px, siam_image_bytes(&was))))
        fail_msg("%s as %d channels: the picture is another one: %d x %d, %d of %d bytes", name, want->channels, is.w, is.h, is.channels, is.depth);
    siam_image_release(&was);
    siam_image_release(&is);
}

static bool try_file(const char *name, const uint8_t *bytes, size_t n)
{
    siam_image_form f, again;
    siam_image im = {0};
    siam_err e = {0};
    uint8_t *tiff;
    size_t size;
    if (siam_image_form_of(&f, bytes, n, NULL) || f.ranged)
        return false;
    const siam_image_want all = {.channels = f.samples, .depth = f.depth};
    if (siam_image_decode_as(&im, &all, bytes, n, NULL)) {
        siam_image_release(&im);
        return false;
    }
    if (siam_image_tiff(&tiff, &size, &im, &f, &e))
        fail_msg("%s: %s", name, e.msg);
    assert_int_equal(siam_image_form_of(&again, tiff, size, &e), SIAM_OK);
    if (again.w != f.w || again.h != f.h || again.channels != f.channels || again.samples != f.samples || again.depth != f.depth)
        fail_msg("%s: %d of %d channels of %d bytes become %d of %d of %d", name, f.channels, f.samples, f.depth, again.channels, again.samples, again.depth);
    same_as(name, &all, bytes, n, tiff, size);
    same_as(name, &(siam_image_want){.channels = f.channels, .depth = f.depth}, bytes, n, tiff, size);
    same_as(name, &(siam_image_want){.channels = 3, .depth = 1}, bytes, n, tiff, size);
    same_as(name, &(siam_image_want){.channels = 1, .depth = 2}, bytes, n, tiff, size);
    siam_image_release(&im);
    free(tiff);
    return true;
}

static void fixtures(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    char dir[1024], path[2048];
    int seen = 0;
    if (!source)
        skip();
    snprintf(dir, sizeof dir, "%s/tests/data/codec", source);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (const struct dirent *f; (f = readdir(d));) {
        uint8_t *bytes;
        size_t n;
        snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
        if (!strstr(f->d_name, ".tif") || siam_image_file(path, &bytes, &n, NULL))
            continue;
        seen += try_file(f->d_name, bytes, n);
        free(bytes);
    }
    closedir(d);
    assert_true(seen > 25);
}

/* Every number of channels and both depths, in one strip and in several, the last of them shorter. */
static void all_channels(void **state)
{
    (void)state;
    static const int side[][2] = {{1, 1}, {37, 5}, {300, 400}};
    uint32_t s = 7;
    for (int i = 0; i < 3; i++)
        for (int depth = 1; depth <= 2; depth++)
            for (int channels = 1; channels <= SIAM_IMAGE_MOST; channels += i == 2 ? 5 : 1)
                for (int colours = channels == SIAM_IMAGE_CHANNELS; colours <= (channels >= SIAM_IMAGE_CHANNELS); colours++) {
                    const siam_image_form f = {.channels = channels, .samples = channels, .depth = depth, .colours = colours};
                    const siam_image_want want = {.channels = channels, .depth = depth};
                    siam_image im = {0}, again = {0};
                    siam_err e = {0};
                    uint8_t *tiff, *twice;
                    size_t n, m;
                    assert_int_equal(siam_image_shape_buffer(&im, side[i][0], side[i][1], channels, depth, &e), SIAM_OK);
                    for (size_t k = 0; k < siam_image_bytes(&im); k++)
                        im.px[k] = (uint8_t)((s = s * 1664525u + 1013904223u) >> 24);
                    assert_int_equal(siam_image_tiff(&tiff, &n, &im, &f, &e), SIAM_OK);
                    assert_int_equal(siam_image_tiff(&twice, &m, &im, &f, &e), SIAM_OK);
                    assert_int_equal(n, m);
                    assert_memory_equal(tiff, twice, n);
                    if (siam_image_decode_as(&again, &want, tiff, n, &e))
                        fail_msg("%d channels of %d bytes: %s", channels, depth, e.msg);
                    assert_int_equal(again.w, im.w);
                    assert_int_equal(again.h, im.h);
                    assert_memory_equal(again.px, im.px, siam_image_bytes(&im));
                    siam_image_release(&im);
                    siam_image_release(&again);
                    free(tiff);
                    free(twice);
                }
}

/* Of colours with alpha, read without it or as fewer channels than colours are: what is left says no more than it has. */
static void without_alpha(void **state)
{
    (void)state;
    static const siam_image_form form[] = {{.channels = 2, .samples = 3, .depth = 1, .colours = true},
                                           {.channels = 3, .samples = 4, .depth = 1, .colours = true},
                                           {.channels = 1, .samples = 2, .depth = 2},
                                           {.channels = 2, .samples = 3, .depth = 2}};
    for (size_t k = 0; k < sizeof form / sizeof *form; k++) {
        siam_image im = {0};
        siam_image_form again;
        siam_err e = {0};
        uint8_t *tiff;
        size_t n;
        assert_int_equal(siam_image_shape_buffer(&im, 9, 7, form[k].channels, form[k].depth, &e), SIAM_OK);
        memset(im.px, 60, siam_image_bytes(&im));
        if (siam_image_tiff(&tiff, &n, &im, &form[k], &e))
            fail_msg("%d of %d channels: %s", form[k].channels, form[k].samples, e.msg);
        assert_int_equal(siam_image_form_of(&again, tiff, n, &e), SIAM_OK);
        assert_int_equal(again.channels, form[k].channels);
        assert_int_equal(again.samples, form[k].channels);
        assert_int_equal(again.depth, form[k].depth);
        siam_image_release(&im);
        free(tiff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fixtures), cmocka_unit_test(all_channels), cmocka_unit_test(without_alpha)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
