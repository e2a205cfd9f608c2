/* Fingerprints of data sets: hashes over names and labels. */
#include "data/fingerprint.h"

#include <string.h>

#include "base/format.h"
#include "base/hash.h"
#include "data/joined.h"

/* Length of the folders that all names begin with, the last slash included. */
static size_t shared_folder(const siam_dataset *d)
{
    const char *first = siam_dataset_file(d, 0), *slash = strrchr(first, '/');
    size_t n = slash ? (size_t)(slash - first) + 1 : 0;
    for (int64_t i = 1; n && i < d->info.count; i++) {
        const char *name = siam_dataset_file(d, i);
        while (n && strncmp(first, name, n))
            for (n--; n && first[n - 1] != '/'; n--)
                ;
    }
    return n;
}

static uint64_t chain(uint64_t h, uint64_t more)
{
    const uint64_t part[2] = {h, more};
    return siam_hash64(part, sizeof part);
}

/* Of joined data sets: theirs, and which of their images there are. */
static void join_fingerprints(siam_fingerprint *p, const siam_dataset *d)
{
    uint64_t files = 0, order = 0, labels = 0;
    for (int k = 0; k < siam_joined_parts(d); k++) {
        siam_fingerprint one;
        siam_dataset_fingerprint(&one, siam_joined_part(d, k));
        files += chain((uint64_t)one.images, (uint64_t)one.files);
        order = chain(order, (uint64_t)one.order);
        labels = chain(labels, (uint64_t)one.labels);
    }
    for (int64_t i = 0; d->only && i < d->info.count; i++)
        files = chain(files, (uint64_t)d->only[i]);
    *p = (siam_fingerprint){.images = d->info.count,
                            .files = (int64_t)(files >> 1),
                            .order = (int64_t)(order >> 1),
                            .labels = (int64_t)(labels >> 1)};
}

void siam_dataset_fingerprint(siam_fingerprint *p, const siam_dataset *d)
{
    if (siam_joined_parts(d)) {
        join_fingerprints(p, d);
        return;
    }
    const siam_dataset_info *info = &d->info;
    const uint64_t kind[] = {siam_hash64(d->type->name, strlen(d->type->name)), info->variant,
                             (uint64_t)info->classes, (uint64_t)info->width, (uint64_t)info->height};
    const bool named = siam_dataset_file(d, 0) != NULL;
    const size_t skip = named ? shared_folder(d) : 0;
    uint64_t files = 0, order = 0, labels = 0;
    if (!named)
        files = order = siam_hash64(kind, sizeof kind);
    for (int64_t i = 0; i < info->count; i++) {
        labels = chain(labels, (uint64_t)(int64_t)siam_dataset_label(d, i));
        if (!named)
            continue;
        const char *name = siam_dataset_file(d, i) + skip;
        const char *mate = siam_dataset_mate_file(d, i);
        uint64_t h = siam_hash64(name, strlen(name));
        if (mate)
            h = chain(h, siam_hash64(mate, strlen(mate)));
        files += h; /* so that their order does not matter */
        order = chain(order, h);
    }
    for (int c = 0; d->type->class_name && c < info->classes; c++) {
        const char *name = d->type->class_name(d, c);
        labels = chain(labels, name ? siam_hash64(name, strlen(name)) : 0);
    }
    *p = (siam_fingerprint){.images = info->count,
                            .files = (int64_t)(files >> 1),
                            .order = (int64_t)(order >> 1),
                            .labels = (int64_t)(labels >> 1)};
}

const char *siam_fingerprint_differs(char *buf, size_t n, const siam_fingerprint *began,
                                     const siam_fingerprint *now)
{
    char count[32];
    if (began->images != now->images)
        snprintf(buf, n, "now there %s %s", now->images == 1 ? "is" : "are",
                 siam_format_count(count, sizeof count, now->images));
    else if (began->files != now->files)
        snprintf(buf, n, "and these are as many but not the same");
    else if (began->order != now->order)
        snprintf(buf, n, "and these are the same in another order");
    else if (began->labels != now->labels)
        snprintf(buf, n, "and these have other labels");
    else
        return NULL;
    return buf;
}
