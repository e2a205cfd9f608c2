/* What is measured at the end of an epoch: weighted kNN of the encoder and the effective rank of z. */
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "infer/knn.h"
#include "infer/rank.h"
#include "train/simsiam_private.h"

static siam_code knn_top1(simsiam_job *j, double *top1, siam_err *e)
{
    siam_features bank = {0}, query = {0};
    siam_code rc = siam_extractor_run(j->extractor, j->params, j->loop->train, j->bank, j->nbank, j->loop->watch.stop, &bank, e);
    if (!rc && j->test)
        rc = siam_extractor_run(j->extractor, j->params, j->test, NULL, 0, j->loop->watch.stop, &query, e);
    if (!rc) {
        siam_features_normalise(&bank);
        siam_features_normalise(&query);
        rc = siam_knn_classify(j->loop->backend, &bank, j->test ? &query : &bank, j->loop->train->info.classes, &(int){j->cfg->eval_k}, 1,
                               &j->cfg->eval_temperature, 1, top1, e);
    }
    siam_features_release(&bank);
    siam_features_release(&query);
    return rc;
}

siam_code siam_simsiam_evaluate(simsiam_job *j, double *knn, double *rank, siam_err *e)
{
    *knn = *rank = NAN;
    if (j->has_z) {
        siam_desc d;
        const float *z = siam_plan_value(j->plan, j->vals.z, &d);
        SIAM_TRY(siam_effective_rank(j->loop->backend, z, d.dim[0], d.dim[1], rank, e));
    }
    return j->extractor ? knn_top1(j, knn, e) : SIAM_OK;
}
