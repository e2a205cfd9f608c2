/* One table of projects: how to recognise each, and which prefix of its names becomes which of ours. */
#include "checkpoint/names_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "checkpoint/rename.h"

enum { LAYER_DIGITS = 2, CLASSIFIERS_TRIED = 64 };

/* torch.nn.Sequential of a ResNet's children: the numbers of its four stages depend on what stands before them. */
#define NUMBERED(before, one, two, three, four)                                                      \
    {before "0.", "backbone.conv1."}, {before "1.", "backbone.bn1."},                                \
        {before one ".", "backbone.layer1."}, {before two ".", "backbone.layer2."},                  \
        {before three ".", "backbone.layer3."}, {before four ".", "backbone.layer4."}
#define LIGHTLY_HEADS {"projection_head.layers.", "projector."}, {"prediction_head.layers.", "predictor."}

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
    {"lightly-small", /* conv1, bn1, layer1 ... */
     "lightly's SimSiam",
     {"backbone.0.weight", "backbone.2.0.conv1.weight"},
     {NUMBERED("backbone.", "2", "3", "4", "5"), LIGHTLY_HEADS}},
    {"lightly-no-pool", /* conv1, bn1, relu, layer1 ... */
     "lightly's SimSiam",
     {"backbone.0.weight", "backbone.3.0.conv1.weight"},
     {NUMBERED("backbone.", "3", "4", "5", "6"), LIGHTLY_HEADS}},
    {"lightly",
     "lightly's SimSiam",
     {"backbone.0.weight", "backbone.4.0.conv1.weight"},
     {NUMBERED("backbone.", "4", "5", "6", "7"), LIGHTLY_HEADS}},
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
    {"sequential-small",
     "a Sequential",
     {"0.weight", "2.0.conv1.weight"},
     {NUMBERED("", "2", "3", "4", "5"), {"fc.", "fc."}}},
    {"sequential-no-pool",
     "a Sequential",
     {"0.weight", "3.0.conv1.weight"},
     {NUMBERED("", "3", "4", "5", "6"), {"fc.", "fc."}}},
    {"sequential", "a Sequential", {"0.weight", "4.0.conv1.weight"}, {NUMBERED("", "4", "5", "6", "7"), {"fc.", "fc."}}},
    {0},
};

/* Names that rules bring into those of the table. */
static const struct dialect {
    const char *title, *marker, *rules; /* marker: how one of the names ends */
} dialects[] = {
    {"Hugging Face's ResNet",
     "embedder.embedder.convolution.weight",
     "s/embedder\\.embedder\\.convolution/conv1/ s/embedder\\.embedder\\.normalization/bn1/ "
     "s/encoder\\.stages\\.0\\.layers\\./layer1./ s/encoder\\.stages\\.1\\.layers\\./layer2./ "
     "s/encoder\\.stages\\.2\\.layers\\./layer3./ s/encoder\\.stages\\.3\\.layers\\./layer4./ "
     "s/shortcut\\.convolution/downsample.0/ s/shortcut\\.normalization/downsample.1/ "
     "s/layer\\.0\\.convolution/conv1/ s/layer\\.1\\.convolution/conv2/ s/layer\\.2\\.convolution/conv3/ "
     "s/layer\\.0\\.normalization/bn1/ s/layer\\.1\\.normalization/bn2/ s/layer\\.2\\.normalization/bn3/"},
    {"Detectron2's ResNet",
     "stem.conv1.norm.weight",
     "s/stem\\.conv1\\.norm/bn1/ s/stem\\.conv1/conv1/ s/res2\\./layer1./ s/res3\\./layer2./ s/res4\\./layer3./ "
     "s/res5\\./layer4./ s/shortcut\\.norm/downsample.1/ s/shortcut\\./downsample.0./ s/conv([123])\\.norm/bn\\1/"},
};

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

static bool any_ends_with(const siam_names_read *m, const char *end, int *at)
{
    for (*at = 0; *at < m->n; ++*at)
        if (ends_with(siam_names_read_plain(m, *at), end))
            return true;
    return false;
}

/* A rule that takes something undotted off ("net_conv1.weight"), or makes slashes dots, if it makes the
 * file one that is understood: it is tried before it is shown. */
