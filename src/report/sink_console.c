/* Events for people: the console and train.log. */
#include "report/progress.h"

static siam_code open_console(void **self, const siam_sink_cfg *cfg, siam_err *e)
{
    (void)e;
    *self = cfg->console;
    return SIAM_OK;
}

static siam_code tell(void *self, const siam_event *ev, siam_err *e)
{
    (void)e;
    siam_progress_event(self, ev);
    return SIAM_OK;
}

const siam_sink siam_sink_console = {.name = "console", .open = open_console, .event = tell};
