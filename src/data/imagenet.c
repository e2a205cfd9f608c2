/* Looking up the table of imagenet_names.inc. */
#include "data/imagenet.h"

#include <string.h>

static const struct {
    char wnid[10];
    const char *name;
} row[] = {
#define SIAM_CLASS(wnid, name) {#wnid, name},
#include "data/imagenet_names.inc"
#undef SIAM_CLASS
};
_Static_assert(sizeof row / sizeof *row == SIAM_IMAGENET_CLASSES, "one row per class");

const char *siam_imagenet_name(int cls)
{
    return cls >= 0 && cls < SIAM_IMAGENET_CLASSES ? row[cls].name : NULL;
}

const char *siam_imagenet_wnid(int cls)
{
    return cls >= 0 && cls < SIAM_IMAGENET_CLASSES ? row[cls].wnid : NULL;
}

int siam_imagenet_class(const char *wnid)
{
    int lo = 0, hi = SIAM_IMAGENET_CLASSES;
    while (lo < hi) { /* the rows are in order */
        const int mid = lo + (hi - lo) / 2, c = strcmp(row[mid].wnid, wnid);
        if (!c)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}
