/* Images that are the same picture: pixel for pixel, or after a change of size, compression or light, or mirrored. */
#ifndef SIAM_DATA_TWINS_H
#define SIAM_DATA_TWINS_H

#include "data/survey.h"

typedef enum siam_twin_kind { SIAM_TWIN_NONE, SIAM_TWIN_EXACT, SIAM_TWIN_NEAR, SIAM_TWIN_MIRRORED } siam_twin_kind;

typedef struct siam_twin {
    int64_t of; /* the first image before this one that it is a twin of; < 0: there is none */
    siam_twin_kind kind;
} siam_twin;

/* The images of `n` surveys, numbered through: (*out)[i]; free(*out). Pictures without shades have no twins but exact ones. Work grows
 * with images, not with their pairs: of more than 500 that look alike to a part of their bits, neighbours are compared. */
siam_code siam_twins_find(siam_twin **out, const siam_survey *const *s, int n, siam_err *e);

#endif
