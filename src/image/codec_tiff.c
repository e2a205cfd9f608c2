/* TIFF through libtiff: the first image of a file, of strips or tiles, whole pixels or planes, in every compression that the
 * installed libtiff knows. Colours come out as Pillow has them: alpha dropped (and undone, where colours were multiplied by it),
 * inks mixed without a profile, of samples of 16 bits the high byte. libtiff's own words become the failure's. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/check.h"
#include "base/format.h"
#include "base/infile.h"
#include "image/codec.h"
#include "image/tiff.h"
#include "image/unpack.h"

enum { GREY, INVERTED, INDEXED, COLOURS, INKS }; /* what samples are */
enum { MAX_SAMPLES = 64, HEAD = 16 }; /* HEAD: bytes; the first directory's place is in them */
/* One request of libtiff for memory; what strips and tiles may have in all beside the image itself (tiles stick out of it), and
 * beside the file (they may share its bytes). */
static const uint64_t MAX_REQUEST = (uint64_t)2 << 30, SLACK = (uint64_t)256 << 20;

extern const siam_codec siam_codec_tiff; /* the last lines of this file */

typedef struct decoder {
    TIFF *tif;
    const uint8_t *bytes;   /* of a file that is not in memory the first (HEAD), in place of its own */
    const siam_infile *file; /* that file, or NULL */
    size_t begin;            /* where the TIFF begins in it */
    size_t n, at;            /* bytes of the TIFF; the next one to be read */
    uint32_t w, h, unit_w, unit_h; /* of the image; of a strip or tile */
    uint16_t samples, bits, format, planar, photometric, compression;
    int kind, channels; /* channels: without alpha */
    bool tiled, multiplied; /* multiplied: colours by alpha */
    bool ranged;            /* samples are brought to 16 bits by the values that are black and white */
    int kept;               /* samples of a pixel that become channels; 0: as RGB of 8 bits */
    uint32_t left, top, stride; /* the image's pixel that is the first of what is decoded, and the pixels of a row there */
    const siam_image_want *want;
    siam_palette palette;
    char why[256]; /* libtiff's first complaint */
    siam_err *e;
} decoder;

/* ---- libtiff's callbacks --------------------------------------------------------------------------------- */

static int on_error(TIFF *tif, void *user, const char *module, const char *form, va_list args)
{
    (void)tif;
    (void)module;
    decoder *d = user;
    char text[sizeof d->why];
    if (d->why[0])
        return 1;
    vsnprintf(text, sizeof text, form, args);
    siam_format_printable(d->why, sizeof d->why, text);
    return 1;
}

static int on_warning(TIFF *tif, void *user, const char *module, const char *form, va_list args)
{
    (void)tif;
    (void)user;
    (void)module;
    (void)form;
    (void)args;
    return 1; /* for files that are odd but whole */
}

static tmsize_t on_read(thandle_t user, void *dst, tmsize_t want)
{
    decoder *d = user;
    const size_t left = d->at < d->n ? d->n - d->at : 0, n = want > 0 && (size_t)want < left ? (size_t)want : want > 0 ? left : 0;
    if (n && d->file && siam_infile_read(d->file, d->begin + d->at, dst, n, NULL))
        return -1;
    const size_t head = d->file && d->at < HEAD ? HEAD - d->at : 0, given = !d->file ? n : n < head ? n : head;
    if (given)
        memcpy(dst, d->bytes + d->at, given);
    d->at += n;
    return (tmsize_t)n;
}

static tmsize_t on_write(thandle_t user, void *src, tmsize_t n)
{
    (void)user;
    (void)src;
    (void)n;
    return -1;
}

static toff_t on_seek(thandle_t user, toff_t to, int whence)
{
    decoder *d = user;
    const uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? d->at : d->n;
    if (to > SIZE_MAX / 2 - from)
        return (toff_t)-1;
    d->at = (size_t)(from + to);
    return d->at;
}

static int on_close(thandle_t user)
{
    (void)user;
    return 0;
}

static toff_t on_size(thandle_t user) { return ((decoder *)user)->n; }

/* libtiff reads what is mapped where it lies, and does not write there. */
static int on_map(thandle_t user, void **base, toff_t *n)
{
    decoder *d = user;
    if (d->file)
        return 0;
    *base = (void *)(uintptr_t)d->bytes;
    *n = d->n;
    return 1;
}

static void on_unmap(thandle_t user, void *base, toff_t n)
{
    (void)user;
    (void)base;
    (void)n;
}

static siam_code failed(const decoder *d)
{
    return siam_fail(d->e, SIAM_E_DATA, "the TIFF data cannot be decoded: %s", d->why[0] ? d->why : "libtiff gives no reason");
}

/* ---- the header ------------------------------------------------------------------------------------------ */

