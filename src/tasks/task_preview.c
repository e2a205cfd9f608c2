/* simsiam preview: what a network would see of a data set, as a picture: a row for each of some images, first as it is, then views of it
 * as training makes them in its first epoch, pixel for pixel. With --steps the first view, operation by operation.
 * Told as a row: {"out", "width", "height", "columns": [..], "rows": [{"image", "label" or null, "drawn": [of each view, in words], or
 * "error" where it cannot be read}]}. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/form.h"
#include "image/png_write.h"
#include "tasks/task.h"
#include "train/config.h"

enum { SIDE = 224, GAP = 4, LEVELS = 65536, MOST_SIDE = 32768, SHOWN = 160 };
static const uint8_t background = 224;

typedef struct preview_request {
    char recipe[SIAM_PATH_MAX], out[SIAM_PATH_MAX];
    int32_t images, views, size, in_channels, exif, decode;
    bool steps, replace, json;
    uint64_t seed;
    siam_list range;
    siam_aug_cfg aug; /* size: the recipe's, or 0 */
} preview_request;

typedef struct session {
    const siam_task_call *call;
    const preview_request *r;
    char data[SIAM_PATH_MAX];
    siam_dataset *d;
    siam_aug_cfg aug;
    siam_aug_ctx ctx;
    siam_image src, part, work, rgb, small, before, grid;
    siam_image_scratch scratch;
    uint32_t *count;   /* [LEVELS] */
    int low[3], high[3]; /* of the row's image: levels that are shown black and white, where it is no photograph */
    int row, rows, columns, column;
    json_t *told; /* rows, or NULL */
    json_t *drawn; /* of the row's views, in words; or NULL */
} session;

/* ---- pixels ---- */

/* The level below which a share of a channel's samples lies. */
static int percentile(const uint32_t *count, double share, size_t n)
{
    size_t below = 0;
    int v = 0;
    for (; v < LEVELS - 1 && (double)(below + count[v]) < share * (double)n; v++)
        below += count[v];
    return v;
}

static int channel_of(const siam_image *im, int c) { return c < im->channels ? c : im->channels - 1; }

/* What is shown as black and as white: nearly all levels that the image has. */
static void find_levels(session *s, const siam_image *im)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    for (int c = 0; c < 3; c++) {
        memset(s->count, 0, LEVELS * sizeof *s->count);
        for (size_t i = 0; i < n; i++)
            s->count[siam_sample_get(im->px, i * (size_t)im->channels + (size_t)channel_of(im, c), im->depth)]++;
        s->low[c] = percentile(s->count, 0.02, n);
        s->high[c] = percentile(s->count, 0.98, n);
        s->high[c] += s->high[c] == s->low[c];
    }
}

/* The image in colours: a photograph as it is, the first channels of others between their levels. */
static siam_code show(session *s, const siam_image *im, siam_err *e)
{
    SIAM_TRY(siam_image_resize_buffer(&s->rgb, im->w, im->h, e));
    const size_t n = (size_t)im->w * (size_t)im->h;
    if (siam_image_is_rgb8(im)) {
        memcpy(s->rgb.px, im->px, siam_image_bytes(im));
        return SIAM_OK;
    }
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            const int v = siam_sample_get(im->px, i * (size_t)im->channels + (size_t)channel_of(im, c), im->depth);
            const int shade = 255 * (v - s->low[c]) / (s->high[c] - s->low[c]);
            s->rgb.px[3 * i + (size_t)c] = (uint8_t)(shade < 0 ? 0 : shade > 255 ? 255 : shade);
        }
    return SIAM_OK;
}

/* Put a picture, no larger than a cell, into the middle of one of this row's. */
static void paste(session *s, int column, const siam_image *im)
{
    const int side = s->aug.size;
    const size_t x = (size_t)(GAP + column * (side + GAP) + (side - im->w) / 2), y = (size_t)(GAP + s->row * (side + GAP) + (side - im->h) / 2);
    for (int i = 0; i < im->h; i++)
        memcpy(s->grid.px + 3 * ((y + (size_t)i) * (size_t)s->grid.w + x), im->px + 3 * (size_t)i * (size_t)im->w, 3 * (size_t)im->w);
}

static siam_code put_original(session *s, siam_err *e)
{
    const int side = s->aug.size, longer = s->src.w > s->src.h ? s->src.w : s->src.h;
    const int w = (int)((int64_t)s->src.w * side / longer), h = (int)((int64_t)s->src.h * side / longer);
    if (!siam_image_is_rgb8(&s->src))
        find_levels(s, &s->src);
    SIAM_TRY(show(s, &s->src, e));
    SIAM_TRY(siam_image_crop_resize(&s->small, &s->rgb, 0, 0, s->src.w, s->src.h, w ? w : 1, h ? h : 1, &s->scratch, e));
    paste(s, 0, &s->small);
    return SIAM_OK;
}