static bool working_rule(const siam_names_read *m, const char *rename, char rule[static SIAM_KEY_RULE])
{
    static const char first[] = "conv1.weight", slashed[] = "conv1/weight", lined[] = "conv1_weight";
    int at;
    rule[0] = '\0';
    if (any_ends_with(m, first, &at)) {
        const char *name = siam_names_read_theirs(m, at);
        const size_t n = strlen(name) - (sizeof first - 1);
        if (n && n < 64 && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") >= n)
            snprintf(rule, SIAM_KEY_RULE, "s/^%.*s//", (int)n, name);
    } else if (any_ends_with(m, slashed, &at)) {
        snprintf(rule, SIAM_KEY_RULE, "s|/|.|g");
    } else if (any_ends_with(m, lined, &at)) {
        snprintf(rule, SIAM_KEY_RULE, "s/_(weight|bias|running_mean|running_var|num_batches_tracked)$/.\\1/ "
                                      "s/(layer[1-4])_([0-9]+)_/\\1.\\2./ s/downsample_([01])/downsample.\\1/");
    }
    return rule[0] && siam_names_read_works(m->c, rename, NULL, rule, "backbone.conv1.weight");
}

/* None of the projects: why, and what may help. */
static siam_code unknown(const siam_names_read *m, const char *rename, siam_err *e)
{
    char rule[SIAM_KEY_RULE];
    int at, other;
    if (m->n == 1 && !strcmp(siam_names_read_theirs(m, 0), "tensor")) {
        siam_fail(e, SIAM_E_DATA, "it holds one tensor without a name, and no state dict");
        siam_hint(e, "in Python, where the model is: torch.save(model.state_dict(), 'new.pth')");
    } else if (any_ends_with(m, "flat_param", &at)) {
        siam_fail(e, SIAM_E_DATA, "its '%.72s' is many tensors in a row, as FSDP keeps them in each process",
                  siam_names_read_theirs(m, at));
        siam_hint(e, "in Python, where the model is: torch.save(torch.distributed.checkpoint.state_dict."
                     "get_model_state_dict(model, options=torch.distributed.checkpoint.state_dict.StateDictOptions("
                     "full_state_dict=True)), 'new.pth')");
    } else if (any_ends_with(m, "layer1.0.conv1.weight", &other) &&
               ((any_ends_with(m, "conv1.3.weight", &other) && any_ends_with(m, "conv1.0.weight", &at)) ||
                (any_ends_with(m, "stem.3.weight", &other) && any_ends_with(m, "stem.0.weight", &at)))) {
        siam_fail(e, SIAM_E_DATA,
                  "its stem '%.72s' is several layers (as in ResNet-C and ResNet-D), which none of the networks here has",
                  siam_names_read_theirs(m, at));
        siam_hint(e, "a ResNet whose stem is one convolution: simsiam list 'resnet*'");
    } else {
        siam_fail(e, SIAM_E_DATA,
                  "its tensors have the names of no project that is known (mmpretrain, Facebook's SimSiam, lightly, "
                  "torchvision, simsiam); the first of %d is '%.72s'",
                  m->n, m->n ? siam_names_read_theirs(m, 0) : "");
        if (!m->trial && (working_rule(m, rename, rule) || siam_names_read_guess(m, rename, NULL, rule)))
            siam_hint(e, "--rename '%s'", rule);
        else if (any_ends_with(m, "conv1.weight", &at) || any_ends_with(m, "bn1.weight", &at))
            siam_hint(e, "--rename 's/FROM/TO/' if its names differ from one of those in a part");
        else
            siam_hint(e, "a ResNet, which this is not by its names: simsiam list 'resnet*'");
    }
    return SIAM_E_DATA;
}

static siam_names_read *allocate(const siam_ckpt *c, int n)
{
    siam_names_read *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->c = c;
    m->n = n;
    m->name = calloc((size_t)n + 1, sizeof *m->name);
    m->renamed = calloc((size_t)n + 1, sizeof *m->renamed);
    m->plain = calloc((size_t)n + 1, sizeof *m->plain);
    m->bias = malloc(((size_t)n + 1) * sizeof *m->bias);
    if (!m->name || !m->renamed || !m->plain || !m->bias)
        siam_names_read_destroy(&m);
    return m;
}

/* The names after rules; one of the caller's that fits nothing is a slip of the pen. */
static siam_code rename_all(siam_names_read *m, const char *rules, bool strict, siam_err *e)
{
    siam_rename *r;
    SIAM_TRY(siam_rename_create(&r, rules, e));
    siam_code rc = SIAM_OK;
    for (int i = 0; i < m->n && !rc; i++) {
        char *name = NULL;
        rc = siam_rename_apply(r, siam_names_read_theirs(m, i), &name, e);
        if (!name)
            continue;
        free(m->renamed[i]);
        m->renamed[i] = name;
    }
    const char *unused = strict ? siam_rename_unused(r) : NULL;
    if (!rc && unused) {
        rc = siam_fail(e, SIAM_E_USAGE,
                       "the rename rule '%.200s' fits none of the %d names; the first is '%.72s'", unused,
                       m->n, m->n ? siam_names_read_theirs(m, 0) : "");
        siam_hint(e, "leave that rule out, or correct it");
    }
    siam_rename_destroy(&r);
    return rc;
}

bool siam_names_read_renames(const siam_names_read *m, const char *rules)
{
    siam_err ignored = {0};
    siam_names_read *trial = allocate(m->c, m->n);
    const bool fits = trial && !rename_all(trial, rules, true, &ignored);
    siam_names_read_destroy(&trial);
    return fits;
}

static siam_code find_networks(siam_names_read *m, siam_err *e)
{
    SIAM_TRY(siam_names_read_unwrap(m, e));
    return siam_names_read_networks(m, e);
}

static siam_code recognise(siam_names_read *m, const char *rename, const char *part, siam_err *e)
{
    int at;
    SIAM_TRY(find_networks(m, e));
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects && !m->networks; i++)
        if (any_ends_with(m, dialects[i].marker, &at)) {
            m->dialect = dialects[i].title;
            SIAM_TRY(rename_all(m, dialects[i].rules, false, e));
            SIAM_TRY(find_networks(m, e));
        }
    return m->networks ? siam_names_read_choose(m, part, e) : unknown(m, rename, e);
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

static bool begins_with(const char *s, const char *start) { return !strncmp(s, start, strlen(start)); }

static void translate(siam_names_read *m, int i)
{
    const char *theirs = siam_names_read_plain(m, i), *outer = siam_names_read_prefix(m);
    if (!begins_with(theirs, outer) || ends_with(theirs, ".num_batches_tracked") || siam_names_read_elsewhere(m, i))
        return;
    theirs += strlen(outer);
    for (int k = 0; k < SIAM_KEY_RULES && m->project->rule[k].theirs; k++) {
        const siam_key_rule *r = &m->project->rule[k];
        if (!begins_with(theirs, r->theirs))
            continue;
        if (snprintf(m->name[i], SIAM_NAME_MAX, "%s%s", r->ours, theirs + strlen(r->theirs)) >= SIAM_NAME_MAX)
            m->name[i][0] = '\0'; /* too long for any of ours */
        if (begins_with(m->name[i], "fc.") && siam_names_read_contrasted(m))
            m->name[i][0] = '\0';
        rename_shortcut(m->name[i]);
        return;
    }
}

/* "projector.6.bias" with a BatchNorm "projector.7": Facebook's last layer has such a frozen bias. */
static void fold_bias(siam_names_read *m, int i)
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
    const int mean = siam_names_read_find(m, other);
    if (mean < 0 || !siam_desc_eq(&siam_names_read_entry(m, mean)->desc, &siam_names_read_entry(m, i)->desc))
        return;
    m->bias[mean] = i;
    m->bias[i] = SIAM_KEY_FOLDED;
    name[0] = '\0';
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static siam_code check_unique(const siam_names_read *m, siam_err *e)
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

static void put(siam_names_read *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(siam_names_read *m, const char *fmt, ...)
{
    const size_t n = strlen(m->told);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(m->told + n, sizeof m->told - n, fmt, ap);
    va_end(ap);
}

/* "module.encoder.fc. -> projector." if the rule was used: the first name that it fits, as it is in the file. */
static bool put_rule(siam_names_read *m, const siam_key_rule *r, const char *between)
{
    const char *outer = siam_names_read_prefix(m);
    char head[2 * SIAM_NAME_MAX];
    snprintf(head, sizeof head, "%s%s", outer, r->theirs);
    for (int i = 0; i < m->n; i++) {
        const char *plain = siam_names_read_plain(m, i), *theirs = siam_names_read_theirs(m, i);
        if ((!m->name[i][0] && !(ends_with(plain, ".bias") && m->bias[i] == SIAM_KEY_FOLDED)) ||
            !begins_with(plain, head) || siam_names_read_elsewhere(m, i))
            continue;
        const char *rest = plain + strlen(head);
        if (ends_with(theirs, rest) && strlen(theirs) - strlen(rest) < sizeof head)
            snprintf(head, sizeof head, "%.*s", (int)(strlen(theirs) - strlen(rest)), theirs);
        if (!strcmp(head, r->ours))
            return false;
        put(m, "%s%s -> %s", between, head, r->ours);
        return true;
    }
    return false;
}

static void tell(siam_names_read *m)
{
    char names[512], name[SIAM_NAME_MAX];
    int renamed = 0;
    for (int i = 0; i < m->n; i++)
        renamed += m->renamed[i] != NULL;
    if (m->dialect)
        put(m, "%s's names, taken for ", m->dialect);
    else if (renamed)
        put(m, "%d of %d names by your rules, then ", renamed, m->n);
    put(m, "key names of %s", m->project->title);
    const char *between = ": ";
    for (int k = 0; k < SIAM_KEY_RULES && m->project->rule[k].theirs; k++)
        if (put_rule(m, &m->project->rule[k], between))
            between = ", ";
    for (int i = 0; i < m->n; i++)
        if (m->bias[i] >= 0)
            put(m, "; %s taken off %s", siam_names_read_theirs(m, m->bias[i]), m->name[i]);
    if (m->networks > 1) {
        siam_names_read_network_names(m, names, sizeof names);
        put(m, "; '%.60s' of the networks in the file (%s), which --part chooses",
            siam_names_read_network_name(m, m->chosen, name), names);
    }
}

static siam_code create(siam_names_read **out, const siam_ckpt *c, const char *rename, const char *part, bool trial, siam_err *e)
{
    const int n = c->format->count(c);
    *out = NULL;
    siam_names_read *m = allocate(c, n);
    if (!m)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of %d tensors", n);
    m->trial = trial;
    siam_code rc = rename && *rename ? rename_all(m, rename, true, e) : SIAM_OK;
    if (!rc)
        rc = recognise(m, rename, part, e);
    for (int i = 0; i < n && !rc; i++) {
        m->bias[i] = SIAM_KEY_NO_BIAS;
        translate(m, i);
    }
    if (!rc)
        rc = check_unique(m, e);
    for (int i = 0; i < n && !rc; i++)
        fold_bias(m, i);
    if (rc)
        siam_names_read_destroy(&m);
    else
        tell(m);
    *out = m;
    return rc;
}

siam_code siam_names_read_create(siam_names_read **out, const siam_ckpt *c, const char *rename, const char *part, siam_err *e)
{
    return create(out, c, rename, part, false, e);
}

bool siam_names_read_works(const siam_ckpt *c, const char *rename, const char *part, char rule[static SIAM_KEY_RULE],
                       const char *ours)
{
    char all[SIAM_KEY_RULE];
    siam_names_read *trial = NULL;
    siam_err ignored = {0};
    const bool given = rename && *rename;
    const bool whole = snprintf(all, sizeof all, "%s%s%s", given ? rename : "", given ? " " : "", rule) < SIAM_KEY_RULE &&
                       !strchr(all, '\'');
    const bool good = whole && !create(&trial, c, all, part, true, &ignored) && siam_names_read_find(trial, ours) >= 0;
    siam_names_read_destroy(&trial);
    if (good)
        strcpy(rule, all);
    return good;
}

void siam_names_read_destroy(siam_names_read **m)
{
    if (!*m)
        return;
    for (int i = 0; (*m)->renamed && i < (*m)->n; i++)
        free((*m)->renamed[i]);
    for (int i = 0; (*m)->plain && i < (*m)->n; i++)
        free((*m)->plain[i]);
    free((*m)->renamed);
    free((*m)->plain);
    free((*m)->name);
    free((*m)->bias);
    free(*m);
    *m = NULL;
}

/* ---- a classifier under another name ---- */

/* By the last part of a dotted name that is no number: "classifier" of "model.classifier.1". A Sequential has none. */
static bool is_classifier_name(const char *name, size_t n)
{
    static const char *const usual[] = {"fc", "head", "heads", "head_fc", "classifier", "classif", "cls", "cls_head", "linear",
                                        "last_linear", "linear_head", "lin", "fc1", "_fc", "logits", "output", "out",
                                        "final", "final_layer", "online_classifier", "linear_classifier", "linear_layer", "clf",
                                        "probe", "linear_probe"};
    size_t end = n, begin;
    for (;; end = begin - 1) {
        for (begin = end; begin && name[begin - 1] != '.'; begin--)
            ;
        const bool number = end > begin && strspn(name + begin, "0123456789") >= end - begin;
        if (!begin && number)
            return true;
        if (!begin || !number)
            break;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strlen(usual[i]) == end - begin && !memcmp(usual[i], name + begin, end - begin))
            return true;
    return false;
}

/* Entry of "X.bias" beside entry i, "X.weight" of `features` inputs; -1: i is no such weight, or has none. */
static int bias_of_linear(const siam_names_read *m, int i, int64_t features)
{
    const siam_desc *w = &siam_names_read_entry(m, i)->desc;
    const char *name = siam_names_read_plain(m, i);
    const size_t n = strlen(name), k = sizeof ".weight" - 1;
    if (m->name[i][0] || w->ndim != 2 || w->dim[1] != features || !ends_with(name, ".weight"))
        return -1;
    for (int b = 0; b < m->n; b++) {
        const siam_desc *d = &siam_names_read_entry(m, b)->desc;
        const char *bias = siam_names_read_plain(m, b);
        if (!strncmp(bias, name, n - k) && !strcmp(bias + n - k, ".bias"))
            return d->ndim == 1 && d->dim[0] == w->dim[0] ? b : -1;
    }
    return -1;
}

bool siam_names_read_adopt(siam_names_read *m, int64_t features)
{
    int found = -1, bias = -1, n = 0;
    if (siam_names_read_find(m, "fc.weight") >= 0)
        return false;
    for (int i = 0, tried = 0; i < m->n && tried < CLASSIFIERS_TRIED; i++) {
        const char *name = siam_names_read_plain(m, i);
        if (begins_with(name, siam_names_read_prefix(m))) {
            if (siam_names_read_contrasted(m))
                continue;
            name += strlen(siam_names_read_prefix(m));
        }
        if (!ends_with(name, ".weight") || !is_classifier_name(name, strlen(name) - (sizeof ".weight" - 1)) ||
            siam_names_read_elsewhere(m, i))
            continue;
        const int b = bias_of_linear(m, i, features);
        tried++;
        if (b < 0)
            continue;
        found = i;
        bias = b;
        n++;
    }
    if (n != 1)
        return false;
    strcpy(m->name[found], "fc.weight");
    strcpy(m->name[bias], "fc.bias");
    const char *theirs = siam_names_read_theirs(m, found);
    put(m, "; %.*s -> fc. (a classifier by its shape)", (int)(strlen(theirs) - (sizeof "weight" - 1)), theirs);
    return true;
}

/* A name as a regular expression; false: it does not fit. */
static bool escape(char *out, size_t room, const char *name, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n && at + 3 < room; i++) {
        const char c = name[i];
        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strchr("_-", c))
            out[at++] = '\\';
        out[at++] = c;
    }
    out[at] = '\0';
    return at + 3 < room;
}

