/* The list of sinks, and telling all of them. */
#include <stdlib.h>

#include "base/check.h"
#include "report/event.h"

#define SIAM_ROW(x) extern const siam_sink siam_sink_##x;
#include "report/sinks.def"
#undef SIAM_ROW

static const siam_sink *const sinks[] = {
#define SIAM_ROW(x) &siam_sink_##x,
#include "report/sinks.def"
#undef SIAM_ROW
};
enum { SINKS = sizeof sinks / sizeof *sinks };

struct siam_sinks {
    siam_sink_cfg cfg;
    void *self[SINKS];
};

siam_code siam_sinks_open(siam_sinks **out, const siam_sink_cfg *cfg, siam_err *e)
{
    siam_sinks *s = *out = calloc(1, sizeof *s);
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for what is told of the run");
    s->cfg = *cfg;
    siam_code rc = SIAM_OK;
    for (int i = 0; i < SINKS && !rc; i++)
        rc = sinks[i]->open(&s->self[i], &s->cfg, e);
    if (rc)
        siam_sinks_close(out);
    return rc;
}

siam_code siam_sinks_tell(siam_sinks *s, const siam_event *ev, siam_err *e)
{
    for (int i = 0; i < SINKS; i++)
        if (s->self[i])
            SIAM_TRY(sinks[i]->event(s->self[i], ev, e));
    return SIAM_OK;
}

siam_code siam_sinks_flush(siam_sinks *s, siam_err *e)
{
    for (int i = 0; s && i < SINKS; i++)
        if (s->self[i] && sinks[i]->flush)
            SIAM_TRY(sinks[i]->flush(s->self[i], e));
    return SIAM_OK;
}

siam_code siam_sinks_sync(const siam_sinks *s, siam_err *e)
{
    for (int i = 0; s && i < SINKS; i++)
        if (s->self[i] && sinks[i]->sync)
            SIAM_TRY(sinks[i]->sync(s->self[i], e));
    return SIAM_OK;
}

void siam_sinks_close(siam_sinks **s)
{
    for (int i = 0; *s && i < SINKS; i++)
        if ((*s)->self[i] && sinks[i]->close)
            sinks[i]->close((*s)->self[i]);
    free(*s);
    *s = NULL;
}
