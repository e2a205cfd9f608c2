/* The lists of optimisers and schedules, and the learning rate of a step. */
#include "optim/optim.h"

#include "base/check.h"

#define SIAM_ROW(x) extern const siam_schedule siam_schedule_##x;
#include "optim/schedules.def"
#undef SIAM_ROW
#define SIAM_ROW(x) extern const siam_optimizer siam_optimizer_##x;
#include "optim/optimizers.def"
#undef SIAM_ROW

const siam_schedule *const siam_schedules[] = {
#define SIAM_ROW(x) &siam_schedule_##x,
#include "optim/schedules.def"
#undef SIAM_ROW
    NULL};

const siam_optimizer *const siam_optimizers[] = {
#define SIAM_ROW(x) &siam_optimizer_##x,
#include "optim/optimizers.def"
#undef SIAM_ROW
    NULL};

#define SIAM_ROW(x) "|" #x
const char siam_schedule_words[] =
#include "optim/schedules.def"
    ;
const char siam_optimizer_words[] =
#include "optim/optimizers.def"
    ;
#undef SIAM_ROW

double siam_lr_at(const siam_lr_cfg *c, int64_t step)
{
    const double warmup_steps = c->warmup_epochs * (double)c->steps_per_epoch;
    if ((double)step < warmup_steps)
        return c->lr * (double)(step + 1) / warmup_steps;
    const double epoch =
        c->by_step ? (double)step / (double)c->steps_per_epoch : (double)(step / c->steps_per_epoch);
    const double t = (epoch - c->warmup_epochs) / ((double)c->epochs - c->warmup_epochs);
    return c->lr * c->schedule->factor(t < 0 ? 0 : t);
}

siam_code siam_trust_ratio(siam_backend *b, const siam_params *p, int i, double weight_decay, double *ratio,
                           siam_err *e)
{
    const double trust = 0.001, eps = 1e-8;
    const size_t at = p->row[i].offset, n = (size_t)siam_desc_count(&p->row[i].desc);
    double value, grad;
    SIAM_TRY(b->type->norm(b, p->value + at, n, &value, e));
    SIAM_TRY(b->type->norm(b, p->grad + at, n, &grad, e));
    *ratio = value != 0 && grad != 0 ? trust * value / (grad + weight_decay * value + eps) : 0;
    return SIAM_OK;
}
