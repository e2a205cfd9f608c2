/* One table of projects: how to recognise each, and which prefix of its names becomes which of ours. */
#include "checkpoint/keymap_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "checkpoint/rename.h"

enum { LAYER_DIGITS = 2 };

const siam_key_project siam_key_projects[] = {
    {"mmpretrain",
     "mmpretrain's SimSiam",
     {"backbone.conv1.weight", "neck.fc0.weight"},
     {{"backbone.", "backbone."},
      {"neck.fc0.", "projector.0."},
      {"neck.bn0.", "projector.1."},
      {"neck.fc1.", "projector.3."},
      {"neck.bn1.", "projector.4."},
      {"neck.fc2.", "projector.6."},
      {"neck.bn2.", "projector.7."},
      {"head.predictor.fc0.", "predictor.0."},
      {"head.predictor.bn0.", "predictor.1."},
      {"head.predictor.fc1.", "predictor.3."}}},
    {"mmpretrain-linear",
     "mmpretrain's classifiers",
     {"backbone.conv1.weight", "head.fc.weight"},
     {{"backbone.", "backbone."}, {"head.fc.", "fc."}}},
    {"facebook",
     "Facebook's SimSiam",
     {"encoder.conv1.weight", "predictor.0.weight"},
     {{"encoder.fc.", "projector."}, {"encoder.", "backbone."}, {"predictor.", "predictor."}}},
    {"lightly",
     "lightly's SimSiam",
     {"backbone.0.weight", NULL},
     {{"backbone.0.", "backbone.conv1."},
      {"backbone.1.", "backbone.bn1."},
      {"backbone.4.", "backbone.layer1."},
      {"backbone.5.", "backbone.layer2."},
      {"backbone.6.", "backbone.layer3."},
      {"backbone.7.", "backbone.layer4."},
      {"projection_head.layers.", "projector."},
      {"prediction_head.layers.", "predictor."}}},
    {"simsiam",
     "simsiam",
     {"backbone.conv1.weight", NULL},
     {{"backbone.", "backbone."},
      {"projector.", "projector."},
      {"predictor.", "predictor."},
      {"fc.", "fc."},
      {"classifier.", "fc."}}},
    {"torchvision",
     "torchvision",
     {"conv1.weight", NULL},
     {{"fc.", "fc."},
      {"linear.", "fc."},
      {"conv1.", "backbone.conv1."},
      {"bn1.", "backbone.bn1."},
      {"layer", "backbone.layer"}}},
    {0},
};

/* What data-parallel training and wrapper classes put before every name. */
static const char *const outer[] = {"", "module.", "model."};
enum { OUTERS = sizeof outer / sizeof *outer };

/* Whether a name of theirs is `first`, of which n characters count, and `second` behind it. */
static bool has_name(const siam_keymap *m, const char *first, size_t n, const char *second)
{
    for (int k = 0; k < m->n; k++) {
        const char *name = siam_keymap_theirs(m, k);
        if (!strncmp(name, first, n) && !strcmp(name + n, second))
            return true;
    }
    return false;
}

