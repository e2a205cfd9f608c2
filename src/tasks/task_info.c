/* simsiam info: what a recipe, a named model, an architecture ("resnet18"), a .yaml file, a checkpoint or a
 * run folder is. It builds the graph of what it is asked about and walks it. A model file is opened for its
 * header only; its metadata, or the tensors, say which graph to build.
 *
 * Its row, and what --json prints: name, kind, parameters (trainable numbers), flops (multiply-adds of the
 * backbone as SPEC 1.3 counts them, null when the file does not say which architecture it is), layers (a
 * list), metadata. A missing path: SIAM_E_NOTFOUND; a file whose tensors are not those of the architecture it
 * names: SIAM_E_DATA. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "model/identify.h"
#include "model/zoo.h"
#include "tasks/task.h"
#include "train/config.h"
#include "train/job.h"

/* What is being described. */
typedef struct subject {
    const siam_model_spec *ask;
    const char *name, *kind; /* kind: "recipe", "model", ... */
    siam_model_cfg model;
    bool encoder_only; /* a file with the encoder alone */
    siam_ckpt *file;   /* or NULL */
    siam_names_read *map;  /* of the file; NULL: its names are nobody's */
    siam_graph *graph; /* NULL: a file that does not say what it is */
    char why[600];     /* ... and why it cannot be told */
    int64_t flops;     /* of the backbone, and of the classifier where there is one */
} subject;

static const char *const file_keys[] = {"siam.arch", "siam.stem", "siam.width", "siam.size",
                                        "siam.depth", "siam.range", "siam.bands",
                                        "siam.val_share", "siam.group_by", "siam.split_seed",
                                        "siam.mean", "siam.std",  "siam.epoch", "siam.data"};

static siam_code unknown(const char *what, siam_err *e)
{
    const char *names[64];
    int n = 0;
    for (const siam_recipe *r = siam_recipes; r->name && n < 64; r++)
        names[n++] = r->name;
    for (const siam_zoo_model *m = siam_zoo; m->name && n < 64; m++)
        names[n++] = m->name;
    const bool path = strchr(what, '/') || strchr(what, '.');
    const char *near = siam_nearest(what, names, n);
    const siam_code rc = path ? SIAM_E_NOTFOUND : SIAM_E_USAGE;
    if (path)
        siam_fail(e, rc, "there is no file or folder '%s'", what);
    else if (near)
        siam_fail(e, rc, "there is no recipe, model, file or folder '%s'; did you mean '%s'?", what, near);
    else
        siam_fail(e, rc, "there is no recipe, model, file or folder '%s'", what);
    siam_hint(e, "simsiam list");
    return rc;
}

static siam_code from_config(subject *s, const char *recipe_or_file, siam_err *e)
{
    siam_config c = {0};
    siam_optset set;
    siam_problems problems = {0};
    siam_optset_init(&set, siam_config_options, &c);
    SIAM_TRY(siam_config_load(&set, recipe_or_file, &problems, e));
    SIAM_TRY(siam_problems_fail(&problems, e));
    s->model = siam_config_model(&c);
    return SIAM_OK;
}

/* The graph of what is described: the whole SimSiam model, or an encoder with or without a classifier. */
static siam_code build(subject *s, siam_err *e)
{
    siam_model_vals v;
    siam_graph *encoder = NULL;
    SIAM_TRY(siam_encoder_graph(&encoder, &v, &s->model, s->model.classes ? SIAM_PART_LOGITS : 0, e));
    s->flops = siam_graph_flops(encoder, false);
    if (s->encoder_only) {
        s->graph = encoder;
        return SIAM_OK;
    }
    siam_graph_destroy(&encoder);
    return siam_model_graph(&s->graph, &v, &s->model, e);
}

