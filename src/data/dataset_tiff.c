/* Parts of TIFF files as images: every page of a stack, or tiles of slides and scenes that no memory holds. Spec: "tiff:pages=all:PATH",
 * "tiff:tile=256:PATH", or both, "tiff:pages=all,tile=256:PATH", where PATH is a data set of files, or one file. Tiles stand on a grid from
 * the upper left; the last of a row or column ends at the edge, so that each pixel is in one. Nothing is read before it is asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/option.h"
#include "data/image_list.h"
#include "data/describe.h"
#include "data/pages.h"
#include "data/paths.h"
#include "image/tiff.h"

enum { MAX_PATH = 4096, MOST_PARTS = 10000000, SHOWN = 160 };
static const char prefix[] = "tiff:";

typedef struct piece {
    int64_t file;
    uint64_t at;     /* of its page */
    int32_t x, y;
    int32_t w, h;    /* 0: all of the page */
    size_t name;     /* offset in text */
} piece;

typedef struct parts {
    siam_dataset head;
    siam_dataset *files;
    bool pages;
    int32_t tile; /* 0: whole pages */
    piece *piece;
    int64_t n, room;
    char *text; /* names, each with its end */
    size_t used, text_room;
    char name[64];
} parts;

extern const siam_dataset_type siam_dataset_type_tiff; /* the last lines of this file */

/* ---- "tiff:tile=256:PATH" ---- */

static siam_code wrong_spec(const char *spec, siam_err *e)
{
    siam_fail(e, SIAM_E_USAGE, "'%s' does not say which parts of the files at which path", spec);
    siam_hint(e, "--data tiff:tile=256:SLIDES or --data tiff:pages=all:STACKS");
    return SIAM_E_USAGE;
}

static siam_code parse(parts *p, const char **path, const char *spec, siam_err *e)
{
    const char *at = spec + strlen(prefix);
    const char *end = strchr(at, ':');
    if (!end || end == at || !end[1])
        return wrong_spec(spec, e);
    *path = end + 1;
    while (at < end) {
        char item[32];
        const size_t n = strcspn(at, ",:");
        int64_t tile;
        snprintf(item, sizeof item, "%.*s", (int)(n < sizeof item ? n : sizeof item - 1), at);
        if (!strcmp(item, "pages=all"))
            p->pages = true;
        else if (!strncmp(item, "tile=", 5) && siam_parse_i64(item + 5, &tile) && tile >= SIAM_TILE_LEAST && tile <= SIAM_TILE_MOST)
            p->tile = (int32_t)tile;
        else if (!strncmp(item, "tile=", 5))
            return siam_fail(e, SIAM_E_USAGE, "'%s': tile takes a whole number of pixels from %d to %d", spec, SIAM_TILE_LEAST, SIAM_TILE_MOST);
        else
            return wrong_spec(spec, e);
        at += n + 1;
    }
    return SIAM_OK;
}

static int probe_tiff(const char *spec) { return !strncmp(spec, prefix, strlen(prefix)) && !siam_path_exists(spec) ? 100 : 0; }

/* ---- finding the parts ---- */

/* What the parts of a file are found for. */
typedef struct search {
    parts *p;
    int64_t file;
    const char *path;
} search;

static siam_code no_memory(const parts *p, siam_err *e)
{
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for %lld parts of TIFF files", (long long)p->n);
}

/* "slide.tif#512,768", "stack.tif#3" (pages as people count them), or both. */
static siam_code add_name(parts *p, const char *file, int page, const piece *it, siam_err *e)
{
    char name[MAX_PATH + 64], number[16] = "";
    if (p->pages)
        snprintf(number, sizeof number, "%d", page + 1);
    if (it->w && p->tile)
        snprintf(name, sizeof name, "%.4000s#%s%s%d,%d", file, number, p->pages ? ":" : "", it->x, it->y);
    else
        snprintf(name, sizeof name, "%.4000s%s%s", file, p->pages ? "#" : "", number);
    const size_t n = strlen(name) + 1;
    if (p->text_room - p->used < n) {
        const size_t room = 2 * p->text_room + n;
        char *more = realloc(p->text, room);
        if (!more)
            return no_memory(p, e);
        p->text = more;
        p->text_room = room;
    }
    memcpy(p->text + p->used, name, n);
    p->used += n;
    return SIAM_OK;
}

