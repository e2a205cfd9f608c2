/* Encoder files. */
#include "model/encoder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/finite.h"
#include "base/format.h"
#include "data/imagenet.h"
#include "model/identify.h"
#include "model/metadata.h"
#include "model/norm.h"
#include "model/zoo.h"

static const char PREFIX[] = "backbone.";
enum { PATH = 4096 };

/* A model file being read: the tensors, and what they are. In a run folder the metadata may come from another file
 * than the tensors. */
typedef struct source {
    const siam_model_spec *ask;
    const siam_zoo_model *zoo; /* or NULL */
    char path[PATH];
    siam_ckpt *file, *beside; /* beside: of a run whose checkpoint is read, the model file, for its metadata; or NULL */
    siam_names_read *map;
    siam_identity id;
    int missing; /* with ask->allow_missing: tensors that were not there */
    const siam_desc *colours; /* of the file's first convolution, where it takes colours and other channels are wanted; or NULL */
} source;

static void source_close(source *s)
{
    siam_names_read_destroy(&s->map);
    siam_ckpt_close(&s->file);
    siam_ckpt_close(&s->beside);
}

static bool below(const char *name, const char *prefix) { return !strncmp(name, prefix, strlen(prefix)); }

/* A backbone's tensor that the architecture has no use for is a sign of the wrong one. */
static bool has_unexpected(const source *s, const siam_param *row, int n)
{
    for (int i = 0; i < s->file->format->count(s->file); i++) {
        const char *name = siam_names_read_name(s->map, i);
        bool known = !name || !below(name, PREFIX);
        for (int k = 0; k < n && !known; k++)
            known = !strcmp(row[k].name, name);
        if (!known)
            return true;
    }
    return false;
}

/* The file has what the n rows need, and no more backbone than that. Nothing has been allocated yet for tensors
 * that a file only claims to have. */
static siam_code check_match(source *s, const siam_param *row, int n, siam_err *e)
{
    siam_names_read_match d;
    siam_names_read_diff(s->map, row, n, &d);
    s->missing = d.missing;
    if (d.reshaped || (!s->ask->allow_missing && (d.missing || has_unexpected(s, row, n))))
        return siam_fail(e, SIAM_E_DATA, "it does not fit the architecture: %s", d.text);
    return SIAM_OK;
}

static bool is_variance(const char *name)
{
    static const char end[] = ".running_var";
    const size_t n = strlen(name);
    return n >= sizeof end && !strcmp(name + n - (sizeof end - 1), end);
}

/* The first of n variances, with the 1e-5 that is added to each, that has no root, or n. */
static size_t first_without_root(const float *x, size_t n)
{
    size_t k = 0;
    while (k < n && x[k] + 1e-5f > 0)
        k++;
    return k;
}

/* What NaN, infinity or a negative variance turn into further on need not look like one. */
static siam_code check_numbers(const char *name, const float *x, size_t n, siam_err *e)
{
    size_t k = siam_first_nonfinite(x, n);
    if (k < n)
        siam_fail(e, SIAM_E_DATA, "its tensor '%s' holds NaN or infinity (element %zu of %zu)", name, k, n);
    else if (is_variance(name) && (k = first_without_root(x, n)) < n)
        siam_fail(e, SIAM_E_DATA, "its tensor '%s' holds variances, and element %zu of %zu is %g", name, k, n, (double)x[k]);
    else
        return SIAM_OK;
    siam_hint(e, "a model of a run that went well");
    return SIAM_E_DATA;
}

/* A first convolution [out, 3, k, k] of colours for `channels` others: each gets the mean of the three, times 3 / channels, so that
 * a picture that is equal in all of them gives what a grey one gave. */
static siam_code read_colours(source *s, int at, const siam_param *row, float *x, siam_err *e)
{
    const size_t out = (size_t)row->desc.dim[0], channels = (size_t)row->desc.dim[1], taps = (size_t)(row->desc.dim[2] * row->desc.dim[3]);
    const size_t n = out * 3 * taps;
    float *w = malloc(n * sizeof *w);
    if (!w)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the tensor '%s'", row->name);
    siam_code rc = siam_names_read_read_f32(s->map, at, w, n, e);
    if (!rc)
        rc = check_numbers(row->name, w, n, e);
    for (size_t i = 0; !rc && i < out * channels * taps; i++) {
        const float *of = w + i / (channels * taps) * 3 * taps + i % taps;
        x[i] = (of[0] + of[taps] + of[2 * taps]) / (float)channels;
    }
    free(w);
    return rc;
}

