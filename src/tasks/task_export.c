/* simsiam export: a model for other programs, in their file format and under their key names. Told as a row:
 * {"out", "tensors", "parameters", "names", "arch", "parts", "left_out"}. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "checkpoint/names_write.h"
#include "model/encoder.h"
#include "tasks/task.h"

enum { EXTRA = 4 };

typedef struct export_request {
    siam_model_spec model;
    char out[SIAM_PATH_MAX]; /* its ending picks the format */
    int32_t names;           /* of siam_names_write_choices */
    bool replace;            /* replace an existing file, else SIAM_E_EXISTS */
} export_request;

static siam_code check_target(const export_request *r, siam_err *e)
{
    if (!siam_ckpt_for_path(r->out)) {
        siam_fail(e, SIAM_E_USAGE,
                  "the ending of '%s' is that of no format that is written (.safetensors, .pth, .pt, "
                  ".pth.tar)",
                  r->out);
        siam_hint(e, "-o model.pth, or -o model.safetensors");
        return SIAM_E_USAGE;
    }
    if (siam_path_is_dir(r->out))
        return siam_fail(e, SIAM_E_EXISTS, "'%s' is a folder", r->out);
    const siam_code rc = r->replace ? SIAM_OK : siam_path_free(r->out, e);
    if (rc == SIAM_E_EXISTS)
        siam_hint(e, "another name after -o, or --replace");
    return rc;
}

/* With projector and predictor where the names have a place for them and the model has them, else the rest.
 */
static siam_code open_model(siam_encoder **enc, const export_request *r, siam_err *e)
{
    siam_model_spec ask = r->model;
    siam_err without = {0};
    if (strcmp(siam_names_write_project(r->names), "torchvision")) {
        ask.parts = SIAM_PART_Z | SIAM_PART_P;
        const siam_code rc = siam_encoder_open(enc, &ask, &without);
        if (!rc || (rc != SIAM_E_DATA && rc != SIAM_E_NOTFOUND && rc != SIAM_E_USAGE)) {
            if (e && rc)
                *e = without;
            return rc;
        }
    }
    ask.parts = 0;
    return siam_encoder_open(enc, &ask, e);
}

/* What the projects put beside the state dict of a .pth file. Returns how many rows. */
static int describe(siam_ckpt_meta row[EXTRA], const export_request *r, const siam_names_write *set,
                    const siam_encoder *enc, const siam_metadata *about)
{
    const char *epoch = enc->epoch[0] ? enc->epoch : "0";
    int n = 0;
    if (siam_ckpt_for_path(r->out) == &siam_ckpt_safetensors) {
        row[n++] = (siam_ckpt_meta){"format", "pt"};
    } else if (!strcmp(siam_names_write_project(r->names),
                       "facebook")) { /* main_simsiam.py: epoch, arch, state_dict, optimizer */
        row[n++] = (siam_ckpt_meta){"epoch", epoch};
        row[n++] = (siam_ckpt_meta){"arch", enc->cfg.arch};
    } else if (!strcmp(siam_names_write_project(r->names), "mmpretrain")) { /* mmengine: meta, state_dict */
        row[n++] = (siam_ckpt_meta){"meta.epoch", epoch};
        row[n++] = (siam_ckpt_meta){"meta.simsiam_version", SIAM_VERSION};
        if (about->classes && set->kind == SIAM_NAMES_WRITE_LINEAR)
            row[n++] = (siam_ckpt_meta){"meta.dataset_meta.classes", about->classes};
    }
    return n;
}

