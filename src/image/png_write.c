/* PNG through libpng's simplified interface, which needs no callbacks of ours. */
#include "image/png_write.h"

#include <stdlib.h>

#include <png.h>

#include "base/check.h"
#include "base/file.h"

siam_code siam_image_png(uint8_t **bytes, size_t *n, const siam_image *im, siam_err *e)
{
    SIAM_ASSERT(im->depth == 1 && (im->channels == 1 || im->channels == SIAM_IMAGE_CHANNELS));
    png_image p = {.version = PNG_IMAGE_VERSION,
                   .width = (png_uint_32)im->w,
                   .height = (png_uint_32)im->h,
                   .format = im->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(p);
    *bytes = malloc(size);
    if (!*bytes)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a picture of %d x %d pixels", im->w, im->h);
    if (!png_image_write_to_memory(&p, *bytes, &size, 0, im->px, 0, NULL)) {
        free(*bytes);
        return siam_fail(e, SIAM_E_NOMEM, "a picture of %d x %d pixels cannot be written: %s", im->w, im->h, p.message);
    }
    *n = size;
    return SIAM_OK;
}

siam_code siam_image_write_png(const siam_image *im, const char *path, siam_err *e)
{
    uint8_t *bytes;
    size_t n = 0;
    siam_code rc = siam_image_png(&bytes, &n, im, e);
    if (rc)
        return siam_wrap(e, rc, "writing '%s'", path);
    rc = siam_file_write_atomic(path, bytes, n, e);
    free(bytes);
    return rc;
}