static siam_code open_decoder(decoder *d)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    if (!o)
        return siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a TIFF image");
    TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, d);
    TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, d);
    TIFFOpenOptionsSetMaxSingleMemAlloc(o, (tmsize_t)(d->file ? SLACK : MAX_REQUEST));
    /* O: where tiles are is looked up when they are read; a large file has a million of them. */
    d->tif = TIFFClientOpenExt("the file", d->file ? "rO" : "r", d, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap, o);
    TIFFOpenOptionsFree(o);
    return d->tif ? SIAM_OK : failed(d);
}

static void close_decoder(decoder *d)
{
    if (d->tif)
        TIFFClose(d->tif);
}

/* Cameras put a small picture in front of what the sensor saw, which only their own programs read. */
static siam_code refuse_raw(const decoder *d)
{
    uint32_t reduced = 0;
    uint16_t below = 0;
    uint64_t *at;
    const uint8_t *version;
    TIFFGetField(d->tif, TIFFTAG_SUBFILETYPE, &reduced);
    const bool big = TIFFIsBigTIFF(d->tif); /* where a place in the file stands there */
    const bool negative = TIFFGetField(d->tif, TIFFTAG_DNGVERSION, &version) || (!big && !memcmp(d->bytes + 8, "CR\2", d->n > 11 ? 3 : 0));
    const bool preview = reduced & FILETYPE_REDUCEDIMAGE && TIFFGetField(d->tif, TIFFTAG_SUBIFD, &below, &at) && below;
    if (d->n > 11 && (negative || preview || d->photometric == PHOTOMETRIC_CFA)) {
        siam_fail(d->e, SIAM_E_DATA, "the TIFF data are a camera's raw picture, whose first image is a thumbnail or the sensor's");
        siam_hint(d->e, "develop it to a TIFF image: dcraw -T -6 %s", "FILE");
        return SIAM_E_DATA;
    }
    return SIAM_OK;
}

