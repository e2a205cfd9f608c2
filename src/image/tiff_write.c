/* TIFF through libtiff, into memory: one picture in strips, deflated. */
#include "image/tiff_write.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/check.h"
#include "base/format.h"

enum { STRIP = 1 << 20 /* bytes, about */ };

typedef struct writer {
    uint8_t *bytes;
    size_t n, cap, at;
    char why[256]; /* libtiff's first complaint */
} writer;

/* ---- libtiff's callbacks --------------------------------------------------------------------------------- */

static int on_error(TIFF *tif, void *user, const char *module, const char *form, va_list args)
{
    (void)tif;
    (void)module;
    writer *w = user;
    char text[sizeof w->why];
    vsnprintf(text, sizeof text, form, args);
    if (!w->why[0])
        siam_format_printable(w->why, sizeof w->why, text);
    return 1;
}

static int on_warning(TIFF *tif, void *user, const char *module, const char *form, va_list args)
{
    (void)tif;
    (void)user;
    (void)module;
    (void)form;
    (void)args;
    return 1;
}

/* What is written is not read again. */
static tmsize_t on_read(thandle_t user, void *dst, tmsize_t n)
{
    (void)user;
    (void)dst;
    (void)n;
    return -1;
}

static tmsize_t on_write(thandle_t user, void *src, tmsize_t n)
{
    writer *w = user;
    if (n < 0 || w->at > SIZE_MAX / 4 - (size_t)n)
        return -1;
    const size_t end = w->at + (size_t)n;
    if (end > w->cap) {
        const size_t cap = 2 * end;
        uint8_t *more = realloc(w->bytes, cap);
        if (!more)
            return -1;
        w->bytes = more;
        w->cap = cap;
    }
    if (w->at > w->n) /* it went on behind the end */
        memset(w->bytes + w->n, 0, w->at - w->n);
    memcpy(w->bytes + w->at, src, (size_t)n);
    w->at = end;
    w->n = end > w->n ? end : w->n;
    return n;
}

static toff_t on_seek(thandle_t user, toff_t to, int whence)
{
    writer *w = user;
    const uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? w->at : w->n;
    if (to > SIZE_MAX / 4 - from)
        return (toff_t)-1;
    w->at = (size_t)(from + to);
    return w->at;
}

static int on_close(thandle_t user)
{
    (void)user;
    return 0;
}

static toff_t on_size(thandle_t user) { return ((writer *)user)->n; }

/* ---- the picture ----------------------------------------------------------------------------------------- */

static TIFF *open_writer(writer *w, uint64_t bytes)
{
    const char *mode = bytes < (uint64_t)3 << 30 ? "w4" : "w8"; /* 8: places of 64 bits */
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    if (!o)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, w);
    TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, w);
    TIFF *t = TIFFClientOpenExt("the picture", mode, w, on_read, on_write, on_seek, on_close, on_size, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    return t;
}

static bool in_colours(const siam_image *im, const siam_image_form *f) { return f->colours && im->channels >= SIAM_IMAGE_CHANNELS; }

/* What is neither a colour nor grey, and alpha, which comes last. */
static bool put_extra(TIFF *t, const siam_image *im, const siam_image_form *f)
{
    const bool alpha = im->channels > f->channels;
    const int colours = in_colours(im, f) ? SIAM_IMAGE_CHANNELS : 1, beside = im->channels - colours, extra = alpha && !beside ? 1 : beside;
    uint16_t kind[SIAM_IMAGE_MOST];
    for (int i = 0; i < extra; i++)
        kind[i] = !alpha || i < extra - 1 ? EXTRASAMPLE_UNSPECIFIED : f->multiplied ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
    return !extra || TIFFSetField(t, TIFFTAG_EXTRASAMPLES, extra, kind);
}

static bool put_picture(TIFF *t, const siam_image *im, const siam_image_form *f)
{
    const size_t row = siam_image_pixel(im) * (size_t)im->w;
    const int rows = row < STRIP ? (int)(STRIP / row) : 1;
    if (!TIFFSetField(t, TIFFTAG_IMAGEWIDTH, im->w) || !TIFFSetField(t, TIFFTAG_IMAGELENGTH, im->h) ||
        !TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, im->channels) || !TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8 * im->depth) ||
        !TIFFSetField(t, TIFFTAG_PHOTOMETRIC, in_colours(im, f) ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK) ||
        !TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) || !TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE) ||
        !TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) || !TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, rows) || !put_extra(t, im, f))
        return false;
    for (int y = 0; y < im->h; y += rows) {
        const int some = im->h - y < rows ? im->h - y : rows;
        if (TIFFWriteEncodedStrip(t, TIFFComputeStrip(t, (uint32_t)y, 0), im->px + row * (size_t)y, (tmsize_t)(row * (size_t)some)) < 0)
            return false;
    }
    return TIFFWriteDirectory(t);
}

siam_code siam_image_tiff(uint8_t **bytes, size_t *n, const siam_image *im, const siam_image_form *f, siam_err *e)
{
    writer w = {0};
    SIAM_ASSERT(im->channels == f->channels || im->channels == f->samples);
    if (!TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE))
        return siam_fail(e, SIAM_E_UNSUPPORTED, "libtiff was built without zlib here, and TIFF files are written deflated");
    TIFF *t = open_writer(&w, siam_image_bytes(im));
    const bool written = t && put_picture(t, im, f);
    if (t)
        TIFFClose(t);
    *bytes = written ? w.bytes : NULL;
    *n = written ? w.n : 0;
    if (written)
        return SIAM_OK;
    free(w.bytes);
    return siam_fail(e, SIAM_E_NOMEM, "a picture of %d x %d pixels cannot be written: %s", im->w, im->h, w.why[0] ? w.why : "out of memory");
}