/* A view after an operation; nothing where that has changed nothing. */
static siam_code put_step(void *user, const char *name, const siam_image *im, siam_err *e)
{
    session *s = user;
    const bool same = s->before.w == im->w && s->before.h == im->h && s->before.channels == im->channels &&
                      s->before.depth == im->depth && !memcmp(s->before.px, im->px, siam_image_bytes(im));
    (void)name;
    s->column++;
    if (same)
        return SIAM_OK;
    SIAM_TRY(siam_image_shape_buffer(&s->before, im->w, im->h, im->channels, im->depth, e));
    memcpy(s->before.px, im->px, siam_image_bytes(im));
    SIAM_TRY(show(s, im, e));
    paste(s, s->column, &s->rgb);
    return SIAM_OK;
}

/* The image that view v is made of: where photographs are decoded as small as the crops allow, those of the views that training makes of
 * one image together. */
static siam_code source_of(session *s, int64_t index, int v, const siam_image **src, siam_err *e)
{
    enum { TOGETHER = 2 };
    const bool pairs = s->d->info.pairs; /* each view of an image of its own */
    const int first = pairs ? v : v - v % TOGETHER;
    siam_crops crops = {&s->aug, &s->ctx, first, 1, first + (pairs ? 1 : TOGETHER), true};
    const siam_image_use use = {siam_crops_need, &crops};
    *src = &s->src;
    if (s->r->decode == SIAM_DECODE_EXACT)
        return SIAM_OK;
    *src = &s->part;
    return v == first ? siam_dataset_read_for(s->d, index, &use, &s->part, e) : SIAM_OK;
}

static siam_code put_views(session *s, int64_t index, siam_err *e)
{
    s->ctx.seed = s->r->seed;
    s->ctx.epoch = 0;
    s->ctx.sample = (uint64_t)index;
    s->ctx.tell = true;
    for (int v = 0; v < (s->r->steps ? 1 : s->r->views); v++) {
        const siam_image *src;
        SIAM_TRY(source_of(s, index, v, &src, e));
        s->ctx.view = (uint32_t)v;
        s->column = 0;
        s->before.w = 0;
        SIAM_TRY(siam_augment_image(&s->aug, &s->ctx, src, &s->work, s->r->steps ? put_step : NULL, s, e));
        siam_json_add(&s->drawn, json_string(s->ctx.drawn));
        if (s->r->steps)
            continue;
        SIAM_TRY(show(s, &s->work, e));
        paste(s, 1 + v, &s->rgb);
    }
    return SIAM_OK;
}

/* ---- rows ---- */

static siam_code tell_row(session *s, int64_t index, const char *why)
{
    char name[SHOWN], number[32];
    const char *file = siam_dataset_file(s->d, index);
    const int label = siam_dataset_label(s->d, index);
    const char *class = label >= 0 && s->d->type->class_name ? s->d->type->class_name(s->d, label) : NULL;
    snprintf(number, sizeof number, "image %" PRId64, index);
    if (!siam_task_as_rows(s->call, s->r->json)) {
        fprintf(s->call->out, "  row %-3d %s", s->row + 1, siam_format_printable(name, sizeof name, file ? file : number));
        if (class)
            fprintf(s->call->out, "  (%s)", siam_format_printable(name, sizeof name, class));
        fprintf(s->call->out, "%s%s\n", *why ? ": " : "", why);
        for (size_t v = 0; v < json_array_size(s->drawn); v++)
            fprintf(s->call->out, "          view %zu: %s\n", v + 1, json_string_value(json_array_get(s->drawn, v)));
        return SIAM_OK;
    }
    json_t *row = json_pack("{s:o, s:o}", "image", siam_json_text(file ? file : number), "label", label < 0 ? json_null() : json_integer(label));
    if (*why)
        siam_json_put(&row, "error", siam_json_text(why));
    else
        siam_json_put(&row, "drawn", json_incref(s->drawn));
    siam_json_add(&s->told, row);
    return SIAM_OK;
}