static siam_code read_rows(source *s, siam_params *params, const char *prefix, siam_err *e)
{
    for (int i = 0; i < params->n; i++) {
        const siam_param *row = &params->row[i];
        const int at = below(row->name, prefix) ? siam_names_read_find(s->map, row->name) : -1;
        if (at < 0)
            continue;
        float *x = siam_params_data(params, i);
        if (i == 0 && s->colours) {
            SIAM_TRY(read_colours(s, at, row, x, e));
            continue;
        }
        const size_t n = (size_t)siam_desc_count(&row->desc);
        SIAM_TRY(siam_names_read_read_f32(s->map, at, x, n, e));
        SIAM_TRY(check_numbers(row->name, x, n, e));
    }
    return SIAM_OK;
}

/* Reading and verifying are one look at the file. Numbers that make no sense in a damaged file are called damage. */
static siam_code load_rows(source *s, siam_params *params, const char *prefix, siam_err *e)
{
    siam_err why = {0}, damage = {0};
    siam_code rc = read_rows(s, params, prefix, &why);
    const siam_code found = rc && rc != SIAM_E_DATA ? SIAM_OK : s->file->format->verify(s->file, &damage);
    if (found) {
        rc = found;
        why = damage;
    }
    if (rc && e)
        *e = why;
    return rc;
}

/* The newest checkpoint of a run folder: it holds projector and predictor, which the model file does not. */
static siam_code run_checkpoint(char path[PATH], const char *run, siam_err *e)
{
    char last[PATH], name[PATH], *text = NULL;
    size_t n;
    if (!siam_path_join(last, sizeof last, run, "checkpoints/last") || !siam_path_exists(last)) {
        siam_fail(e, SIAM_E_NOTFOUND, "the folder '%s' holds no checkpoint, and only that has a projector and a predictor",
                  run);
        siam_hint(e, "the folder of a run that has finished an epoch");
        return SIAM_E_NOTFOUND;
    }
    SIAM_TRY(siam_file_read(last, 255, &text, &n, e));
    text[strcspn(text, "\r\n")] = '\0';
    const bool plain = *text && !strchr(text, '/') && snprintf(name, sizeof name, "checkpoints/%s", text) < PATH &&
                       siam_path_join(path, PATH, run, name);
    free(text);
    return plain ? SIAM_OK : siam_fail(e, SIAM_E_DATA, "'%s' does not name a checkpoint", last);
}

/* A folder that is no run may be another program's, or part of a run. */
static void hint_folder(const char *folder, siam_err *e)
{
    static const char *const usual[] = {"../model.safetensors", "pytorch_model.bin", "model.pth", "checkpoint.pth",
                                        "checkpoint.pth.tar"};
    char path[PATH], word[PATH + 64];
    if (siam_path_join(path, sizeof path, folder, ".metadata") && siam_path_exists(path)) /* torch.distributed.checkpoint */
        siam_hint(e, "python3 -m torch.distributed.checkpoint.format_utils dcp_to_torch %s model.pth",
                  siam_format_word(word, sizeof word, folder));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (siam_path_join(path, sizeof path, folder, usual[i]) && siam_path_exists(path))
            siam_hint(e, "name the file: %s", siam_format_word(word, sizeof word, path));
}

/* The file that ask->model names: itself, the model of a run folder, or a fetched one. */
static siam_code model_path(source *s, siam_err *e)
{
    const char *model = s->ask->model;
    snprintf(s->path, sizeof s->path, "%s", model);
    const siam_path_is is = siam_path_look(model);
    if (is == SIAM_PATH_UNSEEN)
        return siam_fail_errno(e, errno, "cannot look at '%s'", model);
    if (is == SIAM_PATH_FOLDER) {
        if (!siam_path_join(s->path, sizeof s->path, model, "model.safetensors"))
            return siam_fail(e, SIAM_E_NOTFOUND, "the path '%s' is too long", model);
        if (siam_path_exists(s->path))
            return SIAM_OK;
        siam_fail(e, SIAM_E_NOTFOUND, "the folder '%s' holds no model.safetensors", model);
        hint_folder(model, e);
        siam_hint(e, "name a model file, or the folder of a run that has finished an epoch");
        return SIAM_E_NOTFOUND;
    }
    if (is == SIAM_PATH_OTHER || !(s->zoo = siam_zoo_find(model)))
        return SIAM_OK;
    if (siam_zoo_path(s->zoo, s->path, sizeof s->path) && siam_zoo_here(s->zoo))
        return SIAM_OK;
    return siam_zoo_missing(s->zoo, e);
}

