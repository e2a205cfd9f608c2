/* The events of a run as rows. */
#include "tasks/event_rows.h"

static void tell(void *user, const siam_event *ev)
{
    siam_event_rows *r = user;
    json_t *row =
        json_pack("{s:s, s:I, s:I, s:I, s:I}", "event", ev->kind == SIAM_EVENT_EPOCH ? "epoch" : "step",
                  "epoch", (json_int_t)ev->epoch, "epochs", (json_int_t)ev->epochs, "step",
                  (json_int_t)ev->step, "steps", (json_int_t)ev->steps);
    for (int i = 0; i < SIAM_GAUGES; i++)
        siam_task_number(&row, siam_gauges[i].key, siam_event_value(ev, (siam_gauge_id)i));
    siam_task_tell_json(r->call, row, JSON_COMPACT, r->why.code ? NULL : &r->why);
}

siam_watch siam_event_rows_watch(siam_event_rows *r, const siam_task_call *c)
{
    *r = (siam_event_rows){.call = c};
    return (siam_watch){.console = c->say, .stop = c->stop, .comm = c->ranks, .exit = c->status, .event = c->row ? tell : NULL, .user = r};
}

/* Who does not want another row has the run stopped, which then saves and says so itself. */
siam_code siam_event_rows_end(const siam_event_rows *r, siam_code rc, siam_err *e)
{
    if (rc || !r->why.code || r->why.code == SIAM_E_CANCELLED)
        return rc;
    if (e)
        *e = r->why;
    return r->why.code;
}
