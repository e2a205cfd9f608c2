/* simsiam pack: a data set as tar shards that are read from end to end, as WebDataset has them: NAME-train-000.tar, and
 * NAME-val-000.tar for what is held out, in an order that is shuffled once. Each image is KEY.jpg (or as it was), its label KEY.cls;
 * what is no file of its own becomes KEY.png, or KEY.tif where it has 16 bits, alpha or other channels than grey and RGB: both without loss.
 *
 * Told as a row: {"shards": [training, held out], "images": [..], "smaller", "kept", "skipped": images, "made": [PNGs, TIFFs], "bytes"}. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/stop.h"
#include "data/form.h"
#include "data/image_list.h"
#include "data/joined.h"
#include "data/loader.h"
#include "data/tar_write.h"
#include "image/jpeg_write.h"
#include "image/png_write.h"
#include "image/tiff_write.h"
#include "report/meter.h"
#include "tasks/task.h"

enum { STEM = 40, SHOWN = 10 };

typedef struct pack_request {
    char out[SIAM_PATH_MAX];
    int32_t max_side, quality, shard_mib;
    uint64_t seed;
    bool replace, json;
} pack_request;

typedef struct session {
    const siam_task_call *call;
    const pack_request *r;
    char data[SIAM_PATH_MAX];
    siam_dataset *d;
    siam_tar_writer *tar;
    char path[SIAM_PATH_MAX]; /* of the shard at hand */
    uint64_t in_shard, bytes;
    int split, shards[2];
    int64_t images[2], smaller, kept, skipped;
    int64_t made[2]; /* of what is no file of its own: PNGs, TIFFs */
    siam_image im, small; /* what is read, and that made smaller */
    siam_image_scratch scratch;
    siam_meter meter;
} session;

static const char *const split_name[2] = {"train", "val"};

/* ---- shards ---- */

/* Characters before ".tar". */
static int stem_of(const char *out)
{
    const size_t n = strlen(out);
    return (int)(n > 4 && !strcmp(out + n - 4, ".tar") ? n - 4 : n);
}

static siam_code next_shard(session *s, siam_err *e)
{
    if (s->tar)
        SIAM_TRY(siam_tar_writer_close(&s->tar, e));
    if ((size_t)snprintf(s->path, sizeof s->path, "%.*s-%s-%03d.tar", stem_of(s->r->out), s->r->out, split_name[s->split], s->shards[s->split]) >=
        sizeof s->path)
        return siam_fail(e, SIAM_E_USAGE, "the name of --out is too long");
    const siam_code rc = s->r->replace ? SIAM_OK : siam_path_free(s->path, e);
    if (rc == SIAM_E_EXISTS)
        siam_hint(e, "another name after --out, or --replace");
    SIAM_TRY(rc);
    s->shards[s->split]++;
    s->in_shard = 0;
    return siam_tar_writer_open(&s->tar, s->path, e);
}

static siam_code add(session *s, const char *key, const char *ending, const void *data, size_t n, siam_err *e)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", key, ending);
    s->in_shard += n + 1024;
    s->bytes += n;
    return siam_tar_writer_add(s->tar, name, data, n, e);
}

/* ---- images ---- */

/* The place in the order, which no other image has, and the file's name for people: letters, digits, '-' and '_', as what stands behind
 * the first dot of a member is the kind of what it holds. Without a file: the kind of data set and the number there. */
static void key_of(char key[96], const siam_dataset *d, int64_t index, int64_t place)
{
    char number[STEM];
    const char *file = siam_dataset_file(d, index);
    if (!file) {
        snprintf(number, sizeof number, "%.16s-%" PRId64, siam_dataset_part(d, &index, NULL)->type->name, index);
        file = number;
    }
    const char *slash = strrchr(file, '/'), *from = slash ? slash + 1 : file;
    const size_t stem = strcspn(from, ".");
    int at = snprintf(key, 96, "%08" PRId64 "-", place);
    for (size_t i = 0; i < stem && i < STEM; i++)
        key[at++] = isalnum((unsigned char)from[i]) || from[i] == '-' ? from[i] : '_';
    key[at] = '\0';
}

