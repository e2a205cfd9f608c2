/* JPEG through libjpeg-turbo with its defaults (islow DCT, fancy upsampling, block smoothing), which are
 * Pillow's. The source does not invent an end for data that have none: it suspends, as Pillow's does, and
 * what suspends here is cut short. Every call into libjpeg that can fail lies below the setjmp of guarded().
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/check.h"
#include "base/system.h"
#include "image/codec.h"
#include "image/unpack.h"

enum { ROWS = 16, LARGE = 64 << 20 };

extern const siam_codec siam_codec_jpeg; /* the last lines of this file */

typedef struct decoder {
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    siam_image *im;
    const siam_image_use *use; /* of a part */
    bool skipping;
    int w, h;
    bool grey;
    jmp_buf out;
    siam_code rc;
    siam_err *e;
} decoder;

/* ---- libjpeg's callbacks --------------------------------------------------------------------------------
 */

_Noreturn static void leave(decoder *d, siam_code rc)
{
    d->rc = rc;
    longjmp(d->out, 1);
}

_Noreturn static void cut_short(decoder *d)
{
    leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG data are cut short: they end after %u of %u rows",
                       d->j.output_scanline, d->j.image_height));
}

_Noreturn static void on_error(j_common_ptr c)
{
    decoder *d = c->client_data;
    char why[JMSG_LENGTH_MAX];
    if (c->err->msg_code == JERR_CANT_SUSPEND) /* how the arithmetic decoder says that the data ended */
        cut_short(d);
    c->err->format_message(c, why);
    const siam_code rc = c->err->msg_code == JERR_OUT_OF_MEMORY ? SIAM_E_NOMEM : SIAM_E_DATA;
    leave(d, siam_fail(d->e, rc, "the JPEG data cannot be decoded: %s", why));
}

/* Warnings are for files that are odd but whole, except the one after which libjpeg paints grey. */
static void on_message(j_common_ptr c, int level)
{
    if (level >= 0)
        return;
    c->err->num_warnings++;
    if (c->err->msg_code == JWRN_HIT_MARKER)
        on_error(c);
}

static void on_output(j_common_ptr c) { (void)c; }

static void on_source(j_decompress_ptr j) { (void)j; }

/* All bytes were there from the start. Who skips rows does not look whether they were. */
static boolean on_fill(j_decompress_ptr j)
{
    decoder *d = j->client_data;
    if (d->skipping)
        cut_short(d);
    return FALSE;
}

static void on_skip(j_decompress_ptr j, long n)
{
    struct jpeg_source_mgr *s = j->src;
    const size_t left = s->bytes_in_buffer, skip = n < 0 ? 0 : (size_t)n < left ? (size_t)n : left;
    s->next_input_byte += skip;
    s->bytes_in_buffer -= skip;
}

/* A file of a few kilobytes can hold thousands of scans over the whole picture. */
static void on_progress(j_common_ptr c)
{
    decoder *d = c->client_data;
    if (d->j.input_scan_number > SIAM_IMAGE_MAX_SCANS)
        leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG data have more than %d scans", SIAM_IMAGE_MAX_SCANS));
}

static void open_decoder(decoder *d, const uint8_t *bytes, size_t n)
{
    d->j.err = jpeg_std_error(&d->errors);
    d->j.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    jpeg_create_decompress(&d->j);
    d->source = (struct jpeg_source_mgr){.next_input_byte = bytes,
                                         .bytes_in_buffer = n,
                                         .init_source = on_source,
                                         .fill_input_buffer = on_fill,
                                         .skip_input_data = on_skip,
                                         .resync_to_restart = jpeg_resync_to_restart,
                                         .term_source = on_source};
    d->j.src = &d->source;
    d->progress.progress_monitor = on_progress;
    d->j.progress = &d->progress;
}

static void read_header(decoder *d)
{
    if (jpeg_read_header(&d->j, TRUE) != JPEG_HEADER_OK)
        leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG data are cut short: they end inside the header"));
    const siam_code rc = siam_codec_check_size(&siam_codec_jpeg, d->j.image_width, d->j.image_height, d->e);
    if (rc)
        leave(d, rc);
    d->w = (int)d->j.image_width;
    d->h = (int)d->j.image_height;
    d->grey = d->j.num_components == 1;
}

/* ---- pixels ---------------------------------------------------------------------------------------------
 */

/* Memory follows the data, not the header's claim: Huffman codes take at least one bit per block of 8 x 8, so
 * fewer are a cut file. A file of several scans has every coefficient kept until the last of them. */
