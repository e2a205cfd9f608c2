/* Several data sets as one: images of the first, then those of the second. Classes are the same where their names are, in the order in
 * which the names come; where no part has names, where their numbers are. Held out is what any part holds out; a part without such
 * images only tells its classes then, so that both splits number them alike. Of channels, grey ones and those of colours go together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/describe.h"
#include "data/form.h"
#include "data/image_list.h"
#include "data/joined.h"
#include "data/names.h"

enum { MAX_PATH = 4096, SHOWN = 160 };

typedef struct part {
    char spec[MAX_PATH];
    siam_dataset *d; /* NULL, until it is left out: it has no images of the split */
    int *class;      /* [its classes]: among those of all */
    int64_t first;   /* the number of its first image */
} part;

typedef struct joined {
    siam_dataset head;
    part *part;
    int parts;
    siam_names classes; /* none, where classes are numbers */
    char name[64];
    char *text;         /* names of files, each with its end */
    size_t used, room;
    size_t *at;         /* [images]: offsets in text, SIZE_MAX = it has no file; NULL: none has */
} joined;

extern const siam_dataset_type siam_dataset_type_joined; /* the last lines of this file */

/* ---- "A + B" ---- */

/* Characters of the first name in `at`: names may have a " + " of their own, so the longest that is there counts. */
static size_t first_name(const char *at)
{
    char path[MAX_PATH];
    const char *end = strstr(at, SIAM_JOINED_BY);
    size_t n = end ? (size_t)(end - at) : strlen(at), found = n;
    if (!end)
        return n;
    for (;; n = end ? (size_t)(end - at) : strlen(at)) {
        if (n < sizeof path && (size_t)snprintf(path, sizeof path, "%.*s", (int)n, at) < sizeof path && siam_path_exists(path))
            found = n;
        if (!at[n])
            return found;
        end = strstr(at + n + 1, SIAM_JOINED_BY);
    }
}

/* The names in `spec`, as many as there is room for; how many there are. */
static int names_in(const char *spec, char (*name)[MAX_PATH], int room)
{
    int n = 0;
    for (const char *at = spec;; n++) {
        const size_t length = first_name(at);
        if (n < room)
            snprintf(name[n], MAX_PATH, "%.*s", (int)(length < MAX_PATH ? length : MAX_PATH - 1), at);
        at += length;
        if (!*at)
            return n + 1;
        at += strlen(SIAM_JOINED_BY);
    }
}

static int probe_joined(const char *spec) { return strlen(spec) < MAX_PATH && names_in(spec, NULL, 0) > 1 ? 200 : 0; }

/* ---- parts ---- */

int siam_joined_parts(const siam_dataset *d) { return d->type == &siam_dataset_type_joined ? ((const joined *)d)->parts : 0; }

siam_dataset *siam_joined_part(const siam_dataset *d, int k)
{
    SIAM_ASSERT(k >= 0 && k < siam_joined_parts(d));
    return ((const joined *)d)->part[k].d;
}

static int part_at(const joined *j, int64_t index)
{
    int k = j->parts - 1;
    while (index < j->part[k].first)
        k--;
    return k;
}

const siam_dataset *siam_dataset_part(const siam_dataset *d, int64_t *index, int *number)
{
    int k = 0;
    if (siam_joined_parts(d)) {
        const joined *j = (const joined *)d;
        const int64_t i = d->only ? d->only[*index] : *index;
        k = part_at(j, i);
        *index = i - j->part[k].first;
        d = j->part[k].d;
    }
    if (number)
        *number = k;
    return d;
}

/* ---- opening ---- */

/* A part's images of the split; none, where it holds none out: it->d is then its training images, for their classes. */
static siam_code open_part(part *it, bool *none, siam_split split, int size, siam_err *e)
{
    siam_err why = {0};
    *none = false;
    const siam_code rc = siam_dataset_open(&it->d, it->spec, split, size, &why);
    if (!rc)
        return SIAM_OK;
    if (split == SIAM_SPLIT_TEST && !siam_dataset_open(&it->d, it->spec, SIAM_SPLIT_TRAIN, size, NULL) && it->d->info.train_only) {
        *none = true;
        return SIAM_OK;
    }
    siam_fail(e, rc, "%s", why.msg);
    siam_hint_of(e, &why);
    return rc;
}