/* The bytes of a smaller picture in place of a larger one's. What is no photograph stays as it is: a JPEG of it would be something else. */
static siam_code make_smaller(session *s, uint8_t **bytes, size_t *n, const char **ending, const siam_image_form *f, siam_err *e)
{
    const int longer = f->w > f->h ? f->w : f->h, most = s->r->max_side;
    const int orientation = siam_image_orientation(*bytes, *n);
    if (!most || longer <= most)
        return SIAM_OK;
    if (f->depth != 1 || (f->channels != SIAM_IMAGE_CHANNELS && f->channels != 1)) {
        s->kept++;
        return SIAM_OK;
    }
    const int w = (int)((int64_t)f->w * most / longer), h = (int)((int64_t)f->h * most / longer);
    uint8_t *jpeg;
    size_t size;
    SIAM_TRY(siam_image_decode(&s->im, *bytes, *n, e));
    SIAM_TRY(siam_image_crop_resize(&s->small, &s->im, 0, 0, s->im.w, s->im.h, w ? w : 1, h ? h : 1, &s->scratch, e));
    SIAM_TRY(siam_image_jpeg(&jpeg, &size, &s->small, s->r->quality, orientation, e));
    free(*bytes);
    *bytes = jpeg;
    *n = size;
    *ending = ".jpg";
    s->smaller++;
    return SIAM_OK;
}

/* A file of an image that is none, with all that it has. */
static siam_code make_file(session *s, int64_t index, uint8_t **bytes, size_t *n, siam_err *e)
{
    siam_image_form f;
    SIAM_TRY(siam_dataset_form_at(&f, s->d, index, e));
    if (f.samples > SIAM_IMAGE_MOST)
        return siam_fail(e, SIAM_E_DATA, "it has %d samples a pixel; up to %d are packed", f.samples, SIAM_IMAGE_MOST);
    if (f.samples == SIAM_IMAGE_CHANNELS && f.depth == 1 && !f.colours) /* which would be read as if they were */
        return siam_fail(e, SIAM_E_DATA, "it has 3 samples of 8 bits a pixel that are no colours, which are not packed");
    siam_dataset_read_as(s->d, false, &(siam_image_want){.channels = f.samples, .depth = f.depth}); /* nobody else reads */
    SIAM_TRY(siam_dataset_read(s->d, index, &s->im, e));
    if (f.depth == 1 && f.samples == f.channels && (f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS))
        return siam_image_png(bytes, n, &s->im, e);
    return siam_image_tiff(bytes, n, &s->im, &f, e);
}

/* The bytes of an image file, wherever that lies. *made: it is none, and one was made of it. */
static siam_code bytes_of(session *s, int64_t index, uint8_t **bytes, size_t *n, bool *made, siam_err *e)
{
    int64_t at = index;
    const siam_dataset *d = siam_dataset_part(s->d, &at, NULL);
    *made = !d->type->files && !d->type->bytes;
    if (*made)
        return make_file(s, index, bytes, n, e);
    return d->type->files ? siam_image_list_bytes(d->type->files(d), at, bytes, n, e) : d->type->bytes(d, at, bytes, n, e);
}

static siam_code put_image(session *s, int64_t index, int64_t place, siam_err *e)
{
    char key[96], text[300];
    uint8_t *bytes = NULL;
    size_t n;
    bool made;
    siam_image_form form;
    siam_code rc = bytes_of(s, index, &bytes, &n, &made, e);
    if (!rc)
        rc = siam_image_form_of(&form, bytes, n, e);
    const siam_codec *codec = rc ? NULL : siam_codec_of(bytes, n);
    const char *ending = codec ? codec->endings[0] : "";
    if (!rc)
        rc = make_smaller(s, &bytes, &n, &ending, &form, e);
    if (!rc && s->in_shard && s->in_shard + n > (uint64_t)s->r->shard_mib << 20)
        rc = next_shard(s, e);
    key_of(key, s->d, index, place);
    const int label = siam_dataset_label(s->d, index);
    const char *name = label >= 0 && s->d->type->class_name ? s->d->type->class_name(s->d, label) : NULL;
    if (name)
        snprintf(text, sizeof text, "%s", name);
    else
        snprintf(text, sizeof text, "%d", label);
    if (!rc)
        rc = add(s, key, ending, bytes, n, e);
    if (!rc && label >= 0)
        rc = add(s, key, ".cls", text, strlen(text), e);
    s->images[s->split] += !rc;
    if (!rc && made && ending == codec->endings[0]) /* else it was made smaller */
        s->made[strcmp(ending, ".png") != 0]++;
    free(bytes);
    return rc;
}