/* A model file, ours or another's. One whose architecture cannot be told is listed tensor by tensor. */
static siam_code open_file(subject *s, const char *path, siam_err *e)
{
    siam_identity id;
    siam_names_read_match match;
    siam_err why = {0};
    siam_model_spec ask = *s->ask;
    ask.model = path;
    SIAM_TRY(siam_ckpt_open(&s->file, path, e));
    s->kind = "model file";
    const bool ours = s->file->format->meta(s->file, "siam.arch") != NULL;
    siam_code rc = siam_names_read_create(&s->map, s->file, ask.rename, ask.part, &why);
    if (!rc)
        rc = siam_identify(&id, s->file, s->map, &ask, &why);
    if (!rc) {
        s->model = id.cfg;
        s->encoder_only = !id.cfg.projector_layers || !id.predictor || id.cfg.classes;
        rc = build(s, &why);
    }
    if (!rc) {
        siam_names_read_diff(s->map, s->graph->param, s->graph->nparams, &match);
        if (match.missing || match.reshaped)
            rc = siam_fail(&why, SIAM_E_DATA, "it does not fit the architecture %s of width %d: %s",
                           s->model.arch, s->model.backbone.width, match.text);
    }
    if (rc && (ours || rc == SIAM_E_NOMEM || rc == SIAM_E_USAGE)) {
        if (e)
            *e = why;
        return siam_wrap(e, rc, "model file '%s'", s->name);
    }
    if (rc) {
        siam_graph_destroy(&s->graph);
        snprintf(s->why, sizeof s->why, "%.*s", (int)sizeof s->why - 1, why.msg);
    }
    return SIAM_OK;
}

static siam_code open_subject(subject *s, const siam_model_spec *ask, siam_err *e);

/* Whether it is the configuration of a linear evaluation. */
static bool load_linear(siam_config *c, const char *path)
{
    siam_optset set;
    siam_problems problems = {0};
    siam_optset_init(&set, siam_job_find("linear")->options, c);
    return !siam_config_load(&set, path, &problems, NULL) && !problems.n;
}

/* A linear evaluation that has saved nothing yet is described by its encoder. */
static siam_code open_encoder(subject *s, const siam_config *c, siam_err *e)
{
    static const char random[] = "random:";
    const char *name = s->name;
    const bool drawn = !strncmp(c->model_path, random, sizeof random - 1);
    char path[SIAM_PATH_MAX + 32];
    siam_model_spec ask = {.model = c->model_path + (drawn ? sizeof random - 1 : 0)};
    siam_config_names(c, &ask);
    siam_code rc;
    if (siam_path_is_dir(ask.model) && siam_path_join(path, sizeof path, ask.model, "model.safetensors")) {
        s->ask = &ask;
        rc = open_file(s, path, e);
    } else {
        rc = open_subject(s, &ask, e);
    }
    s->name = name;
    s->ask = NULL;
    s->kind = "run, no model yet; its encoder";
    return rc;
}

static siam_code open_run(subject *s, siam_err *e)
{
    siam_config c = {0};
    char path[4096];
    if (siam_path_join(path, sizeof path, s->name, "model.safetensors") && siam_path_exists(path)) {
        SIAM_TRY(open_file(s, path, e));
        s->kind = "run";
        return SIAM_OK;
    }
    if (siam_path_join(path, sizeof path, s->name, "config.yaml") && siam_path_exists(path)) {
        s->kind = "run, no model yet";
        if (load_linear(&c, path))
            return open_encoder(s, &c, e);
        SIAM_TRY(from_config(s, path, e));
        return build(s, e);
    }
    siam_fail(e, SIAM_E_NOTFOUND,
              "folder '%s' holds neither model.safetensors nor config.yaml, so it is no run", s->name);
    char word[2 * SIAM_PATH_MAX];
    siam_hint(e, "simsiam train RECIPE --data PATH --out %s", siam_format_word(word, sizeof word, s->name));
    return SIAM_E_NOTFOUND;
}

/* What the configuration's defaults make of an architecture: ImageNet's ResNet stem, 224 px. */
static siam_code from_arch(subject *s, const char *arch, int classes, siam_err *e)
{
    siam_config c = {0};
    siam_optset set;
    siam_optset_init(&set, siam_config_options, &c);
    s->model = siam_config_model(&c);
    snprintf(s->model.arch, sizeof s->model.arch, "%s", arch);
    s->model.classes = classes;
    return build(s, e);
}

