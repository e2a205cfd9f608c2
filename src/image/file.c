/* Image files as bytes. */
#include <stdlib.h>

#include "base/check.h"
#include "base/infile.h"
#include "image/codec.h"

enum {
    FIRST = 64 << 10,      /* shows whether it is an image */
    ANY = 32 << 20,        /* what lies around the pixels of any image, and all of nearly every one */
    BYTES_PER_PIXEL = 8    /* of a PNG of 16 bits and alpha; those of JPEG have less */
};

/* As much of the file as its pixels can take, at least `have` bytes, which are there. */
static size_t most_of(const siam_infile *f, const uint8_t *bytes, size_t have)
{
    int w = 1, h = SIAM_IMAGE_MAX_PIXELS;
    if (!siam_codec_of(bytes, have)->scattered && siam_image_size(&w, &h, bytes, have, NULL))
        return have; /* the decoder says what is wrong */
    const size_t most = ANY + BYTES_PER_PIXEL * (size_t)w * (size_t)h;
    return f->n < most ? f->n : most;
}

static siam_code read_bytes(const siam_infile *f, uint8_t **bytes, size_t *n, siam_err *e)
{
    size_t room = f->n < ANY ? f->n : ANY;
    *n = f->n < FIRST ? f->n : FIRST;
    *bytes = malloc(room + 1);
    if (!*bytes)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the %zu bytes of '%s'", room, f->path);
    SIAM_TRY(siam_infile_read(f, 0, *bytes, *n, e));
    if (!siam_image_codec_name(*bytes, *n))
        return SIAM_OK; /* no more of it is read */
    SIAM_TRY(siam_infile_read(f, *n, *bytes + *n, room - *n, e));
    *n = room;
    if (room == f->n)
        return SIAM_OK;
    room = most_of(f, *bytes, *n);
    uint8_t *more = realloc(*bytes, room + 1);
    if (!more)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the %zu bytes of '%s'", room, f->path);
    *bytes = more;
    SIAM_TRY(siam_infile_read(f, *n, *bytes + *n, room - *n, e));
    *n = room;
    return SIAM_OK;
}

siam_code siam_image_file(const char *path, uint8_t **bytes, size_t *n, siam_err *e)
{
    siam_infile f;
    *bytes = NULL;
    *n = 0;
    SIAM_TRY(siam_infile_open(&f, path, e));
    siam_code rc = read_bytes(&f, bytes, n, e);
    if (!rc)
        rc = siam_infile_unchanged(&f, e);
    siam_infile_close(&f);
    if (rc) {
        free(*bytes);
        *bytes = NULL;
        *n = 0;
    }
    return rc;
}
