/* Any bytes as a JPEG file: refused in words, or decoded and turned upright without a fault. Parts of it, shrunk or not, are good where the
 * whole is good; and where nothing is shrunk, what is needed has the pixels of the whole. */
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "fuzz_image.h"

extern const siam_codec siam_codec_jpeg;

static void say(void *user, int w, int h, siam_image_need *need)
{
    *need = *(const siam_image_need *)user;
    if (need->x + need->w > w || need->y + need->h > h)
        abort(); /* another size than the header's */
}

static void same_pixels(const siam_image *part, const siam_image *whole, siam_image_need b)
{
    if (part->part.shrink && (part->part.shrink != 1 || b.x < part->part.x || b.y < part->part.y || b.x + b.w > part->part.x + part->w || b.y + b.h > part->part.y + part->h))
        abort();
    for (int y = b.y; y < b.y + b.h; y++) {
        const uint8_t *p = part->px + 3 * ((size_t)(y - part->part.y) * (size_t)part->w + (size_t)(b.x - part->part.x));
        if (memcmp(p, whole->px + 3 * ((size_t)y * (size_t)whole->w + (size_t)b.x), 3 * (size_t)b.w))
            abort();
    }
}

/* Four boxes that the bytes choose. */
static void fuzz_parts(const uint8_t *data, size_t n)
{
    siam_image whole = {0}, part = {0};
    const siam_image_want rgb8 = {0};
    siam_rng r = siam_rng_key(siam_hash64(data, n), 0, 0, 0, SIAM_RNG_TEST);
    int w, h;
    if (siam_image_size(&w, &h, data, n, NULL) || (int64_t)w * h > 1 << 20)
        return;
    const siam_code exact = siam_image_decode_for(&whole, &rgb8, true, NULL, data, n, NULL);
    const bool swap = siam_image_orientation(data, n) >= 5;
    const int width = swap ? h : w, height = swap ? w : h;
    for (int shrink = 1; shrink <= 8; shrink *= 2) {
        const int bw = 1 + (int)siam_rng_below(&r, (uint32_t)width), bh = 1 + (int)siam_rng_below(&r, (uint32_t)height);
        siam_image_need need = {(int)siam_rng_below(&r, (uint32_t)(width - bw + 1)), (int)siam_rng_below(&r, (uint32_t)(height - bh + 1)), bw, bh, shrink};
        const siam_image_use use = {say, &need};
        siam_err e = {0};
        const siam_code rc = siam_image_decode_for(&part, &rgb8, true, &use, data, n, &e);
        if (rc != exact || (rc && !e.msg[0]))
            abort();
        if (!rc && shrink == 1)
            same_pixels(&part, &whole, need);
    }
    siam_image_release(&whole);
    siam_image_release(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (siam_codec_jpeg.probe(data, n))
        fuzz_parts(data, n);
    return fuzz_image(&siam_codec_jpeg, data, n);
}
