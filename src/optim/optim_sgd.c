/* SGD with momentum and weight decay on everything, as torch.optim.SGD (no dampening, no Nesterov). */
#include "base/check.h"
#include "optim/optim.h"

/* Parameters of one group that lie side by side are one sweep. */
static siam_code step(siam_backend *b, siam_params *p, const float lr[SIAM_GROUP_COUNT], float momentum,
                      float weight_decay, siam_err *e)
{
    for (int i = 0; i < p->n;) {
        if (p->row[i].buffer) {
            i++;
            continue;
        }
        const size_t first = p->row[i].offset;
        const siam_param_group group = p->row[i].group;
        size_t last = first;
        for (; i < p->n && (p->row[i].buffer || p->row[i].group == group); i++)
            if (!p->row[i].buffer)
                last = p->row[i].offset + (size_t)siam_desc_count(&p->row[i].desc);
        SIAM_TRY(b->type->sgd(b, p->value + first, p->grad + first, p->momentum + first, last - first, 1, lr[group],
                              momentum, weight_decay, e));
    }
    return SIAM_OK;
}

const siam_optimizer siam_optimizer_sgd = {.name = "sgd", .help = "momentum SGD, as torch", .step = step};