static siam_code add_piece(search *s, const siam_tiff_page *page, piece it, siam_err *e)
{
    parts *p = s->p;
    if (p->n == MOST_PARTS)
        return siam_fail(e, SIAM_E_CONFIG, "the TIFF files have more than %d parts: larger tiles or fewer files make fewer", MOST_PARTS);
    if (p->n == p->room) {
        const int64_t room = 2 * p->room + 64;
        piece *more = realloc(p->piece, (size_t)room * sizeof *more);
        if (!more)
            return no_memory(p, e);
        p->piece = more;
        p->room = room;
    }
    it.file = s->file;
    it.at = page->at;
    it.name = p->used;
    SIAM_TRY(add_name(p, siam_dataset_file(p->files, s->file), page->number, &it, e));
    p->piece[p->n++] = it;
    return SIAM_OK;
}

/* Where tile number i of an axis begins; *n: how many there are, and *size: how long they are. */
static int32_t begins(int32_t i, int32_t length, int32_t tile, int32_t *n, int32_t *size)
{
    *size = length < tile ? length : tile;
    *n = (int32_t)(((int64_t)length + *size - 1) / *size);
    return i < *n - 1 ? i * *size : length - *size;
}

static siam_code take_page(void *user, const siam_tiff_page *page, siam_err *e)
{
    search *s = user;
    int32_t rows = 1, columns = 1, w, h;
    if (!s->p->tile || !page->w) /* what is wrong with it is said when it is read */
        return add_piece(s, page, (piece){.x = 0}, e);
    for (int32_t r = 0; r < rows; r++)
        for (int32_t c = 0; c < columns; c++) {
            const int32_t y = begins(r, page->h, s->p->tile, &rows, &h), x = begins(c, page->w, s->p->tile, &columns, &w);
            SIAM_TRY(add_piece(s, page, (piece){.x = x, .y = y, .w = w, .h = h}, e));
        }
    return SIAM_OK;
}

/* The parts of one file. A file that is damaged is one part, which cannot be read, as it is an image that cannot be read elsewhere. */
static siam_code add_file(parts *p, int64_t file, int64_t *others, siam_err *e)
{
    char path[MAX_PATH];
    siam_err why = {0};
    search s = {.p = p, .file = file};
    const int64_t before = p->n;
    const bool there = siam_image_list_full_path(p->files->type->files(p->files), file, path, sizeof path);
    if (there && siam_path_exists(path) && !siam_tiff_looks(path)) {
        ++*others;
        return SIAM_OK;
    }
    const siam_code rc = there ? siam_tiff_pages(path, p->pages, take_page, &s, &why) : SIAM_E_DATA;
    if (rc && rc != SIAM_E_DATA && rc != SIAM_E_NOTFOUND && rc != SIAM_E_IO)
        return siam_fail(e, rc, "%s", why.msg);
    if (rc && p->n > before)
        return siam_fail(e, rc, "'%s': %s", path, why.msg);
    return p->n > before ? SIAM_OK : add_piece(&s, &(siam_tiff_page){.number = 0}, (piece){.x = 0}, e);
}

static siam_code no_parts(const char *path, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' has no TIFF files to read parts of", path);
    siam_hint(e, "--data with the path alone: other images are read as wholes");
    return SIAM_E_DATA;
}

static siam_code add_files(parts *p, const char *path, siam_err *e)
{
    char n[32], files[32];
    int64_t others = 0;
    siam_dataset_info *info = &p->head.info;
    for (int64_t i = 0; i < p->files->info.count; i++)
        SIAM_TRY(add_file(p, i, &others, e));
    if (!p->n)
        return no_parts(path, e);
    size_t length;
    for (const char *at = p->files->info.remarks; (length = siam_remark_length(at)); at += length + 1)
        if (!p->pages || !siam_pages_is_remark(at))
            siam_dataset_remark(info, "%.*s", (int)length, at);
    siam_dataset_remark(info, "they are parts of %s TIFF file%s", siam_format_count(files, sizeof files, p->files->info.count - others),
                        p->files->info.count - others == 1 ? "" : "s");
    if (others)
        siam_dataset_remark(info, "not read: %s file%s that %s no TIFF", siam_format_count(n, sizeof n, others), others == 1 ? "" : "s",
                            others == 1 ? "is" : "are");
    if (p->files->info.pairs)
        siam_dataset_remark(info, "of pairs only the first image is read");
    return SIAM_OK;
}

/* ---- opening ---- */

static siam_code open_one(parts *p, const char *path, siam_err *e)
{
    SIAM_TRY(siam_paths_open(&p->files, &path, 1, NULL, 0, e));
    siam_pages_remark(&p->files->info, p->files->type->files(p->files));
    return SIAM_OK;
}