/* Runs of linear evaluations have checkpoints, too, of the classifiers alone. */
static bool holds_heads(const siam_ckpt *c)
{
    const char *kind = c->format->meta(c, "siam.kind");
    return kind && !strcmp(kind, "linear evaluation");
}

/* Such a checkpoint in place of a model; the run's folder is above it, where it is still in its place. */
static siam_code is_heads(const char *path, siam_err *e)
{
    static const char place[] = "/checkpoints/";
    char run[PATH], word[PATH + 64];
    siam_fail(e, SIAM_E_DATA, "it is the checkpoint of a linear evaluation, classifiers without the encoder below them");
    const char *at = strstr(path, place);
    snprintf(run, sizeof run, "%.*s", at ? (int)(at - path) : 0, path);
    if (at && siam_path_is_dir(run))
        siam_hint(e, "the folder of the run: %s", siam_format_word(word, sizeof word, run));
    else
        siam_hint(e, "the folder of that run, or its model.safetensors");
    return SIAM_E_DATA;
}

static siam_code open_file(source *s, const char *path, siam_err *e)
{
    SIAM_TRY(siam_ckpt_open(&s->file, path, e));
    if (holds_heads(s->file))
        return is_heads(path, e);
    return siam_names_read_create(&s->map, s->file, s->ask->rename, s->ask->part, e);
}

/* "pytorch_model-00001-of-00003.bin" is no model alone. */
static siam_code tell_part(const char *path, siam_code rc, siam_err *e)
{
    const char *name = strrchr(path, '/'), *dash;
    int part, parts, used = 0;
    name = name ? name + 1 : path;
    for (dash = strchr(name, '-'); dash; dash = strchr(dash + 1, '-'))
        if (sscanf(dash, "-%5d-of-%5d%n", &part, &parts, &used) == 2 && used && dash[used] == '.')
            break;
    if (!dash || parts < 2 || rc != SIAM_E_DATA)
        return rc;
    siam_err_clear(e);
    char stem[PATH];
    snprintf(stem, sizeof stem, "%.*s", (int)(dash - path), path);
    siam_fail(e, rc, "it is part %d of %d of a model, which is read from one file", part, parts);
    if (strcmp(dash + used, ".safetensors"))
        siam_hint(e, "in Python, put the parts together: torch.save({k: v for f in glob.glob('%s-*-of-*%s') for k, v in "
                     "torch.load(f).items()}, 'model.pth')", stem, dash + used);
    else
        siam_hint(e, "in Python, put the parts together: torch.save({k: v for f in glob.glob('%s-*-of-*%s') for k, v in "
                     "safetensors.torch.load_file(f).items()}, 'model.pth')", stem, dash + used);
    return rc;
}

/* Open and identify. A checkpoint of a run says nothing about its architecture; the model beside it does. */
static siam_code open_source(source *s, siam_err *e)
{
    siam_code rc = open_file(s, s->path, e);
    if (!rc)
        rc = siam_identify(&s->id, s->file, s->map, s->ask, e);
    if (rc)
        return tell_part(s->path, rc, e);
    if (!(s->ask->parts & (SIAM_PART_Z | SIAM_PART_P)) || s->id.cfg.projector_layers || !siam_path_is_dir(s->ask->model))
        return SIAM_OK;
    const siam_identity model = s->id;
    source whole = {.ask = s->ask};
    rc = run_checkpoint(whole.path, s->ask->model, e);
    if (!rc)
        rc = open_file(&whole, whole.path, e);
    if (rc == SIAM_E_DATA && whole.file && holds_heads(whole.file)) {
        siam_err_clear(e);
        siam_fail(e, rc, "it is the model of a linear evaluation, without projector and predictor");
        siam_hint(e, "the folder of the pretraining run");
    }
    if (!rc)
        rc = siam_identify(&whole.id, whole.file, whole.map, s->ask, e);
    if (!rc) {
        siam_identity id = model; /* all but what only the checkpoint holds */
        id.cfg.projector_layers = whole.id.cfg.projector_layers;
        id.cfg.dim = whole.id.cfg.dim;
        id.cfg.pred_hidden = whole.id.cfg.pred_hidden;
        id.predictor = whole.id.predictor;
        id.class_names = NULL; /* no classifier is in this one */
        whole.id = id;
        whole.beside = s->file;
        siam_names_read_destroy(&s->map);
        *s = whole;
    } else {
        source_close(&whole);
    }
    return rc;
}

