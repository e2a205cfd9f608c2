/* How far a pass over many images has come: on a terminal one line redrawn in place, elsewhere a line every
 * 30 seconds. A pass of less than a second shows nothing. */
#ifndef SIAM_REPORT_METER_H
#define SIAM_REPORT_METER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct siam_meter {
    FILE *out; /* NULL = silent */
    const char *what;
    int64_t total;
    double start, last;
    bool terminal, drawn;
} siam_meter;

/* out: usually stderr, borrowed; what: "testing". */
void siam_meter_start(siam_meter *m, FILE *out, const char *what, int64_t total);
void siam_meter_at(siam_meter *m, int64_t done);
/* Take the line away: at the end, and before other text. */
void siam_meter_clear(siam_meter *m);

#endif
