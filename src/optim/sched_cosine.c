/* Cosine decay to zero: (1 + cos(pi t)) / 2. */
#include <math.h>

#include "optim/optim.h"

static double factor(double t) { return 0.5 * (1.0 + cos(3.14159265358979323846 * t)); }

const siam_schedule siam_schedule_cosine = {.name = "cosine", .help = "half a cosine down to zero", .factor = factor};