static siam_code check_parts(const source *s, siam_err *e)
{
    const unsigned want = s->ask->parts;
    if (want & (SIAM_PART_Z | SIAM_PART_P))
        SIAM_TRY(siam_names_read_check(s->map, "pr", e)); /* projector and predictor */
    SIAM_TRY(siam_names_read_check(s->map, "fc.", e));
    if ((want & (SIAM_PART_Z | SIAM_PART_P)) && !s->id.cfg.projector_layers) {
        siam_fail(e, SIAM_E_DATA, "it holds an encoder without its projector, so there is no z%s", want & SIAM_PART_P ? " and no p" : "");
        siam_hint(e, "the folder of a pretraining run, or a pretraining checkpoint");
        return SIAM_E_DATA;
    }
    if ((want & SIAM_PART_P) && !s->id.predictor) {
        siam_fail(e, SIAM_E_DATA, "it holds no predictor, so there is no p");
        siam_hint(e, "the folder of a pretraining run, or a pretraining checkpoint");
        return SIAM_E_DATA;
    }
    if ((want & SIAM_PART_LOGITS) && !s->id.cfg.classes) {
        siam_fail(e, SIAM_E_DATA, "it holds an encoder without a classifier");
        char word[PATH];
        siam_hint(e, "train one: simsiam linear %s --data PATH", siam_format_word(word, sizeof word, s->ask->model));
        return SIAM_E_DATA;
    }
    if (s->ask->classes && s->id.cfg.classes != s->ask->classes)
        return siam_fail(e, SIAM_E_DATA, "its classifier has %d classes, not %d", s->id.cfg.classes, s->ask->classes);
    return SIAM_OK;
}

static void free_names(siam_encoder *enc)
{
    for (int i = 0; enc->class_name && i < enc->cfg.classes; i++)
        free(enc->class_name[i]);
    free(enc->class_name);
    enc->class_name = NULL;
}

/* Copies line after line; as many as there are classes, or none at all. */
static siam_code set_names(siam_encoder *enc, const char *lines, bool ours, siam_err *e)
{
    /* A thousand classes without names are ImageNet's, except in files written by simsiam: those hold the names of their
     * classes, and classes without names are numbers there. */
    const bool imagenet = !lines && !ours;
    if (!enc->cfg.classes || (!lines && !imagenet) || (imagenet && enc->cfg.classes != SIAM_IMAGENET_CLASSES))
        return SIAM_OK;
    enc->class_name = calloc((size_t)enc->cfg.classes, sizeof *enc->class_name);
    bool memory = enc->class_name != NULL, enough = true;
    for (int i = 0; i < enc->cfg.classes && memory && enough; i++) {
        enough = imagenet || *lines;
        if (imagenet) {
            enc->class_name[i] = strdup(siam_imagenet_name(i));
        } else if (enough) {
            const size_t n = strcspn(lines, "\n");
            enc->class_name[i] = strndup(lines, n);
            lines += n + (lines[n] == '\n');
        }
        memory = !enough || enc->class_name[i];
    }
    if (!memory)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d class names", enc->cfg.classes);
    if (!enough || (!imagenet && *lines))
        free_names(enc); /* names of other classes than these */
    return SIAM_OK;
}

static bool is_ours(const siam_ckpt *c) { return c->format->meta(c, "siam.arch") || c->format->meta(c, "siam.kind"); }

