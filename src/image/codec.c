/* The registry of image formats, the front door of decoding, and EXIF orientation. */
#include "image/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/filekind.h"
#include "image/unpack.h"

#define SIAM_ROW(x) extern const siam_codec siam_codec_##x;
#include "image/codecs.def"
#undef SIAM_ROW

#define SIAM_ROW(x) &siam_codec_##x,
const siam_codec *const siam_codecs[] = {
#include "image/codecs.def"
    NULL};
#undef SIAM_ROW

/* ---- which format ---------------------------------------------------------------------------------------
 */

const siam_codec *siam_codec_of(const uint8_t *bytes, size_t n)
{
    for (int i = 0; siam_codecs[i]; i++)
        if (siam_codecs[i]->probe(bytes, n))
            return siam_codecs[i];
    return NULL;
}

static siam_code find(const siam_codec **out, const uint8_t *bytes, size_t n, siam_err *e)
{
    *out = siam_codec_of(bytes, n);
    if (*out)
        return SIAM_OK;
    if (n == 0)
        return siam_fail(e, SIAM_E_DATA, "the file is empty, not an image");
    siam_filekind k;
    char formats[SIAM_IMAGE_WORDS];
    siam_filekind_find(&k, bytes, n);
    siam_fail(e, SIAM_E_DATA, "%s images are read, and by its first bytes this is %s", siam_image_formats(formats),
              k.known ? k.what : "none of them");
    siam_filekind_hint(e, &k, NULL);
    return SIAM_E_DATA;
}

const char *siam_image_codec_name(const uint8_t *bytes, size_t n)
{
    const siam_codec *c = siam_codec_of(bytes, n);
    return c ? c->name : NULL;
}

siam_code siam_image_decode(siam_image *out, const uint8_t *bytes, size_t n, siam_err *e)
{
    return siam_image_decode_as(out, NULL, bytes, n, e);
}

static siam_code form_of(siam_image_form *f, const siam_codec *c, const uint8_t *bytes, size_t n, siam_err *e)
{
    *f = (siam_image_form){.channels = SIAM_IMAGE_CHANNELS, .samples = SIAM_IMAGE_CHANNELS, .depth = 1, .colours = true};
    SIAM_TRY(c->form ? c->form(f, bytes, n, e) : c->size(&f->w, &f->h, bytes, n, e));
    f->shrinks = !c->shrinks ? 0 : f->w < f->h ? f->w : f->h;
    return SIAM_OK;
}

siam_code siam_image_form_of(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e)
{
    const siam_codec *c;
    SIAM_TRY(find(&c, bytes, n, e));
    return form_of(f, c, bytes, n, e);
}

static bool is_rgb8(const siam_image_want *want) { return !want->channels || (want->channels == SIAM_IMAGE_CHANNELS && want->depth == 1); }

siam_code siam_codec_as(siam_image_want *as, const siam_image_want *want, const siam_image_form *f, const siam_codec *c, siam_err *e)
{
    *as = *want;
    if (is_rgb8(want)) {
        as->channels = as->depth = 0;
        return SIAM_OK;
    }
    const bool colours = f->channels == 1 || f->channels == SIAM_IMAGE_CHANNELS;
    if (want->channels > SIAM_IMAGE_MOST)
        return siam_fail(e, SIAM_E_DATA, "the %s image has %d channels; up to %d are read", c->name, f->channels, SIAM_IMAGE_MOST);
    if (want->channels == f->channels || want->channels == f->samples)
        return SIAM_OK;
    if (!colours || (want->channels != 1 && want->channels != SIAM_IMAGE_CHANNELS))
        return siam_fail(e, SIAM_E_DATA, "the %s image has %d channel%s, and the model takes %d", c->name, f->channels,
                         f->channels == 1 ? "" : "s", want->channels);
    as->channels = f->channels;
    return SIAM_OK;
}

/* A part, where the format has those; SIAM_E_DATA may still be an image. Where there is no memory for a part the whole is no way
 * out: of an image that was to be shrunk it has other pixels. */
static siam_code decode(siam_image *out, const siam_codec *c, const siam_image_want *as, const siam_image_use *use, const uint8_t *bytes,
                        size_t n, siam_err *e)
{
    if (use && c->decode_part) {
        const siam_code rc = c->decode_part(out, use, bytes, n, e);
        if (rc != SIAM_E_DATA)
            return rc;
        siam_err_clear(e);
    }
    return c->decode(out, as, bytes, n, e); /* which knows the words for what is wrong */
}

static siam_code decode_as(siam_image *out, const siam_image_want *want, const siam_image_use *use, const uint8_t *bytes, size_t n, siam_err *e)
{
    static const siam_image_want rgb8;
    const siam_codec *c;
    siam_image_form f = {0};
    siam_image_want as;
    want = want ? want : &rgb8;
    SIAM_TRY(find(&c, bytes, n, e));
    if (!is_rgb8(want))
        SIAM_TRY(form_of(&f, c, bytes, n, e));
    SIAM_TRY(siam_codec_as(&as, want, &f, c, e));
    SIAM_TRY(decode(out, c, &as, use, bytes, n, e));
    return is_rgb8(want) ? SIAM_OK : siam_image_convert(out, want->channels, want->depth, e);
}

