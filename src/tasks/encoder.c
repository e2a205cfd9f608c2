/* Encoder files. */
#include "tasks/encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/option.h"
#include "checkpoint/checkpoint.h"

static const char PREFIX[] = "backbone.";

/* The row of a file's tensor: below the prefix, or under its whole name; with the shape the row needs. */
static siam_code find_row(const siam_ckpt *c, const siam_param *row, size_t skip, int *at, siam_err *e)
{
    *at = siam_ckpt_find(c, row->name + skip);
    if (*at < 0)
        *at = siam_ckpt_find(c, row->name);
    if (*at < 0)
        return siam_fail(e, SIAM_E_DATA, "it has no tensor '%s', which the architecture needs", row->name + skip);
    siam_desc have = c->format->entry(c, *at)->desc;
    have.dtype = row->desc.dtype;
    if (!siam_desc_eq(&have, &row->desc))
        return siam_fail(e, SIAM_E_DATA, "its tensor '%s' has another shape than the architecture needs",
                         row->name + skip);
    return SIAM_OK;
}

/* from (may be NULL): a file that must hold every tensor; nothing is allocated for those it only claims to have. */
static siam_code encoder_create(siam_encoder **out, const siam_model_cfg *cfg, const siam_ckpt *from, siam_err *e)
{
    int at;
    *out = NULL;
    siam_encoder *enc = calloc(1, sizeof *enc);
    if (!enc)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the encoder");
    enc->cfg = *cfg;
    siam_code rc = siam_encoder_graph(&enc->graph, &enc->vals, cfg, false, e);
    for (int i = 0; from && !rc && i < enc->graph->nparams; i++)
        rc = find_row(from, &enc->graph->param[i], sizeof PREFIX - 1, &at, e);
    if (!rc)
        rc = siam_params_create(&enc->params, enc->graph->param, enc->graph->nparams, false, e);
    if (rc)
        siam_encoder_close(&enc);
    *out = enc;
    return rc;
}

void siam_encoder_close(siam_encoder **enc)
{
    if (!*enc)
        return;
    siam_graph_destroy(&(*enc)->graph);
    siam_params_destroy(&(*enc)->params);
    free(*enc);
    *enc = NULL;
}

siam_code siam_encoder_random(siam_encoder **out, const siam_model_cfg *cfg, const float mean[3], const float std[3],
                              uint64_t seed, siam_err *e)
{
    SIAM_TRY(encoder_create(out, cfg, NULL, e));
    siam_params_init((*out)->params, seed);
    memcpy((*out)->mean, mean, sizeof (*out)->mean);
    memcpy((*out)->std, std, sizeof (*out)->std);
    return SIAM_OK;
}

/* An integer of the metadata within [lo, hi]. */
static siam_code meta_int(const siam_ckpt *c, const char *key, int lo, int hi, int *value, siam_err *e)
{
    const char *text = c->format->meta(c, key);
    int64_t v;
    if (!text || !siam_parse_i64(text, &v) || v < lo || v > hi)
        return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is %s%s%s, not a whole number from %d to %d", key,
                         text ? "'" : "", text ? text : "missing", text ? "'" : "", lo, hi);
    *value = (int)v;
    return SIAM_OK;
}

static siam_code meta_triple(const siam_ckpt *c, const char *key, float v[3], siam_err *e)
{
    const char *text = c->format->meta(c, key);
    char extra;
    if (!text || sscanf(text, "%f,%f,%f%c", &v[0], &v[1], &v[2], &extra) != 3)
        return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is not three numbers", key);
    return SIAM_OK;
}

static siam_code read_meta(const siam_ckpt *c, siam_encoder *enc, siam_err *e)
{
    const char *arch = c->format->meta(c, "siam.arch"), *stem = c->format->meta(c, "siam.stem");
    int variant;
    if (!arch || !stem) {
        siam_fail(e, SIAM_E_DATA, "it does not say which architecture it holds (no 'siam.arch' metadata)");
        siam_hint(e, "a model.safetensors written by simsiam train; other programs' files can be listed by simsiam info");
        return SIAM_E_DATA;
    }
    if (strlen(arch) >= sizeof enc->cfg.arch || !siam_backbone_find(arch, &variant))
        return siam_fail(e, SIAM_E_DATA, "its architecture '%s' is not known to this version", arch);
    snprintf(enc->cfg.arch, sizeof enc->cfg.arch, "%s", arch);
    enc->cfg.backbone.cifar_stem = !strcmp(stem, "cifar");
    SIAM_TRY(meta_int(c, "siam.width", 1, 1024, &enc->cfg.backbone.width, e));
    SIAM_TRY(meta_int(c, "siam.in_channels", 1, 16, &enc->cfg.in_channels, e));
    SIAM_TRY(meta_int(c, "siam.size", 8, 4096, &enc->cfg.size, e));
    SIAM_TRY(meta_triple(c, "siam.mean", enc->mean, e));
    SIAM_TRY(meta_triple(c, "siam.std", enc->std, e));
    const char *on = c->format->meta(c, "siam.data"), *epoch = c->format->meta(c, "siam.epoch");
    snprintf(enc->trained_on, sizeof enc->trained_on, "%s", on ? on : "");
    snprintf(enc->epoch, sizeof enc->epoch, "%s", epoch ? epoch : "");
    return SIAM_OK;
}