/* What people should know about a foreign file. */
static void tell(siam_encoder *enc, const source *s, const char *first)
{
    size_t n = 0;
    if (is_ours(s->file))
        return;
    n = (size_t)snprintf(enc->told, sizeof enc->told, "%s", siam_names_read_note(s->map));
    if (s->id.guessed && n < sizeof enc->told)
        n += (size_t)snprintf(enc->told + n, sizeof enc->told - n, "; a %s%s by its tensors", s->id.cfg.arch,
                              s->id.cfg.backbone.cifar_stem && !strstr(s->id.cfg.arch, "cifar") ? " with the CIFAR stem" : "");
    if (s->missing && n < sizeof enc->told)
        n += (size_t)snprintf(enc->told + n, sizeof enc->told - n, "; %d tensors are missing, the first '%s', and stay random",
                              s->missing, first);
    if (enc->class_name && !s->id.class_names && n < sizeof enc->told)
        n += (size_t)snprintf(enc->told + n, sizeof enc->told - n, "; its 1,000 classes are taken for ImageNet's");
    if (!siam_names_read_unread(s->map, enc->unread, sizeof enc->unread))
        enc->unread[0] = '\0';
    else if (n < sizeof enc->told)
        snprintf(enc->told + n, sizeof enc->told - n, "; not read: %s", enc->unread);
    if (enc->unread[0] && !s->id.cfg.classes &&
        !siam_names_read_classifier_rule(s->map, s->id.features, s->ask->rename, s->ask->part, enc->classifier_rule))
        enc->classifier_rule[0] = '\0';
}

static siam_code encoder_alloc(siam_encoder **out, const siam_model_cfg *cfg, unsigned parts, siam_err *e)
{
    siam_encoder *enc = calloc(1, sizeof *enc);
    *out = enc;
    if (!enc)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the encoder");
    enc->cfg = *cfg;
    enc->want = (siam_image_want){cfg->in_channels, 1, 0, 0};
    return siam_encoder_graph(&enc->graph, &enc->vals, cfg, parts, e);
}

static const char *first_missing(const source *s, const siam_graph *g)
{
    for (int i = 0; i < g->nparams; i++)
        if (siam_names_read_find(s->map, g->param[i].name) < 0)
            return g->param[i].name;
    return "";
}

static siam_code build(siam_encoder **out, source *s, siam_err *e)
{
    const unsigned parts = s->ask->parts | (s->id.cfg.classes ? SIAM_PART_LOGITS : 0);
    SIAM_TRY(check_parts(s, e));
    SIAM_TRY(encoder_alloc(out, &s->id.cfg, parts, e));
    siam_encoder *enc = *out;
    enc->norm = s->id.norm;
    enc->norm_known = s->id.norm_known || s->zoo;
    enc->want = s->id.want;
    snprintf(enc->bands, sizeof enc->bands, "%s", s->id.bands ? s->id.bands : "");
    enc->holdout = s->id.holdout;
    snprintf(enc->trained_on, sizeof enc->trained_on, "%s", s->id.trained_on ? s->id.trained_on : "");
    snprintf(enc->epoch, sizeof enc->epoch, "%s", s->id.epoch ? s->id.epoch : "");
    SIAM_TRY(check_match(s, enc->graph->param, enc->graph->nparams, e));
    SIAM_TRY(siam_params_create(&enc->params, enc->graph->param, enc->graph->nparams, false, e));
    if (s->missing)
        siam_params_init(enc->params, s->ask->seed);
    SIAM_TRY(load_rows(s, enc->params, "", e));
    SIAM_TRY(set_names(enc, s->id.class_names, is_ours(s->file), e));
    tell(enc, s, first_missing(s, enc->graph));
    return SIAM_OK;
}

static siam_code random_encoder(siam_encoder **out, const siam_model_cfg *cfg, unsigned parts, const siam_norm *norm,
                                uint64_t seed, siam_err *e)
{
    siam_code rc = encoder_alloc(out, cfg, parts, e);
    if (!rc)
        rc = siam_params_create(&(*out)->params, (*out)->graph->param, (*out)->graph->nparams, false, e);
    if (rc) {
        siam_encoder_close(out);
        return rc;
    }
    siam_params_init((*out)->params, seed);
    (*out)->norm = *norm;
    (*out)->norm_known = true;
    return SIAM_OK;
}