static bool has_markers(const siam_keymap *m, const siam_key_project *p, const char *before)
{
    for (int i = 0; i < SIAM_KEY_MARKERS && p->marker[i]; i++)
        if (!has_name(m, before, strlen(before), p->marker[i]))
            return false;
    return true;
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

/* In front of the first convolution's name and, for that is no block within it, of a block's: moco's "module.encoder_q.". */
static bool foreign_prefix(const siam_keymap *m, char *buf, size_t n)
{
    static const char *const known[] = {".backbone.conv1.weight", ".encoder.conv1.weight", ".conv1.weight"};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        for (int i = 0; i < m->n; i++) {
            const char *name = siam_keymap_theirs(m, i);
            const size_t all = strlen(name), tail = strlen("conv1.weight");
            if (!ends_with(name, known[k]) || !has_name(m, name, all - tail, "layer1.0.conv1.weight"))
                continue;
            size_t at = 0;
            for (const char *p = name; p <= name + all - strlen(known[k]) && at + 3 < n; p++) {
                if (!strchr("_-0123456789", *p) && !isalpha((unsigned char)*p))
                    buf[at++] = '\\';
                buf[at++] = *p;
            }
            buf[at] = '\0';
            return at + 3 < n;
        }
    return false;
}

static siam_code recognise(siam_keymap *m, siam_err *e)
{
    char before[128];
    for (int i = 0; siam_key_projects[i].name; i++)
        for (int k = 0; k < OUTERS; k++)
            if (has_markers(m, &siam_key_projects[i], outer[k])) {
                m->project = &siam_key_projects[i];
                m->outer = outer[k];
                return SIAM_OK;
            }
    siam_fail(
        e, SIAM_E_DATA,
        "its tensors have the names of no project that is known (mmpretrain, Facebook's SimSiam, lightly, "
        "torchvision, simsiam); the first of %d is '%.72s'",
        m->n, m->n ? siam_keymap_theirs(m, 0) : "");
    if (foreign_prefix(m, before, sizeof before))
        siam_hint(e, "--rename 's/^%s//'", before);
    else
        siam_hint(
            e,
            "--rename 's/FROM/TO/' if its names differ from one of those in a part");
    return SIAM_E_DATA;
}

/* lightly's and others' CIFAR networks call a block's shortcut by another name. */
static void rename_shortcut(char *name)
{
    static const char from[] = ".shortcut.", to[] = ".downsample.";
    char *p = strstr(name, from), rest[SIAM_NAME_MAX];
    if (!p || strlen(name) + sizeof to - sizeof from >= SIAM_NAME_MAX)
        return;
    snprintf(rest, sizeof rest, "%s", p + sizeof from - 1);
    snprintf(p, SIAM_NAME_MAX - (size_t)(p - name), "%s%s", to, rest);
}

static void translate(siam_keymap *m, int i)
{
    const char *theirs = siam_keymap_theirs(m, i);
    const size_t skip = strlen(m->outer);
    if (strncmp(theirs, m->outer, skip) || ends_with(theirs, ".num_batches_tracked"))
        return;
    theirs += skip;
    for (int k = 0; k < SIAM_KEY_RULES && m->project->rule[k].theirs; k++) {
        const siam_key_rule *r = &m->project->rule[k];
        const size_t n = strlen(r->theirs);
        if (strncmp(theirs, r->theirs, n))
            continue;
        if (snprintf(m->name[i], SIAM_NAME_MAX, "%s%s", r->ours, theirs + n) >= SIAM_NAME_MAX)
            m->name[i][0] = '\0'; /* too long for any of ours */
        rename_shortcut(m->name[i]);
        return;
    }
}

/* "projector.6.bias" with a BatchNorm "projector.7": Facebook's last layer has such a frozen bias. */
static void fold_bias(siam_keymap *m, int i)
{
    enum { STEM = 10 }; /* of "projector." and "predictor.", behind which the number stands */
    char *name = m->name[i], *dot = strrchr(name, '.'), other[SIAM_NAME_MAX + 16];
    if (!dot || strcmp(dot, ".bias") ||
        (strncmp(name, "projector.", STEM) && strncmp(name, "predictor.", STEM)))
        return;
    const size_t digits = strspn(name + STEM, "0123456789");
    if (!digits || digits > LAYER_DIGITS || name + STEM + digits != dot)
        return;
    snprintf(other, sizeof other, "%.*s%d.running_mean", STEM, name, (int)strtol(name + STEM, NULL, 10) + 1);
    const int mean = siam_keymap_find(m, other);
    if (mean < 0 || !siam_desc_eq(&siam_keymap_entry(m, mean)->desc, &siam_keymap_entry(m, i)->desc))
        return;
    m->bias[mean] = i;
    m->bias[i] = SIAM_KEY_FOLDED;
    name[0] = '\0';
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static siam_code check_unique(const siam_keymap *m, siam_err *e)
{
    const char **sorted = malloc(((size_t)m->n + 1) * sizeof *sorted);
    siam_code rc = SIAM_OK;
    if (!sorted)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", m->n);
    for (int i = 0; i < m->n; i++)
        sorted[i] = m->name[i];
    qsort(sorted, (size_t)m->n, sizeof *sorted, by_text);
    for (int i = 1; i < m->n && !rc; i++)
        if (*sorted[i] && !strcmp(sorted[i - 1], sorted[i]))
            rc = siam_fail(e, SIAM_E_DATA, "two of its tensors would be '%.72s' by the key names of %s",
                           sorted[i], m->project->title);
    free(sorted);
    return rc;
}

static void tell(siam_keymap *m)
{
    int renamed = 0;
    for (int i = 0; i < m->n; i++)
        renamed += m->renamed[i] != NULL;
    size_t n = renamed ? (size_t)snprintf(m->told, sizeof m->told, "%d of %d names by your rules, then ",
                                          renamed, m->n)
                       : 0;
    n += (size_t)snprintf(m->told + n, sizeof m->told - n, "key names of %s", m->project->title);
    const char *between = ": ";
    for (int k = 0; k < SIAM_KEY_RULES && m->project->rule[k].theirs; k++) {
        const siam_key_rule *r = &m->project->rule[k];
        bool used = false;
        const size_t skip = strlen(m->outer), len = strlen(r->theirs);
        for (int i = 0; i < m->n && !used; i++)
            used = (m->name[i][0] || ends_with(siam_keymap_theirs(m, i), ".bias")) &&
                   !strncmp(siam_keymap_theirs(m, i), m->outer, skip) &&
                   !strncmp(siam_keymap_theirs(m, i) + skip, r->theirs, len);
        if (!used || (!*m->outer && !strcmp(r->theirs, r->ours)) || n >= sizeof m->told)
            continue;
        n += (size_t)snprintf(m->told + n, sizeof m->told - n, "%s%s%s -> %s", between, m->outer, r->theirs,
                              r->ours);
        between = ", ";
    }
    for (int i = 0; i < m->n; i++)
        if (m->bias[i] >= 0 && n < sizeof m->told)
            n += (size_t)snprintf(m->told + n, sizeof m->told - n, "; %s taken off %s",
                                  siam_keymap_theirs(m, m->bias[i]), m->name[i]);
}

/* The names after the caller's rules; a rule that fits nothing is a slip of the pen. */
static siam_code rename_all(siam_keymap *m, const char *rules, siam_err *e)
{
    siam_rename *r;
    SIAM_TRY(siam_rename_create(&r, rules, e));
    siam_code rc = SIAM_OK;
    for (int i = 0; i < m->n && !rc; i++)
        rc = siam_rename_apply(r, siam_keymap_entry(m, i)->name, &m->renamed[i], e);
    const char *unused = siam_rename_unused(r);
    if (!rc && unused) {
        rc = siam_fail(e, SIAM_E_USAGE,
                       "the rename rule '%.200s' fits none of the %d names; the first is '%.72s'", unused,
                       m->n, m->n ? siam_keymap_theirs(m, 0) : "");
        siam_hint(e, "leave that rule out, or correct it");
    }
    siam_rename_destroy(&r);
    return rc;
}

siam_code siam_keymap_create(siam_keymap **out, const siam_ckpt *c, const char *rename, siam_err *e)
{
    *out = NULL;
    siam_keymap *m = calloc(1, sizeof *m);
    const int n = c->format->count(c);
    if (m) {
        m->c = c;
        m->n = n;
        m->name = calloc((size_t)n + 1, sizeof *m->name);
        m->renamed = calloc((size_t)n + 1, sizeof *m->renamed);
        m->bias = malloc(((size_t)n + 1) * sizeof *m->bias);
    }
    if (!m || !m->name || !m->renamed || !m->bias) {
        siam_keymap_destroy(&m);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", n);
    }
    siam_code rc = rename && *rename ? rename_all(m, rename, e) : SIAM_OK;
    if (!rc)
        rc = recognise(m, e);
    for (int i = 0; i < n && !rc; i++) {
        m->bias[i] = SIAM_KEY_NO_BIAS;
        translate(m, i);
    }
    if (!rc)
        rc = check_unique(m, e);
    for (int i = 0; i < n && !rc; i++)
        fold_bias(m, i);
    if (rc)
        siam_keymap_destroy(&m);
    else
        tell(m);
    *out = m;
    return rc;
}

void siam_keymap_destroy(siam_keymap **m)
{
    if (!*m)
        return;
    for (int i = 0; (*m)->renamed && i < (*m)->n; i++)
        free((*m)->renamed[i]);
    free((*m)->renamed);
    free((*m)->name);
    free((*m)->bias);
    free(*m);
    *m = NULL;
}

const char *siam_keymap_source(const siam_keymap *m) { return m->project->name; }

const char *siam_keymap_told(const siam_keymap *m) { return m->told; }

const char *siam_keymap_name(const siam_keymap *m, int i) { return m->name[i][0] ? m->name[i] : NULL; }

int siam_keymap_find(const siam_keymap *m, const char *name)
{
    for (int i = 0; i < m->n && *name; i++)
        if (!strcmp(m->name[i], name))
            return i;
    return -1;
}

siam_code siam_keymap_read_f32(const siam_keymap *m, int i, float *dst, size_t n, siam_err *e)
{
    SIAM_ASSERT(i >= 0 && i < m->n);
    SIAM_TRY(m->c->format->read_f32(m->c, i, dst, n, e));
    if (m->bias[i] < 0)
        return SIAM_OK;
    float *bias = malloc(n * sizeof *bias + 1);
    if (!bias)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%.72s'", siam_keymap_entry(m, i)->name);
    const siam_code rc = m->c->format->read_f32(m->c, m->bias[i], bias, n, e);
    for (size_t k = 0; k < n && !rc; k++)
        dst[k] -= bias[k];
    free(bias);
    return rc;
}