static siam_code load_rows(siam_params *params, const siam_ckpt *c, const char *prefix, siam_err *e)
{
    const size_t skip = strlen(prefix);
    for (int i = 0; i < params->n; i++) {
        const siam_param *row = &params->row[i];
        if (strncmp(row->name, prefix, skip))
            continue;
        int at;
        SIAM_TRY(find_row(c, row, skip, &at, e));
        float *x = siam_params_data(params, i);
        const size_t n = (size_t)siam_desc_count(&row->desc);
        SIAM_TRY(c->format->read_f32(c, at, x, n, e));
        for (size_t k = 0; k < n; k++)
            if (!isfinite(x[k])) {
                siam_fail(e, SIAM_E_DATA, "its tensor '%s' holds NaN or infinity", row->name + skip);
                siam_hint(e, "a model of a run that went well");
                return SIAM_E_DATA;
            }
    }
    return SIAM_OK;
}

/* The file that `path` names: itself, or the model of a run folder. */
static siam_code model_path(char file[4096], const char *path, siam_err *e)
{
    snprintf(file, 4096, "%s", path);
    if (!siam_path_is_dir(path))
        return SIAM_OK;
    if (!siam_path_join(file, 4096, path, "model.safetensors"))
        return siam_fail(e, SIAM_E_NOTFOUND, "the path '%s' is too long", path);
    if (siam_path_exists(file))
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOTFOUND, "the folder '%s' holds no model.safetensors", path);
    siam_hint(e, "name a .safetensors file, or the folder of a run that has finished an epoch");
    return SIAM_E_NOTFOUND;
}

siam_code siam_params_load(siam_params *params, const char *path, const char *prefix, siam_err *e)
{
    char file[4096], word[4096];
    siam_ckpt *c;
    SIAM_TRY(model_path(file, path, e));
    SIAM_TRY(siam_ckpt_open(&c, file, e));
    siam_code rc = c->format->verify(c, e);
    if (rc == SIAM_E_DATA)
        siam_hint(e, "another copy of that file");
    if (!rc) {
        rc = load_rows(params, c, prefix, e);
        if (rc == SIAM_E_DATA)
            siam_hint(e, "the --arch, --width and --stem that it has: simsiam info %s",
                      siam_format_word(word, sizeof word, path));
    }
    siam_ckpt_close(&c);
    return rc ? siam_wrap(e, rc, "reading model '%s'", file) : SIAM_OK;
}

static siam_code open_file(siam_encoder **out, const siam_ckpt *c, siam_err *e)
{
    siam_encoder said = {0};
    SIAM_TRY(c->format->verify(c, e));
    SIAM_TRY(read_meta(c, &said, e));
    SIAM_TRY(encoder_create(out, &said.cfg, c, e));
    siam_encoder *enc = *out;
    memcpy(enc->mean, said.mean, sizeof enc->mean);
    memcpy(enc->std, said.std, sizeof enc->std);
    memcpy(enc->trained_on, said.trained_on, sizeof enc->trained_on);
    memcpy(enc->epoch, said.epoch, sizeof enc->epoch);
    const siam_code rc = load_rows(enc->params, c, PREFIX, e);
    if (rc)
        siam_encoder_close(out);
    return rc;
}

siam_code siam_encoder_open(siam_encoder **out, const char *path, siam_err *e)
{
    char file[4096];
    siam_ckpt *c;
    *out = NULL;
    SIAM_TRY(model_path(file, path, e));
    siam_code rc = siam_ckpt_open(&c, file, e);
    if (!rc) {
        rc = open_file(out, c, e);
        siam_ckpt_close(&c);
        if (rc)
            siam_wrap(e, rc, "reading model '%s'", file);
    }
    if (rc == SIAM_E_NOTFOUND)
        siam_hint(e, "a .safetensors file or the folder of a run; or raw, or random:resnet18");
    else if (rc == SIAM_E_DATA)
        siam_hint(e, "another copy of that file, as simsiam train wrote it");
    return rc;
}

siam_code siam_encoder_save(const char *path, const siam_params *params, const siam_encoder_meta *m, siam_err *e)
{
    char width[16], channels[16], size[16], mean[64], std[64], epoch[16];
    snprintf(width, sizeof width, "%d", m->cfg->backbone.width);
    snprintf(channels, sizeof channels, "%d", m->cfg->in_channels);
    snprintf(size, sizeof size, "%d", m->cfg->size);
    snprintf(epoch, sizeof epoch, "%d", m->epoch);
    snprintf(mean, sizeof mean, "%.9g,%.9g,%.9g", (double)m->mean[0], (double)m->mean[1], (double)m->mean[2]);
    snprintf(std, sizeof std, "%.9g,%.9g,%.9g", (double)m->std[0], (double)m->std[1], (double)m->std[2]);
    const siam_ckpt_meta meta[] = {
        {"format", "pt"},          {"siam.arch", m->cfg->arch}, {"siam.stem", m->cfg->backbone.cifar_stem ? "cifar" : "imagenet"},
        {"siam.width", width},     {"siam.in_channels", channels}, {"siam.size", size},
        {"siam.mean", mean},       {"siam.std", std},           {"siam.epoch", epoch},
        {"siam.data", m->trained_on}, {"siam.version", SIAM_VERSION}};
    siam_ckpt_entry *entry = calloc((size_t)params->n + 1, sizeof *entry);
    const void **data = calloc((size_t)params->n + 1, sizeof *data);
    siam_code rc = SIAM_E_NOMEM;
    int n = 0;
    if (entry && data) {
        for (int i = 0; i < params->n; i++)
            if (!strncmp(params->row[i].name, PREFIX, sizeof PREFIX - 1)) {
                entry[n] = (siam_ckpt_entry){params->row[i].name + sizeof PREFIX - 1, params->row[i].desc};
                data[n++] = siam_params_data(params, i);
            }
        rc = siam_ckpt_safetensors.write(path, entry, data, n, meta, (int)(sizeof meta / sizeof *meta), e);
    } else {
        siam_fail(e, rc, "out of memory for writing '%s'", path);
    }
    free(entry);
    free(data);
    return rc;
}