static siam_code find_kind(decoder *d)
{
    switch (d->photometric) {
    case PHOTOMETRIC_MINISWHITE: d->kind = INVERTED; break;
    case PHOTOMETRIC_MINISBLACK: d->kind = GREY; break;
    case PHOTOMETRIC_PALETTE: d->kind = INDEXED; break;
    case PHOTOMETRIC_RGB: d->kind = COLOURS; break;
    case PHOTOMETRIC_SEPARATED: d->kind = INKS; break;
    case PHOTOMETRIC_YCBCR:
        if (d->compression == COMPRESSION_JPEG && d->planar == PLANARCONFIG_CONTIG) {
            TIFFSetField(d->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
            d->kind = COLOURS;
            break;
        }
        /* fall through */
    default:
        siam_fail(d->e, SIAM_E_DATA, "the TIFF image has colours of kind %u (PhotometricInterpretation), which are not read",
                  d->photometric);
        siam_hint(d->e, "convert it to PNG or JPEG: convert %s picture.png", "FILE");
        return SIAM_E_DATA;
    }
    const unsigned need = d->kind == COLOURS ? 3 : d->kind == INKS ? 4 : 1;
    if (d->samples < need)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %u samples a pixel, fewer than its colours, %u", d->samples, need);
    return SIAM_OK;
}

static siam_code check_samples(const decoder *d)
{
    const bool narrow = (d->bits == 1 || d->bits == 2 || d->bits == 4) && d->samples == 1;
    const bool known = d->format == SAMPLEFORMAT_IEEEFP ? d->bits == 32 || d->bits == 64
                       : d->format <= SAMPLEFORMAT_INT  ? d->bits == 8 || d->bits == 16 || d->bits == 32
                                                        : d->format == SAMPLEFORMAT_VOID && d->bits <= 16;
    if (!(narrow && d->format != SAMPLEFORMAT_IEEEFP) && (!known || d->bits < 8))
        return siam_fail(d->e, SIAM_E_DATA,
                         "the TIFF image has %u samples of %u bits a pixel (SampleFormat %u); up to %d of 8, 16 or 32 bits and floats are read",
                         d->samples, d->bits, d->format, MAX_SAMPLES);
    if (d->samples < 1 || d->samples > MAX_SAMPLES)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %u samples a pixel; 1 to %d are read", d->samples, MAX_SAMPLES);
    if (d->ranged && (d->kind == INDEXED || d->kind == INKS))
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has a palette or inks of numbers that are neither 8 nor 16 bits");
    if (d->kind == INDEXED && d->bits > 8)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has a palette of %u bits; up to 8 are read", d->bits);
    if (d->kind == INKS && d->planar != PLANARCONFIG_CONTIG)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has inks in planes of their own, which are not read");
    return SIAM_OK;
}

static void read_palette(decoder *d)
{
    uint16_t *map[3];
    siam_palette_init(&d->palette);
    if (d->kind == INDEXED && TIFFGetField(d->tif, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
        for (unsigned i = 0; i < 1u << d->bits; i++)
            for (int c = 0; c < 3; c++)
                d->palette.rgb[i][c] = (uint8_t)(map[c][i] >> 8);
}

static siam_code read_header(decoder *d)
{
    TIFF *t = d->tif;
    uint16_t extras = 0, *extra = NULL;
    if (!TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &d->w) || !TIFFGetField(t, TIFFTAG_IMAGELENGTH, &d->h))
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF data do not say the size of their image");
    if (!d->file || d->w < 1 || d->h < 1 || d->w > INT32_MAX || d->h > INT32_MAX)
        SIAM_TRY(siam_codec_check_size(&siam_codec_tiff, d->w, d->h, d->e));
    TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLESPERPIXEL, &d->samples);
    TIFFGetFieldDefaulted(t, TIFFTAG_BITSPERSAMPLE, &d->bits);
    TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLEFORMAT, &d->format);
    TIFFGetFieldDefaulted(t, TIFFTAG_PLANARCONFIG, &d->planar);
    TIFFGetFieldDefaulted(t, TIFFTAG_COMPRESSION, &d->compression);
    if (!TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &d->photometric))
        d->photometric = d->samples < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
    if (!TIFFIsCODECConfigured(d->compression) || d->compression == COMPRESSION_OJPEG)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has compression %u, which is not read", d->compression);
    SIAM_TRY(refuse_raw(d));
    SIAM_TRY(find_kind(d));
    d->ranged = d->format == SAMPLEFORMAT_IEEEFP || d->format == SAMPLEFORMAT_INT || d->bits == 32;
    SIAM_TRY(check_samples(d));
    TIFFGetFieldDefaulted(t, TIFFTAG_EXTRASAMPLES, &extras, &extra);
    const bool alpha = extras > 0 && extras < d->samples && (extra[extras - 1] == EXTRASAMPLE_ASSOCALPHA || extra[extras - 1] == EXTRASAMPLE_UNASSALPHA);
    d->channels = d->kind == INDEXED || d->kind == INKS ? SIAM_IMAGE_CHANNELS : d->samples - alpha;
    d->multiplied = d->kind == COLOURS && d->planar == PLANARCONFIG_CONTIG && d->samples == 4 && extras == 1 &&
                    extra[0] == EXTRASAMPLE_ASSOCALPHA;
    d->tiled = TIFFIsTiled(t);
    d->unit_w = d->w;
    if (d->tiled) {
        TIFFGetField(t, TIFFTAG_TILEWIDTH, &d->unit_w);
        TIFFGetField(t, TIFFTAG_TILELENGTH, &d->unit_h);
    } else {
        TIFFGetFieldDefaulted(t, TIFFTAG_ROWSPERSTRIP, &d->unit_h);
        d->unit_h = d->unit_h > d->h ? d->h : d->unit_h;
    }
    return d->unit_w && d->unit_h ? SIAM_OK : siam_fail(d->e, SIAM_E_DATA, "the TIFF image has strips or tiles without pixels");
}

/* ---- pixels ---------------------------------------------------------------------------------------------- */

/* Bytes that a byte of compressed data makes at most; 0: there is no bound that helps. */
static uint64_t most_of_byte(uint16_t compression)
{
    switch (compression) {
    case COMPRESSION_NONE: return 1;
    case COMPRESSION_PACKBITS: return 128;
    case COMPRESSION_LZW: return 4096;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE: return 1032;
    default: return 0;
    }
}

/* Memory and work follow the data, not the header's claim. */
static siam_code check_work(decoder *d, uint64_t unit)
{
    const uint64_t *count = NULL;
    const uint32_t units = d->tiled ? TIFFNumberOfTiles(d->tif) : TIFFNumberOfStrips(d->tif);
    const uint64_t image = ((uint64_t)d->w * d->samples * d->bits + 7) / 8 * d->h;
    const uint64_t most = most_of_byte(d->compression);
    uint64_t packed = 0;
    if (!TIFFGetField(d->tif, d->tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS, &count) || !count)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF data do not say where their pixels are");
    for (uint32_t i = 0; i < units; i++)
        packed += count[i] < d->n ? count[i] : d->n;
    if (packed > 8 * (uint64_t)d->n + SLACK)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %" PRIu32 " strips or tiles that are the same bytes of the file", units);
    if (most && image / most > d->n)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF data are cut short: %zu bytes cannot hold %" PRIu32 " x %" PRIu32 " pixels",
                         d->n, d->w, d->h);
    if (!unit || unit > MAX_REQUEST || unit > (4 * image + SLACK) / (units ? units : 1) || (most && unit / most > d->n))
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has strips or tiles of %" PRIu32 " x %" PRIu32 " pixels, far larger than itself",
                         d->unit_w, d->unit_h);
    return SIAM_OK;
}

