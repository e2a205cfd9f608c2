/* How far a pass over many images has come. */
#include "report/meter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/system.h"

static const double redraw_s = 0.1, line_s = 30, quiet_s = 1;

void siam_meter_start(siam_meter *m, FILE *out, const char *what, int64_t total)
{
    const char *term = getenv("TERM");
    *m = (siam_meter){.out = out, .what = what, .total = total, .start = siam_clock()};
    m->last = m->start;
    m->terminal = out && isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

void siam_meter_at(siam_meter *m, int64_t done)
{
    char a[32], b[32], left[32];
    const double now = siam_clock(), spent = now - m->start;
    if (!m->out || done >= m->total || spent < quiet_s || now - m->last < (m->terminal ? redraw_s : line_s))
        return;
    m->last = now;
    m->drawn = m->terminal;
    const double rate = (double)done / spent;
    fprintf(m->out, "%s%s %s of %s images, %.0f a second, %s left%s", m->terminal ? "\r\033[K" : "", m->what,
            siam_format_count(a, sizeof a, done), siam_format_count(b, sizeof b, m->total), rate,
            siam_format_duration(left, sizeof left, rate > 0 ? (double)(m->total - done) / rate : -1),
            m->terminal ? "" : "\n");
    fflush(m->out);
}

void siam_meter_clear(siam_meter *m)
{
    if (m->drawn)
        fputs("\r\033[K", m->out);
    m->drawn = false;
}