/* A named classifier is known without its file. (A named pretraining is its recipe's model.) */
static siam_code from_zoo(subject *s, const siam_zoo_model *m, siam_err *e)
{
    s->kind = "named model";
    s->encoder_only = m->classes > 0;
    return from_arch(s, m->arch, m->classes, e);
}

static siam_code open_subject(subject *s, const siam_model_spec *ask, siam_err *e)
{
    const char *what = ask->model;
    int variant;
    const char *dot = strrchr(what, '.');
    *s = (subject){.ask = ask, .name = what, .kind = "recipe"};
    if (siam_recipe_find(what)) {
        SIAM_TRY(from_config(s, what, e));
        return build(s, e);
    }
    if (siam_path_is_dir(what))
        return open_run(s, e);
    if (siam_path_exists(what) && dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))) {
        s->kind = "configuration";
        SIAM_TRY(from_config(s, what, e));
        return build(s, e);
    }
    if (siam_path_exists(what))
        return open_file(s, what, e);
    const siam_zoo_model *named = siam_zoo_find(what);
    if (named)
        return from_zoo(s, named, e);
    if (!siam_backbone_find(what, &variant) || strlen(what) >= sizeof s->model.arch)
        return unknown(what, e);
    s->kind = "architecture";
    return from_arch(s, what, 0, e);
}

static void close_subject(subject *s)
{
    siam_graph_destroy(&s->graph);
    siam_names_read_destroy(&s->map);
    siam_ckpt_close(&s->file);
}

/* A node that has parameters, as a row. */
typedef struct layer {
    const char *kind, *name;
    char output[64];
    int64_t parameters, flops;
} layer;

static bool layer_at(const siam_graph *g, int i, layer *l)
{
    const siam_node *n = &g->node[i];
    const siam_desc *out = &g->value[n->out];
    *l = (layer){.kind = siam_op_name(n->kind), .name = n->name};
    for (int k = 0; k < 2; k++)
        if (n->param[k] >= 0)
            l->parameters += siam_desc_count(&g->param[n->param[k]].desc);
    const siam_desc *w = n->param[0] >= 0 ? &g->param[n->param[0]].desc : NULL;
    if (n->kind == SIAM_OP_CONV2D && w)
        l->flops = siam_desc_count(out) * w->dim[1] * w->dim[2] * w->dim[3];
    else if (n->kind == SIAM_OP_LINEAR && w)
        l->flops = siam_desc_count(w);
    else if (n->kind == SIAM_OP_BATCHNORM)
        l->flops = 2 * siam_desc_count(out);
    else
        return false;
    if (out->ndim == 4)
        snprintf(l->output, sizeof l->output, "%lldx%lldx%lld", (long long)out->dim[1],
                 (long long)out->dim[2], (long long)out->dim[3]);
    else
        snprintf(l->output, sizeof l->output, "%lld", (long long)out->dim[1]);
    return true;
}

/* Trainable numbers of the rows whose name starts with `prefix`. */
static int64_t parameters(const siam_graph *g, const char *prefix)
{
    int64_t n = 0;
    for (int i = 0; i < g->nparams; i++)
        if (!g->param[i].buffer && !strncmp(g->param[i].name, prefix, strlen(prefix)))
            n += siam_desc_count(&g->param[i].desc);
    return n;
}

/* Running statistics and counters are stored too, but are no parameters. */
static bool is_statistic(const char *name)
{
    static const char *const ending[] = {".running_mean", ".running_var", ".num_batches_tracked"};
    const size_t n = strlen(name);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (n >= strlen(ending[i]) && !strcmp(name + n - strlen(ending[i]), ending[i]))
            return true;
    return false;
}

static int64_t file_parameters(const siam_ckpt *c)
{
    int64_t n = 0;
    for (int i = 0; i < c->format->count(c); i++) {
        const siam_ckpt_entry *t = c->format->entry(c, i);
        n += is_statistic(t->name) ? 0 : siam_desc_count(&t->desc);
    }
    return n;
}

