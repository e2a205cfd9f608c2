/* PNM, by hand: bitmaps (P1, P4), grey maps (P2, P5) and pixel maps (P3, P6) in text or binary, and PAM (P7). The first image
 * of a file. Alpha is dropped; samples are round(v * 255 / largest), as in Pillow, of 16-bit grey as well. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { DIGITS = 9, MAX_VALUE = 65535 };

extern const siam_codec siam_codec_pnm; /* the last lines of this file */

typedef struct map {
    const uint8_t *bytes;
    size_t n, at; /* at: of the next byte */
    char kind;    /* '1' to '7' */
    uint32_t w, h, channels, largest;
    bool alpha; /* the last of the channels */
    siam_err *e;
} map;

/* ---- the header ------------------------------------------------------------------------------------------ */

static bool is_blank(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* A heading that goes on as a text would ("P1 and P2") is none. */
static bool probe_pnm(const uint8_t *b, size_t n)
{
    if (n < 4 || b[0] != 'P' || b[1] < '1' || b[1] > '7')
        return false;
    if (b[1] == '7')
        return b[2] == '\n' && (b[3] == 'W' || b[3] == 'H' || b[3] == 'D' || b[3] == 'M' || b[3] == 'T' || b[3] == '#');
    size_t at = 2;
    while (at < n && is_blank(b[at]))
        at++;
    return at > 2 && at < n && (is_digit(b[at]) || b[at] == '#');
}

static siam_code cut_short(const map *m, const char *where)
{
    return siam_fail(m->e, SIAM_E_DATA, "the PNM data are cut short: they end after %zu bytes, in %s", m->n, where);
}

/* Past blanks and comments. */
static void skip_blanks(map *m)
{
    while (m->at < m->n && (is_blank(m->bytes[m->at]) || m->bytes[m->at] == '#')) {
        const uint8_t *end = m->bytes[m->at] == '#' ? memchr(m->bytes + m->at, '\n', m->n - m->at) : m->bytes + m->at;
        m->at = end ? (size_t)(end - m->bytes) + 1 : m->n;
    }
}

static siam_code read_number(map *m, uint32_t *v, const char *where)
{
    skip_blanks(m);
    if (m->at == m->n)
        return cut_short(m, where);
    const size_t first = m->at;
    for (*v = 0; m->at < m->n && is_digit(m->bytes[m->at]) && m->at - first < DIGITS; m->at++)
        *v = *v * 10 + (m->bytes[m->at] - '0');
    if (m->at == first || (m->at < m->n && !is_blank(m->bytes[m->at]) && m->bytes[m->at] != '#'))
        return siam_fail(m->e, SIAM_E_DATA, "the PNM data have no number at byte %zu, in %s", first, where);
    return SIAM_OK;
}

/* Past the line; whether it begins with the word. */
static bool takes(map *m, const char *word)
{
    const size_t k = strlen(word);
    if (m->n - m->at < k + 1 || memcmp(m->bytes + m->at, word, k) || !is_blank(m->bytes[m->at + k]))
        return false;
    m->at += k;
    return true;
}

static void skip_line(map *m)
{
    const uint8_t *end = memchr(m->bytes + m->at, '\n', m->n - m->at);
    m->at = end ? (size_t)(end - m->bytes) + 1 : m->n;
}

static siam_code read_pam_header(map *m)
{
    const struct {
        const char *word;
        uint32_t *v;
    } rows[] = {{"WIDTH", &m->w}, {"HEIGHT", &m->h}, {"DEPTH", &m->channels}, {"MAXVAL", &m->largest}};
    m->at = 3;
    while (!takes(m, "ENDHDR")) {
        size_t i = 0;
        if (m->at == m->n)
            return cut_short(m, "the header");
        while (i < sizeof rows / sizeof *rows && !takes(m, rows[i].word))
            i++;
        if (i < sizeof rows / sizeof *rows)
            SIAM_TRY(read_number(m, rows[i].v, "the header"));
        const size_t from = m->at;
        skip_line(m);
        m->alpha |= memmem(m->bytes + from, m->at - from, "_ALPHA", 6) != NULL;
    }
    skip_line(m);
    return SIAM_OK;
}

static siam_code read_header(map *m)
{
    m->kind = (char)m->bytes[1];
    m->at = 2;
    m->channels = m->kind == '3' || m->kind == '6' ? 3 : 1;
    if (m->kind == '7') {
        SIAM_TRY(read_pam_header(m));
    } else {
        SIAM_TRY(read_number(m, &m->w, "the header"));
        SIAM_TRY(read_number(m, &m->h, "the header"));
        m->largest = 1;
        if (m->kind != '1' && m->kind != '4')
            SIAM_TRY(read_number(m, &m->largest, "the header"));
        m->at += m->at < m->n; /* one blank; what follows it are pixels */
    }
    SIAM_TRY(siam_codec_check_size(&siam_codec_pnm, m->w, m->h, m->e));
    if (m->largest < 1 || m->largest > MAX_VALUE)
        return siam_fail(m->e, SIAM_E_DATA, "the PNM header claims a largest value of %" PRIu32 "; 1 to %d are read", m->largest,
                         MAX_VALUE);
    if (m->channels < 1 || m->channels > SIAM_IMAGE_MOST)
        return siam_fail(m->e, SIAM_E_DATA, "the PNM image has %" PRIu32 " channels; 1 to %d are read", m->channels, SIAM_IMAGE_MOST);
    return SIAM_OK;
}

static siam_code size_pnm(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    map m = {.bytes = bytes, .n = n, .e = e};
    SIAM_TRY(read_header(&m));
    *w = (int)m.w;
    *h = (int)m.h;
    return SIAM_OK;
}

/* Alpha is what the name of the tuples says. */
static siam_code form_pnm(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e)
{
    map m = {.bytes = bytes, .n = n, .e = e};
    SIAM_TRY(read_header(&m));
    f->w = (int)m.w;
    f->h = (int)m.h;
    f->samples = (int)m.channels;
    f->channels = f->samples - (m.alpha && f->samples > 1 ? 1 : 0);
    f->depth = m.largest > 255 ? 2 : 1;
    return SIAM_OK;
}

/* ---- pixels ---------------------------------------------------------------------------------------------- */

/* A bit of P1 is a digit, with or without blanks between them; 1 is black. */
static siam_code read_bit(map *m, uint32_t *v)
{
    skip_blanks(m);
    if (m->at == m->n)
        return cut_short(m, "the pixels");
    const uint8_t c = m->bytes[m->at++];
    *v = c == '0';
    return c == '0' || c == '1' ? SIAM_OK
                                : siam_fail(m->e, SIAM_E_DATA, "the PNM data have neither 0 nor 1 at byte %zu", m->at - 1);
}

/* The next sample. Binary ones are there. */
static siam_code read_sample(map *m, uint32_t *v)
{
    if (m->kind == '1')
        return read_bit(m, v);
    if (m->kind <= '3')
        return read_number(m, v, "the pixels");
    *v = m->largest > 255 ? siam_be16(m->bytes + m->at) : m->bytes[m->at];
    m->at += m->largest > 255 ? 2 : 1;
    return SIAM_OK;
}

/* The first `channels` of each pixel, so deep. */
static siam_code decode_samples(map *m, int channels, int depth, siam_image *im)
{
    const uint32_t white = depth == 2 ? 65535 : 255;
    const size_t pixels = (size_t)m->w * m->h, least = m->kind == '1' || (m->kind >= '5' && m->largest < 256) ? 1 : 2;
    const size_t spare = m->kind <= '3'; /* nothing need follow the last number */
    if ((m->n - m->at + spare) / least < pixels * m->channels)
        return cut_short(m, "the pixels");
    SIAM_TRY(siam_image_shape_buffer(im, (int)m->w, (int)m->h, channels, depth, m->e));
    size_t at = 0;
    for (size_t i = 0; i < pixels; i++)
        for (uint32_t c = 0; c < m->channels; c++) {
            uint32_t v;
            SIAM_TRY(read_sample(m, &v));
            if (c >= (uint32_t)channels)
                continue;
            if (m->largest != white)
                v = v >= m->largest ? white : (uint32_t)rint((double)v / m->largest * white);
            siam_sample_put(im->px, at++, depth, v);
        }
    return SIAM_OK;
}

static siam_code decode_bits(map *m, siam_image *im)
{
    const size_t row = ((size_t)m->w + 7) / 8;
    if ((m->n - m->at) / row < m->h)
        return cut_short(m, "the pixels");
    SIAM_TRY(siam_image_resize_buffer(im, (int)m->w, (int)m->h, m->e));
    siam_palette ink = {{{255, 255, 255}, {0, 0, 0}}};
    for (size_t y = 0; y < m->h; y++) {
        uint8_t *rgb = im->px + 3 * y * m->w, *index = rgb + 2 * (size_t)m->w;
        siam_unpack_bits(index, m->bytes + m->at + row * y, m->w, 1);
        siam_palette_expand(rgb, index, m->w, &ink);
    }
    return SIAM_OK;
}

static siam_code decode_pnm(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    map m = {.bytes = bytes, .n = n, .e = e};
    SIAM_TRY(read_header(&m));
    if (m.kind == '4')
        return decode_bits(&m, out);
    if (want->channels)
        return decode_samples(&m, want->channels, m.largest > 255 ? 2 : 1, out);
    if (m.channels > 4) {
        siam_fail(e, SIAM_E_DATA, "the PNM image has %" PRIu32 " channels, and one of colours has 3", m.channels);
        siam_hint(e, "--in_channels %d, or auto", (int)m.channels);
        return SIAM_E_DATA;
    }
    SIAM_TRY(decode_samples(&m, m.channels > 2 ? 3 : 1, 1, out));
    return siam_image_convert(out, SIAM_IMAGE_CHANNELS, 1, e);
}

const siam_codec siam_codec_pnm = {
    .name = "PNM",
    .endings = (const char *const[]){".ppm", ".pgm", ".pbm", ".pnm", ".pam", NULL},
    .probe = probe_pnm,
    .size = size_pnm,
    .form = form_pnm,
    .decode = decode_pnm,
};