/* One that cannot be read is left out, and said. */
static siam_code put_or_skip(session *s, int64_t index, int64_t place, siam_err *e)
{
    siam_err why = {0};
    char shown[SIAM_PATH_MAX];
    const char *file = siam_dataset_file(s->d, index);
    const siam_code rc = put_image(s, index, place, &why);
    if (rc == SIAM_E_DATA) {
        if (++s->skipped <= SHOWN) {
            siam_meter_clear(&s->meter);
            fprintf(s->call->say, "left out: '%s': %s\n", siam_format_printable(shown, sizeof shown, file ? file : s->d->info.name), why.msg);
        }
        return SIAM_OK;
    }
    if (rc && e)
        *e = why;
    return rc;
}

static siam_code put_split(session *s, siam_err *e)
{
    const int64_t count = s->d->info.count;
    int64_t *order = malloc((size_t)count * sizeof *order);
    if (!order)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the order of %" PRId64 " images", count);
    siam_epoch_order(order, count, s->r->seed, 0);
    siam_code rc = next_shard(s, e);
    siam_meter_start(&s->meter, s->call->progress, s->split ? "held out" : "packed", count);
    for (int64_t i = 0; i < count && !rc; i++) {
        rc = put_or_skip(s, order[i], i, e);
        siam_meter_at(&s->meter, i + 1);
        if (!rc && siam_stop_asked(s->call->stop))
            rc = siam_fail(e, SIAM_E_CANCELLED, "stopped at image %" PRId64 " of %" PRId64 "; the last shard is not kept", i + 1, count);
    }
    siam_meter_clear(&s->meter);
    if (!rc)
        rc = siam_tar_writer_close(&s->tar, e);
    free(order);
    return rc;
}

/* ---- in words ---- */

static void print(const session *s)
{
    FILE *out = s->call->out;
    char word[SIAM_PATH_MAX + 64], data[SIAM_PATH_MAX + 64], last[16], png[32], tiff[32];
    for (int k = 0; k < 2 && s->shards[k]; k++)
        fprintf(out, "%-8s %" PRId64 " images in %d shard%s\n", split_name[k], s->images[k], s->shards[k], s->shards[k] == 1 ? "" : "s");
    if (s->smaller)
        fprintf(out, "%" PRId64 " of them made smaller: %d px at most, JPEG of quality %d\n", s->smaller, (int)s->r->max_side, (int)s->r->quality);
    if (s->kept)
        fprintf(out, "%" PRId64 " larger ones are as they were: they are no photographs (16 bits, or other channels)\n", s->kept);
    if (s->made[0] || s->made[1])
        fprintf(out, "images that are no files of their own: %s written as PNG, %s as TIFF, without loss\n",
                siam_format_count(png, sizeof png, s->made[0]), siam_format_count(tiff, sizeof tiff, s->made[1]));
    if (s->skipped)
        fprintf(out, "%" PRId64 " left out\n", s->skipped); /* why was said of each */
    if (!s->images[0])
        return;
    snprintf(last, sizeof last, "..%03d}", s->shards[0] - 1);
    snprintf(data, sizeof data, "%.*s-train-%s000%s.tar", stem_of(s->r->out), s->r->out, s->shards[0] > 1 ? "{" : "",
             s->shards[0] > 1 ? last : "");
    fprintf(out, "next     simsiam train folder-resnet18 --data %s\n", siam_format_word(word, sizeof word, data));
}