static void check_memory(decoder *d)
{
    uint64_t blocks = 0;
    for (int i = 0; i < d->j.num_components; i++)
        blocks += (uint64_t)d->j.comp_info[i].width_in_blocks * d->j.comp_info[i].height_in_blocks;
    if (!d->j.arith_code && d->source.bytes_in_buffer < blocks / 8)
        leave(d, siam_fail(d->e, SIAM_E_DATA,
                           "the JPEG data are cut short: %zu bytes cannot hold %u x %u pixels",
                           d->source.bytes_in_buffer, d->j.image_width, d->j.image_height));
    const uint64_t need = blocks * DCTSIZE2 * sizeof(JCOEF);
    if (jpeg_has_multiple_scans(&d->j) && need > LARGE && need > siam_memory_available())
        leave(d, siam_fail(d->e, SIAM_E_NOMEM,
                           "the multi-scan JPEG image of %u x %u pixels needs %llu MB of memory",
                           d->j.image_width, d->j.image_height, (unsigned long long)(need >> 20)));
}

/* The scans of the bytes from within the first one on, up to the end of the image. Other segments, which may hold anything,
 * are stepped over. */
static unsigned count_scans(const uint8_t *p, size_t n)
{
    enum { END = 0xd9, SCAN = 0xda };
    unsigned scans = 1;
    while (n > 3) {
        const uint8_t *mark = memchr(p, 0xff, n - 3);
        if (!mark)
            break;
        n -= (size_t)(mark - p);
        p = mark;
        const unsigned kind = p[1];
        size_t step = kind == 0xff ? 1 : 2; /* filling; data, or where a decoder may begin anew */
        if (kind == END)
            break;
        if (kind != 0xff && kind && (kind < 0xd0 || kind > 0xd7)) {
            scans += kind == SCAN;
            step = 2 + (size_t)(p[2] << 8 | p[3]);
        }
        if (step > n)
            break;
        p += step;
        n -= step;
    }
    return scans;
}

/* Each scan may take as long as the whole picture, and be of a few bytes. */
static void check_scans(decoder *d)
{
    if (!jpeg_has_multiple_scans(&d->j))
        return;
    const unsigned scans = count_scans(d->source.next_input_byte, d->source.bytes_in_buffer);
    if (scans > SIAM_IMAGE_MAX_SCANS)
        leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG data have more than %d scans", SIAM_IMAGE_MAX_SCANS));
    if (scans > SIAM_IMAGE_FREE_SCANS && (uint64_t)scans * (unsigned)d->w * (unsigned)d->h > SIAM_IMAGE_SCAN_PIXELS)
        leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG data have %u scans of %d x %d pixels; so large ones are read with up to %d",
                           scans, d->w, d->h, SIAM_IMAGE_FREE_SCANS));
}

/* The next `rows` rows to px. */
static void read_rows(decoder *d, uint8_t *px, unsigned rows)
{
    JSAMPROW row[ROWS];
    const bool inks = d->j.out_color_space == JCS_CMYK;
    const unsigned first = d->j.output_scanline, end = first + rows;
    JSAMPARRAY line = NULL;
    if (inks)
        line = d->j.mem->alloc_sarray((j_common_ptr)&d->j, JPOOL_IMAGE, 4 * d->j.output_width, 1);
    while (d->j.output_scanline < end) {
        const unsigned y = d->j.output_scanline, left = end - y;
        for (unsigned i = 0; i < ROWS && i < left; i++)
            row[i] = px + (size_t)(y - first + i) * d->j.output_width * 3;
        const unsigned got = inks ? jpeg_read_scanlines(&d->j, line, 1)
                                  : jpeg_read_scanlines(&d->j, row, left < ROWS ? left : ROWS);
        if (got == 0)
            cut_short(d);
        if (inks)
            siam_mix_inks(row[0], line[0], d->j.output_width); /* every four-channel JPEG is taken as Adobe's, as by Pillow */
    }
}

/* The header, and how the pixels are to be made of the data. */
static void prepare(decoder *d)
{
    read_header(d);
    if (d->j.num_components != 1 && d->j.num_components != 3 && d->j.num_components != 4)
        leave(d, siam_fail(d->e, SIAM_E_DATA, "the JPEG image has %d channels; 1, 3 and 4 are read",
                           d->j.num_components));
    check_scans(d);
    check_memory(d);
    d->j.out_color_space = d->j.num_components == 4 ? JCS_CMYK : JCS_RGB; /* grey is replicated by libjpeg */
}

static void start(decoder *d)
{
    if (!jpeg_start_decompress(&d->j))
        cut_short(d);
}

static void make_room(decoder *d, unsigned w, unsigned h)
{
    const siam_code rc = siam_image_resize_buffer(d->im, (int)w, (int)h, d->e);
    if (rc)
        leave(d, rc);
}

static void decode_rows(decoder *d)
{
    prepare(d);
    start(d);
    make_room(d, d->j.output_width, d->j.output_height);
    read_rows(d, d->im->px, d->j.output_height);
}

/* ---- parts ----------------------------------------------------------------------------------------------
 * Smaller transforms of the blocks, those that libjpeg-turbo has vector code for; only the columns and rows that are needed. The
 * data of the others are gone through all the same, since an image is good or bad whatever is looked at of it. */

static void skip_to(decoder *d, unsigned row)
{
    if (row <= d->j.output_scanline)
        return;
    d->skipping = true;
    jpeg_skip_scanlines(&d->j, row - d->j.output_scanline);
    d->skipping = false;
}

