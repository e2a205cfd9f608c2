/* What is measured at the end of an epoch: weighted kNN of the encoder and the effective rank of z. */
#include <math.h>

#include "base/check.h"
#include "infer/rank.h"
#include "train/simsiam_private.h"

static siam_code knn_top1(simsiam_job *j, double *top1, siam_err *e)
{
    const siam_knn_cfg c = {.k = &(int){j->cfg->eval_k}, .nk = 1, .temperature = &j->cfg->eval_temperature, .nt = 1,
                            .stop = j->loop->watch.stop};
    return siam_knn_ask(&j->sets, j->extractor, j->params, j->loop->backend, &c, top1, NULL, e);
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
