/* Scoring classifications: accuracy, precision, recall and F1 as scikit-learn computes them (zero_division =
 * 0), the pairs of classes that are confused, and the mistakes with the confidence they were made with. */
#ifndef SIAM_INFER_SCORE_H
#define SIAM_INFER_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { SIAM_SCORE_TOP = 5 };

typedef struct siam_wrong {
    int64_t index;
    int32_t label, pred;
    float score; /* probability of pred */
} siam_wrong;

/* Counts so far. {0} is empty; siam_score_init first. */
typedef struct siam_score {
    int classes;
    int64_t n, right, top5; /* images; of those, with the label first, and among the first five */
    int64_t *support;       /* [classes]: images with that label */
    int64_t *predicted;     /* [classes]: with that prediction */
    int64_t *hit;           /* [classes]: with both */
    siam_wrong *wrong;
    int64_t nwrong, room;
} siam_score;

typedef struct siam_prf {
    double precision, recall, f1; /* 0 where the denominator is 0 */
} siam_prf;

typedef struct siam_confusion {
    int32_t label, pred; /* different ones */
    int64_t count;
} siam_confusion;

siam_code siam_score_init(siam_score *s, int classes, siam_err *e);
void siam_score_release(siam_score *s);
/* One image: its label, the `ntop` most probable classes (at least 1), and the probability of the first. */
siam_code siam_score_add(siam_score *s, int64_t index, int label, const int32_t *top, int ntop, float score,
                         siam_err *e);

siam_prf siam_score_class(const siam_score *s, int cls);
/* Averages over the classes that occur among labels or predictions, as scikit-learn's without `labels`;
 * returns how many those are. micro is accuracy, as every image has one label and one prediction. */
int siam_score_averages(const siam_score *s, siam_prf *macro, siam_prf *micro);
/* Whether a class occurs among labels or predictions. */
bool siam_score_occurs(const siam_score *s, int cls);
/* The confused pairs, most frequent first, then by label and prediction; free(*pairs). */
siam_code siam_score_confusions(const siam_score *s, siam_confusion **pairs, int64_t *n, siam_err *e);
/* The most confident mistakes first, equal ones in the order of their index. */
void siam_score_sort_wrong(siam_score *s);

/* The share with the label among the first five; NAN where that says nothing: five classes or fewer. */
double siam_score_top5(const siam_score *s);

/* prob[n] = softmax(logits[n]), in double; false when a logit is not finite. */
bool siam_softmax(float *prob, const float *logits, int n);
/* Indices of the k largest of x[n], 1 <= k <= n, largest first, equal ones in order (torch.argmax takes the
 * first). */
void siam_top(int32_t *top, int k, const float *x, int n);

#endif
