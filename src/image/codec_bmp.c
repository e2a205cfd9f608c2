/* BMP, by hand: bitmaps of Windows and OS/2 with 1, 4, 8, 16, 24 or 32 bits a pixel, those of 4 and 8 also run-length encoded.
 * Alpha is dropped. Colours of fewer than 8 bits are v * 255 / top, cut off, as in Pillow. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { FILE_HEADER = 14, CORE = 12, INFO = 40, MASKS_INSIDE = 52, MAX_RATIO = 1024 };
/* MAX_RATIO: pixels that a byte of run-length code makes; 128, and skipped ones. */
enum { PLAIN, RLE8, RLE4, FIELDS, ALPHA_FIELDS = 6 };

extern const siam_codec siam_codec_bmp; /* the last lines of this file */

typedef struct bitmap {
    const uint8_t *bytes;
    size_t n;
    uint32_t w, h;
    bool down; /* the first row is the upper one */
    unsigned bits, packing, colours;
    size_t header, palette, pixels; /* bytes of the information header; where the others lie */
    uint32_t mask[3];               /* red, green, blue, of 16 and 32 bits */
    siam_err *e;
} bitmap;

/* ---- the header ------------------------------------------------------------------------------------------ */

static bool probe_bmp(const uint8_t *b, size_t n)
{
    static const uint8_t headers[] = {CORE, INFO, MASKS_INSIDE, 56, 64, 108, 124};
    return n >= FILE_HEADER + 4 && !memcmp(b, "BM", 2) && memchr(headers, b[FILE_HEADER], sizeof headers) && !b[FILE_HEADER + 1] &&
           !b[FILE_HEADER + 2] && !b[FILE_HEADER + 3];
}

static siam_code cut_short(const bitmap *m, const char *where)
{
    return siam_fail(m->e, SIAM_E_DATA, "the BMP data are cut short: they end after %zu bytes, in %s", m->n, where);
}

static bool is_run(uint32_t mask) /* of ones */
{
    const uint32_t low = mask & (0u - mask);
    return !((mask + low) & mask) || mask + low == 0;
}

static siam_code read_masks(bitmap *m)
{
    static const uint32_t usual[2][3] = {{0x7c00, 0x3e0, 0x1f}, {0xff0000, 0xff00, 0xff}};
    memcpy(m->mask, usual[m->bits == 32], sizeof m->mask);
    if (m->packing == PLAIN)
        return SIAM_OK;
    const size_t at = FILE_HEADER + INFO; /* within longer headers, or right behind this one */
    if (m->n < at + 12)
        return cut_short(m, "the header");
    if (m->header == INFO)
        m->palette += m->packing == FIELDS ? 12 : 16;
    uint32_t mask[3];
    for (size_t i = 0; i < 3; i++) {
        mask[i] = siam_le32(m->bytes + at + 4 * i);
        if (!is_run(mask[i]))
            return siam_fail(m->e, SIAM_E_DATA, "the BMP header has bits 0x%08" PRIx32 " of a colour that are no run", mask[i]);
    }
    if (mask[0] | mask[1] | mask[2])
        memcpy(m->mask, mask, sizeof mask);
    return SIAM_OK;
}

static siam_code check_packing(const bitmap *m)
{
    const unsigned bits = m->bits;
    const bool ok = m->packing == PLAIN  ? bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32
                    : m->packing == RLE8 ? bits == 8
                    : m->packing == RLE4 ? bits == 4
                                         : (m->packing == FIELDS || m->packing == ALPHA_FIELDS) && (bits == 16 || bits == 32);
    return ok ? SIAM_OK
              : siam_fail(m->e, SIAM_E_DATA, "the BMP image has %u bits a pixel and compression %u, which are not read", bits,
                          m->packing);
}

