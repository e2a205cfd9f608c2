/* For tests of the loader: a data set of noise whose reads can be made to fail, and what an epoch of it brings. */
#ifndef SIAM_TESTS_NOISE_SET_H
#define SIAM_TESTS_NOISE_SET_H

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "data/loader.h"

enum { COUNT = 53, SIDE = 40, SIZE = 32, FLOATS = 3 * SIZE * SIZE };

/* ---- a data set of noise ---------------------------------------------------------------------------------
 */

typedef struct noise_set {
    siam_dataset head;
    int64_t bad[2]; /* images that cannot be read, -1 = none */
    int64_t every;  /* as are those with index % every == 0; 0 = none */
    int *reads;     /* or the first `failing` ones that are read; NULL = they are not counted. One worker counts. */
    int failing;
} noise_set;

static siam_code read_noise(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const noise_set *s = (const noise_set *)d;
    siam_rng r = siam_rng_key(1, 2, (uint64_t)index, 3, SIAM_RNG_TEST);

    const bool early = s->reads && ++*s->reads <= s->failing;
    if (early || index == s->bad[0] || index == s->bad[1] || (s->every && index % s->every == 0))
        return siam_fail(e, SIAM_E_DATA, "image %" PRId64 " is damaged", index);
    const siam_code rc = siam_image_resize_buffer(im, SIDE, SIDE, e);
    for (int i = 0; !rc && i < SIDE * SIDE * 3; i++)
        im->px[i] = (uint8_t)siam_rng_u32(&r);
    return rc;
}

static int label_noise(const siam_dataset *d, int64_t index)
{
    (void)d;
    return (int)(index % 7);
}

static const siam_dataset_type noise_type = {.name = "noise", .read = read_noise, .label = label_noise};

static noise_set make_set(int64_t count)
{
    return (noise_set){
        .head = {.type = &noise_type, .info = {.count = count, .classes = 7, .width = SIDE, .height = SIDE}},
        .bad = {-1, -1}};
}

static siam_loader_cfg config(int batch, int workers)
{
    return (siam_loader_cfg){.batch = batch,
                             .views = 2,
                             .workers = workers,
                             .slots = 3,
                             .seed = 11,
                             .drop_last = true,
                             .norm = {{0.5f, 0.4f, 0.3f}, {0.2f, 0.3f, 0.4f}},
                             .aug = {.size = SIZE,
                                     .crop_min = 0.2,
                                     .crop_max = 1,
                                     .jitter_p = 0.8,
                                     .brightness = 0.4,
                                     .contrast = 0.4,
                                     .saturation = 0.4,
                                     .hue = 0.1,
                                     .gray_p = 0.2,
                                     .blur_p = 0.5,
                                     .blur_min = 0.1,
                                     .blur_max = 2,
                                     .flip_p = 0.5}};
}

/* ---- what an epoch holds ---------------------------------------------------------------------------------
 */

typedef struct seen { /* of every image in the order of the epoch */
    int images, batches, last_n;
    int64_t index[COUNT];
    uint64_t view[2][COUNT];
} seen;

static siam_loader *create_ok(const noise_set *s, const siam_loader_cfg *c)
{
    siam_loader *l;
    siam_err e = {0};
    if (siam_loader_create(&l, &s->head, c, &e))
        fail_msg("%s", e.msg);
    return l;
}

static void take(seen *out, const siam_batch *b, int views)
{
    for (int i = 0; i < b->n; i++) {
        assert_true(out->images < COUNT);
        out->index[out->images] = b->index[i];
        assert_int_equal(b->label[i], b->index[i] % 7);
        for (int v = 0; v < views; v++) {
            const float *px = b->images + ((size_t)v * (size_t)b->n + (size_t)i) * FLOATS;
            out->view[v][out->images] = siam_hash64(px, FLOATS * sizeof *px);
        }
        out->images++;
    }
    out->batches++;
    out->last_n = b->n;
}

static seen run_epoch(siam_loader *l, int epoch, int64_t skip, int views)
{
    seen out = {0};
    const siam_batch *b;
    siam_err e = {0};
    if (siam_loader_epoch(l, epoch, skip, &e))
        fail_msg("%s", e.msg);
    for (;;) {
        if (siam_loader_get(l, &b, &e))
            fail_msg("%s", e.msg);
        if (!b)
            break;
        take(&out, b, views);
    }
    assert_int_equal(siam_loader_get(l, &b, &e), SIAM_OK); /* the end stays the end */
    assert_null(b);
    return out;
}

static void create_fails(const noise_set *s, const siam_loader_cfg *c, siam_code code, const char *word)
{
    siam_loader *l = (siam_loader *)1;
    siam_err e = {0};
    assert_int_equal(siam_loader_create(&l, &s->head, c, &e), code);
    assert_null(l);
    if (!strstr(e.msg, word))
        fail_msg("'%s' is not in: %s", word, e.msg);
}

#endif