/* An image that cannot be read leaves its row empty. */
static siam_code put_row(session *s, int64_t index, siam_err *e)
{
    siam_err why = {0};
    const siam_code rc = siam_dataset_read(s->d, index, &s->src, &why);
    if (rc && rc != SIAM_E_DATA) {
        siam_fail(e, rc, "%s", why.msg);
        siam_hint_of(e, &why);
        return rc;
    }
    json_decref(s->drawn);
    s->drawn = json_array();
    if (!rc) {
        SIAM_TRY(put_original(s, e));
        SIAM_TRY(put_views(s, index, e));
    }
    return tell_row(s, index, why.msg);
}

/* ---- the whole ---- */

/* As `train` reads them: photographs in colours, others as they are. */
static siam_code choose_want(session *s, siam_err *e)
{
    siam_image_form f;
    const preview_request *r = s->r;
    SIAM_TRY(siam_dataset_form(&f, s->d, e));
    const bool photographs = !f.channels || (f.depth == 1 && (f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS));
    siam_image_want want = {.channels = r->in_channels ? r->in_channels : photographs ? SIAM_IMAGE_CHANNELS : f.channels,
                            .depth = photographs || r->in_channels == SIAM_IMAGE_CHANNELS ? 1 : f.depth};
    if (r->range.n == 2) {
        want.low = r->range.v[0];
        want.high = r->range.v[1];
    }
    siam_dataset_read_as(s->d, r->exif == SIAM_EXIF_APPLY, &want);
    return SIAM_OK;
}

static siam_code make_grid(session *s, siam_err *e)
{
    const int64_t cell = s->aug.size + GAP;
    const int64_t w = GAP + s->columns * cell, h = GAP + s->rows * cell;
    if (w > MOST_SIDE || h > MOST_SIDE || w * h > SIAM_IMAGE_MAX_PIXELS) {
        siam_fail(e, SIAM_E_CONFIG, "the picture would have %" PRId64 " x %" PRId64 " pixels, which is too many", w, h);
        siam_hint(e, "--images 8 --views 4 --size 224");
        return SIAM_E_CONFIG;
    }
    SIAM_TRY(siam_image_resize_buffer(&s->grid, (int)w, (int)h, e));
    memset(s->grid.px, background, siam_image_bytes(&s->grid));
    s->count = calloc(LEVELS, sizeof *s->count);
    return s->count ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the picture");
}

static void tell_columns(const session *s)
{
    FILE *out = s->call->out;
    const preview_request *r = s->r;
    char name[SHOWN];
    fprintf(out, "%s\n", s->d->info.described);
    siam_dataset_print_remarks(s->d, NULL, "", out);
    fprintf(out, "%s: each image as it is, and then ", siam_format_printable(name, sizeof name, r->out));
    if (r->steps) {
        fprintf(out, "its first view after");
        for (int i = 0; siam_augments[i]; i++)
            fprintf(out, "%s %s", i ? "," : "", siam_augments[i]->name);
        fprintf(out, " (empty: nothing changed)\n");
    } else {
        fprintf(out, "%d view%s of it\n", r->views, r->views == 1 ? "" : "s");
    }
}

static siam_code tell(session *s, siam_err *e)
{
    if (!siam_task_as_rows(s->call, s->r->json))
        return SIAM_OK;
    char view[24];
    json_t *columns = json_array();
    siam_json_add(&columns, json_string("original"));
    for (int i = 1; i < s->columns; i++) {
        snprintf(view, sizeof view, "view %d", i);
        siam_json_add(&columns, json_string(s->r->steps ? siam_augments[i - 1]->name : view));
    }
    json_t *all = json_pack("{s:o, s:i, s:i, s:o, s:O}", "out", siam_json_text(s->r->out), "width", s->grid.w, "height", s->grid.h, "columns",
                            columns, "rows", s->told);
    return siam_task_tell_json(s->call, all, JSON_COMPACT, e);
}

static siam_code preview(session *s, siam_err *e)
{
    const preview_request *r = s->r;
    s->aug = r->aug;
    s->aug.size = r->size ? r->size : r->aug.size ? r->aug.size : SIDE;
    SIAM_TRY(siam_augment_check(&s->aug, e));
    SIAM_TRY(siam_task_data(s->data, sizeof s->data, s->call, e));
    SIAM_TRY(siam_dataset_open(&s->d, s->data, SIAM_SPLIT_TRAIN, s->aug.size, e));
    SIAM_TRY(choose_want(s, e));
    const int64_t count = s->d->info.count;
    s->rows = count < r->images ? (int)count : r->images;
    s->columns = 1 + r->views;
    if (r->steps)
        for (s->columns = 1; siam_augments[s->columns - 1]; s->columns++)
            ;
    SIAM_TRY(make_grid(s, e));
    s->told = json_array();
    if (!siam_task_as_rows(s->call, r->json))
        tell_columns(s);
    for (s->row = 0; s->row < s->rows; s->row++)
        SIAM_TRY(put_row(s, s->rows > 1 ? s->row * (count - 1) / (s->rows - 1) : 0, e));
    SIAM_TRY(siam_image_write_png(&s->grid, r->out, e));
    return tell(s, e);
}