static siam_code read_header(bitmap *m)
{
    const uint8_t *b = m->bytes, *info = b + FILE_HEADER;
    m->header = siam_le32(info);
    if (m->n < FILE_HEADER + m->header)
        return cut_short(m, "the header");
    if (m->header == CORE) {
        m->w = siam_le16(info + 4);
        m->h = siam_le16(info + 6);
        m->bits = siam_le16(info + 10);
    } else {
        m->w = siam_le32(info + 4);
        m->h = siam_le32(info + 8);
        m->down = m->h >> 31;
        m->h = m->down ? 0u - m->h : m->h;
        m->bits = siam_le16(info + 14);
        m->packing = siam_le32(info + 16);
        m->colours = siam_le32(info + 32);
    }
    SIAM_TRY(siam_codec_check_size(&siam_codec_bmp, m->w, m->h, m->e));
    SIAM_TRY(check_packing(m));
    m->palette = FILE_HEADER + m->header;
    if (m->bits == 16 || m->bits == 32)
        SIAM_TRY(read_masks(m));
    if (m->bits <= 8 && (m->colours == 0 || m->colours > 256))
        m->colours = 1u << m->bits;
    const size_t behind = m->palette + (m->bits > 8 ? 0 : (m->header == CORE ? 3 : 4) * (size_t)m->colours);
    if (m->bits <= 8 && behind > m->n)
        return cut_short(m, "the palette");
    m->pixels = siam_le32(b + 10);
    if (!m->pixels)
        m->pixels = behind;
    return m->pixels <= m->n ? SIAM_OK : cut_short(m, "what stands before the pixels");
}

static siam_code size_bmp(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    bitmap m = {.bytes = bytes, .n = n, .e = e};
    SIAM_TRY(read_header(&m));
    *w = (int)m.w;
    *h = (int)m.h;
    return SIAM_OK;
}

/* ---- pixels ---------------------------------------------------------------------------------------------- */

static uint8_t *row_at(const bitmap *m, siam_image *im, size_t y) /* y: as they are stored */
{
    return im->px + 3 * (size_t)m->w * (m->down ? y : m->h - 1 - y);
}

/* Where the indices of a row wait for their colours. */
static uint8_t *indices_at(const bitmap *m, siam_image *im, size_t y) { return row_at(m, im, y) + 2 * (size_t)m->w; }

static void give_colours(const bitmap *m, siam_image *im)
{
    siam_palette p;
    const size_t entry = m->header == CORE ? 3 : 4;
    siam_palette_init(&p);
    for (size_t i = 0; i < m->colours; i++)
        for (size_t c = 0; c < 3; c++)
            p.rgb[i][c] = m->bytes[m->palette + entry * i + 2 - c];
    for (size_t y = 0; y < m->h; y++)
        siam_palette_expand(row_at(m, im, y), indices_at(m, im, y), m->w, &p);
}

/* A pixel's part under a mask, as 8 bits. */
static uint8_t part(uint32_t pixel, uint32_t mask)
{
    if (!mask)
        return 0;
    const int shift = __builtin_ctz(mask);
    return (uint8_t)((uint64_t)((pixel & mask) >> shift) * 255 / (mask >> shift));
}

static void unpack_row(const bitmap *m, uint8_t *rgb, const uint8_t *p)
{
    const size_t w = m->w;
    if (m->bits == 24)
        for (size_t x = 0; x < w; x++, rgb += 3, p += 3) {
            rgb[0] = p[2];
            rgb[1] = p[1];
            rgb[2] = p[0];
        }
    else if (m->bits > 8)
        for (size_t x = 0; x < w; x++, rgb += 3, p += m->bits / 8) {
            const uint32_t pixel = m->bits == 16 ? siam_le16(p) : siam_le32(p);
            for (int c = 0; c < 3; c++)
                rgb[c] = part(pixel, m->mask[c]);
        }
    else if (m->bits == 8)
        memcpy(rgb + 2 * w, p, w);
    else
        siam_unpack_bits(rgb + 2 * w, p, w, m->bits);
}

