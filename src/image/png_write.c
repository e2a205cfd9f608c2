/* PNG through libpng's simplified interface, which needs no callbacks of ours. */
#include "image/png_write.h"

#include <stdlib.h>

#include <png.h>

#include "base/check.h"
#include "base/file.h"

siam_code siam_image_write_png(const siam_image *im, const char *path, siam_err *e)
{
    SIAM_ASSERT(siam_image_is_rgb8(im));
    png_image p = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)im->w, .height = (png_uint_32)im->h, .format = PNG_FORMAT_RGB};
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(p);
    void *bytes = malloc(n);
    if (!bytes)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the picture '%s'", path);
    siam_code rc = SIAM_OK;
    if (!png_image_write_to_memory(&p, bytes, &n, 0, im->px, 0, NULL))
        rc = siam_fail(e, SIAM_E_NOMEM, "the picture '%s' cannot be written: %s", path, p.message);
    if (!rc)
        rc = siam_file_write_atomic(path, bytes, n, e);
    free(bytes);
    return rc;
}