/* A number that is brought to 16 bits by what is black and what is white; one that is none is black. */
static uint16_t ranged_sample(const decoder *d, const uint8_t *row, size_t i)
{
    union {
        int8_t i8;
        int16_t i16;
        int32_t i32;
        uint32_t u32;
        float f;
        double d;
    } v;
    const size_t bytes = d->bits / 8;
    memcpy(&v, row + bytes * i, bytes);
    const double x = d->format == SAMPLEFORMAT_IEEEFP ? (d->bits == 32 ? (double)v.f : v.d)
                     : d->format == SAMPLEFORMAT_INT  ? (d->bits == 8 ? (double)v.i8 : d->bits == 16 ? (double)v.i16 : (double)v.i32)
                                                      : (double)v.u32;
    const double part = (x - d->want->low) / (d->want->high - d->want->low);
    return part >= 1 ? 65535 : part > 0 ? (uint16_t)rint(part * 65535) : 0;
}

/* Sample i of a row, of 16 bits. Those of the file have this machine's order. */
static inline uint16_t wide_sample(const decoder *d, const uint8_t *row, size_t i)
{
    return d->ranged ? ranged_sample(d, row, i) : (uint16_t)siam_sample_get(row, i, 2);
}

/* As 8 bits. */
static inline uint8_t sample(const decoder *d, const uint8_t *row, size_t i)
{
    return d->bits == 8 && !d->ranged ? row[i] : (uint8_t)(wide_sample(d, row, i) >> 8);
}

/* n pixels of a row as they are, into `to`; of one plane where planes are apart. */
static void put_samples(const decoder *d, siam_image *im, uint8_t *to, const uint8_t *row, size_t n, unsigned plane)
{
    const bool planes = d->planar == PLANARCONFIG_SEPARATE;
    const size_t kept = (size_t)d->kept, first = planes ? plane : 0, past = planes ? plane + 1 : kept, step = planes ? 1 : d->samples;
    const unsigned flip = d->kind == INVERTED ? (im->depth == 2 ? 65535 : 255) : 0;
    if (d->bits < 8) {
        siam_unpack_bits(to, row, n, d->bits);
        for (size_t x = 0; x < n; x++)
            to[x] = (uint8_t)((to[x] * (255u / ((1u << d->bits) - 1))) ^ flip);
        return;
    }
    if (!flip && !d->ranged && !planes && kept == d->samples) { /* all of them as they lie there */
        memcpy(to, row, n * siam_image_pixel(im));
        return;
    }
    for (size_t x = 0; x < n; x++)
        for (size_t c = first; c < past; c++) {
            const size_t i = x * step + (planes ? 0 : c);
            if (im->depth == 2) {
                const uint16_t v = (uint16_t)(wide_sample(d, row, i) ^ flip);
                memcpy(to + 2 * (x * kept + c), &v, 2);
            } else {
                to[x * kept + c] = (uint8_t)(row[i] ^ flip);
            }
        }
}

static void put_colours(const decoder *d, uint8_t *rgb, const uint8_t *row, size_t n)
{
    for (size_t x = 0; x < n; x++, rgb += 3)
        for (size_t c = 0; c < 3; c++)
            rgb[c] = sample(d, row, x * d->samples + c);
}

/* Pillow's way from colours that alpha has multiplied to those it has not. */
static void put_multiplied(const decoder *d, uint8_t *rgb, const uint8_t *row, size_t n)
{
    for (size_t x = 0; x < n; x++, rgb += 3) {
        const unsigned alpha = sample(d, row, 4 * x + 3);
        for (size_t c = 0; c < 3; c++) {
            const unsigned v = sample(d, row, 4 * x + c), undone = alpha ? 255 * v / alpha : 0;
            rgb[c] = (uint8_t)(undone < 255 ? undone : 255);
        }
    }
}

static void put_inks(const decoder *d, uint8_t *rgb, const uint8_t *row, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        uint8_t ink[4];
        for (size_t c = 0; c < 4; c++)
            ink[c] = (uint8_t)~sample(d, row, x * d->samples + c);
        siam_mix_inks(rgb + 3 * x, ink, 1);
    }
}

/* Grey and indices. */
static void put_single(const decoder *d, uint8_t *rgb, const uint8_t *row, size_t n)
{
    uint8_t *index = rgb + 2 * n;
    const size_t step = d->planar == PLANARCONFIG_CONTIG ? d->samples : 1;
    if (d->bits < 8)
        siam_unpack_bits(index, row, n, d->bits);
    else
        for (size_t x = 0; x < n; x++)
            index[x] = sample(d, row, x * step);
    const unsigned spread = d->kind == INDEXED ? 1 : 255u / ((1u << (d->bits < 8 ? d->bits : 8)) - 1);
    for (size_t x = 0; x < n && (spread > 1 || d->kind == INVERTED); x++)
        index[x] = (uint8_t)(d->kind == INVERTED ? 255 - index[x] * spread : index[x] * spread);
    siam_palette_expand(rgb, index, n, &d->palette);
}

