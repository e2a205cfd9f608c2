/* Which architecture, input and normalisation a checkpoint is for. */
#include "model/identify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/norm.h"

/* A tensor of the checkpoint by our name, NULL = it has none. */
static const siam_desc *shape_of(const siam_ckpt *c, const siam_names_read *m, const char *name)
{
    const int i = siam_names_read_find(m, name);
    return i < 0 ? NULL : &c->format->entry(c, i)->desc;
}

/* All of the graph's tensors are there, and no others of a backbone. */
static bool fits(const siam_graph *g, const siam_ckpt *c, const siam_names_read *m, int theirs)
{
    if (g->nparams != theirs)
        return false;
    for (int i = 0; i < g->nparams; i++) {
        const siam_desc *d = shape_of(c, m, g->param[i].name);
        if (!d || !siam_desc_same_shape(d, &g->param[i].desc))
            return false;
    }
    return true;
}

static int count_backbone(const siam_ckpt *c, const siam_names_read *m)
{
    int n = 0;
    for (int i = 0; i < c->format->count(c); i++) {
        const char *name = siam_names_read_name(m, i);
        n += name && !strncmp(name, "backbone.", 9);
    }
    return n;
}

/* The file's first tensor, were its backbone of that family, and what it shows; NULL when it has none that could be. */
static const siam_desc *first_of(siam_backbone_shown *shown, const siam_backbone *b, const siam_ckpt *c, const siam_names_read *m)
{
    char name[SIAM_NAME_MAX];
    snprintf(name, sizeof name, "backbone.%s", b->first);
    const siam_desc *first = shape_of(c, m, name);
    return first && b->shows(shown, first) ? first : NULL;
}

/* What is asked for, and for the rest what the first tensor shows. */
static void configure(siam_model_cfg *cfg, const siam_backbone_shown *shown, const siam_model_spec *ask)
{
    cfg->in_channels = shown->in_channels;
    cfg->backbone.cifar_stem = ask->stem ? ask->stem - 1 == SIAM_STEM_CIFAR : shown->cifar_stem;
    cfg->backbone.width = ask->width ? ask->width : shown->width;
    cfg->size = cfg->backbone.cifar_stem ? SIAM_SIDE_SMALL : SIAM_SIDE_PHOTOGRAPH;
}

/* theirs < 0: the architecture was asked for, and only the first tensor is compared. */
static siam_code try_variant(siam_model_cfg *cfg, bool *found, const char *arch, const siam_desc *first, const siam_ckpt *c,
                             const siam_names_read *m, int theirs, siam_err *e)
{
    siam_model_vals v;
    siam_graph *g;
    siam_err ignored = {0};
    snprintf(cfg->arch, sizeof cfg->arch, "%s", arch);
    const siam_code rc = siam_encoder_graph(&g, &v, cfg, 0, &ignored);
    if (rc == SIAM_E_NOMEM)
        return siam_fail(e, rc, "%s", ignored.msg);
    if (rc)
        return SIAM_OK; /* the family has no such width */
    *found = theirs < 0 ? siam_desc_same_shape(first, &g->param[0].desc) : fits(g, c, m, theirs);
    siam_graph_destroy(&g);
    return SIAM_OK;
}

/* The variants of a family: all of them, or the one asked for. */
static siam_code try_family(siam_model_cfg *cfg, bool *found, const siam_backbone *b, const siam_desc *first,
                            const siam_ckpt *c, const siam_names_read *m, const char *arch, siam_err *e)
{
    const int theirs = *arch ? -1 : count_backbone(c, m);
    for (int k = 0; b->variants[k] && !*found; k++)
        if (!*arch || !strcmp(arch, b->variants[k]))
            SIAM_TRY(try_variant(cfg, found, b->variants[k], first, c, m, theirs, e));
    return SIAM_OK;
}

