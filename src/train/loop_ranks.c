/* One run on several ranks: the first has the folder, the checkpoint and the timings, and the others take from it what they
 * cannot know. What can fail on one of them alone ends in a meeting, so that all go on or none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/stop.h"
#include "base/system.h"
#include "comm/agree.h"
#include "infer/share.h"
#include "train/loop.h"

bool siam_loop_writes(const siam_loop *l) { return l->comm->rank == 0; }

siam_code siam_loop_agree(siam_loop *l, siam_code rc, siam_err *e) { return siam_loop_known(l, siam_comm_agree(l->comm, rc, e)); }

siam_code siam_loop_known(siam_loop *l, siam_code rc)
{
    l->agreed |= rc != SIAM_OK;
    return rc;
}

int siam_loop_stop_asked(siam_loop *l)
{
    const int asked = siam_stop_asked(l->watch.stop);
    /* A session whose opening took all of its time makes a step: else one that is started again and again comes to no end. */
    const bool late = l->deadline > 0 && l->worked && siam_clock() >= l->deadline;
    double why = asked ? asked : late ? SIAM_STOP_TIME : 0;
    if (l->comm->size == 1)
        return (int)why;
    /* The largest, so that all stop for the same reason; a failure is met again by the next call. */
    why = why < 0 ? 2 * SIAM_STOP_TIME : why;
    l->comm->type->max_doubles(l->comm, &why, 1, NULL);
    return why > SIAM_STOP_TIME ? SIAM_STOP_CALLER : (int)why;
}

/* ---- processors ---- */

siam_code siam_loop_open_backend(siam_loop *l, siam_err *e)
{
    SIAM_TRY(siam_place_find(&l->place, l->cfg.run_device, e));
    SIAM_TRY(siam_place_take(&l->place, l->cfg.run_devices, e));
    if (l->watch.engine)
        l->place.engine = l->watch.engine;
    return siam_device_open(&l->backend, l->place.host, l->cfg.run_threads, l->comm, l->sharers, e);
}

const char *siam_loop_sync_text(const siam_loop *l)
{
    const bool statistics = siam_optset_find(&l->set, "train.sync_bn") >= 0; /* a frozen encoder has none to share */
    return !statistics ? "" : l->cfg.train_sync_bn ? ", SyncBN on" : ", SyncBN off";
}

void siam_loop_tell_ranks(const siam_loop *l)
{
    const siam_comm *c = l->comm;
    const int hosts = siam_comm_hosts(c);
    if (c->size > 1)
        siam_progress_note(l->progress, "ranks   %d ranks on %d host%s, %d thread%s each, %s%s", c->size, hosts,
                           hosts == 1 ? "" : "s", l->backend->threads, l->backend->threads == 1 ? "" : "s", c->type->about(c),
                           siam_loop_sync_text(l));
}

/* ---- what the first rank knows ---- */

siam_code siam_loop_share_config(siam_loop *l, siam_err *e)
{
    return l->comm->type->broadcast(l->comm, 0, &l->cfg, sizeof l->cfg, e);
}

siam_code siam_loop_share_folder(siam_loop *l, siam_err *e)
{
    if (siam_loop_writes(l))
        snprintf(l->where, sizeof l->where, "%s", siam_run_dir(l->run));
    return l->comm->type->broadcast(l->comm, 0, l->where, sizeof l->where, e);
}

siam_code siam_loop_share_state(siam_loop *l, siam_err *e)
{
    const siam_comm *c = l->comm;
    siam_params *p = l->params;
    siam_position at = l->at;
    SIAM_TRY(c->type->broadcast(c, 0, &at, sizeof at, e));
    memcpy(at.data, l->at.data, sizeof at.data); /* each has looked at its own images */
    l->at = at;
    SIAM_TRY(c->type->broadcast(c, 0, (char *)l->self + l->job->state_offset, l->job->state_size, e));
    SIAM_TRY(c->type->broadcast(c, 0, p->value, p->count * sizeof *p->value, e));
    SIAM_TRY(c->type->broadcast(c, 0, p->momentum, p->count * sizeof *p->momentum, e));
    return p->buffer_count ? c->type->broadcast(c, 0, p->buffer, p->buffer_count * sizeof *p->buffer, e) : SIAM_OK;
}

siam_code siam_loop_share_skipped(siam_loop *l, siam_err *e)
{
    siam_source s = {.skipped = NULL};
    l->job->source(l->self, &s);
    return siam_skiplist_share(l->comm, s.skipped, siam_loop_writes(l) ? &l->others : NULL, e);
}

/* ---- a failure ---- */

/* What this rank knows of its failure, beside the run: the others only hear a part of it. What cannot be written is on the
 * console still. */
static void write_failure(const siam_loop *l, siam_code rc, const siam_err *why)
{
    char path[SIAM_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/failure-rank%d.json", l->where, l->comm->rank);
    json_t *row = json_pack("{s:i, s:s, s:I, s:s, s:i, s:o}", "rank", l->comm->rank, "host", l->comm->type->host(l->comm, l->comm->rank),
                            "step", (json_int_t)(l->at.step - l->nasked), "code", siam_code_name(rc), "exit_code", siam_exit_code(rc),
                            "error", siam_json_text(why->msg));
    if (row)
        siam_json_write(row, path, NULL);
    json_decref(row);
}

void siam_loop_fail_ranks(siam_loop *l, siam_code rc, siam_err *why)
{
    char word[2 * SIAM_PATH_MAX];
    if (!rc || l->agreed || l->comm->size == 1)
        return;
    if (rc != SIAM_E_RANK && l->where[0])
        write_failure(l, rc, why);
    if (rc == SIAM_E_RANK && l->at.step && l->where[0])
        siam_hint(why, "simsiam %s --out %s --resume", l->job->name, siam_format_word(word, sizeof word, l->where));
    l->comm->type->abort(l->comm, why->msg);
}

siam_code siam_loop_share_statistics(siam_loop *l, siam_err *e)
{
    const siam_params *p = l->params;
    if (l->comm->size == 1 || l->cfg.train_sync_bn || !p->buffer_count)
        return SIAM_OK;
    return l->comm->type->broadcast(l->comm, 0, p->buffer, p->buffer_count * sizeof *p->buffer, e);
}

/* ---- whether all train the same ---- */

siam_code siam_loop_check_settings(siam_loop *l, siam_err *e)
{
    return siam_loop_known(l, siam_comm_alike(l->comm, siam_state_settings(&l->set), "another configuration", e));
}

siam_code siam_loop_check_images(siam_loop *l, siam_err *e)
{
    return siam_loop_known(l, siam_comm_alike(l->comm, siam_hash64(l->at.data, sizeof l->at.data), "other images", e));
}

siam_code siam_loop_check_model(siam_loop *l, siam_err *e)
{
    const siam_params *p = l->params;
    uint64_t h = (uint64_t)l->steps_per_epoch ^ (l->job->identity ? l->job->identity(l->self) : 0);
    for (int i = 0; i < p->n; i++) {
        const siam_param *row = &p->row[i];
        const uint64_t part[3] = {h, siam_hash64(row->name, strlen(row->name)),
                                  siam_hash64(row->desc.dim, sizeof *row->desc.dim * (size_t)row->desc.ndim)};
        h = siam_hash64(part, sizeof part);
    }
    return siam_loop_known(l, siam_comm_alike(l->comm, h, "another model", e));
}
