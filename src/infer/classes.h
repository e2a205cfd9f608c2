/* What a model's classes are called, and which of them a data set's classes are. */
#ifndef SIAM_INFER_CLASSES_H
#define SIAM_INFER_CLASSES_H

#include "data/dataset.h"
#include "model/encoder.h"

enum { SIAM_CLASS_TEXT = 256 };

typedef struct siam_classes {
    int n;             /* the model's */
    const char **name; /* [n], borrowed from the model or the data set; NULL = it has only its number */
    int32_t *of;       /* [data set's classes]: the model's class; NULL without a data set */
    char how[256];     /* one line about how they were matched, or "" when there is nothing to say */
} siam_classes;

/* The classes of `enc`, which has a classifier; its names. d NULL: without a data set. Else d's classes are
 * found among them:
 *   - by name, where both have names: in any order, and d may have fewer;
 *   - ImageNet's folders (n01440764 ...) in a model of ImageNet's 1000 classes, all or some of them;
 *   - by number for a list, whose labels are numbers; for others where both have as many and no name in
 *     common.
 * Anything else, or no labels at all, is SIAM_E_CONFIG, with both numbers or the first class that is not
 * there. data: what to call d. Both are borrowed until release. */
siam_code siam_classes_match(siam_classes *c, const siam_encoder *enc, const siam_dataset *d,
                             const char *data, siam_err *e);
void siam_classes_release(siam_classes *c);

/* A class for people, printable: its name, or its number. */
const char *siam_class_text(const siam_classes *c, int cls, char buf[SIAM_CLASS_TEXT]);

#endif
