/* WebP through libwebp: lossy and lossless, alpha dropped; of an animation the first picture, on a black canvas where it does not
 * cover it, as Pillow has it. */
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/check.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { RIFF = 12, CHUNK = 8 };

extern const siam_codec siam_codec_webp; /* the last lines of this file */

static bool probe_webp(const uint8_t *b, size_t n) { return n >= RIFF && !memcmp(b, "RIFF", 4) && !memcmp(b + 8, "WEBP", 4); }

static siam_code failed(VP8StatusCode why, size_t n, siam_err *e)
{
    switch (why) {
    case VP8_STATUS_OUT_OF_MEMORY: return siam_fail(e, SIAM_E_NOMEM, "out of memory for a WebP image");
    case VP8_STATUS_NOT_ENOUGH_DATA: return siam_fail(e, SIAM_E_DATA, "the WebP data are cut short: they end after %zu bytes", n);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return siam_fail(e, SIAM_E_DATA, "the WebP data cannot be decoded: they use a feature that libwebp does not know");
    default: return siam_fail(e, SIAM_E_DATA, "the WebP data cannot be decoded: the bit stream is damaged");
    }
}

static siam_code features_of(WebPBitstreamFeatures *f, const uint8_t *bytes, size_t n, siam_err *e)
{
    const VP8StatusCode why = WebPGetFeatures(bytes, n, f);
    if (why != VP8_STATUS_OK)
        return failed(why, n, e);
    return siam_codec_check_size(&siam_codec_webp, (uint64_t)f->width, (uint64_t)f->height, e);
}

static siam_code size_webp(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    WebPBitstreamFeatures f;
    SIAM_TRY(features_of(&f, bytes, n, e));
    *w = f.width;
    *h = f.height;
    return SIAM_OK;
}

/* A still picture into the image, at (x, y), where it fits. */
static siam_code decode_still(siam_image *im, int x, int y, const uint8_t *bytes, size_t n, siam_err *e)
{
    WebPDecoderConfig c;
    if (!WebPInitDecoderConfig(&c))
        return siam_fail(e, SIAM_E_UNSUPPORTED, "the installed libwebp is not one that this was built for");
    SIAM_TRY(features_of(&c.input, bytes, n, e));
    if (x < 0 || y < 0 || c.input.width > im->w - x || c.input.height > im->h - y)
        return siam_fail(e, SIAM_E_DATA, "a picture of the WebP animation lies outside of it");
    const size_t stride = 3 * (size_t)im->w, at = stride * (size_t)y + 3 * (size_t)x;
    c.output.colorspace = MODE_RGB;
    c.output.is_external_memory = 1;
    c.output.u.RGBA.rgba = im->px + at;
    c.output.u.RGBA.stride = (int)stride;
    c.output.u.RGBA.size = stride * (size_t)im->h - at;
    const VP8StatusCode why = WebPDecode(bytes, n, &c);
    WebPFreeDecBuffer(&c.output);
    return why == VP8_STATUS_OK ? SIAM_OK : failed(why, n, e);
}

static siam_code decode_first(siam_image *im, const uint8_t *bytes, size_t n, siam_err *e)
{
    const WebPData data = {bytes, n};
    WebPIterator picture = {0};
    siam_code rc;
    WebPDemuxer *demuxer = WebPDemux(&data);
    if (demuxer && WebPDemuxGetFrame(demuxer, 1, &picture))
        rc = decode_still(im, picture.x_offset, picture.y_offset, picture.fragment.bytes, picture.fragment.size, e);
    else
        rc = siam_fail(e, SIAM_E_DATA, "the WebP data cannot be decoded: the animation is damaged, or cut short");
    WebPDemuxReleaseIterator(&picture);
    WebPDemuxDelete(demuxer);
    return rc;
}

static siam_code decode_webp(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    (void)want;
    WebPBitstreamFeatures f;
    SIAM_TRY(features_of(&f, bytes, n, e));
    SIAM_TRY(siam_image_resize_buffer(out, f.width, f.height, e));
    if (!f.has_animation)
        return decode_still(out, 0, 0, bytes, n, e);
    memset(out->px, 0, 3 * (size_t)f.width * (size_t)f.height);
    return decode_first(out, bytes, n, e);
}

/* The chunk EXIF: a TIFF block, with or without the words that stand before it in a JPEG file. */
static const uint8_t *exif_webp(const uint8_t *b, size_t n, size_t *length)
{
    for (size_t at = RIFF; n - at >= CHUNK;) {
        const size_t size = siam_le32(b + at + 4), left = n - at - CHUNK;
        if (size > left)
            return NULL;
        if (!memcmp(b + at, "EXIF", 4)) {
            const size_t words = size >= 6 && !memcmp(b + at + CHUNK, "Exif\0", 6) ? 6 : 0;
            *length = size - words;
            return b + at + CHUNK + words;
        }
        if (size + size % 2 > left)
            return NULL;
        at += CHUNK + size + size % 2;
    }
    return NULL;
}

const siam_codec siam_codec_webp = {
    .name = "WebP",
    .endings = (const char *const[]){".webp", NULL},
    .probe = probe_webp,
    .size = size_webp,
    .decode = decode_webp,
    .exif = exif_webp,
};