/* n pixels of a row of a strip or tile. */
static void put_row(const decoder *d, siam_image *im, uint8_t *rgb, const uint8_t *row, size_t n, unsigned plane)
{
    if (d->kept)
        put_samples(d, im, rgb, row, n, plane);
    else if (d->kind != COLOURS && d->kind != INKS)
        put_single(d, rgb, row, n);
    else if (d->kind == INKS)
        put_inks(d, rgb, row, n);
    else if (d->planar == PLANARCONFIG_SEPARATE)
        for (size_t x = 0; x < n; x++)
            rgb[3 * x + plane] = sample(d, row, x);
    else if (d->multiplied)
        put_multiplied(d, rgb, row, n);
    else if (d->bits == 8 && d->samples == 3)
        memcpy(rgb, row, 3 * n);
    else
        put_colours(d, rgb, row, n);
}

/* The strip or tile whose first pixel is (x, y). */
static siam_code read_unit(decoder *d, siam_image *im, uint8_t *unit, uint64_t bytes, uint32_t x, uint32_t y, unsigned plane)
{
    const uint32_t cols = d->w - x < d->unit_w ? d->w - x : d->unit_w, rows = d->h - y < d->unit_h ? d->h - y : d->unit_h;
    const size_t row = d->tiled ? (size_t)TIFFTileRowSize(d->tif) : (size_t)TIFFScanlineSize(d->tif);
    const size_t need = d->tiled ? (size_t)bytes : row * rows;
    const tmsize_t got = d->tiled ? TIFFReadEncodedTile(d->tif, TIFFComputeTile(d->tif, x, y, 0, (uint16_t)plane), unit, (tmsize_t)bytes)
                                  : TIFFReadEncodedStrip(d->tif, TIFFComputeStrip(d->tif, y, (uint16_t)plane), unit, (tmsize_t)need);
    if (got < 0)
        return failed(d);
    if ((size_t)got < need || row * rows > bytes)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF data are cut short: they end in row %" PRIu32 " of %" PRIu32, y, d->h);
    for (uint32_t i = 0; i < rows; i++)
        put_row(d, im, im->px + siam_image_pixel(im) * ((size_t)d->stride * (y - d->top + i) + x - d->left), unit + row * i, cols, plane);
    return SIAM_OK;
}

static unsigned planes_of(const decoder *d)
{
    const unsigned colours = d->kept ? (unsigned)d->kept : d->kind == COLOURS ? 3 : 1;
    return d->planar == PLANARCONFIG_SEPARATE ? colours : 1;
}

static siam_code read_units(decoder *d, siam_image *im, uint8_t *unit, uint64_t bytes)
{
    d->stride = d->w;
    for (unsigned plane = 0; plane < planes_of(d); plane++)
        for (uint32_t y = 0; y < d->h; y += d->unit_h)
            for (uint32_t x = 0; x < d->w; x += d->unit_w)
                SIAM_TRY(read_unit(d, im, unit, bytes, x, y, plane));
    return SIAM_OK;
}

static int depth_of(const decoder *d) { return d->ranged || (d->bits == 16 && d->kind != INDEXED && d->kind != INKS) ? 2 : 1; }

/* Which samples are kept. As colours only where it is said which are. */
static siam_code choose_samples(decoder *d)
{
    if (d->ranged && !(d->want->low < d->want->high)) {
        siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %s of %u bits, and nobody has said which of their values are black and white",
                  d->format == SAMPLEFORMAT_IEEEFP ? "floats" : "numbers", d->bits);
        siam_hint(d->e, "--range 0,1, or the values that are black and white");
        return SIAM_E_DATA;
    }
    if (d->kind != INDEXED && d->kind != INKS)
        d->kept = d->want->channels;
    if (!d->kept && (d->kind == GREY || d->kind == INVERTED) && d->channels > 2) {
        siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %d channels, and it does not say which are colours", d->channels);
        siam_hint(d->e, "--in_channels %d, or auto", d->channels);
        return SIAM_E_DATA;
    }
    return SIAM_OK;
}

