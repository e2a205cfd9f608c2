/* Is the run learning or collapsing? A verdict in words from the loss, the collapse gauge and the rank of z.
 *
 * The gauge is the std per channel of the l2-normalised z over 1/sqrt(d): 1 when the images of a batch spread
 * over the sphere, 0 when all are one point. With a BatchNorm at the end of the projector it cannot reach 0:
 * the noise that the normalisation blows up leaves about 2/sqrt(N) for N images per view. */
#ifndef SIAM_REPORT_VERDICT_H
#define SIAM_REPORT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIAM_VERDICT_HISTORY = 64 };

typedef enum siam_verdict_state {
    SIAM_VERDICT_EARLY, /* too few steps to say */
    SIAM_VERDICT_HEALTHY,
    SIAM_VERDICT_COLLAPSING
} siam_verdict_state;

typedef enum siam_verdict_sign {
    SIAM_SIGN_NONE,
    SIAM_SIGN_GAUGE, /* the gauge is low */
    SIAM_SIGN_LOSS,  /* the loss is at its minimum while the gauge falls */
    SIAM_SIGN_RANK   /* z spans few directions */
} siam_verdict_sign;

/* A plain value: init, or {0} for an unknown number of images. */
typedef struct siam_verdict {
    siam_verdict_state state, told; /* told: the state last given out by siam_verdict_changed */
    siam_verdict_sign sign;
    bool no_stop_gradient;
    double threshold;    /* a gauge below is a sign; 0 = not set yet */
    double smooth, peak; /* running mean of the gauge, and its largest value */
    double loss, gauge, rank, best_rank;
    double past[SIAM_VERDICT_HISTORY]; /* ring of `smooth`, one per update */
    int64_t updates, step;
    int64_t bad_since, good_since; /* step at which the signs began, went away; -1 = not so */
    int bad_updates;
    int dim, images;
    bool low_rank;
} siam_verdict;

/* images: per view and accumulation part, the N of the BatchNorm. */
void siam_verdict_init(siam_verdict *v, int images, bool stop_gradient);
/* After every step (or every few). Returns true when the state changed. */
bool siam_verdict_step(siam_verdict *v, int64_t step, double loss, double gauge);
/* After an epoch: the effective rank of z (NAN = not measured) of `dim` channels over `images` rows. Returns
 * true when the state changed. */
bool siam_verdict_epoch(siam_verdict *v, double rank, int dim, int images);
/* True once per change worth telling (to collapsing, or back to healthy), with verdict and advice in words.
 */
bool siam_verdict_changed(siam_verdict *v, char *sentence, size_t n);
bool siam_verdict_collapsed(const siam_verdict *v);
/* The verdict in one sentence ("healthy: ...", "collapsing: ..."), and what to do in another (empty:
 * nothing). */
void siam_verdict_text(const siam_verdict *v, char *buf, size_t n);
const char *siam_verdict_advice(const siam_verdict *v);

#endif
