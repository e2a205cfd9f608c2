/* Events for programs that read the run folder: metrics.jsonl. */
#include "report/metrics.h"

static siam_code open_jsonl(void **self, const siam_sink_cfg *cfg, siam_err *e)
{
    siam_metrics *m = NULL;
    const siam_code rc =
        cfg->folder ? siam_metrics_open(&m, cfg->folder, "metrics.jsonl", cfg->resume_step, cfg->epochs, e) : SIAM_OK;
    *self = m;
    return rc;
}

static siam_code tell(void *self, const siam_event *ev, siam_err *e)
{
    return ev->brief ? SIAM_OK : siam_metrics_append(self, ev, e);
}

static siam_code flush(void *self, siam_err *e) { return siam_metrics_flush(self, e); }
static siam_code sync_jsonl(const void *self, siam_err *e) { return siam_metrics_sync(self, e); }

static void close_jsonl(void *self)
{
    siam_metrics *m = self;
    siam_metrics_close(&m);
}

const siam_sink siam_sink_jsonl = {.name = "jsonl", .open = open_jsonl, .event = tell, .flush = flush, .sync = sync_jsonl,
                                    .close = close_jsonl};
