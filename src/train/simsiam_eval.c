/* What is measured at the end of an epoch: weighted kNN of the encoder and the effective rank of z. */
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "infer/rank.h"
#include "train/simsiam_private.h"

static siam_code knn_top1(simsiam_job *j, double *top1, siam_err *e)
{
    const siam_knn_cfg c = {.k = &(int){j->cfg->eval_k}, .nk = 1, .temperature = &j->cfg->eval_temperature, .nt = 1,
                            .stop = j->loop->watch.stop};
    return siam_loop_known(j->loop, siam_knn_ask(&j->sets, j->extractor, j->params, j->loop->backend, &c, top1, NULL, e));
}

/* Of z of the last step's last part, all views, of all ranks. */
static siam_code effective_rank(simsiam_job *j, double *rank, siam_err *e)
{
    const siam_comm *c = j->loop->comm;
    const int rows = j->graph->views * j->part, dim = j->model.dim;
    const size_t bytes = (size_t)rows * (size_t)dim * sizeof(float);
    float *all = malloc(bytes * (size_t)c->size), *z = all && c->size > 1 ? malloc(bytes) : all;
    siam_code rc = z ? j->engine->type->read(j->engine, j->vals.z, rows, z, e)
                     : siam_fail(e, SIAM_E_NOMEM, "out of memory for the effective rank");
    if (!rc)
        rc = c->size > 1 ? c->type->gather(c, z, bytes, all, e) : SIAM_OK;
    if (!rc)
        rc = siam_effective_rank(j->loop->backend, all, rows * c->size, dim, rank, e);
    if (z != all)
        free(z);
    free(all);
    return rc;
}

siam_code siam_simsiam_evaluate(simsiam_job *j, double *knn, double *rank, siam_err *e)
{
    *knn = *rank = NAN;
    if (j->has_z)
        SIAM_TRY(effective_rank(j, rank, e));
    SIAM_TRY(j->extractor ? knn_top1(j, knn, e) : SIAM_OK);
    siam_loop_tell_remark(j->loop->progress, siam_extractor_remark(j->extractor));
    return SIAM_OK;
}
