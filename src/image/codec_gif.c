/* GIF through giflib: the first picture of a file, on the whole of its screen. As in Pillow, a screen that the picture does not
 * cover has the colour that counts as transparent, or the first one, and grows where the picture sticks out of it. */
#include <string.h>

#include <gif_lib.h>

#include "base/check.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { MAX_RATIO = 4096 }; /* pixels that a byte of LZW code makes at most: strings of 4096, each of 9 bits or more */

extern const siam_codec siam_codec_gif; /* the last lines of this file */

typedef struct decoder {
    GifFileType *gif;
    const uint8_t *bytes;
    size_t n, at;
    int w, h;
    int see_through; /* index of the colour that is none, or -1 */
    siam_err *e;
} decoder;

static int on_read(GifFileType *gif, GifByteType *dst, int want)
{
    decoder *d = gif->UserData;
    const size_t left = d->n - d->at, n = want > 0 && (size_t)want < left ? (size_t)want : left;
    memcpy(dst, d->bytes + d->at, n);
    d->at += n;
    return (int)n;
}

/* What giflib gave as its reason. */
static siam_code failed(const decoder *d, int reason)
{
    if (reason == D_GIF_ERR_NOT_ENOUGH_MEM)
        return siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a GIF image");
    if (d->at == d->n || reason == D_GIF_ERR_READ_FAILED || reason == D_GIF_ERR_EOF_TOO_SOON)
        return siam_fail(d->e, SIAM_E_DATA, "the GIF data are cut short: they end after %zu bytes, before the first picture does", d->n);
    const char *why = GifErrorString(reason);
    return siam_fail(d->e, SIAM_E_DATA, "the GIF data cannot be decoded: %s", why ? why : "giflib gives no reason");
}

/* The extensions before a picture say which colour is none. */
static siam_code read_extension(decoder *d)
{
    enum { GRAPHICS = 0xf9 };
    GifByteType *block;
    int code;
    if (DGifGetExtension(d->gif, &code, &block) == GIF_ERROR)
        return failed(d, d->gif->Error);
    if (block && code == GRAPHICS && block[0] >= 4)
        d->see_through = block[1] & 1 ? block[4] : -1;
    while (block)
        if (DGifGetExtensionNext(d->gif, &block) == GIF_ERROR)
            return failed(d, d->gif->Error);
    return SIAM_OK;
}

/* Up to the first picture, whose place is then known. */
static siam_code read_header(decoder *d)
{
    int reason = 0;
    GifRecordType what = EXTENSION_RECORD_TYPE;
    d->see_through = -1;
    d->gif = DGifOpen(d, on_read, &reason);
    if (!d->gif)
        return failed(d, reason);
    while (what != IMAGE_DESC_RECORD_TYPE) {
        if (DGifGetRecordType(d->gif, &what) == GIF_ERROR)
            return failed(d, d->gif->Error);
        if (what == TERMINATE_RECORD_TYPE)
            return siam_fail(d->e, SIAM_E_DATA, "the GIF data have no picture");
        if (what == EXTENSION_RECORD_TYPE)
            SIAM_TRY(read_extension(d));
    }
    if (DGifGetImageDesc(d->gif) == GIF_ERROR)
        return failed(d, d->gif->Error);
    const GifImageDesc *p = &d->gif->Image;
    const int right = p->Left + p->Width, bottom = p->Top + p->Height;
    d->w = right > d->gif->SWidth ? right : d->gif->SWidth;
    d->h = bottom > d->gif->SHeight ? bottom : d->gif->SHeight;
    SIAM_TRY(siam_codec_check_size(&siam_codec_gif, (uint64_t)d->w, (uint64_t)d->h, d->e));
    return p->Width > 0 && p->Height > 0
               ? SIAM_OK
               : siam_fail(d->e, SIAM_E_DATA, "the first picture of the GIF data has %d x %d pixels", p->Width, p->Height);
}

static void close_decoder(decoder *d)
{
    int reason;
    if (d->gif)
        DGifCloseFile(d->gif, &reason);
}

static void read_palette(siam_palette *p, const GifFileType *gif)
{
    const ColorMapObject *map = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
    siam_palette_init(p);
    for (int i = 0; map && i < map->ColorCount && i < 256; i++)
        memcpy(p->rgb[i], (const uint8_t[3]){map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue}, 3);
}

/* The rows of an interlaced picture come in four rounds. */
static siam_code read_rows(decoder *d, siam_image *im)
{
    static const int whole[][2] = {{0, 1}}, rounds[][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}; /* first row, step */
    const GifImageDesc *p = &d->gif->Image;
    const int (*round)[2] = p->Interlace ? rounds : whole;
    const size_t w = (size_t)d->w;
    for (int i = 0; i < (p->Interlace ? 4 : 1); i++)
        for (int y = round[i][0]; y < p->Height; y += round[i][1]) {
            uint8_t *index = im->px + 3 * w * (size_t)(p->Top + y) + 2 * w + p->Left;
            if (DGifGetLine(d->gif, index, p->Width) == GIF_ERROR)
                return failed(d, d->gif->Error);
        }
    return SIAM_OK;
}

static siam_code decode_picture(decoder *d, siam_image *im)
{
    const size_t w = (size_t)d->w, h = (size_t)d->h;
    siam_palette p;
    if (d->n < w * h / MAX_RATIO)
        return siam_fail(d->e, SIAM_E_DATA, "the GIF data are cut short: %zu bytes cannot hold %d x %d pixels", d->n, d->w, d->h);
    SIAM_TRY(siam_image_resize_buffer(im, d->w, d->h, d->e));
    for (size_t y = 0; y < h; y++)
        memset(im->px + 3 * w * y + 2 * w, d->see_through < 0 ? 0 : d->see_through, w);
    SIAM_TRY(read_rows(d, im));
    read_palette(&p, d->gif);
    for (size_t y = 0; y < h; y++)
        siam_palette_expand(im->px + 3 * w * y, im->px + 3 * w * y + 2 * w, w, &p);
    return SIAM_OK;
}

static siam_code decode_gif(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    (void)want;
    decoder d = {.bytes = bytes, .n = n, .e = e};
    siam_code rc = read_header(&d);
    if (!rc)
        rc = decode_picture(&d, out);
    close_decoder(&d);
    return rc;
}

static siam_code size_gif(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d = {.bytes = bytes, .n = n, .e = e};
    const siam_code rc = read_header(&d);
    close_decoder(&d);
    *w = d.w;
    *h = d.h;
    return rc;
}

static bool probe_gif(const uint8_t *b, size_t n) { return n >= 6 && !memcmp(b, "GIF8", 4) && (b[4] == '7' || b[4] == '9') && b[5] == 'a'; }

const siam_codec siam_codec_gif = {
    .name = "GIF",
    .endings = (const char *const[]){".gif", NULL},
    .probe = probe_gif,
    .size = size_gif,
    .decode = decode_gif,
};
