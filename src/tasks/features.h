/* Features of a data set: the encoder's pooled output for every image under the test transform. */
#ifndef SIAM_TASKS_FEATURES_H
#define SIAM_TASKS_FEATURES_H

#include <signal.h>

#include "backend/tune.h"
#include "data/dataset.h"
#include "nn/plan.h"

typedef struct siam_features {
    int64_t n;
    int dim;
    float *x;       /* [n, dim] */
    int32_t *label; /* [n], -1 = none */
    int64_t bad;    /* images that could not be read, and whose place another took */
} siam_features;
void siam_features_release(siam_features *f);

typedef struct siam_extractor siam_extractor;

/* How images become network input. */
typedef struct siam_extract_cfg {
    int size, batch, workers;
    float mean[3], std[3];
    double max_bad; /* as siam_loader_cfg; 0: a bad image is an error */
} siam_extract_cfg;

/* An inference plan over the encoder graph, reusable across calls. graph and backend are borrowed. graph NULL:
 * features are the normalised pixels themselves. tuner may be NULL. */
siam_code siam_extractor_create(siam_extractor **out, siam_backend *b, siam_tuner *tuner, const siam_graph *graph,
                                siam_val features, const siam_extract_cfg *c, siam_err *e);
void siam_extractor_destroy(siam_extractor **x);
size_t siam_extractor_bytes(const siam_extractor *x);

/* Extract all images, or those of `subset` (borrowed). params: table with the graph's names, NULL for pixels.
 * *stop != 0 ends early with SIAM_E_CANCELLED; stop may be NULL. */
siam_code siam_extractor_run(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                             int64_t nsubset, const volatile sig_atomic_t *stop, siam_features *out, siam_err *e);

#endif
