/* The full learning rate throughout. */
#include "optim/optim.h"

static double factor(double t)
{
    (void)t;
    return 1.0;
}

const siam_schedule siam_schedule_constant = {.name = "constant", .help = "no decay", .factor = factor};