static json_t *layers_json(const subject *s)
{
    json_t *list = json_array();
    for (int i = 0; s->graph && i < s->graph->nnodes; i++) {
        layer l;
        if (layer_at(s->graph, i, &l))
            siam_json_add(&list, json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", l.name, "kind", l.kind,
                                                  "output", l.output, "parameters", (json_int_t)l.parameters,
                                                  "flops", (json_int_t)l.flops));
    }
    for (int i = 0; !s->graph && i < s->file->format->count(s->file); i++) {
        const siam_ckpt_entry *t = s->file->format->entry(s->file, i);
        siam_json_add(&list, json_pack("{s:o, s:I}", "name", siam_json_text(t->name), "parameters",
                                              (json_int_t)siam_desc_count(&t->desc)));
    }
    return list;
}

static siam_code tell_json(const siam_task_call *c, const subject *s, siam_err *e)
{
    const int64_t n = s->graph ? parameters(s->graph, "") : file_parameters(s->file);
    json_t *j = json_pack("{s:o, s:s, s:I, s:o, s:o}", "name", s->name ? siam_json_text(s->name) : json_null(), "kind", s->kind, "parameters",
                          (json_int_t)n, "flops", s->graph ? json_integer((json_int_t)s->flops) : json_null(),
                          "layers", layers_json(s));
    json_t *meta = json_object();
    for (size_t i = 0; s->file && i < sizeof file_keys / sizeof *file_keys; i++) {
        const char *value = s->file->format->meta(s->file, file_keys[i]);
        if (value)
            siam_json_put(&meta, file_keys[i], json_string(value));
    }
    siam_json_put(&j, "metadata", meta);
    return siam_task_tell_json(c, j, JSON_INDENT(2), e);
}

