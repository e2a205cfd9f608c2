/* Events for the program that uses the library. */
#include <stdint.h>

#include "report/event.h"

static siam_code open_callback(void **self, const siam_sink_cfg *cfg, siam_err *e)
{
    (void)e;
    *self = cfg->told ? (void *)(uintptr_t)cfg : NULL; /* only read */
    return SIAM_OK;
}

static siam_code tell(void *self, const siam_event *ev, siam_err *e)
{
    (void)e;
    const siam_sink_cfg *cfg = self;
    cfg->told(cfg->user, ev);
    return SIAM_OK;
}

const siam_sink siam_sink_callback = {.name = "callback", .open = open_callback, .event = tell};