static siam_code decode_rows(const bitmap *m, siam_image *im)
{
    const size_t row = ((size_t)m->w * m->bits + 7) / 8, stride = (row + 3) / 4 * 4;
    if (m->n - m->pixels < stride * (m->h - 1) + row)
        return cut_short(m, "the pixels");
    SIAM_TRY(siam_image_resize_buffer(im, (int)m->w, (int)m->h, m->e));
    for (size_t y = 0; y < m->h; y++)
        unpack_row(m, row_at(m, im, y), m->bytes + m->pixels + stride * y);
    return SIAM_OK;
}

/* ---- run-length code: pairs of bytes ---------------------------------------------------------------------- */

typedef struct pen {
    siam_image *im;
    size_t x, y, at; /* at: of the next byte */
} pen;

/* `count` indices, cut at the end of the row. step: whether they follow each other in `src` (of 8 or 4 bits), or are the first
 * byte over and over. */
static void draw(const bitmap *m, pen *p, const uint8_t *src, size_t count, bool step)
{
    uint8_t *index = indices_at(m, p->im, p->y);
    for (size_t i = 0; i < count && p->x < m->w; i++, p->x++)
        index[p->x] = m->bits == 8 ? src[step ? i : 0] : i % 2 ? src[step ? i / 2 : 0] & 15 : src[step ? i / 2 : 0] >> 4;
}

/* What follows a zero: 0 the end of a row, 1 of the picture, 2 a move, else so many pixels as they are. False: the end. */
static bool escape(const bitmap *m, pen *p, unsigned code, siam_code *rc)
{
    const size_t left = m->n - p->at;
    const uint8_t *src = m->bytes + p->at;
    if (code == 1)
        return false;
    if (code == 0) {
        p->x = 0;
        p->y++;
    } else if (code == 2 && left >= 2) {
        p->x += src[0];
        p->y += src[1];
        p->at += 2;
    } else if (code > 2 && left >= (code * m->bits + 7) / 8) {
        draw(m, p, src, code, true);
        p->at += ((code * m->bits + 7) / 8 + 1) / 2 * 2;
    } else {
        *rc = cut_short(m, "the run-length code");
        return false;
    }
    return true;
}

static siam_code decode_runs(const bitmap *m, siam_image *im)
{
    if (m->n < (size_t)m->w * m->h / MAX_RATIO)
        return siam_fail(m->e, SIAM_E_DATA,
                         "the BMP data are cut short: %zu bytes cannot hold %" PRIu32 " x %" PRIu32 " pixels", m->n, m->w, m->h);
    SIAM_TRY(siam_image_resize_buffer(im, (int)m->w, (int)m->h, m->e));
    memset(im->px, 0, 3 * (size_t)m->w * m->h);
    pen p = {.im = im, .at = m->pixels};
    siam_code rc = SIAM_OK;
    while (p.y < m->h && !(p.y == m->h - 1 && p.x >= m->w)) {
        if (p.at > m->n || m->n - p.at < 2)
            return cut_short(m, "the run-length code");
        const unsigned count = m->bytes[p.at], code = m->bytes[p.at + 1];
        p.at += 2;
        if (count)
            draw(m, &p, m->bytes + p.at - 1, count, false);
        else if (!escape(m, &p, code, &rc))
            break;
    }
    return rc;
}

static siam_code decode_bmp(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    (void)want;
    bitmap m = {.bytes = bytes, .n = n, .e = e};
    SIAM_TRY(read_header(&m));
    SIAM_TRY(m.packing == RLE8 || m.packing == RLE4 ? decode_runs(&m, out) : decode_rows(&m, out));
    if (m.bits <= 8)
        give_colours(&m, out);
    return SIAM_OK;
}

const siam_codec siam_codec_bmp = {
    .name = "BMP",
    .endings = (const char *const[]){".bmp", ".dib", NULL},
    .probe = probe_bmp,
    .size = size_bmp,
    .decode = decode_bmp,
};
