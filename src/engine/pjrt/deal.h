/* How what belongs to a batch's images is dealt out to devices. */
#ifndef SIAM_ENGINE_PJRT_DEAL_H
#define SIAM_ENGINE_PJRT_DEAL_H

#include <string.h>

/* A batch is views of parts of shares: [views, parts, replicas, share]. Each device gets its share of each view of one part. */
typedef struct siam_deal {
    int views, parts, replicas, share;
} siam_deal;

/* Rows of so many bytes of part `part`: dst [replicas, views, share] of src, all of the batch. */
static inline void siam_deal_rows(void *dst, const void *src, size_t row, const siam_deal *d, int part)
{
    const size_t share = (size_t)d->share * row, images = (size_t)d->replicas * share, view = (size_t)d->parts * images;
    for (int k = 0; k < d->replicas; k++)
        for (int v = 0; v < d->views; v++)
            memcpy((char *)dst + (size_t)(k * d->views + v) * share,
                   (const char *)src + (size_t)v * view + (size_t)part * images + (size_t)k * share, share);
}

#endif
