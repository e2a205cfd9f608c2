/* Features of a data set: what the encoder (or a part of it) gives for every image under the test transform. */
#ifndef SIAM_INFER_FEATURES_H
#define SIAM_INFER_FEATURES_H

#include <signal.h>

#include "backend/tune.h"
#include "data/loader.h"
#include "data/skiplist.h"
#include "engine/engine.h"
#include "infer/rows.h"

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
    int channels; /* of the images, as the data set is to read them; 0: RGB's */
    siam_norm norm;
    siam_dtype map_type; /* inside the network; the features are float32 */
    const siam_engine_type *engine; /* what runs the network; NULL: the host */
    siam_devices devices;           /* as siam_engine_cfg */
    double max_bad; /* as siam_loader_cfg; 0: a bad image is an error */
    bool last;      /* one pass over images is all: siam_extractor_stream or _run uses the parameters up */
    bool keep_bad;  /* a bad image keeps its place in the rows, instead of another one standing in for it */
} siam_extract_cfg;

/* An engine over the encoder graph, reusable across calls. graph and backend are borrowed. graph NULL:
 * features are the normalised pixels themselves. features: any value the graph keeps; a feature map gives rows of
 * C*h*w numbers (NCHW). tuner may be NULL. */
siam_code siam_extractor_create(siam_extractor **out, siam_backend *b, siam_tuner *tuner, const siam_graph *graph,
                                siam_val features, const siam_extract_cfg *c, siam_err *e);
void siam_extractor_destroy(siam_extractor **x);
/* The bytes that an extractor takes while it runs over `images` images, its loader's included: for a check before it is made. */
siam_code siam_extractor_bytes(size_t *bytes, siam_backend *b, const siam_graph *graph, siam_val features,
                               const siam_extract_cfg *c, int64_t images, siam_err *e);
const char *siam_extractor_remark(siam_extractor *x); /* siam_engine_remark; x may be NULL */
/* Shape of one image's features: [1, C] or [1, C, h, w]. */
siam_desc siam_extractor_shape(const siam_extractor *x);

/* Use these parameters from now on; the table must outlive the extractor's runs. */
siam_code siam_extractor_bind(siam_extractor *x, siam_params *params, siam_err *e);
/* The features of a batch of images, at most the extractor's: *rows [b->n, dim], valid until the next call. All are
 * finite, or SIAM_E_NUMERIC names the first image whose are not. */
siam_code siam_extractor_forward(siam_extractor *x, const siam_batch *b, const float **rows, siam_err *e);
/* How many images of a side to take at once: enough to fill the machine, little enough to stay small. */
int siam_extractor_batch_for(int size, int64_t images);

/* Hand all images, or those of `subset` (borrowed), to `sink` batch by batch, in order. params: table with the
 * graph's names, NULL for pixels. *stop != 0 ends early with SIAM_E_CANCELLED; stop may be NULL. A failure of the
 * sink ends it too. skipped (may be NULL): the bad images are added to it. The ranks of the backend share the work, and on each
 * of them the sink is called as on one alone; a failure is one of all (siam_comm_agree). */
siam_code siam_extractor_stream(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                                int64_t nsubset, const volatile sig_atomic_t *stop, siam_rows_sink *sink, void *user,
                                siam_skiplist *skipped, siam_err *e);

/* The same, all in memory. */
siam_code siam_extractor_run(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                             int64_t nsubset, const volatile sig_atomic_t *stop, siam_features *out, siam_err *e);

#endif
