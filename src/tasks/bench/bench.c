/* simsiam bench: what is asked for, and the order of it. */
#include "tasks/bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "engine/trust.h"
#include "base/check.h"
#include "comm/agree.h"
#include "nn/backbone.h"
#include "tasks/bench/bench_private.h"

enum { ARCH_MAX = 16 };
static const char *const whats[] = {"step", "infer", "load", "ranks"};
enum { STEP, INFER, LOAD, RANKS, WHATS };

int siam_bench_batch(const bench *b, const char *what, int size)
{
    const bool small = size <= SIAM_BENCH_SMALL, infer = !strcmp(what, whats[INFER]);
    if (b->r->batch)
        return b->r->batch;
    return (small ? 128 : 16) * (infer ? 2 : 1); /* as many images at once: a training step has two views of each */
}

/* Split "a,b" in place; -1 when there are too many or an empty one. */
static int split(char *text, char *part[], int max)
{
    int n = 0;
    for (char *p = text; p;) {
        char *comma = strchr(p, ',');
        if (comma)
            *comma = '\0';
        if (n == max || !*p)
            return -1;
        part[n++] = p;
        p = comma ? comma + 1 : NULL;
    }
    return n;
}

/* What is asked for, checked before anything is timed. */
static siam_code parse_what(const siam_bench_request *r, bool wanted[WHATS], siam_err *e)
{
    char what[64], *word[8];
    snprintf(what, sizeof what, "%s", r->what);
    const int n = split(what, word, 8);
    bool known = n > 0;
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < WHATS && strcmp(word[i], whats[k]))
            k++;
        known = known && k < WHATS;
        if (k < WHATS)
            wanted[k] = true;
    }
    if (!known)
        return siam_fail(e, SIAM_E_USAGE, "option --what takes step, infer, load and ranks, separated by commas, got \"%s\"",
                         r->what);
    return SIAM_OK;
}

static siam_code parse(const siam_bench_request *r, char arch[256], char *name[ARCH_MAX], int *count,
                       bool wanted[WHATS], siam_err *e)
{
    snprintf(arch, 256, "%s", r->arch);
    *count = split(arch, name, ARCH_MAX);
    if (*count < 0)
        return siam_fail(e, SIAM_E_USAGE, "option --arch takes names separated by commas, got \"%s\"",
                         r->arch);
    for (int i = 0; i < *count; i++) {
        int variant;
        if (siam_backbone_find(name[i], &variant))
            continue;
        siam_fail(e, SIAM_E_USAGE, "there is no architecture \"%s\"", name[i]);
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    SIAM_TRY(parse_what(r, wanted, e));
    if (!r->size.n)
        return siam_fail(e, SIAM_E_USAGE, "option --size needs at least one number");
    for (int i = 0; i < r->size.n; i++)
        if (r->size.v[i] != (int)r->size.v[i])
            return siam_fail(e, SIAM_E_USAGE, "option --size takes whole numbers, got %g", r->size.v[i]);
    return SIAM_OK;
}

/* Several ranks measure a step together; what one process does is measured by one. */
static siam_code check_ranks(const bench *b, const bool wanted[WHATS], siam_err *e)
{
    const bool several = b->ranks->size > 1, alone = wanted[STEP] || wanted[INFER] || wanted[LOAD];
    if (several == wanted[RANKS] && !(several && alone))
        return SIAM_OK;
    if (several)
        siam_fail(e, SIAM_E_USAGE, "%d ranks measure --what ranks, and nothing else", b->ranks->size);
    else
        siam_fail(e, SIAM_E_USAGE, "--what ranks measures several ranks, and this process is alone");
    siam_hint(e, "mpirun -n 2 simsiam bench --what ranks");
    return SIAM_E_USAGE;
}

static siam_code run(bench *b, char *const name[], int narch, const bool wanted[WHATS], siam_err *e)
{
    siam_bench_header(b);
    for (int i = 0; i < b->r->size.n; i++) {
        for (int what = STEP; what <= INFER; what++)
            for (int k = 0; wanted[what] && k < narch; k++)
                SIAM_TRY(siam_bench_step(b, whats[what], name[k], (int)b->r->size.v[i], e));
        for (int k = 0; wanted[RANKS] && k < narch; k++)
            SIAM_TRY(siam_bench_ranks(b, name[k], (int)b->r->size.v[i], e));
        if (wanted[LOAD])
            SIAM_TRY(siam_bench_load(b, (int)b->r->size.v[i], e));
    }
    return SIAM_OK;
}

/* No speed is told of a device that computes wrongly. */
static siam_code trust_device(const bench *b, const bool wanted[WHATS], siam_err *e)
{
    siam_trust t;
    if (!b->place.plugin[0] || b->ranks->size > 1 || !(wanted[STEP] || wanted[INFER]))
        return SIAM_OK;
    return siam_trust_device(&t, &b->place, e);
}

siam_code siam_bench(const siam_task_call *c, siam_err *e)
{
    const siam_bench_request *r = c->request;
    bench b = {.r = r, .out = c->out, .say = c->say, .ranks = c->ranks ? c->ranks : &siam_comm_single};
    const char *plan = b.ranks->rank ? "fixed" : "auto";
    char arch[256], *name[ARCH_MAX];
    int narch = 0, sharers = 1;
    bool wanted[WHATS] = {false};
    siam_code rc = parse(r, arch, name, &narch, wanted, e);
    if (!rc)
        rc = check_ranks(&b, wanted, e);
    SIAM_TRY(siam_comm_agree(b.ranks, rc, e));
    SIAM_TRY(siam_comm_sharers(b.ranks, &sharers, e));
    SIAM_TRY_OUT(rc, siam_place_find(&b.place, r->device, e));
    SIAM_TRY_OUT(rc, siam_place_take(&b.place, r->devices, e));
    SIAM_TRY_OUT(rc, siam_device_open(&b.backend, b.place.host, r->threads, b.ranks, sharers, e));
    SIAM_TRY_OUT(rc, siam_place_map_type(&b.map_type, &b.place, b.backend, r->precision, r->force, e));
    SIAM_TRY_OUT(rc, siam_tuning_open(&b.tuner, b.backend, plan, NULL, e));
    rc = trust_device(&b, wanted, e);
    if (rc) {
        siam_tuner_destroy(&b.tuner);
        siam_backend_close(&b.backend);
        return rc;
    }
    b.rows = siam_task_as_rows(c, r->json) ? json_array() : NULL;
    rc = run(&b, name, narch, wanted, e);
    siam_tuning_remember(b.tuner, b.backend, plan);
    if (!b.rows)
        siam_tuning_tell(b.tuner, "", c->out);
    if (!rc && b.rows) {
        char machine[600];
        siam_machine_name(b.backend, machine, sizeof machine);
        rc = siam_task_tell_json(c, json_pack("{s:s, s:O}", "machine", machine, "bench", b.rows), JSON_INDENT(2), e);
    }
out:
    json_decref(b.rows);
    siam_tuner_destroy(&b.tuner);
    siam_backend_close(&b.backend);
    return rc;
}
