/* What is measured at the end of an epoch: weighted kNN of the encoder and the effective rank of z. */
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "infer/knn.h"
#include "infer/rank.h"
#include "train/simsiam_private.h"

static siam_code knn_top1(trainer *t, double *top1, siam_err *e)
{
    siam_features bank = {0}, query = {0};
    siam_code rc = siam_extractor_run(t->extractor, t->params, t->train, t->bank, t->nbank, t->watch.stop, &bank, e);
    if (!rc && t->test)
        rc = siam_extractor_run(t->extractor, t->params, t->test, NULL, 0, t->watch.stop, &query, e);
    if (!rc) {
        siam_features_normalise(&bank);
        siam_features_normalise(&query);
        rc = siam_knn_classify(t->backend, &bank, t->test ? &query : &bank, t->train->info.classes, &(int){t->cfg.eval_k}, 1,
                               &t->cfg.eval_temperature, 1, top1, e);
    }
    siam_features_release(&bank);
    siam_features_release(&query);
    return rc;
}

siam_code siam_trainer_evaluate(trainer *t, double *knn, double *rank, siam_err *e)
{
    *knn = *rank = NAN;
    if (t->has_z) {
        siam_desc d;
        const float *z = siam_plan_value(t->plan, t->vals.z, &d);
        SIAM_TRY(siam_effective_rank(t->backend, z, d.dim[0], d.dim[1], rank, e));
    }
    return t->extractor ? knn_top1(t, knn, e) : SIAM_OK;
}