static siam_code check_out(const preview_request *r, siam_err *e)
{
    if (r->replace)
        return SIAM_OK;
    const siam_code rc = siam_path_free(r->out, e);
    if (rc == SIAM_E_EXISTS)
        siam_hint(e, "another name after --out, or --replace");
    return rc;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    session s = {.call = c, .r = c->request};
    siam_code rc = check_out(s.r, e);
    if (!rc)
        rc = preview(&s, e);
    siam_dataset_close(&s.d);
    siam_aug_ctx_release(&s.ctx);
    siam_image *const images[] = {&s.src, &s.part, &s.work, &s.rgb, &s.small, &s.before, &s.grid};
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        siam_image_release(images[i]);
    siam_image_scratch_release(&s.scratch);
    free(s.count);
    json_decref(s.told);
    json_decref(s.drawn);
    return rc;
}

/* Views are those of a recipe of `train`. */
static siam_code preset(siam_optset *s, const char *recipe, siam_problems *p, siam_err *e)
{
    siam_optset set;
    preview_request *r = s->cfg;
    siam_config *c = calloc(1, sizeof *c);
    if (!c)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the recipe '%s'", recipe);
    siam_optset_init(&set, siam_config_options, c);
    const siam_code rc = siam_config_load(&set, recipe, p, e);
    if (!rc) {
        r->aug = siam_config_aug(c);
        r->seed = c->train_seed;
        r->in_channels = c->model_in_channels;
        r->range = c->data_range;
        r->exif = c->data_exif;
        r->decode = c->data_decode;
    }
    free(c);
    return rc;
}

#define T preview_request
#define VIEWS(type, member, ...) SIAM_OPTION_##type(T, aug.member, "aug." #member, __VA_ARGS__),
#define BOTH(type, member, def, labelled, ...) SIAM_OPTION_##type(T, aug.member, "aug." #member, def, __VA_ARGS__),
#define SIAM_ROW(name, options) options
static const siam_option options[] = {
    SIAM_OPTION_STR(T, recipe, "recipe", "", 0, "a recipe of train, or a .yaml file, whose views are shown"),
    SIAM_OPTION_STR(T, out, "out", "preview.png", 0, "file to write (-o): a PNG"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file of --out may be there already"),
    SIAM_OPTION_I32(T, images, "images", 8, 1, 1000, 0, "images to show, from all over the data set"),
    SIAM_OPTION_I32(T, views, "views", 4, 1, 64, 0, "views of each"),
    SIAM_OPTION_BOOL(T, steps, "steps", false, 0, "one view of each instead, operation by operation"),
    SIAM_OPTION_I32(T, size, "size", 0, 8, 1024, SIAM_OPT_AUTO, "side of the views in pixels; auto = the recipe's, or 224"),
    SIAM_OPTION_U64(T, seed, "seed", 0, 0, "seed of the views, as of train"),
    SIAM_OPTION_I32(T, in_channels, "in_channels", 0, 0, 16, SIAM_OPT_AUTO, "channels that are read, as of train"),
    SIAM_OPTION_LIST(T, range, "range", "", -1e38, 1e38, 0, "values that are black and white, as of train"),
    SIAM_OPTION_ENUM(T, exif, "exif", SIAM_EXIF_IGNORE, "ignore|apply", 0, "orientation of photographs"),
    SIAM_OPTION_ENUM(T, decode, "decode", SIAM_DECODE_FAST, SIAM_DECODE_CHOICES, 0, "how photographs become views, as of train"),
#include "data/augments.def"
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef SIAM_ROW
#undef BOTH
#undef VIEWS
#undef T

const siam_task_type siam_task_preview = {
    .name = "preview",
    .summary = "show what a network would see of a data set",
    .usage = "simsiam preview DATA... [--recipe NAME|FILE.yaml] [-o grid.png] [options]",
    .examples = (const char *const[]){"simsiam preview photos --recipe folder-resnet18 -o grid.png",
                                      "simsiam preview slides --recipe microscopy --steps",
                                      "simsiam preview synth --size 64 --views 2 --blur_p 0", NULL},
    .options = options,
    .request_size = sizeof(preview_request),
    .min_args = 1,
    .max_args = -1,
    .preset = preset,
    .preset_option = "recipe",
    .run = run,
};
