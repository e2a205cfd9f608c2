#include "engine/pjrt/maker.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/pjrt/kept.h"
#include "nn/hlo/program.h"

enum { PORTS = 8 };

struct siam_maker {
    siam_pjrt *device;
    const siam_hlo_program *hlo;
    siam_pjrt_program *compiled;
    siam_deal deal;
    siam_pjrt_buffer *held[PORTS]; /* arguments that stay from run to run, others NULL */
    void *part;                    /* one argument of a part, as the devices get it */
};

static size_t row_bytes(const siam_hlo_port *p)
{
    return (size_t)siam_desc_count(&p->desc) / (size_t)p->desc.dim[0] * siam_hlo_elem_size(p->val.elem);
}

static bool with_set(const siam_hlo_program *h) { return siam_hlo_port_find(h->in, h->nin, SIAM_HLO_INDEX, 0) >= 0; }

/* What all devices are given once. NULL: it comes with the views. */
static const void *given(const siam_hlo_program *h, const siam_hlo_port *p, const siam_engine_views *v)
{
    static const uint32_t zero;
    switch (p->role) {
    case SIAM_HLO_PIXELS: return with_set(h) ? v->set : NULL;
    case SIAM_HLO_LEVELS: return v->levels;
    case SIAM_HLO_ZERO: return &zero;
    default: return NULL;
    }
}

static const void *brought(const siam_raw_views *raw, siam_hlo_role role)
{
    switch (role) {
    case SIAM_HLO_PIXELS: return raw->crops;
    case SIAM_HLO_DRAWN: return raw->drawn;
    case SIAM_HLO_INDEX: return raw->index;
    case SIAM_HLO_CROP: return raw->crop;
    default: return NULL;
    }
}

void siam_maker_close(siam_maker **p)
{
    siam_maker *m = *p;
    *p = NULL;
    if (!m)
        return;
    for (int i = 0; i < PORTS; i++)
        siam_pjrt_drop(m->device, &m->held[i]);
    siam_pjrt_program_destroy(m->device, &m->compiled);
    free(m->part);
    free(m);
}

size_t siam_maker_set(const siam_maker *m)
{
    const int i = siam_hlo_port_find(m->hlo->in, m->hlo->nin, SIAM_HLO_PIXELS, 0);
    return with_set(m->hlo) ? row_bytes(&m->hlo->in[i]) * (size_t)m->hlo->in[i].desc.dim[0] : 0;
}

static siam_code give(siam_maker *m, const siam_engine_views *v, siam_err *e)
{
    for (int i = 0; i < m->hlo->nin; i++) {
        const siam_hlo_port *p = &m->hlo->in[i];
        const void *data = given(m->hlo, p, v);
        if (data)
            SIAM_TRY(siam_pjrt_put_as(&m->held[i], m->device, p->val.elem, data, 0, &p->desc, e));
    }
    return SIAM_OK;
}

/* Room for the largest argument that comes with the views. */
static siam_code take_room(siam_maker *m, siam_err *e)
{
    size_t most = 0;
    for (int i = 0; i < m->hlo->nin; i++) {
        const siam_hlo_port *p = &m->hlo->in[i];
        if (m->held[i])
            continue;
        SIAM_ASSERT(p->desc.dim[0] == (int64_t)m->deal.views * m->deal.share);
        const size_t bytes = row_bytes(p) * (size_t)p->desc.dim[0] * (size_t)m->deal.replicas;
        most = bytes > most ? bytes : most;
    }
    m->part = malloc(most);
    return m->part ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for what views are made of");
}

siam_code siam_maker_open(siam_maker **out, bool *taken, siam_pjrt *device, const siam_devices *which, const siam_engine_views *v,
                          const siam_deal *deal, bool anew, siam_err *e)
{
    siam_kept kept = {0};
    siam_maker *m = *out = calloc(1, sizeof *m);
    if (!m)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for what makes views");
    *m = (siam_maker){.device = device, .hlo = v->program, .deal = *deal};
    SIAM_ASSERT(m->hlo->nin <= PORTS && m->hlo->nout == 1);
    siam_code rc = siam_kept_compile(&m->compiled, &kept, device, which, m->hlo->text, m->hlo->size, anew, e);
    if (!rc)
        rc = give(m, v, e);
    if (!rc)
        rc = take_room(m, e);
    if (rc)
        siam_maker_close(out);
    *taken = kept.taken;
    return rc;
}

siam_code siam_maker_run(siam_maker *m, const siam_raw_views *raw, int part, siam_pjrt_buffer **views, siam_err *e)
{
    siam_pjrt_buffer *in[PORTS] = {0};
    siam_code rc = SIAM_OK;
    *views = NULL;
    for (int i = 0; !rc && i < m->hlo->nin; i++) {
        const siam_hlo_port *p = &m->hlo->in[i];
        in[i] = m->held[i];
        if (in[i])
            continue;
        siam_deal_rows(m->part, brought(raw, p->role), row_bytes(p), &m->deal, part);
        rc = siam_pjrt_put_as(&in[i], m->device, p->val.elem, m->part, (size_t)siam_desc_count(&p->desc), &p->desc, e);
    }
    if (!rc)
        rc = siam_pjrt_run(m->device, m->compiled, in, m->hlo->nin, views, 1, e);
    for (int i = 0; i < m->hlo->nin; i++)
        if (!m->held[i])
            siam_pjrt_drop(m->device, &in[i]);
    return rc;
}