/* "'conv1.weight'": how the first tensors of all families are called, each name once. */
static void list_firsts(char *buf, size_t n)
{
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; siam_backbones[i] && at < n; i++) {
        bool before = false;
        for (int k = 0; k < i; k++)
            before |= !strcmp(siam_backbones[k]->first, siam_backbones[i]->first);
        if (!before)
            at += (size_t)snprintf(buf + at, n - at, "%s'%s'", at ? " or " : "", siam_backbones[i]->first);
    }
}

static siam_code no_backbone(const siam_desc *first, const siam_ckpt *c, const siam_names_read *m, const siam_model_spec *ask,
                             siam_err *e)
{
    char rule[SIAM_KEY_RULE], dims[SIAM_SHAPE_TEXT];
    siam_fail(e, SIAM_E_DATA,
              "it does not say which architecture it holds, and its %d backbone tensors, the first of %s, "
              "are those of none that is known", count_backbone(c, m), siam_shape_text(dims, first));
    if (siam_names_read_guess(m, ask->rename, ask->part, rule))
        siam_hint(e, "--rename '%s'", rule);
    siam_hint(e, "--arch NAME with --width and --stem shows what differs; simsiam list 'resnet*' shows the names");
    return SIAM_E_DATA;
}

/* An integer of the metadata within [lo, hi]. */
static siam_code meta_int(const siam_ckpt *c, const char *key, int lo, int hi, int *value, siam_err *e)
{
    const char *text = c->format->meta(c, key);
    int64_t v;
    if (!text || !siam_parse_i64(text, &v) || v < lo || v > hi)
        return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is %s%.40s%s, not a whole number from %d to %d", key,
                         text ? "'" : "", text ? text : "missing", text ? "'" : "", lo, hi);
    *value = (int)v;
    return SIAM_OK;
}

/* So many finite numbers, `positive` ones where the images are divided by them. */
static siam_code meta_list(const siam_ckpt *c, const char *key, bool positive, int count, float *v, siam_err *e)
{
    const char *text = c->format->meta(c, key), *at = text;
    int n = 0;
    while (at && n < count) {
        char *end;
        v[n] = strtof(at, &end);
        if (end == at || !isfinite(v[n]) || (positive && !(v[n] > 0)))
            break;
        n++;
        if (*end != (n < count ? ',' : '\0'))
            break;
        at = n < count ? end + 1 : NULL;
    }
    if (!text || n < count || at)
        return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is %s%.60s%s, not %d finite numbers%s", key, text ? "'" : "",
                         text ? text : "missing", text ? "'" : "", count, positive ? " above 0" : "");
    return SIAM_OK;
}

/* What becomes of the darkest and the brightest pixel can be computed with. */
static siam_code check_norm(const siam_identity *id, siam_err *e)
{
    for (int i = 0; i < id->cfg.in_channels; i++)
        if (!isfinite((0 - id->norm.mean[i]) / id->norm.std[i]) || !isfinite((1 - id->norm.mean[i]) / id->norm.std[i]))
            return siam_fail(e, SIAM_E_DATA, "its metadata 'siam.mean' and 'siam.std' make pixels infinite");
    return SIAM_OK;
}

/* What its images are read as. */
static siam_code meta_input(siam_identity *id, const siam_ckpt *c, siam_err *e)
{
    int bits = 8;
    float range[2] = {0, 0};
    if (c->format->meta(c, "siam.depth"))
        SIAM_TRY(meta_int(c, "siam.depth", 8, 16, &bits, e));
    if (bits != 8 && bits != 16)
        return siam_fail(e, SIAM_E_DATA, "its metadata 'siam.depth' is '%d', neither 8 nor 16", bits);
    if (c->format->meta(c, "siam.range"))
        SIAM_TRY(meta_list(c, "siam.range", false, 2, range, e));
    id->want = (siam_image_want){id->cfg.in_channels, bits / 8, (double)range[0], (double)range[1]};
    id->bands = c->format->meta(c, "siam.bands");
    return SIAM_OK;
}