siam_code siam_image_decode_as(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    return decode_as(out, want, NULL, bytes, n, e);
}

siam_code siam_image_size(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    const siam_codec *c;
    SIAM_TRY(find(&c, bytes, n, e));
    return c->size(w, h, bytes, n, e);
}

size_t siam_image_memory(const uint8_t *bytes, size_t n)
{
    /* 3 bytes a pixel, twice while it is turned; the coefficients of a progressive JPEG, 2 bytes for each of 3 channels. */
    enum { BYTES_PER_PIXEL = 12 };
    siam_image_form f;
    if (siam_image_form_of(&f, bytes, n, NULL))
        return 0;
    const size_t samples = (size_t)f.samples * (size_t)f.depth; /* as they are stored, and as many as are kept and turned */
    return (3 * samples > BYTES_PER_PIXEL ? 3 * samples : BYTES_PER_PIXEL) * (size_t)f.w * (size_t)f.h;
}

bool siam_image_is_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && siam_codecs[i]; i++)
        for (const char *const *ending = siam_codecs[i]->endings; *ending; ending++)
            if (strcasecmp(dot, *ending) == 0)
                return true;
    return false;
}

const char *siam_image_formats(char buf[SIAM_IMAGE_WORDS])
{
    size_t at = 0;
    for (int i = 0; siam_codecs[i]; i++)
        at += (size_t)snprintf(buf + at, SIAM_IMAGE_WORDS - at, "%s%s", !i ? "" : siam_codecs[i + 1] ? ", " : " and ",
                               siam_codecs[i]->name);
    return buf;
}

const char *siam_image_endings(char buf[SIAM_IMAGE_WORDS])
{
    size_t at = 0;
    for (int i = 0; siam_codecs[i]; i++)
        at += (size_t)snprintf(buf + at, SIAM_IMAGE_WORDS - at, "%s%s", i ? ", " : "", siam_codecs[i]->endings[0]);
    return buf;
}

siam_code siam_codec_check_size(const siam_codec *c, uint64_t w, uint64_t h, siam_err *e)
{
    if (w < 1 || h < 1)
        return siam_fail(e, SIAM_E_DATA, "the %s header claims a size of %" PRIu64 " x %" PRIu64 " pixels",
                         c->name, w, h);
    if (w > SIAM_IMAGE_MAX_SIDE || h > SIAM_IMAGE_MAX_SIDE || w * h > SIAM_IMAGE_MAX_PIXELS)
        return siam_fail(e, SIAM_E_DATA,
                         "the %s image has %" PRIu64 " x %" PRIu64
                         " pixels; the limits are %d on a side and %d "
                         "million in all",
                         c->name, w, h, SIAM_IMAGE_MAX_SIDE, SIAM_IMAGE_MAX_PIXELS / 1000000);
    return SIAM_OK;
}

/* ---- orientation ----------------------------------------------------------------------------------------
 */

static uint16_t read16(const uint8_t *p, bool big) { return big ? siam_be16(p) : siam_le16(p); }

static uint64_t read_place(const uint8_t *p, bool big, bool wide)
{
    return wide ? (big ? siam_be64(p) : siam_le64(p)) : big ? siam_be32(p) : siam_le32(p);
}

/* The tag 0x0112 of the first directory of a TIFF block, or BigTIFF's (wide); everything else in it is passed over. */
static int tiff_orientation(const uint8_t *t, size_t n)
{
    enum { HEADER = 8, TAG = 0x0112, SHORT = 3 };
    if (n < HEADER || (memcmp(t, "II", 2) && memcmp(t, "MM", 2)))
        return 1;
    const bool big = t[0] == 'M', wide = read16(t + 2, big) == 43;
    const size_t header = wide ? 16 : HEADER, count = wide ? 8 : 2, entry = wide ? 20 : 12;
    if ((!wide && read16(t + 2, big) != 42) || n < header)
        return 1;
    const uint64_t at = read_place(t + header / 2, big, wide);
    if (at > n - count)
        return 1;
    uint64_t entries = wide ? read_place(t + at, big, true) : read16(t + at, big);
    for (const uint8_t *p = t + at + count; entries && (size_t)(t + n - p) >= entry; entries--, p += entry)
        if (read16(p, big) == TAG && read16(p + 2, big) == SHORT) {
            const unsigned o = read16(p + (wide ? 12 : 8), big);
            return o >= 1 && o <= 8 ? (int)o : 1;
        }
    return 1;
}

