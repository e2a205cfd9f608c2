/* Putting a program together. */
#include "nn/hlo/builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static siam_code no_memory(siam_err *e) { return siam_fail(e, SIAM_E_NOMEM, "out of memory for the program of the training step"); }

siam_code siam_hlo_builder_open(siam_hlo_builder *b, int ports, bool exact, siam_err *e)
{
    *b = (siam_hlo_builder){.ports = ports, .p = calloc(1, sizeof *b->p)};
    if (!b->p)
        return no_memory(e);
    b->p->exact = exact;
    b->p->in = calloc((size_t)ports, sizeof *b->p->in);
    b->p->out = calloc((size_t)ports, sizeof *b->p->out);
    const siam_code rc = b->p->in && b->p->out ? siam_hlo_begin(&b->w, exact, e) : no_memory(e);
    if (rc)
        siam_hlo_program_destroy(&b->p);
    return rc;
}

siam_hlo_val siam_hlo_builder_in_as(siam_hlo_builder *b, siam_hlo_role role, int index, const siam_desc *d, siam_hlo_elem t)
{
    SIAM_ASSERT(b->p->nin < b->ports);
    siam_hlo_port *port = &b->p->in[b->p->nin++];
    *port = (siam_hlo_port){.role = role, .index = index, .desc = *d, .val = siam_hlo_arg(&b->w, t, d->ndim, d->dim)};
    port->desc.dtype = SIAM_F32;
    port->desc.layout = SIAM_NCHW;
    return port->val;
}

siam_hlo_val siam_hlo_builder_in(siam_hlo_builder *b, siam_hlo_role role, int index, const siam_desc *d)
{
    return siam_hlo_builder_in_as(b, role, index, d, SIAM_HLO_F32);
}

void siam_hlo_builder_out(siam_hlo_builder *b, siam_hlo_role role, int index, siam_hlo_val v)
{
    siam_hlo_builder_out_as_is(b, role, index, siam_hlo_convert(&b->w, v, SIAM_HLO_F32));
}

void siam_hlo_builder_out_as_is(siam_hlo_builder *b, siam_hlo_role role, int index, siam_hlo_val v)
{
    SIAM_ASSERT(b->p->nout < b->ports);
    siam_hlo_port *port = &b->p->out[b->p->nout++];
    *port = (siam_hlo_port){.role = role, .index = index, .val = v};
    port->desc.ndim = v.ndim;
    for (int i = 0; i < v.ndim; i++)
        port->desc.dim[i] = v.dim[i];
}

bool siam_hlo_role_stays(siam_hlo_role r)
{
    return r == SIAM_HLO_PARAM || r == SIAM_HLO_MOMENTUM || r == SIAM_HLO_GRAD || r == SIAM_HLO_SUM;
}

int siam_hlo_port_find(const siam_hlo_port *port, int n, siam_hlo_role role, int index)
{
    for (int i = 0; i < n; i++)
        if (port[i].role == role && port[i].index == index)
            return i;
    return -1;
}

static void put_arguments(FILE *f, const siam_hlo_program *p)
{
    for (int i = 0; i < p->nin; i++) {
        const siam_hlo_port *port = &p->in[i];
        const int result = siam_hlo_role_stays(port->role) ? siam_hlo_port_find(p->out, p->nout, port->role, port->index) : -1;
        siam_hlo_put(f, "*@: $", i ? ", " : "", &port->val, &port->val);
        if (result >= 0)
            siam_hlo_put(f, " {tf.aliasing_output = # : i32}", result);
    }
}

static void put_results(FILE *f, const siam_hlo_program *p, const char *form)
{
    for (int i = 0; i < p->nout; i++) {
        fputs(i ? ", " : "", f);
        siam_hlo_put(f, form, &p->out[i].val);
    }
}

/* The function around its body. */
static siam_code put_program(siam_hlo_program *p, const char *body, siam_err *e)
{
    FILE *f = open_memstream(&p->text, &p->size);
    if (!f)
        return no_memory(e);
    fputs("module @simsiam ", f);
    if (p->replicas > 1)
        fprintf(f, "attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = %d : i32} ", p->replicas);
    fputs("{\n  func.func public @main(", f);
    put_arguments(f, p);
    fputs(") -> (", f);
    put_results(f, p, "$");
    fprintf(f, ") {\n%s    return ", body);
    put_results(f, p, "@");
    fputs(" : ", f);
    put_results(f, p, "$");
    fputs("\n  }\n}\n", f);
    const bool bad = ferror(f);
    return fclose(f) || bad ? no_memory(e) : SIAM_OK;
}

siam_code siam_hlo_builder_close(siam_hlo_builder *b, siam_hlo_program **out, siam_err *e)
{
    b->p->replicas = siam_hlo_replicas(&b->w);
    siam_code rc = siam_hlo_finish(&b->w, e);
    if (!rc)
        rc = put_program(b->p, b->w.text, e);
    free(b->w.text);
    if (rc)
        siam_hlo_program_destroy(&b->p);
    *out = b->p;
    *b = (siam_hlo_builder){0};
    return rc;
}

void siam_hlo_program_destroy(siam_hlo_program **p)
{
    if (!*p)
        return;
    free((*p)->text);
    free((*p)->in);
    free((*p)->out);
    free(*p);
    *p = NULL;
}

siam_hlo_val siam_hlo_from_host(siam_hlo *w, siam_hlo_val x)
{
    return x.ndim == 4 ? siam_hlo_transpose(w, x, (const int64_t[]){0, 2, 3, 1}) : x;
}

siam_hlo_val siam_hlo_to_host(siam_hlo *w, siam_hlo_val x)
{
    return x.ndim == 4 ? siam_hlo_transpose(w, x, (const int64_t[]){0, 3, 1, 2}) : x;
}
