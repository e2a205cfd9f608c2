/* When a run is called collapsing. Without the stop-gradient the gauge decays over tens to hundreds of steps
 * while the loss goes to -1, so a sign has to last (SUSTAIN steps), not to be seen once; a healthy run may
 * dip for a few steps at the start. */
#include "report/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    EARLY_UPDATES = 20, /* before the first verdict */
    SUSTAIN = 10,       /* steps that a sign must last */
    RECOVER = 50,       /* steps that a healthy gauge must last to take the verdict back */
    LAG = 25            /* updates over which the gauge's fall is judged */
};
static const double smoothing = 0.2, low_gauge = 0.5, minimum_loss = -0.995;

_Static_assert((int)LAG < (int)SIAM_VERDICT_HISTORY, "the ring holds the lagged value");

/* The mark below which the gauge is a sign: 0.5, or for small batches a third of the way up from the floor of
 * 2/sqrt(N). Where the floor is nearly 1 the gauge says nothing. */
static double threshold_of(int images)
{
    const double floor_ = images > 0 ? 2 / sqrt(images) : 0;
    if (floor_ > 0.8)
        return -1;
    const double t = floor_ + (1 - floor_) / 3;
    return t > low_gauge ? t : low_gauge;
}

void siam_verdict_init(siam_verdict *v, int images, bool stop_gradient)
{
    *v = (siam_verdict){.no_stop_gradient = !stop_gradient, .threshold = threshold_of(images), .rank = NAN};
}

static bool falling(const siam_verdict *v)
{
    if (v->updates <= LAG)
        return v->smooth < 0.9 * v->peak;
    return v->smooth < 0.97 * v->past[(v->updates - 1 - LAG) % SIAM_VERDICT_HISTORY] ||
           v->smooth < 0.9 * v->peak;
}

static siam_verdict_sign sign_of(const siam_verdict *v)
{
    if (v->smooth < v->threshold)
        return SIAM_SIGN_GAUGE;
    if (v->loss < minimum_loss && falling(v))
        return SIAM_SIGN_LOSS;
    return v->low_rank ? SIAM_SIGN_RANK : SIAM_SIGN_NONE;
}

/* Enter, stay in or leave the states, given whether there is a sign at this step. */
static void advance(siam_verdict *v, siam_verdict_sign sign)
{
    if (sign) {
        if (!v->bad_updates++)
            v->bad_since = v->step;
        v->good_since = -1;
        if (v->state != SIAM_VERDICT_COLLAPSING && v->bad_updates >= 2 && v->step - v->bad_since >= SUSTAIN) {
            v->state = SIAM_VERDICT_COLLAPSING;
            v->sign = sign;
        }
        return;
    }
    v->bad_updates = 0;
    if (v->state == SIAM_VERDICT_COLLAPSING) {
        const bool well = v->smooth > fmin(0.9, v->threshold + 0.1);
        if (!well)
            v->good_since = -1;
        else if (v->good_since < 0)
            v->good_since = v->step;
        else if (v->step - v->good_since >= RECOVER)
            v->state = SIAM_VERDICT_HEALTHY;
    } else if (v->updates >= EARLY_UPDATES) {
        v->state = SIAM_VERDICT_HEALTHY;
    }
}

bool siam_verdict_step(siam_verdict *v, int64_t step, double loss, double gauge)
{
    const siam_verdict_state before = v->state;
    if (!isfinite(loss) || !isfinite(gauge))
        return false;
    if (!v->updates) {
        v->smooth = gauge;
        v->threshold = v->threshold ? v->threshold : low_gauge; /* a zeroed struct */
        v->good_since = -1;
    }
    v->step = step;
    v->loss = loss;
    v->gauge = gauge;
    v->smooth += smoothing * (gauge - v->smooth);
    v->peak = fmax(v->peak, v->smooth);
    v->past[v->updates++ % SIAM_VERDICT_HISTORY] = v->smooth;
    advance(v, sign_of(v));
    return v->state != before;
}

bool siam_verdict_epoch(siam_verdict *v, double rank, int dim, int images)
{
    const siam_verdict_state before = v->state;
    if (!isfinite(rank))
        return false;
    const double most = dim < images || images <= 0 ? dim : images;
    v->rank = rank;
    v->dim = dim;
    v->images = images;
    v->best_rank = fmax(v->best_rank, rank);
    /* An untrained encoder's z already has a low rank, so little of it is only a sign when it was more
     * before, when it is next to nothing, or when the loss is where collapse puts it. */
    v->low_rank = (v->best_rank >= 10 && rank < 0.1 * v->best_rank) || (most >= 16 && rank < 2) ||
                  (rank < 0.01 * most && v->loss < -0.98);
    if (v->low_rank && v->state != SIAM_VERDICT_COLLAPSING && v->updates >= EARLY_UPDATES) {
        v->state = SIAM_VERDICT_COLLAPSING;
        v->sign = SIAM_SIGN_RANK;
        v->good_since = -1;
    }
    return v->state != before;
}

bool siam_verdict_changed(siam_verdict *v, char *sentence, size_t n)
{
    const siam_verdict_state before = v->told;
    char text[160];
    if (v->state == before)
        return false;
    v->told = v->state;
    if (v->state == SIAM_VERDICT_HEALTHY && before == SIAM_VERDICT_EARLY)
        return false;
    siam_verdict_text(v, text, sizeof text);
    const char *advice = siam_verdict_advice(v);
    snprintf(sentence, n, "%s%s%s", text, *advice ? "; " : "", advice);
    return true;
}

bool siam_verdict_collapsed(const siam_verdict *v) { return v->state == SIAM_VERDICT_COLLAPSING; }

void siam_verdict_text(const siam_verdict *v, char *buf, size_t n)
{
    static const char *const why[] = {
        [SIAM_SIGN_NONE] = "collapsing: different images get nearly the same z",
        [SIAM_SIGN_GAUGE] = "collapsing: different images get nearly the same z",
        [SIAM_SIGN_LOSS] = "collapsing: the loss is at its minimum while z loses its spread",
        [SIAM_SIGN_RANK] = "collapsing: z uses very few of its dimensions",
    };
    char rank[48] = "";
    if (v->dim)
        snprintf(rank, sizeof rank, ", rank %.1f of %d", v->rank, v->dim);
    if (v->state == SIAM_VERDICT_EARLY)
        snprintf(buf, n, "too early for a verdict (%" PRId64 " steps seen)", v->updates);
    else
        snprintf(buf, n, "%s (std %.2fx%s, loss %.3f at step %" PRId64 ")",
                 v->state == SIAM_VERDICT_HEALTHY ? "healthy: no collapse" : why[v->sign], v->smooth, rank,
                 v->loss, v->step);
}

const char *siam_verdict_advice(const siam_verdict *v)
{
    if (v->state != SIAM_VERDICT_COLLAPSING)
        return "";
    if (v->no_stop_gradient)
        return "this is expected without the stop-gradient: train with --stop_gradient true";
    return "try a smaller --lr, a constant predictor lr or stronger augmentations";
}
