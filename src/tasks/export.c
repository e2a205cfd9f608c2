/* A model under the key names of another project, in a format that it reads. */
#include "tasks/export.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "checkpoint/keyset.h"
#include "model/metadata.h"

enum { EXTRA = 4 };

static siam_code check_target(const siam_export_request *r, siam_err *e)
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
    if (siam_path_exists(r->out) && !r->replace) {
        siam_fail(e, SIAM_E_EXISTS, "'%s' is there already", r->out);
        siam_hint(e, "another name after -o, or --replace");
        return SIAM_E_EXISTS;
    }
    return SIAM_OK;
}

/* With projector and predictor where the names have a place for them and the model has them, else the rest.
 */
static siam_code open_model(siam_encoder **enc, const siam_export_request *r, siam_err *e)
{
    siam_model_ask ask = r->ask;
    siam_err without = {0};
    if (strcmp(r->names, "torchvision")) {
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
static int describe(siam_ckpt_meta row[EXTRA], const siam_export_request *r, const siam_keyset *set,
                    const siam_encoder *enc, const siam_metadata *about)
{
    const char *epoch = enc->epoch[0] ? enc->epoch : "0";
    int n = 0;
    if (siam_ckpt_for_path(r->out) == &siam_ckpt_safetensors) {
        row[n++] = (siam_ckpt_meta){"format", "pt"};
    } else if (!strcmp(r->names, "facebook")) { /* main_simsiam.py: epoch, arch, state_dict, optimizer */
        row[n++] = (siam_ckpt_meta){"epoch", epoch};
        row[n++] = (siam_ckpt_meta){"arch", enc->cfg.arch};
    } else if (!strcmp(r->names, "mmpretrain")) { /* mmengine: meta, state_dict */
        row[n++] = (siam_ckpt_meta){"meta.epoch", epoch};
        row[n++] = (siam_ckpt_meta){"meta.simsiam_version", SIAM_VERSION};
        if (about->classes && set->kind == SIAM_KEYSET_LINEAR)
            row[n++] = (siam_ckpt_meta){"meta.dataset_meta.classes", about->classes};
    }
    return n;
}

static siam_code write(const siam_export_request *r, const siam_keyset *set, const siam_encoder *enc,
                       siam_err *e)
{
    int64_t epoch = 0;
    siam_metadata about;
    siam_ckpt_meta meta[SIAM_METADATA_ROWS + EXTRA];
    siam_parse_i64(enc->epoch, &epoch);
    const siam_encoder_meta m = {.cfg = &enc->cfg,
                                 .norm = enc->norm_known ? &enc->norm : NULL,
                                 .epoch = (int)epoch,
                                 .trained_on = enc->trained_on,
                                 .class_name = set->kind == SIAM_KEYSET_LINEAR ? enc->class_name : NULL};
    SIAM_TRY(siam_metadata_create(&about, &m, e));
    const int n = describe(meta, r, set, enc, &about);
    memcpy(meta + n, about.row, (size_t)about.n * sizeof *meta);
    const siam_code rc =
        siam_ckpt_for_path(r->out)->write(r->out, set->entry, set->data, set->n, meta, n + about.n, e);
    siam_metadata_release(&about);
    return rc;
}

siam_code siam_export(const siam_export_request *r, FILE *out, FILE *notes, siam_err *e)
{
    static const char *const what[] = {[SIAM_KEYSET_ENCODER] = "encoder",
                                       [SIAM_KEYSET_LINEAR] = "encoder and classifier",
                                       [SIAM_KEYSET_WHOLE] = "encoder, projector and predictor"};
    siam_encoder *enc = NULL;
    siam_keyset *set = NULL;
    char number[32];
    SIAM_TRY(check_target(r, e));
    siam_code rc = open_model(&enc, r, e);
    if (!rc)
        rc = siam_keyset_create(&set, r->names, enc->params, e);
    if (!rc)
        rc = write(r, set, enc, e);
    if (!rc && enc->told[0])
        fprintf(notes, "simsiam: %s\n", enc->told);
    if (!rc) {
        fprintf(out, "wrote %s: %d tensors, %s parameters, names of %s: %s %s", r->out, set->n,
                siam_format_count(number, sizeof number, set->parameters), r->names, enc->cfg.arch,
                what[set->kind]);
        if (set->left_out)
            fprintf(out, "; left out: %d tensors", set->left_out);
        fprintf(out, "\n");
    }
    siam_keyset_destroy(&set);
    siam_encoder_close(&enc);
    return rc;
}