/* Which images were held out while it was trained. */
static siam_code meta_holdout(siam_holdout *h, const siam_ckpt *c, siam_err *e)
{
    const char *share = c->format->meta(c, "siam.val_share"), *seed = c->format->meta(c, "siam.split_seed"),
               *by = c->format->meta(c, "siam.group_by");
    char *end = NULL;
    *h = (siam_holdout){.share = 0};
    if (!share)
        return SIAM_OK;
    if (!siam_parse_f64(share, &h->share) || !(h->share > 0 && h->share <= 0.9))
        return siam_fail(e, SIAM_E_DATA, "its metadata 'siam.val_share' is '%.40s', not a share above 0", share);
    h->seed = seed ? strtoull(seed, &end, 10) : 0;
    if (!seed || !*seed || *end || (by && strlen(by) >= sizeof h->group_by))
        return siam_fail(e, SIAM_E_DATA, "its metadata 'siam.split_seed' or 'siam.group_by' does not say which images were held out");
    snprintf(h->group_by, sizeof h->group_by, "%s", by ? by : "");
    return SIAM_OK;
}

/* Everything a file of ours says about itself. */
static siam_code from_metadata(siam_identity *id, const siam_ckpt *c, siam_err *e)
{
    siam_model_cfg *m = &id->cfg;
    int variant;
    const char *arch = c->format->meta(c, "siam.arch"), *stem = c->format->meta(c, "siam.stem");
    if (strlen(arch) >= sizeof m->arch || !siam_backbone_find(arch, &variant))
        return siam_fail(e, SIAM_E_DATA, "its architecture '%.40s' is not known to this version", arch);
    snprintf(m->arch, sizeof m->arch, "%s", arch);
    m->backbone.cifar_stem = stem && !strcmp(stem, "cifar");
    SIAM_TRY(meta_int(c, "siam.width", 1, 1024, &m->backbone.width, e));
    SIAM_TRY(meta_int(c, "siam.in_channels", 1, 16, &m->in_channels, e));
    SIAM_TRY(meta_int(c, "siam.size", 8, 4096, &m->size, e));
    SIAM_TRY(meta_list(c, "siam.mean", false, m->in_channels, id->norm.mean, e));
    SIAM_TRY(meta_list(c, "siam.std", true, m->in_channels, id->norm.std, e));
    SIAM_TRY(check_norm(id, e));
    SIAM_TRY(meta_input(id, c, e));
    SIAM_TRY(meta_holdout(&id->holdout, c, e));
    id->norm_known = true;
    id->trained_on = c->format->meta(c, "siam.data");
    id->epoch = c->format->meta(c, "siam.epoch");
    return SIAM_OK;
}

/* Architecture, width and input, from the tensors. With ask->arch only what its first tensor shows is looked for. */
static siam_code from_tensors(siam_identity *id, const siam_ckpt *c, const siam_names_read *m, const siam_model_spec *ask,
                              siam_err *e)
{
    int variant;
    char firsts[160];
    bool found = false;
    siam_backbone_shown shown;
    const siam_desc *some = NULL;
    const siam_backbone *asked = *ask->arch ? siam_backbone_find(ask->arch, &variant) : NULL;
    for (int i = 0; siam_backbones[i] && !found; i++) {
        const siam_backbone *b = siam_backbones[i];
        const siam_desc *first = !asked || asked == b ? first_of(&shown, b, c, m) : NULL;
        if (!first)
            continue;
        some = first;
        configure(&id->cfg, &shown, ask);
        SIAM_TRY(try_family(&id->cfg, &found, b, first, c, m, ask->arch, e));
    }
    id->norm = siam_imagenet_norm;
    id->guessed = found && !asked;
    if (!some) {
        list_firsts(firsts, sizeof firsts);
        return siam_fail(e, SIAM_E_DATA, "it has no first convolution %s of 1 to 1024 channels that takes 1 to 16", firsts);
    }
    if (!found && !asked)
        return no_backbone(some, c, m, ask, e);
    id->want = (siam_image_want){id->cfg.in_channels, id->cfg.in_channels == SIAM_IMAGE_CHANNELS ? 1 : 2, 0, 0};
    if (!found) /* let the comparison of tensors say what is wrong */
        id->cfg.backbone.width = ask->width ? ask->width : 64;
    return SIAM_OK;
}

