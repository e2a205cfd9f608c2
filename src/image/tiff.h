/* Parts of TIFF files, which may be far larger than memory: their pages, and rectangles of them. Only what is asked for is read. */
#ifndef SIAM_IMAGE_TIFF_H
#define SIAM_IMAGE_TIFF_H

#include "image/codec.h"

typedef struct siam_tiff_page {
    int number;  /* from 0 */
    /* Where its directory is in the file; 0: that is damaged, and no page behind it is known. SIAM_TIFF_BEHIND: it and those behind it are
     * more than are read. */
    uint64_t at;
    int w, h;    /* 0: it is not one that is read; reading it says why. No more than INT32_MAX, but maybe more than an image may have */
} siam_tiff_page;

#define SIAM_TIFF_BEHIND UINT64_MAX
/* Whether a file begins as a TIFF does. */
bool siam_tiff_looks(const char *path);
/* Whether behind its first picture there is another one, which is no mask and no smaller copy of it. The TIFF is the n bytes of the file
 * from `begin` on; n 0: all of them. Reads directories alone. */
bool siam_tiff_goes_on(const char *path, uint64_t begin, uint64_t n);
/* take() each page of a file, or the first alone, in their order, and where there are more than SIAM_TIFF_PAGES one that stands for the
 * others. A file that is none: SIAM_E_DATA. */
enum { SIAM_TIFF_PAGES = 65535 };
siam_code siam_tiff_pages(const char *path, bool all, siam_code (*take)(void *user, const siam_tiff_page *page, siam_err *e), void *user,
                          siam_err *e);
/* What the page at `at` is, with its size or the largest that an image has. */
siam_code siam_tiff_form(siam_image_form *f, const char *path, uint64_t at, siam_err *e);
/* Its pixels [x, x + w) x [y, y + h), as siam_image_decode_as gives those of all of it; w and h 0: all, within an image's limits. Memory is
 * that of the part and of one tile or strip of the file, 256 MiB at most. Thread-safe. */
siam_code siam_tiff_part(siam_image *im, const siam_image_want *want, const char *path, uint64_t at, int x, int y, int w, int h, siam_err *e);

#endif
