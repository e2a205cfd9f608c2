/* LARS as mmpretrain has it: the learning rate is part of the momentum buffer, so that what a step added keeps the rate
 * of its time. d = (g + wd p) local lr; buf = mu buf + d; p -= buf. Where local has no meaning it is 1. */
#include "base/check.h"
#include "optim/optim.h"

static siam_code step(siam_backend *b, siam_params *p, const float lr[SIAM_GROUP_COUNT], float momentum,
                      float weight_decay, siam_err *e)
{
    for (int i = 0; i < p->n; i++) {
        const size_t at = p->row[i].offset;
        double local;
        if (p->row[i].buffer)
            continue;
        SIAM_TRY(siam_trust_ratio(b, p, i, (double)weight_decay, &local, e));
        const double rate = (local != 0 ? local : 1) * (double)lr[p->row[i].group];
        SIAM_TRY(b->type->sgd(b, p->value + at, p->grad + at, p->momentum + at, (size_t)siam_desc_count(&p->row[i].desc),
                              (float)rate, 1, momentum, (float)(rate * (double)weight_decay), e));
    }
    return SIAM_OK;
}

const siam_optimizer siam_optimizer_lars = {.name = "lars", .help = "LARS, as mmpretrain", .step = step};