static siam_code decode_pixels(decoder *d, siam_image *im)
{
    const uint64_t bytes = d->tiled ? TIFFTileSize64(d->tif) : TIFFVStripSize64(d->tif, d->unit_h);
    SIAM_TRY(check_work(d, bytes));
    SIAM_TRY(choose_samples(d));
    if (d->kept)
        SIAM_TRY(siam_image_shape_buffer(im, (int)d->w, (int)d->h, d->kept, depth_of(d), d->e));
    else
        SIAM_TRY(siam_image_resize_buffer(im, (int)d->w, (int)d->h, d->e));
    uint8_t *unit = malloc((size_t)bytes);
    if (!unit)
        return siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a strip or tile of a TIFF image, %" PRIu64 " bytes", bytes);
    read_palette(d);
    const siam_code rc = read_units(d, im, unit, bytes);
    free(unit);
    return rc;
}

static siam_code decode_tiff(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d = {.bytes = bytes, .n = n, .e = e, .want = want};
    siam_code rc = open_decoder(&d);
    if (!rc)
        rc = read_header(&d);
    if (!rc)
        rc = decode_pixels(&d, out);
    close_decoder(&d);
    return rc;
}

static siam_image_form form(const decoder *d)
{
    const int all = d->kind == INDEXED || d->kind == INKS ? SIAM_IMAGE_CHANNELS : d->samples;
    return (siam_image_form){.w = (int)d->w, .h = (int)d->h, .channels = d->channels, .samples = all, .depth = depth_of(d), .ranged = d->ranged,
                             .colours = all >= SIAM_IMAGE_CHANNELS && d->kind != GREY && d->kind != INVERTED, .multiplied = d->multiplied};
}

static siam_code form_tiff(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d = {.bytes = bytes, .n = n, .e = e};
    siam_code rc = open_decoder(&d);
    if (!rc)
        rc = read_header(&d);
    close_decoder(&d);
    *f = form(&d);
    return rc;
}

static bool probe_tiff(const uint8_t *b, size_t n)
{
    return n >= 4 && (!memcmp(b, "II*\0", 4) || !memcmp(b, "MM\0*", 4) || !memcmp(b, "II+\0", 4) || !memcmp(b, "MM\0+", 4));
}

/* ---- parts of files -------------------------------------------------------------------------------------- */

/* Write over a header where its first directory is. Going to another one is what libtiff does by walking through all of them, for
 * each page of a file anew; so a file is shown to it as if the page were its first. */
static siam_code begin_at(uint8_t head[HEAD], uint64_t at, siam_err *e)
{
    const bool big_endian = head[0] == 'M', big = head[big_endian ? 3 : 2] == 43;
    const int first = big ? 8 : 4, n = big ? 8 : 4;
    if (!at)
        return siam_fail(e, SIAM_E_DATA, "the TIFF data cannot be decoded: the directory of a page is damaged");
    if (at == SIAM_TIFF_BEHIND)
        return siam_fail(e, SIAM_E_DATA, "the TIFF file has more than %d pages, and no more are read", SIAM_TIFF_PAGES);
    for (int i = 0; i < n; i++)
        head[first + (big_endian ? n - 1 - i : i)] = (uint8_t)(at >> 8 * i);
    return SIAM_OK;
}

/* What lies in a file from `begin` on, n bytes or (0) all of it, opened at its first page; `head` is borrowed. */
static siam_code open_within(decoder *d, siam_infile *file, uint8_t head[HEAD], const char *path, size_t begin, size_t n)
{
    SIAM_TRY(siam_infile_open(file, path, d->e));
    if (begin > file->n || n > file->n - begin)
        return siam_fail(d->e, SIAM_E_DATA, "'%s' is shorter than it was", path);
    d->begin = begin;
    d->n = n ? n : file->n - begin;
    d->bytes = head;
    d->file = file;
    return siam_infile_read(file, begin, head, d->n < HEAD ? d->n : HEAD, d->e);
}

static siam_code open_file(decoder *d, siam_infile *file, uint8_t head[HEAD], const char *path)
{
    return open_within(d, file, head, path, 0, 0);
}

static siam_code open_page(decoder *d, siam_infile *file, uint8_t head[HEAD], const char *path, uint64_t at)
{
    SIAM_TRY(open_file(d, file, head, path));
    SIAM_TRY(begin_at(head, at, d->e));
    SIAM_TRY(open_decoder(d));
    return read_header(d);
}

/* Whatever fails between these two is of that file. */
static siam_code close_file(decoder *d, siam_infile *file, siam_code rc)
{
    close_decoder(d);
    if (!rc)
        rc = siam_infile_unchanged(file, d->e);
    siam_infile_close(file);
    return rc;
}

