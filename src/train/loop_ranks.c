/* One run on several ranks: the first has the folder, the checkpoint and the timings, and the others take from it what they
 * cannot know. What can fail on one of them alone ends in a meeting, so that all go on or none. */
#include <sched.h>
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
#include "train/loop.h"

bool siam_loop_writes(const siam_loop *l) { return l->comm->rank == 0; }

/* The failure of the rank `first`: the first rank says it, and the others nothing. */
static siam_code fail_as(siam_loop *l, int first, siam_code rc, siam_err *e)
{
    const siam_comm *c = l->comm;
    siam_err why = {.code = rc};
    l->agreed = true;
    if (c->rank == first && e)
        why = *e;
    const siam_code met = c->type->broadcast(c, first, &why, sizeof why, NULL);
    if (!e)
        return rc;
    *e = c->rank > 0 || met ? (siam_err){.code = rc} : why;
    return c->rank == 0 && first && !met ? siam_wrap(e, rc, "rank %d on %s", first, c->type->host(c, first)) : rc;
}

siam_code siam_loop_agree(siam_loop *l, siam_code rc, siam_err *e)
{
    const siam_comm *c = l->comm;
    if (c->size == 1)
        return rc;
    int32_t mine = (int32_t)rc, *all = calloc((size_t)c->size, sizeof *all);
    siam_err why = {0};
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the answers of %d ranks", c->size);
    siam_code met = c->type->gather(c, &mine, sizeof mine, all, &why);
    int first = 0;
    while (!met && first < c->size && !all[first])
        first++;
    if (met) {
        if (!rc && e)
            *e = why;
        rc = rc ? rc : met;
    } else if (first < c->size) {
        rc = fail_as(l, first, (siam_code)all[first], e);
    }
    free(all);
    return rc;
}

int siam_loop_stop_asked(siam_loop *l)
{
    const int asked = siam_stop_asked(l->watch.stop);
    double why = asked ? asked : l->deadline > 0 && siam_clock() >= l->deadline ? SIAM_STOP_TIME : 0;
    if (l->comm->size == 1)
        return (int)why;
    /* The largest, so that all stop for the same reason; a failure is met again by the next call. */
    why = why < 0 ? 2 * SIAM_STOP_TIME : why;
    l->comm->type->max_doubles(l->comm, &why, 1, NULL);
    return why > SIAM_STOP_TIME ? SIAM_STOP_CALLER : (int)why;
}

const volatile sig_atomic_t *siam_loop_stop_within(const siam_loop *l) { return l->comm->size > 1 ? NULL : l->watch.stop; }

/* ---- processors ---- */

typedef struct place {
    char host[64];
    cpu_set_t cpus;
} place;

/* Ranks on this machine, this one included, that share processors with it: a launcher that binds each to its own leaves one. */
static siam_code sharers(const siam_comm *c, int *n, siam_err *e)
{
    place mine = {0}, *all = calloc((size_t)c->size, sizeof *all);
    *n = 0;
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the places of %d ranks", c->size);
    snprintf(mine.host, sizeof mine.host, "%s", c->type->host(c, c->rank));
    sched_getaffinity(0, sizeof mine.cpus, &mine.cpus);
    const siam_code rc = c->type->gather(c, &mine, sizeof mine, all, e);
    for (int r = 0; r < c->size && !rc; r++) {
        cpu_set_t both;
        CPU_AND(&both, &mine.cpus, &all[r].cpus);
        *n += r == c->rank || (!strcmp(all[r].host, mine.host) && CPU_COUNT(&both));
    }
    free(all);
    return rc;
}

siam_code siam_loop_find_sharers(siam_loop *l, siam_err *e)
{
    l->sharers = 1;
    return l->comm->size > 1 ? sharers(l->comm, &l->sharers, e) : SIAM_OK;
}

siam_code siam_loop_open_backend(siam_loop *l, siam_err *e)
{
    int threads = l->cfg.run_threads;
    if (l->comm->size > 1 && !threads) {
        threads = siam_cpu_count() / l->sharers;
        threads = threads ? threads : 1;
    }
    SIAM_TRY(siam_backend_open(&l->backend, l->cfg.run_device, threads, e));
    siam_backend_join(l->backend, l->comm);
    return SIAM_OK;
}

