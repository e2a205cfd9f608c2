/* Linear classifiers on given features, trained side by side: the same batches, a learning rate each. */
#ifndef SIAM_TRAIN_PROBES_H
#define SIAM_TRAIN_PROBES_H

#include <signal.h>

#include "optim/optim.h"

typedef struct siam_probes siam_probes;

typedef struct siam_probes_cfg {
    int n, classes, dim;
    int batch; /* rows of the largest step */
    const siam_optimizer *optimizer;
    double momentum, weight_decay;
    uint64_t seed;
} siam_probes_cfg;

/* All heads start alike: weights N(0, 0.01^2), biases 0. The backend is borrowed. */
siam_code siam_probes_create(siam_probes **out, siam_backend *b, const siam_probes_cfg *c, siam_err *e);
void siam_probes_destroy(siam_probes **h);
/* Bytes that creation allocates. */
size_t siam_probes_bytes(const siam_probes_cfg *c);

/* The parameters of all heads: rows "fc.weight" and "fc.bias" of the first, "fc.1.weight" ... of the others. */
siam_params *siam_probes_params(siam_probes *h);
const float *siam_probes_weight(const siam_probes *h, int head); /* [classes, dim] */
const float *siam_probes_bias(const siam_probes *h, int head);   /* [classes] */
/* The same of a copy of such parameters. */
const float *siam_probes_weight_in(const siam_params *p, int head);
const float *siam_probes_bias_in(const siam_params *p, int head);

/* One update of every head from `all` rows, of which this rank of the backend has n, x[n, dim] (alone: all of them): softmax
 * cross-entropy, mean over all rows. loss[head] is that before the update, on every rank; a head whose loss is not finite is left
 * as it is. */
siam_code siam_probes_step(siam_probes *h, const float *x, const int32_t *label, int n, int all, const double *lr, double *loss,
                           siam_err *e);
/* Of n rows, which all ranks have and share the work on: hits[2 head] have their class first, hits[2 head + 1] among the first five;
 * of equal logits the lower class comes first. *stop != 0 ends early with SIAM_E_CANCELLED. A failure is one of all ranks. */
siam_code siam_probes_measure(siam_probes *h, const float *x, const int32_t *label, int64_t n, const volatile sig_atomic_t *stop,
                              int64_t *hits, siam_err *e);

#endif