int siam_image_orientation(const uint8_t *bytes, size_t n)
{
    const siam_codec *c = siam_codec_of(bytes, n);
    size_t length = 0;
    const uint8_t *t = c && c->exif ? c->exif(bytes, n, &length) : NULL;
    return t ? tiff_orientation(t, length) : 1;
}

/* Pixel (x, y) of the result comes from `first + x * right + y * down` of the source, in pixels of `size` bytes. */
static inline __attribute__((always_inline)) void turn(uint8_t *dst, const uint8_t *src, int w, int h, ptrdiff_t first, ptrdiff_t right, ptrdiff_t down, ptrdiff_t size)
{
    for (ptrdiff_t y = 0; y < h; y++) {
        const uint8_t *p = src + size * (first + y * down);
        for (int x = 0; x < w; x++, p += size * right, dst += size)
            memcpy(dst, p, (size_t)size);
    }
}

/* Where [x, x + w) x [y, y + h) of a picture of `width` x `height` is when that is turned. */
static void turn_box(int orientation, int width, int height, int *x, int *y, int *w, int *h)
{
    enum { LEFT, TOP, RIGHT, BELOW }; /* of the box: as much lies to its left and above it afterwards */
    static const int before[9][2] = {[1] = {LEFT, TOP}, [2] = {RIGHT, TOP},  [3] = {RIGHT, BELOW}, [4] = {LEFT, BELOW},
                                     [5] = {TOP, LEFT}, [6] = {BELOW, LEFT}, [7] = {BELOW, RIGHT}, [8] = {TOP, RIGHT}};
    const int outside[] = {*x, *y, width - *x - *w, height - *y - *h}, was = *w;
    *x = outside[before[orientation][0]];
    *y = outside[before[orientation][1]];
    if (orientation > 4) {
        *w = *h;
        *h = was;
    }
}

static void turn_part(siam_image_part *part, int orientation, int w, int h)
{
    w *= part->shrink;
    h *= part->shrink;
    turn_box(orientation, part->w, part->h, &part->x, &part->y, &w, &h);
    if (orientation > 4) {
        const int was = part->w;
        part->w = part->h;
        part->h = was;
    }
}

/* A use of the picture that is upright, as one of the picture that is not. */
typedef struct turned_use {
    const siam_image_use *use;
    int orientation;
} turned_use;

static void use_of_turned(void *user, int w, int h, siam_image_need *need)
{
    enum { RIGHT = 6, LEFT = 8 }; /* of these, one undoes the other; the rest undo themselves */
    const turned_use *t = user;
    const int back = t->orientation == RIGHT ? LEFT : t->orientation == LEFT ? RIGHT : t->orientation;
    const int width = back > 4 ? h : w, height = back > 4 ? w : h;
    t->use->of(t->use->user, width, height, need);
    turn_box(back, width, height, &need->x, &need->y, &need->w, &need->h);
}

siam_code siam_image_decode_for(siam_image *out, const siam_image_want *want, bool upright, const siam_image_use *use, const uint8_t *bytes,
                                size_t n, siam_err *e)
{
    const int orientation = upright ? siam_image_orientation(bytes, n) : 1;
    turned_use turned = {use, orientation};
    const siam_image_use of_turned = {use_of_turned, &turned};
    SIAM_TRY(decode_as(out, want, use && orientation > 1 ? &of_turned : use, bytes, n, e));
    return siam_image_orient(out, orientation, e);
}

siam_code siam_image_orient(siam_image *im, int orientation, siam_err *e)
{
    if (orientation < 2 || orientation > 8)
        return SIAM_OK;
    const ptrdiff_t w = im->w, h = im->h, last = w * h - 1;
    const bool swap = orientation >= 5;
    siam_image out = {0};
    SIAM_TRY(siam_image_shape_buffer(&out, swap ? im->h : im->w, swap ? im->w : im->h, im->channels, im->depth, e));
    const struct {
        ptrdiff_t first, right, down;
    } way[9] = {
        [2] = {w - 1, -1, w},                         /* mirrored left to right */
        [3] = {last, -1, -w},                         /* upside down */
        [4] = {last - w + 1, 1, -w}, [5] = {0, w, 1}, /* mirrored along the diagonal */
        [6] = {last - w + 1, -w, 1},                  /* to be turned a quarter clockwise */
        [7] = {last, -w, -1},        [8] = {w - 1, w, -1},
    };
    if (siam_image_is_rgb8(im))
        turn(out.px, im->px, out.w, out.h, way[orientation].first, way[orientation].right, way[orientation].down, 3);
    else
        turn(out.px, im->px, out.w, out.h, way[orientation].first, way[orientation].right, way[orientation].down,
             (ptrdiff_t)siam_image_pixel(im));
    out.part = im->part;
    if (out.part.shrink)
        turn_part(&out.part, orientation, im->w, im->h);
    siam_image_release(im);
    *im = out;
    return SIAM_OK;
}