/* As check_work, of an image of which a part is read: it may be larger than memory, but not than the file can hold. */
static siam_code check_part(const decoder *d, uint64_t unit)
{
    enum { OF_UNIT = 6 /* bytes that say where a strip or tile is */, ANY = 1 << 16, PIXELS = 64 << 20 };
    const uint64_t units = d->tiled ? TIFFNumberOfTiles(d->tif) : TIFFNumberOfStrips(d->tif), known = most_of_byte(d->compression);
    const double image = (double)d->w * d->h * d->samples * d->bits / 8;
    if (!units || (units > 1 && OF_UNIT * units > d->n) || image / (double)(known ? known : ANY) > (double)d->n)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF data are cut short: %zu bytes cannot hold %" PRIu32 " x %" PRIu32 " pixels", d->n, d->w, d->h);
    if (unit && unit <= SLACK && (uint64_t)d->unit_w * d->unit_h <= PIXELS)
        return SIAM_OK;
    return siam_fail(d->e, SIAM_E_DATA,
                     "the TIFF image has %s of %" PRIu32 " x %" PRIu32 " pixels, too large to read parts of it (tiffcp -t -w 256 -l 256 makes small ones)",
                     d->tiled ? "tiles" : "strips", d->unit_w, d->unit_h);
}

/* Copy what the unit at (x, y), decoded into `from`, has of the part at (left, top). */
static void copy_overlap(siam_image *part, const siam_image *from, uint32_t x, uint32_t y, uint32_t left, uint32_t top)
{
    const size_t pixel = siam_image_pixel(part);
    const uint32_t right = left + (uint32_t)part->w, bottom = top + (uint32_t)part->h;
    const uint32_t x0 = x > left ? x : left, x1 = x + (uint32_t)from->w < right ? x + (uint32_t)from->w : right;
    const uint32_t y0 = y > top ? y : top, y1 = y + (uint32_t)from->h < bottom ? y + (uint32_t)from->h : bottom;
    for (uint32_t row = y0; row < y1; row++)
        memcpy(part->px + pixel * ((size_t)(row - top) * (size_t)part->w + x0 - left),
               from->px + pixel * ((size_t)(row - y) * (size_t)from->w + x0 - x), pixel * (x1 - x0));
}

static siam_code shape(const decoder *d, siam_image *im, uint32_t w, uint32_t h)
{
    return d->kept ? siam_image_shape_buffer(im, (int)w, (int)h, d->kept, depth_of(d), d->e) : siam_image_resize_buffer(im, (int)w, (int)h, d->e);
}

static siam_code read_overlaps(decoder *d, siam_image *part, siam_image *one, uint8_t *unit, uint64_t bytes, uint32_t left, uint32_t top)
{
    for (uint32_t y = top - top % d->unit_h; y < top + (uint32_t)part->h; y += d->unit_h)
        for (uint32_t x = left - left % d->unit_w; x < left + (uint32_t)part->w; x += d->unit_w) {
            d->left = x;
            d->top = y;
            d->stride = d->w - x < d->unit_w ? d->w - x : d->unit_w;
            SIAM_TRY(shape(d, one, d->stride, d->h - y < d->unit_h ? d->h - y : d->unit_h));
            for (unsigned plane = 0; plane < planes_of(d); plane++)
                SIAM_TRY(read_unit(d, one, unit, bytes, x, y, plane));
            copy_overlap(part, one, x, y, left, top);
        }
    return SIAM_OK;
}

static siam_code read_part(decoder *d, siam_image *im, uint32_t x, uint32_t y, uint32_t w, uint32_t h)
{
    const uint64_t bytes = d->tiled ? TIFFTileSize64(d->tif) : TIFFVStripSize64(d->tif, d->unit_h);
    siam_image one = {0};
    if (x > d->w || y > d->h || w > d->w - x || h > d->h - y)
        return siam_fail(d->e, SIAM_E_DATA, "the TIFF image has %" PRIu32 " x %" PRIu32 " pixels now, fewer than it had", d->w, d->h);
    SIAM_TRY(check_part(d, bytes));
    SIAM_TRY(siam_codec_check_size(&siam_codec_tiff, w, h, d->e));
    SIAM_TRY(choose_samples(d));
    SIAM_TRY(shape(d, im, w, h));
    uint8_t *unit = malloc((size_t)bytes);
    if (!unit)
        return siam_fail(d->e, SIAM_E_NOMEM, "out of memory for a strip or tile of a TIFF image, %" PRIu64 " bytes", bytes);
    read_palette(d);
    const siam_code rc = read_overlaps(d, im, &one, unit, bytes, x, y);
    siam_image_release(&one);
    free(unit);
    return rc;
}

siam_code siam_tiff_part(siam_image *im, const siam_image_want *want, const char *path, uint64_t at, int x, int y, int w, int h, siam_err *e)
{
    uint8_t head[HEAD] = {0};
    siam_infile file = {0};
    siam_image_want as;
    decoder d = {.e = e, .want = &as};
    siam_code rc = open_page(&d, &file, head, path, at);
    const siam_image_form f = rc ? (siam_image_form){0} : form(&d);
    if (!rc)
        rc = siam_codec_as(&as, want, &f, &siam_codec_tiff, e);
    if (!rc)
        rc = read_part(&d, im, (uint32_t)x, (uint32_t)y, w ? (uint32_t)w : d.w, h ? (uint32_t)h : d.h);
    rc = close_file(&d, &file, rc);
    return rc || !as.channels ? rc : siam_image_convert(im, want->channels, want->depth, e);
}

