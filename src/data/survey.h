/* Every image of a data set looked at once: whether it can be read, how large it is, what it looks like. */
#ifndef SIAM_DATA_SURVEY_H
#define SIAM_DATA_SURVEY_H

#include <signal.h>

#include "data/dataset.h"

enum { SIAM_LOOK_SIDE = 16 };

/* What is known of an image. w = 0: it cannot be read, and the rest means nothing. */
typedef struct siam_look {
    int32_t w, h;
    uint64_t pixels;           /* a hash of the size and of every pixel */
    uint64_t shape, mirrored;  /* 64 bits about its coarse shades, which a change of size or compression hardly changes; of its mirror image */
    float mean, deviation;     /* of its shades (luma), white is 1 */
    float detail;              /* how much its shades change from pixel to pixel at a common size, beside their deviation */
    uint8_t colour[3];         /* the mean of its first channels */
    uint8_t shade[SIAM_LOOK_SIDE * SIAM_LOOK_SIDE]; /* in small */
} siam_look;

/* All of them, and the colours of all together, in which every image counts alike. */
typedef struct siam_survey {
    int64_t n;
    siam_look *look;
    char **why;             /* [n]: the sentence of one that cannot be read, else NULL */
    int channels, depth;    /* of the images that could be read; depth in bytes */
    uint64_t level[SIAM_IMAGE_MOST][256]; /* of each channel: how often a level (the high byte) occurs, as images times 2^32 */
} siam_survey;

/* Look at all images of `d`, as d->want says they are read, with so many threads. told (or NULL) is called now and then with how many are done. *stop != 0 ends it
 * with SIAM_E_CANCELLED. About 350 bytes an image. release also after a failure. */
siam_code siam_survey_take(siam_survey *s, const siam_dataset *d, int threads, const volatile sig_atomic_t *stop,
                           void (*told)(void *user, int64_t done), void *user, siam_err *e);
void siam_survey_release(siam_survey *s);

/* Mean and standard deviation of a channel, and the level below which a share of the pixels lies; white is 1. */
void siam_survey_channel(const siam_survey *s, int channel, double *mean, double *std);
double siam_survey_percentile(const siam_survey *s, int channel, double share);

#endif
