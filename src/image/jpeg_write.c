/* JPEG through libjpeg-turbo. What can fail in it lies below the setjmp. */
#include "image/jpeg_write.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/check.h"

typedef struct encoder {
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    jmp_buf out;
    unsigned char *bytes; /* libjpeg's, from malloc */
    unsigned long n;
    char why[JMSG_LENGTH_MAX];
} encoder;

_Noreturn static void on_error(j_common_ptr c)
{
    encoder *x = c->client_data;
    c->err->format_message(c, x->why);
    longjmp(x->out, 1);
}

/* One tag in the shortest EXIF block there is. */
static void write_orientation(encoder *x, int orientation)
{
    const JOCTET block[] = {'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, /* big-endian, its first folder at 8 */
                            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (JOCTET)orientation, 0, 0, 0, 0, 0, 0};
    jpeg_write_marker(&x->j, JPEG_APP0 + 1, block, sizeof block);
}

static void encode(encoder *x, const siam_image *im, int quality, int orientation)
{
    jpeg_create_compress(&x->j);
    jpeg_mem_dest(&x->j, &x->bytes, &x->n);
    x->j.image_width = (JDIMENSION)im->w;
    x->j.image_height = (JDIMENSION)im->h;
    x->j.input_components = SIAM_IMAGE_CHANNELS;
    x->j.in_color_space = JCS_RGB;
    jpeg_set_defaults(&x->j);
    jpeg_set_quality(&x->j, quality, TRUE);
    x->j.optimize_coding = TRUE;
    jpeg_start_compress(&x->j, TRUE);
    if (orientation > 1)
        write_orientation(x, orientation);
    while (x->j.next_scanline < x->j.image_height) {
        JSAMPROW row = im->px + 3 * (size_t)x->j.next_scanline * (size_t)im->w;
        jpeg_write_scanlines(&x->j, &row, 1);
    }
    jpeg_finish_compress(&x->j);
}

siam_code siam_image_jpeg(uint8_t **bytes, size_t *n, const siam_image *im, int quality, int orientation, siam_err *e)
{
    SIAM_ASSERT(siam_image_is_rgb8(im) && quality >= 1 && quality <= 100);
    encoder x;
    memset(&x, 0, sizeof x);
    x.j.err = jpeg_std_error(&x.errors);
    x.j.client_data = &x;
    x.errors.error_exit = on_error;
    const bool failed = setjmp(x.out) != 0;
    if (!failed)
        encode(&x, im, quality, orientation);
    jpeg_destroy_compress(&x.j);
    *bytes = failed ? NULL : x.bytes;
    *n = failed ? 0 : x.n;
    if (!failed)
        return SIAM_OK;
    free(x.bytes);
    return siam_fail(e, SIAM_E_NOMEM, "a JPEG of %d x %d pixels cannot be made: %s", im->w, im->h, x.why);
}