/* [*first, *end) of pixels of a side of `length` that are shrunk by `by`, `margin` more on either side. */
static void shrink_side(unsigned *first, unsigned *end, int at, int n, int by, unsigned margin, unsigned length)
{
    const unsigned from = (unsigned)(at / by), to = (unsigned)((at + n + by - 1) / by) + margin;
    *first = from > margin ? from - margin : 0;
    *end = to < length ? to : length;
}

static void decode_box(decoder *d)
{
    enum { MARGIN = 4 /* pixels: colours of half the resolution are mixed with their neighbours, which the edge of a part has not */ };
    siam_image_need need;
    unsigned x, right, y, bottom;
    prepare(d);
    d->use->of(d->use->user, d->w, d->h, &need);
    SIAM_ASSERT(need.x >= 0 && need.y >= 0 && need.w > 0 && need.h > 0 && need.w <= d->w - need.x && need.h <= d->h - need.y);
    d->j.scale_num = 1;
    d->j.scale_denom = (unsigned)need.shrink;
    start(d);
    shrink_side(&x, &right, need.x, need.w, need.shrink, MARGIN, d->j.output_width);
    shrink_side(&y, &bottom, need.y, need.h, need.shrink, 0, d->j.output_height);
    unsigned w = right - x;
    if (jpeg_has_multiple_scans(&d->j)) { /* may be smoothed over blocks, and the data are behind us anyway */
        x = 0;
        w = d->j.output_width;
    } else if (w < d->j.output_width) {
        jpeg_crop_scanline(&d->j, &x, &w); /* from where a block begins */
    }
    make_room(d, w, bottom - y);
    skip_to(d, y);
    read_rows(d, d->im->px, bottom - y);
    if (bottom < d->j.output_height) { /* the rest is looked at, too: skipping to the very end would look at nothing */
        skip_to(d, d->j.output_height - 1);
        uint8_t *last = (*d->j.mem->alloc_large)((j_common_ptr)&d->j, JPOOL_IMAGE, (size_t)3 * w);
        read_rows(d, last, d->j.output_height - d->j.output_scanline);
    }
    d->im->part = (siam_image_part){d->w, d->h, (int)x * need.shrink, (int)y * need.shrink, need.shrink};
}

/* Work on the bytes; setjmp stands in a function whose own variables do not change. */
static siam_code guarded(decoder *d, void (*work)(decoder *), const uint8_t *bytes, size_t n)
{
    if (setjmp(d->out) == 0) {
        open_decoder(d, bytes, n);
        work(d);
    }
    jpeg_destroy_decompress(&d->j);
    return d->rc;
}

static siam_code decode_jpeg(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e)
{
    (void)want;
    decoder d;
    memset(&d, 0, sizeof d);
    d.e = e;
    d.im = out;
    return guarded(&d, decode_rows, bytes, n);
}

static siam_code part_jpeg(siam_image *out, const siam_image_use *use, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d;
    memset(&d, 0, sizeof d);
    d.e = e;
    d.im = out;
    d.use = use;
    return guarded(&d, decode_box, bytes, n);
}

static siam_code size_jpeg(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d;
    memset(&d, 0, sizeof d);
    d.e = e;
    SIAM_TRY(guarded(&d, read_header, bytes, n));
    *w = d.w;
    *h = d.h;
    return SIAM_OK;
}

static siam_code form_jpeg(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e)
{
    decoder d;
    memset(&d, 0, sizeof d);
    d.e = e;
    SIAM_TRY(guarded(&d, read_header, bytes, n));
    f->w = d.w;
    f->h = d.h;
    f->channels = f->samples = d.grey ? 1 : SIAM_IMAGE_CHANNELS;
    f->depth = 1;
    return SIAM_OK;
}

/* ---- around the pixels ----------------------------------------------------------------------------------
 */

static bool probe_jpeg(const uint8_t *b, size_t n)
{
    return n >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff;
}

/* The first APP1 segment "Exif", between the start of the file and the first scan. */
static const uint8_t *exif_jpeg(const uint8_t *b, size_t n, size_t *length)
{
    for (size_t at = 2; n - at >= 4 && b[at] == 0xff;) {
        const unsigned marker = b[at + 1],
                       size = b[at + 2] << 8u | b[at + 3]; /* size: with its own two bytes */
        if (marker == 0xff) {                              /* filling */
            at++;
            continue;
        }
        if (marker == 0xda || marker == 0xd9 || size < 2 || size > n - at - 2)
            return NULL;
        if (marker == 0xe1 && size >= 8 && !memcmp(b + at + 4, "Exif\0", 6)) {
            *length = size - 8;
            return b + at + 10;
        }
        at += 2 + size;
    }
    return NULL;
}

const siam_codec siam_codec_jpeg = {
    .name = "JPEG",
    .endings = (const char *const[]){".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp", NULL},
    .probe = probe_jpeg,
    .size = size_jpeg,
    .form = form_jpeg,
    .decode = decode_jpeg,
    .decode_part = part_jpeg,
    .shrinks = true,
    .exif = exif_jpeg,
};