static siam_code write_model(const export_request *r, const siam_names_write *set, const siam_encoder *enc,
                             siam_err *e)
{
    int64_t epoch = 0;
    siam_metadata about;
    siam_ckpt_meta meta[SIAM_METADATA_ROWS + EXTRA];
    siam_parse_i64(enc->epoch, &epoch);
    const siam_encoder_meta m = {.cfg = &enc->cfg,
                                 .norm = enc->norm_known ? &enc->norm : NULL,
                                 .want = &enc->want,
                                 .bands = enc->bands,
                                 .holdout = &enc->holdout,
                                 .epoch = (int)epoch,
                                 .trained_on = enc->trained_on,
                                 .class_name = set->kind == SIAM_NAMES_WRITE_LINEAR ? enc->class_name : NULL};
    SIAM_TRY(siam_metadata_create(&about, &m, e));
    const int n = describe(meta, r, set, enc, &about);
    memcpy(meta + n, about.row, (size_t)about.n * sizeof *meta);
    const siam_code rc =
        siam_ckpt_for_path(r->out)->write(r->out, set->entry, set->data, set->n, meta, n + about.n, e);
    siam_metadata_release(&about);
    return rc;
}

static siam_code tell(const siam_task_call *c, const siam_names_write *set, const siam_encoder *enc, siam_err *e)
{
    static const char *const what[] = {[SIAM_NAMES_WRITE_ENCODER] = "encoder",
                                       [SIAM_NAMES_WRITE_LINEAR] = "encoder and classifier",
                                       [SIAM_NAMES_WRITE_WHOLE] = "encoder, projector and predictor"};
    const export_request *r = c->request;
    const char *names = siam_names_write_project(r->names);
    char number[32];
    if (enc->told[0])
        fprintf(c->say, "simsiam: %s\n", enc->told);
    if (c->row)
        return siam_task_tell_json(
            c,
            json_pack("{s:o, s:i, s:I, s:s, s:s, s:s, s:i}", "out", siam_json_text(r->out), "tensors", set->n,
                      "parameters", (json_int_t)set->parameters, "names", names, "arch", enc->cfg.arch,
                      "parts", what[set->kind], "left_out", set->left_out),
            JSON_COMPACT, e);
    fprintf(c->out, "wrote %s: %d tensors, %s parameters, names of %s: %s %s", r->out, set->n,
            siam_format_count(number, sizeof number, set->parameters), names, enc->cfg.arch, what[set->kind]);
    if (set->left_out)
        fprintf(c->out, "; left out: %d tensors", set->left_out);
    fprintf(c->out, "\n");
    return SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    export_request *r = c->request;
    siam_encoder *enc = NULL;
    siam_names_write *set = NULL;
    char word[SIAM_PATH_MAX];
    r->model.model = c->args[0];
    if (!r->out[0]) {
        siam_fail(e, SIAM_E_USAGE, "export needs the file to write: -o FILE");
        siam_hint(e, "simsiam export %s -o model.pth", siam_format_word(word, sizeof word, c->args[0]));
        return SIAM_E_USAGE;
    }
    SIAM_TRY(check_target(r, e));
    siam_code rc = open_model(&enc, r, e);
    if (!rc)
        rc = siam_names_write_create(&set, siam_names_write_project(r->names), enc->params, e);
    if (!rc)
        rc = write_model(r, set, enc, e);
    if (!rc)
        rc = tell(c, set, enc, e);
    siam_names_write_destroy(&set);
    siam_encoder_close(&enc);
    return rc;
}

#define T export_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, out, "out", "", 0, "-o: file to write, .safetensors, .pth, .pt or .pth.tar"),
    SIAM_OPTION_ENUM(T, names, "names", 0, siam_names_write_choices, 0,
                     "whose key names; all but the first take the projector, too"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file may be there already"),
    SIAM_MODEL_OPTIONS(T, model), SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_export = {
    .name = "export",
    .summary = "write a model for PyTorch programs, under their key names",
    .usage = "simsiam export MODEL|RUN -o FILE.safetensors|FILE.pth [options]",
    .examples = (const char *const[]){"simsiam export runs/a -o encoder.pth",
                                      "simsiam export runs/a -o simsiam.pth --names mmpretrain",
                                      "simsiam export checkpoint_0099.pth.tar -o resnet50.safetensors", NULL},
    .options = options,
    .request_size = sizeof(export_request),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
