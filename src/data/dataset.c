/* The registry of data sets, opening by probing, and the checked front doors of a data set's functions. */
#include "data/dataset.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/filekind.h"
#include "base/format.h"
#include "base/option.h"
#include "data/image_list.h"
#include "data/describe.h"
#include "data/joined.h"
#include "data/walk.h"
#include "image/codec.h"

enum { MOST_LOOKED_AT = 20000 };

#define SIAM_ROW(x) extern const siam_dataset_type siam_dataset_type_##x;
#include "data/datasets.def"
#undef SIAM_ROW

#define SIAM_ROW(x) &siam_dataset_type_##x,
const siam_dataset_type *const siam_datasets[] = {
#include "data/datasets.def"
    NULL};
#undef SIAM_ROW

static const siam_dataset_type *probe(const char *spec)
{
    const siam_dataset_type *best = NULL;
    int confidence = 0;

    for (int i = 0; siam_datasets[i]; i++) {
        const int c = siam_datasets[i]->probe(spec);
        if (c > confidence) {
            confidence = c;
            best = siam_datasets[i];
        }
    }
    return best;
}

/* "what it is that is read", from the registry's help lines. */
static void what_is_read(char *buf, size_t n)
{
    size_t at = 0;

    buf[0] = '\0';
    for (int i = 0; siam_datasets[i] && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%s", i ? "; " : "", siam_datasets[i]->help);
}

static void hint_sets(siam_err *e)
{
    siam_hint(e, "--data FOLDER with images in it, --data LIST with a line for each of them, or --data synth, which needs no files");
}

static siam_code no_images_in(const char *spec, const char *readable, siam_err *e)
{
    char found[SIAM_SURVEY_TEXT], word[2 * 4096];
    siam_description s = {0}, below;
    bool has;
    siam_err ignored = {0};
    if (!siam_description_folder(&s, spec))
        return siam_fail_errno(e, errno, "cannot list the folder '%s'", spec);
    if (s.files == 0 && !siam_has_image(&has, spec, "", MOST_LOOKED_AT, &below, &ignored)) { /* all is in its folders */
        below.folders = s.folders;
        s = below;
    }
    if (s.files == 0 && s.folders == 0)
        siam_fail(e, SIAM_E_DATA, "the folder '%s' is empty; what is read: %s", spec, readable);
    siam_description_text(&s, found);
    siam_fail(e, SIAM_E_DATA, "the folder '%s' has %s but no data set; what is read: %s", spec, found,
              readable);
    if (siam_description_archives(&s))
        siam_hint(e, "unpack the archives in %s", siam_format_word(word, sizeof word, spec));
    hint_sets(e);
    return SIAM_E_DATA;
}

/* A file that is no data set: what it is, and what to do about that. */
static siam_code no_set(const char *spec, const char *readable, siam_err *e)
{
    uint8_t head[512];
    siam_filekind k;
    FILE *f = fopen(spec, "rbe");
    if (!f)
        return siam_fail_errno(e, errno, "cannot open '%s'", spec);
    const size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    siam_filekind_find(&k, head, n);
    const char *codec = siam_image_codec_name(head, n);
    if (n == 0) {
        siam_fail(e, SIAM_E_DATA, "the file '%s' is empty; what is read: %s", spec, readable);
    } else if (codec) {
        siam_fail(e, SIAM_E_DATA, "'%s' is one %s image, and a data set has many; what is read: %s", spec, codec, readable);
        siam_hint(e, "the folder with the images, or a list of them; extract and predict take single ones");
    } else {
        siam_fail(e, SIAM_E_DATA, "'%s' is not a data set but %s; what is read: %s", spec, k.what, readable);
        siam_filekind_hint(e, &k, spec);
    }
    hint_sets(e);
    return SIAM_E_DATA;
}

/* No data set took the path: say what is there instead. */
static siam_code nothing_usable(const char *spec, siam_err *e)
{
    char readable[1024];
    struct stat st;

    what_is_read(readable, sizeof readable);
    if (spec[0] == '\0' || stat(spec, &st) != 0) {
        const int why = spec[0] == '\0' ? ENOENT : errno;
        if (why != ENOENT && why != ENOTDIR)
            return siam_fail_errno(e, why, "cannot look at '%s'", spec);
        siam_fail(e, SIAM_E_NOTFOUND, "there is no '%s'", spec);
        const char *const builtin[] = {"synth"};
        if (siam_nearest(spec, builtin, 1))
            siam_hint(e, "--data synth, the embedded data set");
        else
            siam_hint(e, "--data synth for the embedded data set, or the path of a folder of images or of "
                         "CIFAR-10's .tar.gz");
        return SIAM_E_NOTFOUND;
    }
    if (S_ISDIR(st.st_mode))
        return no_images_in(spec, readable, e);
    if (S_ISREG(st.st_mode))
        return no_set(spec, readable, e);
    siam_fail(e, SIAM_E_DATA, "'%s' is %s, and a data set is read more than once", spec,
              S_ISFIFO(st.st_mode) ? "a pipe" : "neither a file nor a folder");
    siam_hint(e, "a file with what comes out of it, or a folder");
    return SIAM_E_DATA;
}

siam_code siam_dataset_open(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    *out = NULL;
    const siam_dataset_type *t = probe(spec);
    if (!t)
        return nothing_usable(spec, e);
    SIAM_TRY(t->open(out, spec, split, size, e));
    SIAM_ASSERT(*out && (*out)->type == t && (*out)->info.count > 0);
    return SIAM_OK;
}

int64_t siam_dataset_spread(int64_t n, int64_t k, int64_t of) { return of > 1 ? k * (n - 1) / (of - 1) : 0; }

void siam_dataset_close(siam_dataset **d)
{
    if (*d) {
        free((*d)->only);
        (*d)->type->close(d);
    }
    *d = NULL;
}

void siam_dataset_read_as(siam_dataset *d, bool exif, const siam_image_want *want)
{
    d->exif = exif;
    d->want = *want;
    for (int k = 0; k < siam_joined_parts(d); k++)
        siam_dataset_read_as(siam_joined_part(d, k), exif, want);
}

static int64_t number_of(const siam_dataset *d, int64_t index) { return d->only ? d->only[index] : index; }

static siam_code as_wanted(const siam_dataset *d, siam_image *im, siam_err *e)
{
    const int channels = d->want.channels ? d->want.channels : SIAM_IMAGE_CHANNELS, depth = d->want.channels ? d->want.depth : 1;
    if (im->channels == channels && im->depth == depth)
        return SIAM_OK;
    if (channels != 1 && channels != SIAM_IMAGE_CHANNELS)
        return siam_fail(e, SIAM_E_DATA, "the images have %d channels, and the model takes %d", im->channels, channels);
    return siam_image_convert(im, channels, depth, e);
}

siam_code siam_dataset_read(const siam_dataset *d, int64_t index, siam_image *im, siam_err *e)
{
    return siam_dataset_read_for(d, index, NULL, im, e);
}

siam_code siam_dataset_read_for(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    SIAM_ASSERT(index >= 0 && index < d->info.count);
    SIAM_TRY(d->type->read(d, number_of(d, index), use, im, e));
    return as_wanted(d, im, e);
}

siam_code siam_dataset_read_mate(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    SIAM_ASSERT(d->info.pairs && index >= 0 && index < d->info.count);
    SIAM_TRY(d->type->mate(d, number_of(d, index), use, im, e));
    return as_wanted(d, im, e);
}

int siam_dataset_label(const siam_dataset *d, int64_t index)
{
    SIAM_ASSERT(index >= 0 && index < d->info.count);
    return d->info.classes > 0 ? d->type->label(d, number_of(d, index)) : -1;
}

const char *siam_dataset_file(const siam_dataset *d, int64_t index)
{
    SIAM_ASSERT(index >= 0 && index < d->info.count);
    return d->type->file ? d->type->file(d, number_of(d, index)) : NULL;
}

const char *siam_dataset_mate_file(const siam_dataset *d, int64_t index)
{
    SIAM_ASSERT(index >= 0 && index < d->info.count);
    return d->info.pairs ? d->type->mate_file(d, number_of(d, index)) : NULL;
}

void siam_dataset_keep(siam_dataset *d, int64_t *index, int64_t n, siam_split split)
{
    SIAM_ASSERT(n > 0 && !d->only);
    if (d->type->keep)
        d->type->keep(d, index, n);
    else
        d->only = index;
    if (d->type->keep)
        free(index);
    d->info.count = n;
    siam_dataset_describe_again(&d->info, split);
}

siam_code siam_dataset_no_labels(const siam_dataset *d, const char *path, const char *use, siam_err *e)
{
    const siam_dataset_info *info = &d->info;
    const siam_code code = info->at_odds ? SIAM_E_DATA : SIAM_E_CONFIG;
    siam_fail(e, code, "%s needs labels, and %s'%s' has none: %s%s%s", use,
              info->at_odds ? "the held-out part of " : "", path, info->described, info->why[0] ? "; " : "", info->why);
    if (info->at_odds)
        siam_hint(e, "the same class folders in both splits, and no images beside them");
    else if (siam_joined_parts(d))
        siam_hint(e, "--data for one of them alone, or labels of one kind in all of them");
    else if (info->why[0])
        siam_hint(e, "move the images that lie beside the class folders into one of these, or elsewhere");
    else
        siam_hint(e, "a folder per class, two or more of them, or a list of `path label` lines");
    return code;
}

const siam_dataset *siam_dataset_whole(const siam_dataset *d, int64_t *index)
{
    d = siam_dataset_part(d, index, NULL);
    return d->type->whole ? d->type->whole(d, number_of(d, *index), index) : d;
}

bool siam_dataset_lacks_file(const siam_dataset *d, int64_t index)
{
    char path[4096];
    d = siam_dataset_whole(d, &index);
    return d->type->files && siam_image_list_full_path(d->type->files(d), index, path, sizeof path) && !siam_path_exists(path);
}

void siam_dataset_remark(siam_dataset_info *info, const char *fmt, ...)
{
    const size_t at = strlen(info->remarks), room = sizeof info->remarks - at;
    va_list args;
    if (room < 2)
        return;
    va_start(args, fmt);
    const int n = vsnprintf(info->remarks + at, room - 1, fmt, args);
    va_end(args);
    if (n > 0)
        strcat(info->remarks + at, "\n"); /* a byte was kept for it */
}

size_t siam_remark_length(const char *at) { return strcspn(at, "\n"); }

bool siam_dataset_remarked(const siam_dataset *d, const char *at)
{
    const size_t n = siam_remark_length(at);
    size_t m;
    for (const char *r = d->info.remarks; (m = siam_remark_length(r)); r += m + 1)
        if (m == n && !memcmp(r, at, n))
            return true;
    return false;
}

void siam_dataset_print_remarks(const siam_dataset *d, const siam_dataset *said, const char *before, FILE *out)
{
    size_t n;
    for (const char *at = d->info.remarks; (n = siam_remark_length(at)); at += n + 1)
        if (!said || !siam_dataset_remarked(said, at))
            fprintf(out, "%s%.*s\n", before, (int)n, at);
}
