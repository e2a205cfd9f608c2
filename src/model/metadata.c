/* What a model file says about itself. */
#include "model/metadata.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(siam_metadata *n, const char *key, const char *value)
{
    n->row[n->n++] = (siam_ckpt_meta){key, value};
}

static void add_int(siam_metadata *n, int slot, const char *key, int value)
{
    snprintf(n->number[slot], sizeof n->number[slot], "%d", value);
    add(n, key, n->number[slot]);
}

static void add_list(siam_metadata *n, int slot, const char *key, const float *v, int count)
{
    size_t at = 0;
    for (int i = 0; i < count; i++)
        at += (size_t)snprintf(n->number[slot] + at, sizeof n->number[slot] - at, "%s%.9g", i ? "," : "", (double)v[i]);
    add(n, key, n->number[slot]);
}

/* One a line; false when out of memory. */
static bool join_names(siam_metadata *n, char *const *name, int count)
{
    size_t bytes = 1;
    for (int i = 0; i < count; i++)
        bytes += strlen(name[i]) + 1;
    char *at = n->classes = calloc(bytes, 1);
    for (int i = 0; at && i < count; i++)
        at += sprintf(at, "%s%s", i ? "\n" : "", name[i]);
    return n->classes != NULL;
}

siam_code siam_metadata_create(siam_metadata *n, const siam_encoder_meta *m, siam_err *e)
{
    *n = (siam_metadata){.n = 0};
    if (m->class_name && !join_names(n, m->class_name, m->cfg->classes))
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d class names", m->cfg->classes);
    if (m->norm) {
        add(n, "siam.arch", m->cfg->arch);
        add(n, "siam.stem", m->cfg->backbone.cifar_stem ? "cifar" : "imagenet");
        add_int(n, 0, "siam.width", m->cfg->backbone.width);
        add_int(n, 1, "siam.in_channels", m->cfg->in_channels);
        add_int(n, 2, "siam.size", m->cfg->size);
        add_list(n, 3, "siam.mean", m->norm->mean, m->cfg->in_channels);
        add_list(n, 4, "siam.std", m->norm->std, m->cfg->in_channels);
    }
    if (m->norm && m->want && m->want->depth == 2)
        add_int(n, 6, "siam.depth", 8 * m->want->depth);
    if (m->norm && m->want && m->want->low < m->want->high) {
        snprintf(n->number[7], sizeof n->number[7], "%.9g,%.9g", m->want->low, m->want->high);
        add(n, "siam.range", n->number[7]);
    }
    if (m->bands && m->bands[0])
        add(n, "siam.bands", m->bands);
    if (m->holdout && m->holdout->share > 0) {
        snprintf(n->number[8], sizeof n->number[8], "%.17g", m->holdout->share);
        snprintf(n->number[9], sizeof n->number[9], "%" PRIu64, m->holdout->seed);
        add(n, "siam.val_share", n->number[8]);
        add(n, "siam.split_seed", n->number[9]);
        add(n, "siam.group_by", m->holdout->group_by);
    }
    add_int(n, 5, "siam.epoch", m->epoch);
    add(n, "siam.data", m->trained_on);
    add(n, "siam.version", SIAM_VERSION);
    if (n->classes)
        add(n, "siam.classes", n->classes);
    return SIAM_OK;
}

void siam_metadata_release(siam_metadata *n)
{
    free(n->classes);
    n->classes = NULL;
    n->n = 0;
}
