/* Any bytes as a TIFF file: refused in words, or decoded and turned upright without a fault; and parts of all its pages. */
#include "fuzz_image.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/tiff.h"

enum { PAGES = 20, PART = 100 };

extern const siam_codec siam_codec_tiff;

typedef struct file {
    char path[64];
    siam_image im;
    int pages;
} file;

static siam_code look(void *user, const siam_tiff_page *page, siam_err *e)
{
    file *f = user;
    siam_image_form form = {0};
    const int w = page->w < PART ? page->w : PART, h = page->h < PART ? page->h : PART;
    const bool formed = !siam_tiff_form(&form, f->path, page->at, NULL);
    const siam_image_want wants[] = {{0, 0, 0, 1}, {form.samples, 2, 0, 1}};
    for (int i = 0; i < (formed && form.samples <= SIAM_IMAGE_MOST ? 2 : 1) && w; i++) {
        siam_err why = {0};
        if (siam_tiff_part(&f->im, &wants[i], f->path, page->at, page->w - w, page->h - h, w, h, &why)) {
            if (!why.msg[0])
                abort(); /* a failure without a sentence */
        } else if (f->im.w != w || f->im.h != h) {
            abort();
        }
    }
    return ++f->pages < PAGES ? SIAM_OK : siam_fail(e, SIAM_E_DATA, "enough");
}

static void read_parts(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    file f = {.pages = 0};
    siam_err e = {0};
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    if (siam_tiff_pages(f.path, true, look, &f, &e) && !e.msg[0])
        abort();
    siam_image_release(&f.im);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (siam_codec_tiff.probe(data, n))
        read_parts(data, n);
    return fuzz_image(&siam_codec_tiff, data, n);
}