siam_code siam_tiff_form(siam_image_form *f, const char *path, uint64_t at, siam_err *e)
{
    uint8_t head[HEAD] = {0};
    siam_infile file = {0};
    decoder d = {.e = e};
    siam_code rc = open_page(&d, &file, head, path, at);
    if (!rc)
        *f = form(&d);
    return close_file(&d, &file, rc);
}

siam_code siam_tiff_pages(const char *path, bool all, siam_code (*take)(void *user, const siam_tiff_page *page, siam_err *e), void *user,
                          siam_err *e)
{
    uint8_t head[HEAD] = {0};
    siam_infile file = {0};
    siam_err ignored = {0};
    decoder d = {.e = e};
    siam_code rc = open_file(&d, &file, head, path);
    if (!rc)
        rc = open_decoder(&d);
    for (int i = 0; !rc; i++) {
        if (i == SIAM_TIFF_PAGES) {
            rc = take(user, &(siam_tiff_page){.number = i, .at = SIAM_TIFF_BEHIND}, e);
            break;
        }
        siam_tiff_page page = {.number = i, .at = TIFFCurrentDirOffset(d.tif)};
        d.e = &ignored;
        if (!read_header(&d) && !check_part(&d, 1)) {
            page.w = (int)d.w;
            page.h = (int)d.h;
        }
        d.e = e;
        siam_err_clear(&ignored);
        rc = take(user, &page, e);
        if (rc || !all || TIFFLastDirectory(d.tif))
            break;
        if (!TIFFReadDirectory(d.tif)) {
            rc = take(user, &(siam_tiff_page){.number = i + 1}, e);
            break;
        }
    }
    return close_file(&d, &file, rc);
}

/* Whether the directory that is open is of a picture of its own, not of a mask or a copy of half the size or less, of which some programs
 * say so and some do not. */
static bool is_page(const decoder *d, uint32_t w, uint32_t h)
{
    uint32_t w2 = 0, h2 = 0, kind = 0;
    TIFFGetField(d->tif, TIFFTAG_IMAGEWIDTH, &w2);
    TIFFGetField(d->tif, TIFFTAG_IMAGELENGTH, &h2);
    TIFFGetField(d->tif, TIFFTAG_SUBFILETYPE, &kind);
    return (w2 > w / 2 || h2 > h / 2) && !(kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
}

bool siam_tiff_goes_on(const char *path, uint64_t begin, uint64_t n)
{
    enum { LOOKED_AT = 16 /* directories: a slide has so many copies at most */ };
    uint8_t head[HEAD] = {0};
    siam_infile file = {0};
    decoder d = {0};
    uint32_t w = 0, h = 0;
    bool more = false;
    if (!open_within(&d, &file, head, path, begin, n) && probe_tiff(head, HEAD) && !open_decoder(&d) && TIFFGetField(d.tif, TIFFTAG_IMAGEWIDTH, &w) &&
        TIFFGetField(d.tif, TIFFTAG_IMAGELENGTH, &h))
        for (int i = 0; i < LOOKED_AT && !more && !TIFFLastDirectory(d.tif) && TIFFReadDirectory(d.tif); i++)
            more = is_page(&d, w, h);
    close_file(&d, &file, SIAM_OK);
    return more;
}

bool siam_tiff_looks(const char *path)
{
    uint8_t head[4];
    siam_infile f;
    if (siam_infile_open(&f, path, NULL))
        return false;
    const bool is = f.n >= sizeof head && !siam_infile_read(&f, 0, head, sizeof head, NULL) && probe_tiff(head, sizeof head);
    siam_infile_close(&f);
    return is;
}

/* ---- the codec ------------------------------------------------------------------------------------------- */

static siam_code size_tiff(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    siam_image_form f;
    SIAM_TRY(form_tiff(&f, bytes, n, e));
    *w = f.w;
    *h = f.h;
    return SIAM_OK;
}

/* The file is such a block. */
static const uint8_t *exif_tiff(const uint8_t *b, size_t n, size_t *length)
{
    *length = n;
    return b;
}

const siam_codec siam_codec_tiff = {
    .name = "TIFF",
    .endings = (const char *const[]){".tif", ".tiff", NULL},
    .probe = probe_tiff,
    .size = size_tiff,
    .form = form_tiff,
    .decode = decode_tiff,
    .exif = exif_tiff,
    .scattered = true,
};