/* Text of a file's metadata as a JSON string: quoted, and nothing in it can command the terminal. */
static siam_code print_quoted(FILE *out, const char *text, siam_err *e)
{
    json_t *s = siam_json_text(text);
    char *quoted = s ? siam_json_dumps(s, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
    json_decref(s);
    if (!quoted)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to print what the file says of itself");
    fputs(quoted, out);
    free(quoted);
    return SIAM_OK;
}

/* Of a foreign file: how its names are understood, and what of it is not read. */
static void print_names(const subject *s, FILE *out)
{
    char unread[512];
    fprintf(out, "names:       %s\n", siam_names_read_note(s->map));
    if (s->graph && siam_names_read_unread(s->map, unread, sizeof unread))
        fprintf(out, "not read:    %s\n", unread);
}

static siam_code print_summary(const subject *s, FILE *out, siam_err *e)
{
    char a[32];
    const int64_t n = s->graph ? parameters(s->graph, "") : file_parameters(s->file);
    fprintf(out, "%s: ", s->kind);
    SIAM_TRY(print_quoted(out, s->name, e));
    fputc('\n', out);
    if (s->graph)
        fprintf(out, "model:       %s, %s stem, width %d, input %dx%dx%d\n", s->model.arch,
                s->model.backbone.cifar_stem ? "cifar" : "imagenet", s->model.backbone.width,
                s->model.in_channels, s->model.size, s->model.size);
    for (size_t i = 0; s->file && i < sizeof file_keys / sizeof *file_keys; i++) {
        const char *value = s->file->format->meta(s->file, file_keys[i]);
        if (!value)
            continue;
        fprintf(out, "%-12s ", file_keys[i]);
        SIAM_TRY(print_quoted(out, value, e));
        fputc('\n', out);
    }
    if (s->map && !s->file->format->meta(s->file, "siam.arch"))
        print_names(s, out);
    fprintf(out, "parameters:  %s (%.2f M)\n", siam_format_count(a, sizeof a, n), (double)n / 1e6);
    if (!s->graph) {
        fprintf(out, "flops:       unknown, because %s\n", s->why);
        return SIAM_OK;
    }
    static const char *const part[][2] = {{"backbone.", "backbone"},
                                          {"projector.", "projector"},
                                          {"predictor.", "predictor"},
                                          {"fc.", "classifier"}};
    for (int i = 0; i < 4; i++)
        if (parameters(s->graph, part[i][0]))
            fprintf(out, "  %-10s %s\n", part[i][1],
                    siam_format_count(a, sizeof a, parameters(s->graph, part[i][0])));
    fprintf(out, "flops:       %.2f G multiply-adds of the backbone%s at %d px (%s)\n",
            (double)s->flops / 1e9, s->model.classes ? " and classifier" : "", s->model.size,
            siam_format_count(a, sizeof a, s->flops));
    return SIAM_OK;
}

static void print_layers(const subject *s, FILE *out)
{
    char a[32], b[32];
    if (!s->graph)
        return;
    fprintf(out, "\n%-30s %-10s %-13s %12s %14s\n", "layer", "kind", "output", "parameters", "multiply-adds");
    for (int i = 0; i < s->graph->nnodes; i++) {
        layer l;
        if (layer_at(s->graph, i, &l))
            fprintf(out, "%-30s %-10s %-13s %12s %14s\n", l.name, l.kind, l.output,
                    siam_format_count(a, sizeof a, l.parameters), siam_format_count(b, sizeof b, l.flops));
    }
}

/* A recipe that describes no model of its own: what it is for, and its text. */
static siam_code tell_recipe(const siam_task_call *c, const siam_recipe *r, bool rows, siam_err *e)
{
    if (rows)
        return siam_task_tell_json(c,
                                   json_pack("{s:s, s:s, s:s}", "name", r->name, "kind",
                                             "recipe of simsiam linear", "yaml", r->yaml),
                                   JSON_INDENT(2), e);
    fprintf(c->out, "recipe: \"%s\" (simsiam linear MODEL --recipe %s)\n\n%s", r->name, r->name, r->yaml);
    return SIAM_OK;
}

static siam_code describe(const siam_task_call *c, const siam_model_spec *ask, bool rows, siam_err *e)
{
    const siam_recipe *r = siam_recipe_find(ask->model);
    bool is_train = true;
    if (r)
        SIAM_TRY(siam_recipe_is_for(r, "train", &is_train, e));
    if (!is_train)
        return tell_recipe(c, r, rows, e);
    subject s;
    siam_code rc = open_subject(&s, ask, e);
    if (!rc && rows) {
        rc = tell_json(c, &s, e);
    } else if (!rc) {
        rc = print_summary(&s, c->out, e);
        if (!rc)
            print_layers(&s, c->out);
    }
    close_subject(&s);
    return rc;
}

static siam_code tell_yaml(const siam_task_call *c, const char *recipe, siam_err *e)
{
    const siam_recipe *r = siam_recipe_find(recipe);
    if (!r) {
        siam_fail(e, SIAM_E_USAGE, "there is no recipe '%s' to print", recipe);
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    if (c->row)
        return siam_task_tell_json(c, json_pack("{s:s, s:s}", "name", r->name, "yaml", r->yaml),
                                   JSON_INDENT(2), e);
    fputs(r->yaml, c->out);
    return SIAM_OK;
}

typedef struct info_request {
    bool json, yaml;
    siam_model_spec model; /* of a checkpoint: rename and part */
} info_request;

static siam_code run(const siam_task_call *c, siam_err *e)
{
    info_request *r = c->request;
    r->model.model = c->args[0];
    return r->yaml ? tell_yaml(c, c->args[0], e) : describe(c, &r->model, siam_task_as_rows(c, r->json), e);
}

static const siam_option options[] = {
    SIAM_OPTION_BOOL(info_request, json, "json", false, 0, "print JSON"),
    SIAM_OPTION_BOOL(info_request, yaml, "yaml", false, 0, "print a recipe's YAML text"),
    SIAM_MODEL_NAME_OPTIONS(info_request, model), SIAM_OPTIONS_END};

const siam_task_type siam_task_info = {
    .name = "info",
    .summary = "layers, parameters and multiply-adds of a model, run or recipe",
    .usage = "simsiam info MODEL|RUN|RECIPE [--json] [--yaml]",
    .examples = (const char *const[]){"simsiam info simsiam_resnet50_8xb32-coslr-100e_in1k",
                                      "simsiam info runs/a/model.safetensors --json",
                                      "simsiam info cifar10-resnet18-quick --yaml > mine.yaml", NULL},
    .options = options,
    .request_size = sizeof(info_request),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