static siam_code tell(session *s, siam_err *e)
{
    if (!siam_task_as_rows(s->call, s->r->json)) {
        print(s);
        return SIAM_OK;
    }
    return siam_task_tell_json(s->call, json_pack("{s:[i,i], s:[I,I], s:I, s:I, s:I, s:[I,I], s:I}", "shards", s->shards[0], s->shards[1], "images",
                                                  (json_int_t)s->images[0], (json_int_t)s->images[1], "smaller", (json_int_t)s->smaller,
                                                  "kept", (json_int_t)s->kept, "skipped", (json_int_t)s->skipped, "made",
                                                  (json_int_t)s->made[0], (json_int_t)s->made[1], "bytes", (json_int_t)s->bytes),
                               JSON_COMPACT, e);
}

/* Parts of files become files of 8 or 16 bits. */
static siam_code check_parts(siam_dataset *d, siam_err *e)
{
    const int parts = siam_joined_parts(d);
    siam_image_form f;
    for (int k = 0; k < parts; k++)
        SIAM_TRY(check_parts(siam_joined_part(d, k), e));
    if (parts || !d->type->whole)
        return SIAM_OK;
    SIAM_TRY(siam_dataset_form(&f, d, e));
    if (!f.ranged)
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG, "images of '%s' have floats, numbers with a sign or of 32 bits, and parts of files are packed with 8 or 16 bits", d->info.name);
    siam_hint(e, "pack with the files as wholes, which are packed as they are");
    return SIAM_E_CONFIG;
}

static siam_code pack(session *s, siam_err *e)
{
    bool more = true;
    SIAM_TRY(siam_task_data(s->data, sizeof s->data, s->call, e));
    if (!s->r->out[0]) {
        siam_fail(e, SIAM_E_USAGE, "pack needs a name for the shards");
        siam_hint(e, "-o packed.tar, which makes packed-train-000.tar");
        return SIAM_E_USAGE;
    }
    for (s->split = 0; s->split < 2 && more; s->split++) {
        SIAM_TRY(siam_dataset_open(&s->d, s->data, s->split ? SIAM_SPLIT_TEST : SIAM_SPLIT_TRAIN, 0, e));
        SIAM_TRY(check_parts(s->d, e));
        if (!siam_task_as_rows(s->call, s->r->json))
            siam_dataset_print_remarks(s->d, NULL, "", s->call->say);
        if (s->d->info.pairs)
            fprintf(s->call->say, "of pairs only the first image is packed\n");
        more = !s->d->info.train_only;
        SIAM_TRY(put_split(s, e));
        siam_dataset_close(&s->d);
    }
    return tell(s, e);
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    session s = {.call = c, .r = c->request};
    const siam_code rc = pack(&s, e);
    siam_tar_writer_abort(&s.tar);
    siam_dataset_close(&s.d);
    siam_image_release(&s.im);
    siam_image_release(&s.small);
    siam_image_scratch_release(&s.scratch);
    return rc;
}

#define T pack_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, out, "out", "", 0, "name of the shards (-o): NAME.tar gives NAME-train-000.tar and so on"),
    SIAM_OPTION_I32(T, max_side, "max_side", 0, 0, 65535, 0, "make larger photographs as small as this many pixels; 0 = none"),
    SIAM_OPTION_I32(T, quality, "quality", 90, 1, 100, 0, "of the JPEGs that those become"),
    SIAM_OPTION_I32(T, shard_mib, "shard_mib", 1024, 1, 1 << 20, 0, "MiB of a shard, about"),
    SIAM_OPTION_U64(T, seed, "seed", 0, 0, "seed of the order"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "shards of that name may be there already"),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_pack = {
    .name = "pack",
    .summary = "a data set as a few files that are read from end to end",
    .usage = "simsiam pack DATA... -o NAME.tar [--max_side N] [options]",
    .examples = (const char *const[]){"simsiam pack photos -o photos.tar --max_side 500",
                                      "simsiam train folder-resnet18 --data 'photos-train-{000..012}.tar'", NULL},
    .options = options,
    .request_size = sizeof(pack_request),
    .min_args = 1,
    .max_args = -1,
    .stops_cleanly = true,
    .run = run,
};
