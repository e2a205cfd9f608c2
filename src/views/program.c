/* A program that makes views: arguments, operations in the order of augments.def, the result. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "nn/hlo/builder.h"
#include "views/op.h"
#include "views/views.h"

enum { PORTS = 8, MOST_SIDE = 1024 };

static const siam_views_op *op_of(const siam_augment *row)
{
    for (int i = 0; siam_views_ops[i]; i++)
        if (!strcmp(siam_views_ops[i]->name, row->name))
            return siam_views_ops[i];
    return NULL;
}

static siam_hlo_val bytes_in(siam_hlo_builder *b, int64_t n, int64_t height, int64_t width, int64_t channels)
{
    const siam_desc d = siam_desc_4d(n, height, width, channels);
    return siam_hlo_builder_in_as(b, SIAM_HLO_PIXELS, 0, &d, SIAM_HLO_U8);
}

/* What is cropped and resized, u8 [N, S, S, C]. */
static siam_hlo_val cropped(siam_hlo_builder *b, const siam_aug_cfg *cfg, const siam_views_form *form)
{
    if (!form->images)
        return bytes_in(b, form->views, cfg->size, cfg->size, form->channels);
    const siam_desc n = siam_desc_1d(form->views), part = siam_desc_4d(form->views, 2, cfg->size, 1 + siam_views_taps(cfg, form));
    const siam_hlo_val set = bytes_in(b, form->images, form->height, form->width, form->channels);
    const siam_hlo_val index = siam_hlo_builder_in_as(b, SIAM_HLO_INDEX, 0, &n, SIAM_HLO_S32);
    const siam_hlo_val crop = siam_hlo_builder_in_as(b, SIAM_HLO_CROP, 0, &part, SIAM_HLO_S32);
    return siam_views_resize(&b->w, set, index, crop);
}

static siam_code write_rows(const siam_views_ctx *c, siam_hlo_val *px, siam_hlo_val drawn, siam_err *e)
{
    for (int i = 0; siam_augments[i]; i++) {
        const siam_augment *row = siam_augments[i];
        const siam_views_op *op = op_of(row);
        if (row->replaces || (row->colours && px->dim[3] != SIAM_IMAGE_CHANNELS))
            continue;
        if (!op)
            return siam_fail(e, SIAM_E_UNSUPPORTED, "there is no way to write the augmentation '%s' for an accelerator", row->name);
        if (!op->wanted(c->cfg))
            continue;
        const int64_t first[2] = {0, siam_augment_words(row)}, step[2] = {1, 1}, count[2] = {drawn.dim[0], row->words};
        *px = op->write(c, *px, siam_hlo_slice(c->w, drawn, first, step, count));
    }
    return SIAM_OK;
}

static siam_code write_all(siam_hlo_builder *b, const siam_aug_cfg *cfg, const siam_views_form *form, siam_err *e)
{
    const siam_desc words = siam_desc_2d(form->views, siam_augment_words(NULL)), levels = siam_desc_2d(form->channels, 256), scalar = {0};
    siam_views_ctx c = {.w = &b->w, .cfg = cfg};
    siam_hlo_val px = cropped(b, cfg, form), table = {0};
    const siam_hlo_val drawn = siam_hlo_builder_in_as(b, SIAM_HLO_DRAWN, 0, &words, SIAM_HLO_S32);
    c.zero = siam_hlo_builder_in_as(b, SIAM_HLO_ZERO, 0, &scalar, SIAM_HLO_U32);
    if (!form->pixels)
        table = siam_hlo_builder_in(b, SIAM_HLO_LEVELS, 0, &levels);
    SIAM_TRY(write_rows(&c, &px, drawn, e));
    if (form->pixels)
        siam_hlo_builder_out_as_is(b, SIAM_HLO_PIXELS, 0, px);
    else
        siam_hlo_builder_out(b, SIAM_HLO_IMAGES, 0, siam_views_normalise(&b->w, px, table));
    return SIAM_OK;
}

/* Places in all views of a batch are numbered in 32 bits. */
static siam_code check(const siam_aug_cfg *cfg, const siam_views_form *form, siam_err *e)
{
    const int64_t area = (int64_t)cfg->size * cfg->size, whole = form->images ? (int64_t)form->width * form->height : 0;
    const int64_t each = area > whole ? area : whole;
    SIAM_ASSERT(cfg->size >= 1 && cfg->size <= MOST_SIDE && form->views >= 1 && form->images >= 0);
    SIAM_ASSERT(form->channels >= 1 && form->channels <= SIAM_IMAGE_MOST && (!form->images || (form->width >= 1 && form->height >= 1)));
    if (form->images > INT32_MAX || each > INT32_MAX / form->views)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "%d views at once are too many for a device that makes them from images of %" PRId64 " pixels",
                         form->views, each);
    return SIAM_OK;
}

siam_code siam_views_program(siam_hlo_program **out, const siam_aug_cfg *cfg, const siam_views_form *form, siam_err *e)
{
    siam_hlo_builder b;
    *out = NULL;
    SIAM_TRY(check(cfg, form, e));
    SIAM_TRY(siam_hlo_builder_open(&b, PORTS, true, e));
    b.w.replicas = form->replicas;
    const siam_code rc = write_all(&b, cfg, form, e), closed = siam_hlo_builder_close(&b, out, rc ? NULL : e);
    if (rc)
        siam_hlo_program_destroy(out);
    return rc ? rc : closed;
}