static siam_code open_files(parts *p, const char *path, siam_split split, int size, siam_err *e)
{
    if (!siam_paths_is_image(path))
        SIAM_TRY(siam_dataset_open(&p->files, path, split, size, e));
    else if (split == SIAM_SPLIT_TRAIN)
        SIAM_TRY(open_one(p, path, e));
    else
        return siam_fail(e, SIAM_E_DATA, "'%s' is one file, and none of its parts are held out", path);
    return p->files->type->files ? SIAM_OK : no_parts(path, e);
}

static void close_tiff(siam_dataset **d)
{
    parts *p = (parts *)*d;
    siam_dataset_close(&p->files);
    free(p->piece);
    free(p->text);
    free(p);
    *d = NULL;
}

static void describe(parts *p, const char *path, siam_split split)
{
    siam_dataset_info *info = &p->head.info;
    const siam_dataset_info *files = &p->files->info;
    if (p->tile)
        snprintf(p->name, sizeof p->name, "TIFF %stiles of %d px", p->pages ? "pages, " : "", p->tile);
    else
        snprintf(p->name, sizeof p->name, "TIFF pages");
    info->count = p->n;
    info->classes = files->classes;
    info->train_only = files->train_only || siam_paths_is_image(path);
    info->at_odds = files->at_odds;
    memcpy(info->why, files->why, sizeof info->why);
    siam_dataset_describe_files(info, p->name, files->labels ? files->labels : "files", split);
}

static siam_code open_tiff(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    const char *path = NULL;
    *out = NULL;
    parts *p = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *d = &p->head;
    d->type = &siam_dataset_type_tiff;
    siam_code rc = parse(p, &path, spec, e);
    if (!rc)
        rc = open_files(p, path, split, size, e);
    if (!rc)
        rc = add_files(p, path, e);
    if (!rc)
        describe(p, path, split);
    if (rc)
        close_tiff(&d);
    *out = d;
    return rc;
}

/* ---- the data set ---- */

static siam_code path_of(const parts *p, int64_t index, char path[MAX_PATH], siam_err *e)
{
    const siam_image_list *f = p->files->type->files(p->files);
    if (siam_image_list_full_path(f, p->piece[index].file, path, MAX_PATH))
        return SIAM_OK;
    return siam_fail(e, SIAM_E_DATA, "the path of '%s' is too long", siam_dataset_file(p->files, p->piece[index].file));
}

/* Whatever is wrong with one file is wrong with the data. */
static siam_code blame(const parts *p, int64_t index, siam_code rc, siam_err *e)
{
    return siam_wrap(e, rc == SIAM_E_NOMEM ? rc : SIAM_E_DATA, "'%s'", p->text + p->piece[index].name);
}

static siam_code read_tiff(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const parts *p = (const parts *)d;
    const piece *it = &p->piece[index];
    char path[MAX_PATH];
    SIAM_TRY(path_of(p, index, path, e));
    const siam_code rc = siam_tiff_part(im, &d->want, path, it->at, it->x, it->y, it->w, it->h, e);
    return rc ? blame(p, index, rc, e) : SIAM_OK;
}

static siam_code form_tiff(const siam_dataset *d, int64_t index, siam_image_form *f, siam_err *e)
{
    const parts *p = (const parts *)d;
    char path[MAX_PATH];
    SIAM_TRY(path_of(p, index, path, e));
    const siam_code rc = siam_tiff_form(f, path, p->piece[index].at, e);
    return rc ? blame(p, index, rc, e) : SIAM_OK;
}

static const siam_dataset *whole_tiff(const siam_dataset *d, int64_t index, int64_t *file)
{
    const parts *p = (const parts *)d;
    *file = p->piece[index].file;
    return p->files;
}

static int label_tiff(const siam_dataset *d, int64_t index)
{
    const parts *p = (const parts *)d;
    return siam_dataset_label(p->files, p->piece[index].file);
}

static const char *class_name_tiff(const siam_dataset *d, int cls)
{
    const siam_dataset *files = ((const parts *)d)->files;
    return files->type->class_name ? files->type->class_name(files, cls) : NULL;
}

static const char *file_tiff(const siam_dataset *d, int64_t index)
{
    const parts *p = (const parts *)d;
    return p->text + p->piece[index].name;
}

const siam_dataset_type siam_dataset_type_tiff = {
    .name = "tiff",
    .help = "parts of TIFF files: tiff:tile=256:SLIDES, tiff:pages=all:STACKS",
    .probe = probe_tiff,
    .open = open_tiff,
    .read = read_tiff,
    .form = form_tiff,
    .whole = whole_tiff,
    .label = label_tiff,
    .class_name = class_name_tiff,
    .file = file_tiff,
    .close = close_tiff,
};