static siam_code check_form(siam_image_form *all, const char **of, const part *it, siam_err *e)
{
    siam_image_form f;
    SIAM_TRY(siam_dataset_form(&f, it->d, e));
    const bool colours = f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS;
    const bool before = all->channels == 1 || all->channels == SIAM_IMAGE_CHANNELS;
    if (!*of && f.channels) {
        *all = f;
        *of = it->spec;
    } else if (f.channels && f.channels != all->channels && !(colours && before)) {
        siam_fail(e, SIAM_E_CONFIG, "the images of '%s' have %d channel%s and those of '%s' have %d, so they cannot be joined", *of,
                  all->channels, all->channels == 1 ? "" : "s", it->spec, f.channels);
        siam_hint(e, "--data for one of them, or images of as many channels in both");
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

static bool has_names(const siam_dataset *d)
{
    for (int c = 0; c < d->info.classes; c++)
        if (!d->type->class_name || !d->type->class_name(d, c))
            return false;
    return d->info.classes > 0;
}

/* The classes of a part as those of all. */
static siam_code add_classes(joined *j, part *it, bool names, siam_err *e)
{
    siam_dataset_info *all = &j->head.info;
    const siam_dataset *d = it->d;
    it->class = calloc((size_t)d->info.classes + 1, sizeof *it->class);
    bool room = it->class != NULL;
    for (int c = 0; room && c < d->info.classes; c++) {
        const char *name = names ? d->type->class_name(d, c) : NULL;
        it->class[c] = name ? siam_names_number(&j->classes, name, strlen(name)) : c;
        room = it->class[c] >= 0;
        all->classes = it->class[c] >= all->classes ? it->class[c] + 1 : all->classes;
    }
    return room ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the classes of '%s'", it->spec);
}

/* All parts have labels, and names or numbers for their classes; else there are no labels, and info->why says so. */
static siam_code join_classes(joined *j, siam_err *e)
{
    siam_dataset_info *all = &j->head.info;
    const part *named = NULL, *numbered = NULL, *without = NULL;
    char a[SHOWN], b[SHOWN];
    for (int k = 0; k < j->parts; k++) {
        const part *it = &j->part[k];
        const part **kind = !it->d->info.classes ? &without : has_names(it->d) ? &named : &numbered;
        *kind = *kind ? *kind : it;
    }
    if (without) {
        all->at_odds = without->d->info.at_odds;
        snprintf(all->why, sizeof all->why, "'%s' has none%s%.256s", siam_format_printable(a, sizeof a, without->spec),
                 without->d->info.why[0] ? ": " : "", without->d->info.why);
    } else if (named && numbered) {
        snprintf(all->why, sizeof all->why, "the classes of '%s' have names, and those of '%s' have numbers",
                 siam_format_printable(a, sizeof a, named->spec), siam_format_printable(b, sizeof b, numbered->spec));
    }
    if (all->why[0] && (named || numbered))
        siam_dataset_remark(all, "no labels: %s", all->why);
    for (int k = 0; k < j->parts && !all->why[0]; k++)
        SIAM_TRY(add_classes(j, &j->part[k], named != NULL, e));
    all->labels = named ? "the sets, joined by name" : "the sets, joined by number";
    if (!all->classes)
        siam_names_release(&j->classes);
    return SIAM_OK;
}

/* ---- what they are together ---- */

static siam_code add_name(joined *j, const char *name, siam_err *e)
{
    const size_t n = strlen(name) + 1;
    if (j->room - j->used < n) {
        const size_t room = 2 * j->room + n + MAX_PATH;
        char *more = realloc(j->text, room);
        if (!more)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of files");
        j->text = more;
        j->room = room;
    }
    memcpy(j->text + j->used, name, n);
    j->used += n;
    return SIAM_OK;
}

/* Names that say which data set a file is of: the paths that open them, or of files in an archive its path and theirs. */
static siam_code name_files(joined *j, siam_err *e)
{
    char path[2 * MAX_PATH + 2];
    j->at = malloc((size_t)j->head.info.count * sizeof *j->at);
    if (!j->at)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of files");
    for (int64_t i = 0; i < j->head.info.count; i++) {
        int k;
        int64_t at = i;
        const siam_dataset *d = siam_dataset_part(&j->head, &at, &k);
        const char *file = siam_dataset_file(d, at);
        j->at[i] = file ? j->used : SIZE_MAX;
        if (!file)
            continue;
        if (!d->type->files || !siam_image_list_full_path(d->type->files(d), at, path, sizeof path))
            snprintf(path, sizeof path, "%s/%.4096s", j->part[k].spec, file);
        SIAM_TRY(add_name(j, path + (strncmp(path, "./", 2) || !strncmp(j->part[k].spec, "./", 2) ? 0 : 2), e));
    }
    return SIAM_OK;
}

static void remark_parts(joined *j)
{
    siam_dataset_info *all = &j->head.info;
    char shown[SHOWN];
    size_t n;
    for (int k = 0; k < j->parts; k++) {
        const siam_dataset_info *info = &j->part[k].d->info;
        siam_format_printable(shown, sizeof shown, j->part[k].spec);
        siam_dataset_remark(all, "'%s' is %s", shown, info->described);
        for (const char *at = info->remarks; (n = siam_remark_length(at)); at += n + 1)
            siam_dataset_remark(all, "'%s': %.*s", shown, (int)n, at);
        for (int i = 0; i < k; i++)
            if (!strcmp(j->part[i].spec, j->part[k].spec))
                siam_dataset_remark(all, "'%s' is joined with itself: its images count as often as it is given", shown);
        if (info->pairs && !all->pairs)
            siam_dataset_remark(all, "'%s' has pairs and others have none, so the first image of each is taken alone", shown);
    }
}

static void name_all(joined *j)
{
    size_t at = 0;
    for (int k = 0; k < j->parts && at < sizeof j->name; k++)
        at += (size_t)snprintf(j->name + at, sizeof j->name - at, "%s%s", k ? SIAM_JOINED_BY : "", j->part[k].d->info.name);
    if (at >= sizeof j->name)
        snprintf(j->name, sizeof j->name, "%d data sets joined", j->parts);
}

/* Everything of info but the classes, from what the parts have in common. */
static void describe(joined *j, siam_split split)
{
    siam_dataset_info *all = &j->head.info;
    const siam_dataset_info *first = &j->part[0].d->info;
    all->pairs = all->train_only = true;
    all->width = first->width;
    all->height = first->height;
    all->channels = first->channels;
    for (int k = 0; k < j->parts; k++) {
        const siam_dataset_info *info = &j->part[k].d->info;
        j->part[k].first = all->count;
        all->count += info->count;
        all->pairs &= info->pairs;
        all->train_only &= info->train_only;
        if (info->width != all->width || info->height != all->height)
            all->width = all->height = 0;
        if (info->channels != all->channels)
            all->channels = 0;
    }
    name_all(j);
    remark_parts(j);
    siam_dataset_describe_files(all, j->name, all->labels, split);
}

/* Leave out the parts that hold nothing out; their classes are counted by now. */
static siam_code leave_out(joined *j, const bool *none, siam_err *e)
{
    int kept = 0;
    char shown[SHOWN];
    for (int k = 0; k < j->parts; k++) {
        if (none[k]) {
            siam_dataset_remark(&j->head.info, "'%s' holds out no images", siam_format_printable(shown, sizeof shown, j->part[k].spec));
            siam_dataset_close(&j->part[k].d);
            free(j->part[k].class);
            j->part[k].class = NULL;
        } else {
            if (k > kept) {
                j->part[kept] = j->part[k];
                j->part[k] = (part){.d = NULL};
            }
            kept++;
        }
    }
    j->parts = kept;
    if (kept)
        return SIAM_OK;
    siam_fail(e, SIAM_E_DATA, "none of the data sets that are joined holds images out");
    siam_hint(e, "--val_share 0.1 holds some out");
    return SIAM_E_DATA;
}

static siam_code open_parts(joined *j, const char *spec, siam_split split, int size, siam_err *e)
{
    bool none[SIAM_JOINED_MOST];
    siam_image_form form = {0};
    const char *of = NULL;
    const int n = names_in(spec, NULL, 0);
    if (n > SIAM_JOINED_MOST)
        return siam_fail(e, SIAM_E_CONFIG, "%d data sets are to be joined, and %d can be", n, SIAM_JOINED_MOST);
    char(*name)[MAX_PATH] = calloc((size_t)n, sizeof *name);
    j->part = calloc((size_t)n, sizeof *j->part);
    siam_code rc = name && j->part ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    if (!rc)
        names_in(spec, name, n);
    for (int k = 0; k < n && !rc; k++, j->parts++) {
        memcpy(j->part[k].spec, name[k], MAX_PATH);
        rc = open_part(&j->part[k], &none[k], split, size, e);
        if (!rc)
            rc = check_form(&form, &of, &j->part[k], e);
    }
    free(name);
    if (!rc)
        rc = join_classes(j, e);
    return rc ? rc : leave_out(j, none, e);
}

static void close_joined(siam_dataset **d)
{
    joined *j = (joined *)*d;
    for (int k = 0; k < j->parts; k++) {
        siam_dataset_close(&j->part[k].d);
        free(j->part[k].class);
    }
    siam_names_release(&j->classes);
    free(j->part);
    free(j->text);
    free(j->at);
    free(j);
    *d = NULL;
}

static siam_code open_joined(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    *out = NULL;
    joined *j = calloc(1, sizeof *j);
    if (!j)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *d = &j->head;
    d->type = &siam_dataset_type_joined;
    siam_code rc = open_parts(j, spec, split, size, e);
    if (!rc) {
        describe(j, split);
        rc = name_files(j, e);
    }
    if (rc)
        close_joined(&d);
    *out = d;
    return rc;
}

/* ---- the data set ---- */

/* The part with that image, and its index there. */
static const part *part_of(const siam_dataset *d, int64_t *index)
{
    const joined *j = (const joined *)d;
    const part *it = &j->part[part_at(j, *index)];
    *index -= it->first;
    return it;
}

static siam_code read_joined(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    const part *it = part_of(d, &index);
    return siam_dataset_read_for(it->d, index, use, im, e);
}

static siam_code mate_joined(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    const part *it = part_of(d, &index);
    return siam_dataset_read_mate(it->d, index, use, im, e);
}

static const char *mate_file_joined(const siam_dataset *d, int64_t index)
{
    const part *it = part_of(d, &index);
    return siam_dataset_mate_file(it->d, index);
}

static int label_joined(const siam_dataset *d, int64_t index)
{
    const part *it = part_of(d, &index);
    const int label = siam_dataset_label(it->d, index);
    return label < 0 ? -1 : it->class[label];
}

static const char *class_name_joined(const siam_dataset *d, int cls)
{
    const joined *j = (const joined *)d;
    return cls >= 0 && cls < j->classes.n ? siam_names_get(&j->classes, cls) : NULL;
}

static const char *file_joined(const siam_dataset *d, int64_t index)
{
    const joined *j = (const joined *)d;
    return j->at[index] == SIZE_MAX ? NULL : j->text + j->at[index];
}

static const char *group_joined(const siam_dataset *d, int64_t index)
{
    const part *it = part_of(d, &index);
    return it->d->type->group ? it->d->type->group(it->d, index) : NULL;
}

const siam_dataset_type siam_dataset_type_joined = {
    .name = "joined",
    .help = "several of these as one: --data A --data B",
    .probe = probe_joined,
    .open = open_joined,
    .read = read_joined,
    .mate = mate_joined,
    .mate_file = mate_file_joined,
    .label = label_joined,
    .class_name = class_name_joined,
    .file = file_joined,
    .group = group_joined,
    .close = close_joined,
};
