/* Our tensors under the names of another project, by the table that also serves reading. */
#include "checkpoint/names_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "checkpoint/names_table.h"

enum { NAME = 160 };

const char siam_names_write_choices[] = "torchvision|mmpretrain|facebook|lightly";

/* The rows of the table that name a project's models, by siam_names_write_kind; NULL = it has none. In the order
 * of the choices. */
static const struct dialect {
    const char *name, *row[3], *outer;
    bool frozen_bias; /* its last layer before a BatchNorm without weights has a bias, which stays 0 */
} dialects[] = {
    {"torchvision", {"torchvision", "torchvision", NULL}, "", false},
    {"mmpretrain", {"mmpretrain", "mmpretrain-linear", "mmpretrain"}, "", false},
    {"facebook", {"facebook", "torchvision", "facebook"}, "module.", true},
    {"lightly", {"lightly", NULL, "lightly"}, "", false},
};
enum { DIALECTS = sizeof dialects / sizeof *dialects };

typedef struct keyset {
    siam_names_write pub;
    const siam_params *params;
    const struct dialect *dialect;
    const siam_key_project *project;
    char (*name)[NAME];
    float *zeros; /* the longest frozen bias, and a counter */
    int cap;
} keyset;

const char *siam_names_write_project(int i) { return i >= 0 && i < DIALECTS ? dialects[i].name : NULL; }

static const struct dialect *find_dialect(const char *name)
{
    for (int i = 0; i < DIALECTS; i++)
        if (!strcmp(dialects[i].name, name))
            return &dialects[i];
    return NULL;
}

static bool has(const siam_params *p, const char *prefix)
{
    for (int i = 0; i < p->n; i++)
        if (!strncmp(p->row[i].name, prefix, strlen(prefix)))
            return true;
    return false;
}

static void choose(keyset *s)
{
    const struct dialect *d = s->dialect;
    siam_names_write_kind kind = SIAM_NAMES_WRITE_ENCODER;
    if (d->row[SIAM_NAMES_WRITE_WHOLE] && has(s->params, "projector.") && has(s->params, "predictor."))
        kind = SIAM_NAMES_WRITE_WHOLE;
    else if (d->row[SIAM_NAMES_WRITE_LINEAR] && has(s->params, "fc."))
        kind = SIAM_NAMES_WRITE_LINEAR;
    s->pub.kind = kind;
    s->project = siam_key_projects;
    while (strcmp(s->project->name, d->row[kind]))
        s->project++;
    s->pub.title = s->project->title;
}

/* Their name for ours; false = there is none. An encoder has no heads, whatever the table knows. */
static bool translate(const keyset *s, const char *ours, char buf[static NAME])
{
    if (s->pub.kind == SIAM_NAMES_WRITE_ENCODER && strncmp(ours, "backbone.", 9))
        return false;
    for (int k = 0; k < SIAM_KEY_RULES && s->project->rule[k].theirs; k++) {
        const siam_key_rule *r = &s->project->rule[k];
        const size_t n = strlen(r->ours);
        if (!strncmp(ours, r->ours, n))
            return snprintf(buf, NAME, "%s%s%s", s->dialect->outer, r->theirs, ours + n) < NAME;
    }
    return false;
}

static void add(keyset *s, const char *name, siam_desc desc, const void *data)
{
    siam_names_write *p = &s->pub;
    SIAM_ASSERT(p->n < s->cap);
    snprintf(s->name[p->n], NAME, "%s", name);
    p->entry[p->n] = (siam_ckpt_entry){s->name[p->n], desc};
    p->data[p->n++] = data;
}

/* "a.running_var" -> "a.num_batches_tracked" */
static bool sibling(char *name, const char *is, const char *becomes)
{
    char *dot = strrchr(name, '.');
    if (!dot || strcmp(dot + 1, is))
        return false;
    snprintf(dot + 1, NAME - (size_t)(dot + 1 - name), "%s", becomes);
    return true;
}

/* Row i is a linear layer's weight, and a BatchNorm that has no weight of its own comes next. */
static bool has_frozen_bias(const keyset *s, int i)
{
    const siam_params *p = s->params;
    return s->dialect->frozen_bias && !strncmp(p->row[i].name, "projector.", 10) &&
           p->row[i].desc.ndim == 2 && i + 1 < p->n && !strncmp(p->row[i + 1].name, "projector.", 10) &&
           strstr(p->row[i + 1].name, ".running_");
}

static void add_row(keyset *s, int i)
{
    const siam_param *row = &s->params->row[i];
    char name[NAME];
    if (!translate(s, row->name, name)) {
        s->pub.left_out++;
        return;
    }
    add(s, name, row->desc, siam_params_data(s->params, i));
    if (!row->buffer)
        s->pub.parameters += siam_desc_count(&row->desc);
    if (sibling(name, "running_var", "num_batches_tracked"))
        add(s, name, (siam_desc){SIAM_I64, SIAM_NCHW, 0, {1, 1, 1, 1}}, s->zeros);
    else if (has_frozen_bias(s, i) && sibling(name, "weight", "bias"))
        add(s, name, siam_desc_1d(row->desc.dim[0]), s->zeros);
}

static bool allocate(keyset *s)
{
    int64_t longest = 2; /* floats; a counter has the size of two */
    for (int i = 0; i < s->params->n; i++)
        if (s->params->row[i].desc.ndim == 2 && s->params->row[i].desc.dim[0] > longest)
            longest = s->params->row[i].desc.dim[0];
    s->cap = 2 * s->params->n + 1;
    s->pub.entry = calloc((size_t)s->cap, sizeof *s->pub.entry);
    s->pub.data = calloc((size_t)s->cap, sizeof *s->pub.data);
    s->name = calloc((size_t)s->cap, sizeof *s->name);
    s->zeros = calloc((size_t)longest, sizeof *s->zeros);
    return s->pub.entry && s->pub.data && s->name && s->zeros;
}

siam_code siam_names_write_create(siam_names_write **out, const char *project, const siam_params *params, siam_err *e)
{
    *out = NULL;
    const struct dialect *d = find_dialect(project);
    if (!d) {
        siam_fail(e, SIAM_E_USAGE, "no key names of '%.40s' can be written", project);
        siam_hint(e, "one of %s", siam_names_write_choices);
        return SIAM_E_USAGE;
    }
    keyset *s = calloc(1, sizeof *s);
    siam_names_write *pub = s ? &s->pub : NULL;
    if (s) {
        s->params = params;
        s->dialect = d;
        choose(s);
    }
    if (!s || !allocate(s)) {
        siam_names_write_destroy(&pub);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", params->n);
    }
    for (int i = 0; i < params->n; i++)
        add_row(s, i);
    *out = pub;
    return SIAM_OK;
}

void siam_names_write_destroy(siam_names_write **set)
{
    keyset *s = (keyset *)*set;
    *set = NULL;
    if (!s)
        return;
    free(s->pub.entry);
    free(s->pub.data);
    free(s->name);
    free(s->zeros);
    free(s);
}
