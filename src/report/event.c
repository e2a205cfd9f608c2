/* The numbers of an event. */
#include "report/event.h"

#include <math.h>

const siam_gauge siam_gauges[SIAM_GAUGES] = {
#define SIAM_ROW(name, ...) [SIAM_GAUGE_##name] = {__VA_ARGS__},
#include "report/gauges.def"
#undef SIAM_ROW
};

siam_number *siam_event_put(siam_event *ev, siam_gauge_id g, double value)
{
    siam_number *n = &ev->number[g];
    *n = (siam_number){.measured = isfinite(value), .value = value};
    return n;
}

double siam_event_value(const siam_event *ev, siam_gauge_id g)
{
    return ev->number[g].measured ? ev->number[g].value : NAN;
}