/* Projector, predictor and classifier, which only tensors tell of. */
static void find_heads(siam_identity *id, const siam_ckpt *c, const siam_names_read *m)
{
    const siam_desc *z0 = shape_of(c, m, "projector.0.weight"), *p0 = shape_of(c, m, "predictor.0.weight");
    const siam_desc *fc = shape_of(c, m, "fc.weight");
    id->cfg.projector_layers = 0;
    if (z0 && z0->ndim == 2 && z0->dim[0] >= 1 && z0->dim[0] <= 65536) {
        id->cfg.projector_layers = shape_of(c, m, "projector.6.weight") ? 3 : 2;
        id->cfg.dim = (int)z0->dim[0];
        id->predictor = p0 && p0->ndim == 2 && p0->dim[0] >= 1 && p0->dim[0] <= 65536;
        id->cfg.pred_hidden = id->predictor ? (int)p0->dim[0] : 0;
    }
    if (fc && fc->ndim == 2 && fc->dim[0] >= 1 && fc->dim[0] <= 1000000 && shape_of(c, m, "fc.bias"))
        id->cfg.classes = (int)fc->dim[0];
}

/* What the backbone gives out, and with it a classifier of any name. */
static siam_code find_classifier(siam_identity *id, siam_names_read *m, siam_err *e)
{
    siam_graph *g;
    siam_model_vals v;
    siam_err why = {0};
    const siam_code rc = siam_encoder_graph(&g, &v, &id->cfg, 0, &why);
    if (rc == SIAM_E_NOMEM)
        return siam_fail(e, rc, "%s", why.msg);
    if (rc)
        return SIAM_OK; /* said when it is built */
    id->features = (int)g->value[v.features.id].dim[1];
    siam_graph_destroy(&g);
    siam_names_read_adopt(m, id->features);
    return SIAM_OK;
}

siam_code siam_identify(siam_identity *id, const siam_ckpt *c, siam_names_read *m, const siam_model_spec *ask,
                        siam_err *e)
{
    static const char *const names_at[] = {"siam.classes", "meta.dataset_meta.classes", "meta.CLASSES"};
    int variant;
    *id = (siam_identity){.cfg = {.stop_gradient = true}, .norm = siam_imagenet_norm};
    if (*ask->arch && !siam_backbone_find(ask->arch, &variant)) {
        siam_fail(e, SIAM_E_USAGE, "there is no architecture '%.40s'", ask->arch);
        siam_hint(e, "simsiam list 'resnet*'");
        return SIAM_E_USAGE;
    }
    if (c->format->meta(c, "siam.arch")) {
        SIAM_TRY(from_metadata(id, c, e));
        if (*ask->arch)
            snprintf(id->cfg.arch, sizeof id->cfg.arch, "%s", ask->arch);
        if (ask->width)
            id->cfg.backbone.width = ask->width;
        if (ask->stem)
            id->cfg.backbone.cifar_stem = ask->stem - 1 == SIAM_STEM_CIFAR;
    } else {
        SIAM_TRY(siam_names_read_check(m, "backbone.", e));
        SIAM_TRY(from_tensors(id, c, m, ask, e));
        SIAM_TRY(find_classifier(id, m, e));
    }
    find_heads(id, c, m);
    for (size_t i = 0; i < sizeof names_at / sizeof *names_at && !id->class_names; i++)
        id->class_names = c->format->meta(c, names_at[i]);
    if (ask->size)
        id->cfg.size = ask->size;
    id->norm_known |= siam_norm_given(&id->norm, &ask->mean, &ask->std);
    return SIAM_OK;
}