bool siam_names_read_classifier_rule(const siam_names_read *m, int64_t features, const char *rename, const char *part,
                                 char rule[static SIAM_KEY_RULE])
{
    char head[256];
    int found = -1, n = 0;
    for (int i = 0, tried = 0; i < m->n && tried < CLASSIFIERS_TRIED; i++) {
        if (siam_names_read_entry(m, i)->desc.ndim != 2 || siam_names_read_elsewhere(m, i))
            continue;
        tried++;
        if (bias_of_linear(m, i, features) < 0)
            continue;
        found = i;
        n++;
    }
    if (n != 1)
        return false;
    const char *theirs = siam_names_read_theirs(m, found);
    return escape(head, sizeof head, theirs, strlen(theirs) - (sizeof "weight" - 1)) &&
           snprintf(rule, SIAM_KEY_RULE, "s/^%s/%sfc./", head, siam_names_read_prefix(m)) < SIAM_KEY_RULE &&
           siam_names_read_works(m->c, rename, part, rule, "fc.weight");
}

const char *siam_names_read_source(const siam_names_read *m) { return m->project->name; }

const char *siam_names_read_note(const siam_names_read *m) { return m->told; }

const char *siam_names_read_name(const siam_names_read *m, int i) { return m->name[i][0] ? m->name[i] : NULL; }

int siam_names_read_find(const siam_names_read *m, const char *name)
{
    for (int i = 0; i < m->n && *name; i++)
        if (!strcmp(m->name[i], name))
            return i;
    return -1;
}

siam_code siam_names_read_read_f32(const siam_names_read *m, int i, float *dst, size_t n, siam_err *e)
{
    SIAM_ASSERT(i >= 0 && i < m->n);
    SIAM_TRY(m->c->format->read_f32(m->c, i, dst, n, e));
    if (m->bias[i] < 0)
        return SIAM_OK;
    float *bias = malloc(n * sizeof *bias + 1);
    if (!bias)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%.72s'", siam_names_read_entry(m, i)->name);
    const siam_code rc = m->c->format->read_f32(m->c, m->bias[i], bias, n, e);
    for (size_t k = 0; k < n && !rc; k++)
        dst[k] -= bias[k];
    free(bias);
    return rc;
}
