/* PNG through libpng. Colours come out as Pillow has them: samples below 8 bits spread over 0..255, of 16
 * bits the high byte, alpha and tRNS dropped (not blended), gamma ignored. Chunks that do not matter to that
 * are passed over unread. Every call into libpng that can fail lies below the setjmp of guarded(). */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/check.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { SIGNATURE = 8, HEADER = 33, CHUNK_MAX = 8 << 20, MAX_RATIO = 1032 };
/* HEADER: the signature and IHDR. MAX_RATIO: what deflate can make of a byte at most. */

extern const siam_codec siam_codec_png; /* the last lines of this file */

typedef struct decoder {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t n, at;
    png_bytep *row;
    siam_image *im;
    int w, h;
    int channels; /* 0: RGB of 8 bits; else those of the file, of its depth */
    jmp_buf out;
    siam_code rc;
    siam_err *e;
} decoder;

/* ---- libpng's callbacks ---------------------------------------------------------------------------------
 */

_Noreturn static void leave(decoder *d, siam_code rc)
{
    d->rc = rc;
    longjmp(d->out, 1);
}

_Noreturn static void on_error(png_structp png, png_const_charp why)
{
    decoder *d = png_get_error_ptr(png);
    leave(d, siam_fail(d->e, SIAM_E_DATA, "the PNG data cannot be decoded: %s", why));
}

