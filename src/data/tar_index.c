/* Going through tar files once, and then reading from the places that were found. */
#include "data/tar_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "data/list_form.h"
#include "data/tar.h"
#include "image/codec.h"

enum { MAX_LABEL = 255, MAX_JSON = 1 << 20, LOOKED_AT = 64 };

/* ---- one sample ---- */

/* The sample at hand: the images from `first` on, and its label. */
typedef struct sample {
    siam_tar_set *s;
    const siam_infile *file;
    const siam_tar *t;
    char key[SIAM_TAR_NAME];
    int64_t first;
    char label[MAX_LABEL + 1]; /* "" = none */
    bool by_cls;
    /* Labels that came without an image, by the names of their samples. */
    siam_names strays;
    int32_t *stray_label; /* [strays.n] */
    int stray_room;
    siam_err *e;
} sample;

static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Length of a member's name up to the first dot behind its folders. */
static size_t key_of(const char *name)
{
    const char *base = base_of(name);
    return (size_t)(base - name) + strcspn(base, ".");
}

static siam_code no_memory(const sample *x)
{
    return siam_fail(x->e, SIAM_E_NOMEM, "out of memory for the labels of '%s'", x->file->path);
}

/* Keep the label for images that are elsewhere in the file. */
static siam_code add_stray(sample *x, int label)
{
    const int number = siam_names_number(&x->strays, x->key, strlen(x->key));
    if (number < 0)
        return no_memory(x);
    if (number >= x->stray_room) {
        const int room = 2 * x->stray_room + 64;
        int32_t *more = realloc(x->stray_label, (size_t)room * sizeof *more);
        if (!more)
            return no_memory(x);
        x->stray_label = more;
        x->stray_room = room;
    }
    x->stray_label[number] = label;
    return SIAM_OK;
}

/* Find the strays' images among those from `from` on. */
static siam_code place_strays(sample *x, int64_t from)
{
    siam_tar_set *s = x->s;
    const int strays = x->strays.n;
    bool *found = strays ? calloc((size_t)strays, sizeof *found) : NULL;
    if (strays && !found)
        return no_memory(x);
    siam_code rc = SIAM_OK;
    for (int64_t i = from; strays && !rc && i < s->f.n; i++) {
        const char *name = siam_image_list_path(&s->f, i);
        const int number = s->f.file[i].label < 0 ? siam_names_number(&x->strays, name, key_of(name)) : strays;
        if (number < 0) {
            rc = no_memory(x);
        } else if (number < strays) {
            s->f.file[i].label = x->stray_label[number];
            found[number] = true;
        }
    }
    for (int i = 0; i < strays; i++)
        s->lone += !found[i];
    free(found);
    return rc;
}

static siam_code finish(sample *x)
{
    siam_tar_set *s = x->s;
    int label = -1;
    s->crowded += s->f.n - x->first > 1;
    if (x->label[0]) {
        label = siam_names_number(&s->labels, x->label, strlen(x->label));
        if (label < 0)
            return no_memory(x);
        if (s->f.n == x->first)
            SIAM_TRY(add_stray(x, label));
    }
    for (int64_t i = x->first; i < s->f.n; i++)
        s->f.file[i].label = label;
    x->first = s->f.n;
    x->label[0] = '\0';
    x->by_cls = false;
    return SIAM_OK;
}

static siam_code no_label(const sample *x, const char *why, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s: %s' %s", x->file->path, x->t->name, why);
    siam_hint(e, "a number or a name in each .cls, or under \"label\" in each .json");
    return SIAM_E_DATA;
}

/* A label's text, without blanks around it. */
static siam_code set_label(sample *x, const char *text, size_t n)
{
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    for (; n && strchr(" \t", *text); text++)
        n--;
    if (!n || n > MAX_LABEL || memchr(text, '\0', n) || memchr(text, '\n', n))
        return no_label(x, "is no label: a number or a name in one line", x->e);
    memcpy(x->label, text, n);
    x->label[n] = '\0';
    return SIAM_OK;
}

