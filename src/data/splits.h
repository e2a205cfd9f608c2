/* Which folders of a data set are its splits, by their names. */
#ifndef SIAM_DATA_SPLITS_H
#define SIAM_DATA_SPLITS_H

#include "data/image_list.h"

/* "val", "Test", "validation_set", "val2017": a name that says nothing but that its images are held out. */
bool siam_split_looks_held_out(const char *name);

bool siam_split_looks_train(const char *name); /* the same for training images */

typedef struct siam_splits {
    int64_t train, test; /* among the names, -1 = none */
    int64_t odd;         /* a name that looks like a split and is none, as what belongs to it is not there; -1 = none */
    int64_t other;       /* a second folder of training images: which of the two is meant is not clear; -1 = none */
} siam_splits;

/* Among the folders with images that lie side by side. Names are split into words: the case, what stands between the words,
 * numbers, and words like "images" and "set" do not matter; any other word has to be in both names ("seg_train",
 * "seg_test"). flat: the folder names[i] has images of its own; a folder called train that has, among others that are no
 * splits, is a class. test without train: only held-out images are there. */
typedef bool siam_flat_fn(void *user, const char *name);
siam_code siam_splits_find(siam_splits *s, const siam_image_list *names, siam_flat_fn *flat, void *user, siam_err *e);

#endif