static void on_warning(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static void on_read(png_structp png, png_bytep dst, size_t n)
{
    decoder *d = png_get_io_ptr(png);
    if (n > d->n - d->at)
        leave(d, siam_fail(d->e, SIAM_E_DATA,
                           "the PNG data are cut short: they end after %zu bytes, in row %u of %u", d->n,
                           png_get_current_row_number(png), png_get_image_height(png, d->info)));
    memcpy(dst, d->bytes + d->at, n);
    d->at += n;
}

/* ---- pixels ---------------------------------------------------------------------------------------------
 */

static bool probe_png(const uint8_t *b, size_t n)
{
    return n >= SIGNATURE && !memcmp(b, "\x89PNG\r\n\x1a\n", SIGNATURE);
}

static siam_code size_png(int *w, int *h, const uint8_t *b, size_t n, siam_err *e)
{
    if (n < HEADER)
        return siam_fail(e, SIAM_E_DATA, "the PNG data are cut short: they end inside the header");
    if (memcmp(b + SIGNATURE + 4, "IHDR", 4))
        return siam_fail(e, SIAM_E_DATA, "the PNG data do not start with an IHDR chunk");
    const uint32_t width = siam_be32(b + 16), height = siam_be32(b + 20);
    SIAM_TRY(siam_codec_check_size(&siam_codec_png, width, height, e));
    *w = (int)width;
    *h = (int)height;
    return SIAM_OK;
}

static void open_decoder(decoder *d)
{
    static const png_byte ignored[] =
        "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0"
        "sPLT\0sRGB\0tEXt\0tIME\0tRNS\0zTXt";
    d->info = png_create_info_struct(d->png);
    if (!d->info)
        leave(d, siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a PNG image"));
    png_set_user_limits(d->png, SIAM_IMAGE_MAX_SIDE, SIAM_IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(d->png, CHUNK_MAX);
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, ignored, sizeof ignored / 5);
    png_set_check_for_invalid_index(d->png, 0); /* siam_palette_expand has an answer to those */
    png_set_read_fn(d->png, d, on_read);
}

/* The indices lie in the last w bytes of each row. */
static void expand_indices(decoder *d)
{
    png_colorp palette;
    int colours;
    siam_palette p;
    if (!png_get_PLTE(d->png, d->info, &palette, &colours))
        return;
    siam_palette_init(&p);
    for (int i = 0; i < colours && i < 256; i++)
        memcpy(p.rgb[i], (const uint8_t[3]){palette[i].red, palette[i].green, palette[i].blue}, 3);
    const size_t w = (size_t)d->w;
    for (int y = 0; y < d->h; y++)
        siam_palette_expand(d->im->px + (size_t)y * 3 * w, d->row[y], w, &p);
}

/* What libpng is to do with samples, and room for them. */
static siam_code choose_samples(decoder *d, bool indexed)
{
    if (d->channels && !indexed) {
        const bool alpha = png_get_color_type(d->png, d->info) & PNG_COLOR_MASK_ALPHA;
        const int all = png_get_channels(d->png, d->info), depth = png_get_bit_depth(d->png, d->info) == 16 ? 2 : 1;
        png_set_expand_gray_1_2_4_to_8(d->png);
        if (alpha && d->channels < all)
            png_set_strip_alpha(d->png);
        if (depth == 2 && *(const uint8_t *)&(const uint16_t){1})
            png_set_swap(d->png);
        return siam_image_shape_buffer(d->im, d->w, d->h, d->channels, depth, d->e);
    }
    png_set_strip_16(d->png);
    if (indexed) {
        png_set_packing(d->png);
    } else {
        png_set_expand_gray_1_2_4_to_8(d->png);
        png_set_strip_alpha(d->png);
        png_set_gray_to_rgb(d->png);
    }
    return siam_image_resize_buffer(d->im, d->w, d->h, d->e);
}

static void decode_rows(decoder *d)
{
    siam_image *im = d->im;
    const int w = d->w, h = d->h;
    open_decoder(d);
    png_read_info(d->png, d->info);
    if (d->n < png_get_rowbytes(d->png, d->info) * (size_t)h / MAX_RATIO)
        leave(d, siam_fail(d->e, SIAM_E_DATA,
                           "the PNG data are cut short: %zu bytes cannot hold %d x %d pixels", d->n, w, h));
    const bool indexed = png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_PALETTE;
    siam_code rc = choose_samples(d, indexed);
    if (rc)
        leave(d, rc);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    const size_t stride = siam_image_pixel(im) * (size_t)w;
    SIAM_ASSERT(png_get_rowbytes(d->png, d->info) == (indexed ? (size_t)w : stride));

    d->row = malloc((size_t)h * sizeof *d->row);
    if (!d->row)
        leave(d, siam_fail(d->e, SIAM_E_NOMEM, "out of memory for the %d rows of a PNG image", h));
    for (int y = 0; y < h; y++)
        d->row[y] = im->px + (size_t)y * stride + (indexed ? 2 * (size_t)w : 0);
    png_read_image(d->png, d->row); /* what follows the pixels does not matter */

    if (indexed)
        expand_indices(d);
}

/* setjmp stands in a function whose own variables do not change. */
static siam_code guarded(decoder *d)
{
    if (setjmp(d->out) == 0) {
        d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
        if (!d->png)
            leave(d, siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a PNG image"));
        decode_rows(d);
    }
    png_destroy_read_struct(&d->png, &d->info, NULL);
    free(d->row);
    return d->rc;
}

static siam_code form_png(siam_image_form *f, const uint8_t *b, size_t n, siam_err *e)
{
    enum { DEPTH = 24, COLOUR };
    SIAM_TRY(size_png(&f->w, &f->h, b, n, e));
    f->channels = b[COLOUR] & PNG_COLOR_MASK_COLOR ? 3 : 1;
    f->samples = f->channels + (b[COLOUR] & PNG_COLOR_MASK_ALPHA ? 1 : 0);
    f->depth = b[DEPTH] == 16 ? 2 : 1;
    return SIAM_OK;
}

static siam_code decode_png(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d = {.bytes = bytes, .n = n, .im = out, .channels = want->channels, .e = e};
    SIAM_TRY(size_png(&d.w, &d.h, bytes, n, e));
    return guarded(&d);
}

/* ---- around the pixels ----------------------------------------------------------------------------------
 */

static const uint8_t *exif_png(const uint8_t *b, size_t n, size_t *length)
{
    for (size_t at = SIGNATURE; n - at >= 12;) { /* length, name, data, checksum */
        const size_t size = siam_be32(b + at);
        if (size > n - at - 12)
            return NULL;
        if (!memcmp(b + at + 4, "eXIf", 4)) {
            *length = size;
            return b + at + 8;
        }
        at += 12 + size;
    }
    return NULL;
}

const siam_codec siam_codec_png = {
    .name = "PNG",
    .endings = (const char *const[]){".png", NULL},
    .probe = probe_png,
    .size = size_png,
    .form = form_png,
    .decode = decode_png,
    .exif = exif_png,
};