static siam_code open_random(siam_encoder **out, const siam_model_spec *ask, siam_err *e)
{
    siam_model_cfg m = {.in_channels = 3, .classes = ask->classes, .stop_gradient = true};
    char word[PATH];
    m.size = ask->size ? ask->size : ask->stem == 1 + SIAM_STEM_CIFAR ? SIAM_SIDE_SMALL : SIAM_SIDE_PHOTOGRAPH;
    m.backbone = (siam_backbone_cfg){ask->width ? ask->width : 64,
                                     ask->stem ? ask->stem - 1 == SIAM_STEM_CIFAR : m.size <= 2 * SIAM_SIDE_SMALL, true};
    snprintf(m.arch, sizeof m.arch, "%s", ask->model + 7);
    if (ask->parts & ~SIAM_PART_MAP) {
        siam_fail(e, SIAM_E_USAGE, "'%s' is a backbone alone, without projector and classifier", ask->model);
        if (ask->parts & SIAM_PART_LOGITS)
            siam_hint(e, "train one: simsiam linear %s --data PATH",
                      siam_format_word(word, sizeof word, ask->model));
        else
            siam_hint(e, "the folder of a pretraining run, or a pretraining checkpoint");
        return SIAM_E_USAGE;
    }
    SIAM_TRY(random_encoder(out, &m, ask->parts, &siam_imagenet_norm, ask->seed, e));
    (*out)->norm_known = siam_norm_given(&(*out)->norm, &ask->mean, &ask->std);
    return SIAM_OK;
}

siam_code siam_model_spec_check(const siam_model_spec *ask, int channels, siam_err *e)
{
    char each[16];
    const siam_list *l[] = {&ask->mean, &ask->std};
    snprintf(each, sizeof each, "%d", channels);
    for (int i = 0; i < 2; i++)
        if (l[i]->n != 0 && l[i]->n != 1 && l[i]->n != channels) {
            siam_fail(e, SIAM_E_USAGE, "--%s takes one number or %s, not %d", i ? "std" : "mean",
                      channels == SIAM_IMAGE_CHANNELS ? "three" : each, l[i]->n);
            siam_hint(e, "--mean and --std with one number, or with one for each channel");
            return SIAM_E_USAGE;
        }
    return SIAM_OK;
}

/* One of the two alone says too little where the model says neither. */
static siam_code check_pair(const siam_encoder *enc, const siam_model_spec *ask, siam_err *e)
{
    if (enc->norm_known || !ask->mean.n == !ask->std.n)
        return SIAM_OK;
    siam_fail(e, SIAM_E_USAGE, "--%s needs --%s beside it, as the model says neither", ask->mean.n ? "mean" : "std",
              ask->mean.n ? "std" : "mean");
    siam_hint(e, "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225, which are ImageNet's");
    return SIAM_E_USAGE;
}

siam_code siam_encoder_open(siam_encoder **out, const siam_model_spec *ask, siam_err *e)
{
    source s = {.ask = ask};
    *out = NULL;
    const bool random = !strncmp(ask->model, "random:", 7);
    siam_code rc = random ? open_random(out, ask, e) : model_path(&s, e);
    if (!rc && !random) {
        rc = open_source(&s, e);
        if (!rc)
            rc = build(out, &s, e);
        if (rc)
            siam_wrap(e, rc, "reading model '%s'", s.path);
    }
    source_close(&s);
    if (!rc)
        rc = siam_model_spec_check(ask, (*out)->cfg.in_channels, e);
    if (!rc)
        rc = check_pair(*out, ask, e);
    if (rc)
        siam_encoder_close(out);
    if (rc == SIAM_E_NOTFOUND)
        siam_hint(e, "a model file, the folder of a run, or a name of: simsiam list");
    else if (rc == SIAM_E_DATA)
        siam_hint(e, "another copy of that file, or the --arch, --width and --stem that it has");
    return rc;
}

siam_code siam_encoder_random(siam_encoder **out, const siam_model_cfg *cfg, const siam_norm *norm, uint64_t seed, siam_err *e)
{
    return random_encoder(out, cfg, 0, norm, seed, e);
}

void siam_encoder_close(siam_encoder **enc)
{
    if (!*enc)
        return;
    free_names(*enc);
    siam_graph_destroy(&(*enc)->graph);
    siam_params_destroy(&(*enc)->params);
    free(*enc);
    *enc = NULL;
}

void siam_encoder_assume_norm(siam_encoder *enc, const siam_norm *norm)
{
    if (enc->norm_known)
        return;
    enc->norm = *norm;
    enc->norm_known = true;
}

static void tell_init(const source *s, char *told, size_t n)
{
    char unread[512];
    *told = '\0';
    if (is_ours(s->file))
        return;
    const int left = siam_names_read_unread(s->map, unread, sizeof unread);
    snprintf(told, n, "%s%s%s", siam_names_read_note(s->map), left ? "; not read: " : "", left ? unread : "");
    const size_t at = strlen(told);
    if (s->missing)
        snprintf(told + at, n - at, "; %d tensors are missing and stay random", s->missing);
}

