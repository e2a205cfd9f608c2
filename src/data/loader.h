/* Loader: worker threads decode once, augment `views` times and write normalised views straight into the
 * next slot of a ring of batches. Batches come out in order and their pixels do not depend on the number of
 * workers. The order of an epoch is a pure function of (seed, epoch). Bad images are counted batch by batch as
 * those are handed out, so that when too many stop the loader does not depend on the workers either. */
#ifndef SIAM_DATA_LOADER_H
#define SIAM_DATA_LOADER_H

#include "data/augment.h"
#include "data/dataset.h"
#include "data/skiplist.h"

typedef struct siam_loader siam_loader;

/* What a batch brings of augmented views: themselves, or what somebody else needs to make them (views/), from images of 8 bits. */
typedef enum siam_loader_gives {
    SIAM_LOADER_VIEWS, /* finished and normalised */
    SIAM_LOADER_CROPS, /* their crops, brought to size, and what the other augmentations drew */
    SIAM_LOADER_DRAWN  /* what was drawn alone: no image is read, all have one size */
} siam_loader_gives;

typedef struct siam_loader_cfg {
    int batch;         /* images of a batch, views * batch of them when views > 1 */
    /* This one of so many ranks; 0 of 0: alone. Of augmented views with drop_last it makes its share of each batch, in the order of
     * the ranks, which must divide `batch`; of others the batches whose turn is its, which are those that one process has. */
    int rank, ranks;
    int parts;         /* with ranks: each batch is parts of its own (accumulation), and a rank has its share of each; 0 = 1 */
    int views;         /* 1, 2 ...: augmented views, shuffled; 0: one view with the test transform, in order */
    int workers;       /* threads, >= 1 */
    int slots;         /* ring size, >= 2 */
    uint64_t seed;
    bool drop_last;
    siam_norm norm;
    int channels;      /* of the images, as the data set is to read them; 0: RGB's */
    siam_aug_cfg aug;  /* aug.size is the output side in both modes */
    bool fast;         /* augmented views: photographs are decoded as small as the crops allow (siam_crops), not to their exact pixels */
    siam_loader_gives gives; /* with views > 0 */
    int held_w, held_h;      /* of all images, for SIAM_LOADER_DRAWN, which has no pairs */
    /* Share of the data set that may be unreadable (SIAM_E_DATA from read); 0: the first bad image is an error.
     * In a bad image's place stands another one, a pure function of (seed, epoch, image, attempt). */
    double max_bad;
    bool keep_bad; /* views = 0: nothing stands in for a bad image; its place holds zeros, its own label, and index -1 */
    const int64_t *subset; /* views = 0: read these indices instead of all; borrowed */
    int64_t nsubset;
} siam_loader_cfg;

typedef struct siam_batch {
    const float *images; /* [views * n, shape]: view 1 of every image, then view 2; or NULL: */
    const uint8_t *crops; /* [views * n, size, size, channels] in place of images; NULL where they are not read */
    const int32_t *drawn; /* [views * n, siam_augment_words(NULL)], with or without the crops */
    const int32_t *label;
    const int64_t *index;
    int64_t place;       /* of its first image in the epoch's order of all ranks; in a batch in turn, the others follow */
    int n;               /* images: batch, or this rank's share of it, or fewer in a last batch without drop_last */
    siam_image_shape shape; /* of a view */
    const siam_dataset *of; /* whose images these are */
} siam_batch;

/* What the views of a loader look like, and the bytes that siam_loader_create takes for a data set of `images` images, SIZE_MAX
 * where they cannot be counted. On top come the threads, and while they read, the images they read. */
siam_image_shape siam_loader_shape(const siam_loader_cfg *c);
size_t siam_loader_bytes(const siam_loader_cfg *c, int64_t images);
/* The data set is borrowed and must outlive the loader. Threads start with the first epoch. */
siam_code siam_loader_create(siam_loader **out, const siam_dataset *d, const siam_loader_cfg *c, siam_err *e);
void siam_loader_destroy(siam_loader **l); /* stops and joins the workers */
int64_t siam_loader_batches(const siam_loader *l); /* per epoch */
int siam_loader_batch(const siam_loader *l);       /* images of a batch that are this rank's */
/* Start epoch (0-based), skipping its first batches (resume). Ends a running epoch. */
siam_code siam_loader_epoch(siam_loader *l, int epoch, int64_t skip_batches, siam_err *e);
/* Borrow the next batch, valid until the next get or epoch; *b = NULL at the end of the epoch. */
siam_code siam_loader_get(siam_loader *l, const siam_batch **b, siam_err *e);
/* The bad images in the batches handed out so far; borrowed until the next get. */
const siam_skiplist *siam_loader_skipped(const siam_loader *l);
/* Refuse `bad` images that cannot be read (SIAM_E_DATA), of which this is one, where they are more than that share of the data set. */
siam_code siam_loader_too_many(const siam_dataset *d, double max_bad, int64_t bad, const siam_skipped *one, siam_err *e);
/* Seconds spent waiting in siam_loader_get since creation. */
double siam_loader_waited(const siam_loader *l);

/* Order of an epoch: perm[count] = Fisher-Yates with the stream (seed, epoch, 0, 0, SIAM_RNG_SHUFFLE). */
void siam_epoch_order(int64_t *perm, int64_t count, uint64_t seed, int epoch);

#endif
