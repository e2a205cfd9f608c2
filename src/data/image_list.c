/* Lists of image files: growing, sorting, reading one file. */
#include "data/image_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "image/codec.h"

enum { MAX_PATH = 4096 };

/* ---- the list -------------------------------------------------------------------------------------------
 */

void siam_image_list_release(siam_image_list *f)
{
    free(f->root);
    free(f->text);
    free(f->file);
    free(f->class_at);
    siam_names_release(&f->groups);
    siam_gate_destroy(&f->gate);
    *f = (siam_image_list){0};
}

static siam_code out_of_memory(siam_err *e)
{
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of files");
}

siam_code siam_image_list_root(siam_image_list *f, const char *root, siam_err *e)
{
    free(f->root);
    f->root = strdup(root);
    if (!f->gate)
        f->gate = siam_gate_create();
    return f->root && f->gate ? SIAM_OK : out_of_memory(e);
}

/* A copy of the string at the end of the text. */
static siam_code add_text(siam_image_list *f, const char *s, size_t *at, siam_err *e)
{
    const size_t n = strlen(s) + 1;
    if (f->room - f->used < n) {
        const size_t room = 2 * f->room + n + 4096;
        char *more = realloc(f->text, room);
        if (!more)
            return out_of_memory(e);
        f->text = more;
        f->room = room;
    }
    memcpy(f->text + f->used, s, n);
    *at = f->used;
    f->used += n;
    return SIAM_OK;
}

siam_code siam_image_list_add(siam_image_list *f, const char *path, int label, siam_err *e)
{
    if (f->n == f->file_room) {
        const int64_t room = 2 * f->file_room + 64;
        siam_file *more = realloc(f->file, (size_t)room * sizeof *more);
        if (!more)
            return out_of_memory(e);
        f->file = more;
        f->file_room = room;
    }
    SIAM_TRY(add_text(f, path, &f->file[f->n].path, e));
    f->file[f->n].linked = false;
    f->file[f->n].group = -1;
    f->file[f->n++].label = label;
    return SIAM_OK;
}

void siam_image_list_keep(siam_image_list *f, const int64_t *index, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        f->file[i] = f->file[index[i]];
    f->n = n;
}

const char *siam_image_list_group(const siam_image_list *f, int64_t i)
{
    return f->file[i].group < 0 ? NULL : siam_names_get(&f->groups, f->file[i].group);
}

siam_code siam_image_list_rename(siam_image_list *f, int64_t i, const char *path, siam_err *e)
{
    char *was = f->text + f->file[i].path;
    if (strlen(path) > strlen(was))
        return add_text(f, path, &f->file[i].path, e);
    memcpy(was, path, strlen(path) + 1);
    return SIAM_OK;
}

siam_code siam_image_list_add_class(siam_image_list *f, const char *name, siam_err *e)
{
    if (f->classes == f->class_room) {
        const int room = 2 * f->class_room + 16;
        size_t *more = realloc(f->class_at, (size_t)room * sizeof *more);
        if (!more)
            return out_of_memory(e);
        f->class_at = more;
        f->class_room = room;
    }
    SIAM_TRY(add_text(f, name, &f->class_at[f->classes], e));
    f->classes++;
    return SIAM_OK;
}

const char *siam_image_list_class_name(const siam_image_list *f, int cls)
{
    return cls >= 0 && cls < f->classes ? f->text + f->class_at[cls] : NULL;
}

int siam_image_list_class(const siam_image_list *f, const char *name)
{
    int low = 0, high = f->classes;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const int order = strcmp(siam_image_list_class_name(f, middle), name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

const char *siam_image_list_path(const siam_image_list *f, int64_t i) { return f->text + f->file[i].path; }

static int rank_of(char c) { return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1; }

static int order_of(const char *s, const char *t)
{
    while (*s && *s == *t) {
        s++;
        t++;
    }
    return rank_of(*s) - rank_of(*t);
}

static int by_path(const void *a, const void *b, void *text)
{
    return order_of((const char *)text + ((const siam_file *)a)->path, (const char *)text + ((const siam_file *)b)->path);
}

int siam_image_list_order(const siam_image_list *f, int64_t i, int64_t k)
{
    return order_of(siam_image_list_path(f, i), siam_image_list_path(f, k));
}

void siam_image_list_sort(siam_image_list *f)
{
    if (f->n)
        qsort_r(f->file, (size_t)f->n, sizeof *f->file, by_path, f->text);
}

bool siam_image_list_full_path(const siam_image_list *f, int64_t i, char *buf, size_t n)
{
    const char *name = siam_image_list_path(f, i);
    return name[0] == '/' ? (size_t)snprintf(buf, n, "%s", name) < n : siam_path_join(buf, n, f->root, name);
}

siam_code siam_image_list_decode(const char *path, const uint8_t *data, size_t n, const siam_dataset *d, const siam_image_use *use,
                                 siam_image *im, siam_err *e)
{
    siam_err why = {0};
    const siam_code rc = siam_image_decode_for(im, &d->want, d->exif, use, data, n, &why);
    if (rc) {
        siam_fail(e, rc, "'%s': %s", path, why.msg);
        siam_hint_of(e, &why);
    }
    return rc;
}

/* path: MAX_PATH bytes for where it is. */
static siam_code read_file(const siam_image_list *f, int64_t i, char *path, uint8_t **data, size_t *n, siam_err *e)
{
    siam_err why = {0};
    if (!siam_image_list_full_path(f, i, path, MAX_PATH))
        return siam_fail(e, SIAM_E_DATA, "the path of '%s' in '%s' is too long", siam_image_list_path(f, i),
                         f->root);
    const siam_code rc = siam_image_file(path, data, n, &why);
    if (!rc)
        return SIAM_OK;
    /* gone or not ours to read is this file's trouble, a failing disk everybody's */
    const bool one_file = rc == SIAM_E_NOTFOUND || (rc == SIAM_E_IO && access(path, R_OK) != 0);
    return siam_fail(e, one_file ? SIAM_E_DATA : rc, "%s", why.msg);
}

siam_code siam_image_list_bytes(const siam_image_list *f, int64_t i, uint8_t **data, size_t *n, siam_err *e)
{
    char path[MAX_PATH];
    *data = NULL;
    return read_file(f, i, path, data, n, e);
}

siam_code siam_image_list_read(const siam_image_list *f, int64_t i, const siam_dataset *d, const siam_image_use *use, siam_image *im, siam_err *e)
{
    char path[MAX_PATH];
    uint8_t *data;
    size_t n;

    SIAM_TRY(read_file(f, i, path, &data, &n, e));
    const size_t memory = siam_image_memory(data, n);
    siam_gate_enter(f->gate, memory);
    const siam_code rc = siam_image_list_decode(path, data, n, d, use, im, e);
    siam_gate_leave(f->gate, memory);
    free(data);
    return rc;
}