static void tell_colours(int channels, char *told, size_t n)
{
    const size_t at = strlen(told);
    snprintf(told + at, n - at, "%sits first convolution is of colours; each of the %d channels here has the mean of the three, times 3/%d",
             at ? "; " : "", channels, channels);
}

/* Whether the file's first tensor is a convolution of colours where one of other channels is wanted. */
static const siam_desc *find_colours(const source *s, const siam_param *first)
{
    const int at = siam_names_read_find(s->map, first->name);
    const siam_desc *have = at < 0 ? NULL : &s->file->format->entry(s->file, at)->desc;
    siam_desc want = first->desc;
    if (!have || want.ndim != 4 || want.dim[1] == SIAM_IMAGE_CHANNELS)
        return NULL;
    want.dim[1] = SIAM_IMAGE_CHANNELS;
    return siam_desc_same_shape(have, &want) ? have : NULL;
}

/* check_match, where the first row is adapted. */
static siam_code match_init(source *s, const siam_params *params, int rows, siam_err *e)
{
    s->colours = find_colours(s, &params->row[0]);
    if (!s->colours)
        return check_match(s, params->row, rows, e);
    siam_param *row = malloc((size_t)rows * sizeof *row);
    if (!row)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d tensors", rows);
    memcpy(row, params->row, (size_t)rows * sizeof *row);
    row[0].desc.dim[1] = SIAM_IMAGE_CHANNELS;
    const siam_code rc = check_match(s, row, rows, e);
    free(row);
    return rc;
}

siam_code siam_params_load(siam_params *params, const siam_model_spec *ask, const char *prefix, char *told, size_t n,
                           siam_err *e)
{
    source s = {.ask = ask};
    char word[PATH];
    SIAM_TRY(model_path(&s, e));
    siam_code rc = open_file(&s, s.path, e);
    if (!rc)
        rc = siam_names_read_check(s.map, prefix, e);
    if (rc == SIAM_E_DATA)
        siam_hint(e, "another copy of that file");
    if (!rc) {
        int rows = 0; /* those below a prefix lie together, the encoder's first */
        while (rows < params->n && below(params->row[rows].name, prefix))
            rows++;
        rc = match_init(&s, params, rows, e);
        if (!rc)
            rc = load_rows(&s, params, prefix, e);
        if (rc == SIAM_E_DATA)
            siam_hint(e, "the --arch, --width and --stem that it has: simsiam info %s",
                      siam_format_word(word, sizeof word, ask->model));
        if (!rc && told)
            tell_init(&s, told, n);
        if (!rc && told && s.colours)
            tell_colours((int)params->row[0].desc.dim[1], told, n);
    }
    source_close(&s);
    return rc ? siam_wrap(e, rc, "reading model '%s'", s.path) : SIAM_OK;
}

/* The name under which a row is written, NULL = it is not. */
static const char *written_name(const char *name)
{
    if (below(name, PREFIX))
        return name + sizeof PREFIX - 1;
    return below(name, "fc.") ? name : NULL;
}

siam_code siam_encoder_save(siam_atomic *file, const siam_params *params, const siam_encoder_meta *m, siam_err *e)
{
    siam_metadata about;
    siam_ckpt_meta meta[SIAM_METADATA_ROWS + 1] = {{"format", "pt"}};
    siam_code rc = siam_metadata_create(&about, m, e);
    if (rc) {
        siam_atomic_abort(file);
        return rc;
    }
    memcpy(meta + 1, about.row, (size_t)about.n * sizeof *meta);
    siam_ckpt_entry *entry = calloc((size_t)params->n + 1, sizeof *entry);
    const void **data = calloc((size_t)params->n + 1, sizeof *data);
    int n = 0;
    if (entry && data) {
        for (int i = 0; i < params->n; i++)
            if (written_name(params->row[i].name)) {
                /* the writer only reads names */
                entry[n] = (siam_ckpt_entry){(char *)(uintptr_t)written_name(params->row[i].name), params->row[i].desc};
                data[n++] = siam_params_data(params, i);
            }
        rc = siam_safetensors_write(file, entry, data, n, meta, about.n + 1, e);
    } else {
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for writing '%s'", file->path);
        siam_atomic_abort(file);
    }
    free(entry);
    free(data);
    siam_metadata_release(&about);
    return rc;
}