void siam_loop_tell_ranks(const siam_loop *l)
{
    const siam_comm *c = l->comm;
    int hosts = 0;
    for (int r = 0; r < c->size; r++) {
        bool known = false;
        for (int k = 0; k < r && !known; k++)
            known = !strcmp(c->type->host(c, k), c->type->host(c, r));
        hosts += !known;
    }
    if (c->size > 1)
        siam_progress_note(l->progress, "ranks   %d ranks on %d host%s, %d thread%s each, %s, SyncBN %s", c->size, hosts,
                           hosts == 1 ? "" : "s", l->backend->threads, l->backend->threads == 1 ? "" : "s", c->type->about(c),
                           l->cfg.train_sync_bn ? "on" : "off");
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

siam_code siam_loop_share_tuning(siam_loop *l, siam_err *e)
{
    const siam_comm *c = l->comm;
    char *text = NULL;
    uint64_t n = 0;
    siam_err why = {0};
    const siam_code used = siam_loop_writes(l) ? siam_tuner_used(l->tuner, &text, &why) : SIAM_OK;
    if (text)
        n = strlen(text) + 1;
    siam_code rc = c->type->broadcast(c, 0, &n, sizeof n, e); /* 0: it has failed, which all learn in the next meeting */
    if (used) {
        if (!rc && e)
            *e = why;
        return used;
    }
    if (!rc && !n)
        return SIAM_OK;
    if (!rc && !text && !(text = calloc(n + 1, 1)))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the choices of kernels");
    if (!rc)
        rc = c->type->broadcast(c, 0, text, n, e);
    if (!rc && !siam_loop_writes(l))
        rc = siam_tuner_take(l->tuner, text, e);
    free(text);
    return rc;
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

/* As a list of bad images goes from rank to rank. */
typedef struct bad_image {
    int64_t index;
    char why[512];
} bad_image;

/* The list of `rank`, to all, in one message; the first rank adds it to `into`. */
static siam_code share_list(const siam_loop *l, int rank, const siam_skiplist *own, siam_skiplist *into, siam_err *e)
{
    const siam_comm *c = l->comm;
    int64_t n = rank == c->rank && own ? own->n : 0;
    SIAM_TRY(c->type->broadcast(c, rank, &n, sizeof n, e));
    if (!n)
        return SIAM_OK;
    bad_image *list = calloc((size_t)n, sizeof *list);
    siam_code rc = list ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    for (int64_t i = 0; i < n && !rc && rank == c->rank; i++) {
        list[i].index = own->row[i].index;
        snprintf(list[i].why, sizeof list[i].why, "%s", own->row[i].why);
    }
    if (!rc)
        rc = c->type->broadcast(c, rank, list, (size_t)n * sizeof *list, e);
    for (int64_t i = 0; i < n && !rc && siam_loop_writes(l); i++)
        if (!siam_skiplist_add(into, list[i].index, list[i].why))
            rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    free(list);
    return rc;
}

siam_code siam_loop_share_skipped(siam_loop *l, siam_err *e)
{
    siam_source s = {.skipped = NULL};
    if (l->comm->size == 1)
        return SIAM_OK;
    l->job->source(l->self, &s);
    for (int r = 1; r < l->comm->size; r++)
        SIAM_TRY(share_list(l, r, s.skipped, &l->others, e));
    return SIAM_OK;
}

/* ---- a failure ---- */

/* What this rank knows of its failure, beside the run: the others only hear a part of it. What cannot be written is on the
 * console still. */
static void write_failure(const siam_loop *l, siam_code rc, const siam_err *why)
{
    char path[SIAM_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/failure-rank%d.json", l->where, l->comm->rank);
    json_t *row = json_pack("{s:i, s:s, s:I, s:s, s:i, s:o}", "rank", l->comm->rank, "host", l->comm->type->host(l->comm, l->comm->rank),
                            "step", (json_int_t)l->at.step, "code", siam_code_name(rc), "exit_code", siam_exit_code(rc), "error",
                            siam_json_text(why->msg));
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

/* Refuse a number that is not that of the first rank. */
static siam_code check_alike(const siam_loop *l, uint64_t mine, const char *what, siam_err *e)
{
    const siam_comm *c = l->comm;
    uint64_t *all = calloc((size_t)c->size, sizeof *all);
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the answers of %d ranks", c->size);
    siam_code rc = c->type->gather(c, &mine, sizeof mine, all, e);
    for (int r = 1; r < c->size && !rc; r++)
        if (all[r] != all[0])
            rc = siam_fail(e, SIAM_E_CONFIG, "rank %d on %s has %s than rank 0 on %s: all ranks must train the same", r,
                           c->type->host(c, r), what, c->type->host(c, 0));
    free(all);
    return rc;
}

siam_code siam_loop_check_settings(siam_loop *l, siam_err *e)
{
    if (l->comm->size == 1)
        return SIAM_OK;
    return siam_loop_agree(l, check_alike(l, siam_state_settings(&l->set), "another configuration", e), e);
}

siam_code siam_loop_check_images(siam_loop *l, siam_err *e)
{
    if (l->comm->size == 1)
        return SIAM_OK;
    return siam_loop_agree(l, check_alike(l, siam_hash64(l->at.data, sizeof l->at.data), "other images", e), e);
}

siam_code siam_loop_check_model(siam_loop *l, siam_err *e)
{
    const siam_params *p = l->params;
    uint64_t h = (uint64_t)l->steps_per_epoch;
    for (int i = 0; i < p->n; i++) {
        const siam_param *row = &p->row[i];
        const uint64_t part[3] = {h, siam_hash64(row->name, strlen(row->name)),
                                  siam_hash64(row->desc.dim, sizeof *row->desc.dim * (size_t)row->desc.ndim)};
        h = siam_hash64(part, sizeof part);
    }
    return siam_loop_agree(l, check_alike(l, h, "another model", e), e);
}