static siam_code label_of_object(sample *x, json_t *object)
{
    const char *key;
    json_t *value;
    char number[32];
    if (!json_is_object(object))
        return no_label(x, "is no JSON object", x->e);
    json_object_foreach(object, key, value) {
        if (!siam_list_is_label((siam_span){key, strlen(key)}) || json_is_null(value))
            continue;
        if (json_is_string(value))
            return set_label(x, json_string_value(value), json_string_length(value));
        if (!json_is_integer(value))
            return no_label(x, "has a label that is neither a text nor a whole number", x->e);
        return set_label(x, number, (size_t)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
    }
    return SIAM_OK;
}

static siam_code take_label(sample *x, bool json)
{
    char text[MAX_LABEL + 1], *all = text;
    const size_t n = x->t->n;
    if (x->by_cls && json)
        return SIAM_OK;
    if (n > (json ? (size_t)MAX_JSON : (size_t)MAX_LABEL))
        return no_label(x, "is too long for a label", x->e);
    if (json && !(all = malloc(n + 1)))
        return siam_fail(x->e, SIAM_E_NOMEM, "out of memory for the labels of '%s'", x->file->path);
    siam_code rc = siam_infile_read(x->file, x->t->at, all, n, x->e);
    bool nomem = false;
    if (!rc && !json) {
        rc = set_label(x, all, n);
        x->by_cls = true;
    } else if (!rc) {
        json_t *object = siam_json_parse(all, n, NULL, &nomem);
        rc = nomem ? siam_fail(x->e, SIAM_E_NOMEM, "out of memory for the labels of '%s'", x->file->path) : label_of_object(x, object);
        json_decref(object);
    }
    if (json)
        free(all);
    return rc;
}

static siam_code take_image(sample *x)
{
    siam_tar_set *s = x->s;
    if (s->f.n == s->place_room) {
        const int64_t room = 2 * s->place_room + 64;
        siam_tar_place *more = realloc(s->place, (size_t)room * sizeof *more);
        if (!more)
            return siam_fail(x->e, SIAM_E_NOMEM, "out of memory for the images of '%s'", x->file->path);
        s->place = more;
        s->place_room = room;
    }
    s->place[s->f.n] = (siam_tar_place){x->t->at, x->t->n, s->files - 1};
    return siam_image_list_add(&s->f, x->t->name, -1, x->e);
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n >= m && !strcasecmp(name + n - m, ending);
}

static siam_code take_member(sample *x)
{
    const char *name = x->t->name, *base = base_of(name);
    const size_t key = key_of(name);
    if (!base[0] || base[0] == '.') /* a system's: "._a.jpg" is no image */
        return SIAM_OK;
    if (strncmp(x->key, name, key) || x->key[key]) {
        SIAM_TRY(finish(x));
        memcpy(x->key, name, key);
        x->key[key] = '\0';
    }
    if (siam_image_is_name(name))
        return take_image(x);
    if (ends_with(name, ".cls"))
        return take_label(x, false);
    if (ends_with(name, ".json"))
        return take_label(x, true);
    siam_description_add(&x->s->others, base);
    return SIAM_OK;
}

/* ---- the set ---- */

static siam_code add_file(siam_tar_set *s, const char *path, const siam_infile *f, siam_err *e)
{
    siam_tar_file *more = realloc(s->file, (size_t)(s->files + 1) * sizeof *more);
    char *copy = strdup(path);
    s->file = more ? more : s->file;
    if (!more || !copy) {
        free(copy);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the images of '%s'", path);
    }
    s->file[s->files++] = (siam_tar_file){copy, f->n, f->stamp};
    return SIAM_OK;
}

siam_code siam_tar_set_add(siam_tar_set *s, const char *path, siam_err *e)
{
    siam_infile f;
    bool more = true;
    const int64_t from = s->f.n;
    SIAM_TRY(siam_infile_open(&f, path, e));
    siam_tar *t = calloc(1, sizeof *t);
    sample *x = calloc(1, sizeof *x);
    siam_code rc = t && x ? add_file(s, path, &f, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for the images of '%s'", path);
    if (!rc) {
        t->file = &f;
        *x = (sample){.s = s, .file = &f, .t = t, .first = s->f.n, .e = e};
    }
    while (!rc && more) {
        rc = siam_tar_next(t, &more, e);
        if (!rc && more)
            rc = take_member(x);
    }
    if (!rc)
        rc = finish(x);
    if (!rc)
        rc = place_strays(x, from);
    if (!rc)
        rc = siam_infile_unchanged(&f, e);
    free(t);
    if (x) {
        siam_names_release(&x->strays);
        free(x->stray_label);
    }
    free(x);
    siam_infile_close(&f);
    return rc;
}

siam_code siam_tar_set_read(const siam_tar_set *s, int64_t i, uint8_t **data, size_t *n, siam_err *e)
{
    const siam_tar_place *p = &s->place[i];
    const siam_tar_file *of = &s->file[p->file];
    siam_infile f;
    *data = NULL;
    *n = (size_t)p->n;
    siam_err why = {0};
    siam_code rc = siam_infile_open(&f, of->path, &why);
    if (rc) /* gone is these images' trouble */
        return siam_fail(e, rc == SIAM_E_NOTFOUND ? SIAM_E_DATA : rc, "%s", why.msg);
    if (f.n != of->n || f.stamp.tv_sec != of->stamp.tv_sec || f.stamp.tv_nsec != of->stamp.tv_nsec)
        rc = siam_fail(e, SIAM_E_DATA, "'%s' has changed since its images were looked for", of->path);
    if (!rc && !(*data = malloc(*n ? *n : 1)))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for '%s: %s'", of->path, siam_image_list_path(&s->f, i));
    if (!rc)
        rc = siam_infile_read(&f, (size_t)p->at, *data, *n, e);
    if (rc) {
        free(*data);
        *data = NULL;
    }
    siam_infile_close(&f);
    return rc;
}

void siam_tar_set_keep(siam_tar_set *s, const int64_t *index, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        s->place[i] = s->place[index[i]];
    siam_image_list_keep(&s->f, index, n);
}

void siam_tar_set_release(siam_tar_set *s)
{
    siam_image_list_release(&s->f);
    siam_names_release(&s->labels);
    for (int i = 0; i < s->files; i++)
        free(s->file[i].path);
    free(s->file);
    free(s->place);
    *s = (siam_tar_set){0};
}

bool siam_tar_has_images(const char *path)
{
    siam_infile f;
    bool more = true, found = false;
    siam_tar *t = calloc(1, sizeof *t);
    if (t && !siam_infile_open(&f, path, NULL)) {
        t->file = &f;
        for (int i = 0; !found && i < LOOKED_AT && !siam_tar_next(t, &more, NULL) && more; i++)
            found = siam_image_is_name(t->name);
        siam_infile_close(&f);
    }
    free(t);
    return found;
}
