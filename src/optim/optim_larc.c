/* LARS as apex has it (LARC without clipping around SGD), which Facebook's linear evaluation uses:
 * g = (g + wd p) local, then momentum SGD without weight decay. Where local has no meaning - the bias before the first
 * step, which is 0 - g stays what it is. */
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
        SIAM_TRY(b->type->sgd(b, p->value + at, p->grad + at, p->momentum + at, (size_t)siam_desc_count(&p->row[i].desc),
                              local != 0 ? (float)local : 1, lr[p->row[i].group], momentum,
                              (float)(local * (double)weight_decay), e));
    }
    return SIAM_OK;
}

const siam_optimizer siam_optimizer_larc = {.name = "larc", .help = "LARS, as apex's LARC around SGD", .step = step};
