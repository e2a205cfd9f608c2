/* Finding the state dict in what people save around it, and walking nested dictionaries without recursion. */
#include "checkpoint/torch_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"
#include "checkpoint/torch_words.h"

enum {
    DEPTH_MAX = 64,
    NAME_BYTES = 1024,
    TEXT_MIN = 4 << 20, /* bytes of names and metadata allowed to the smallest file */
    META_MAX = 4096,
    VALUE_MAX = 1 << 20,
    WRAPPERS_MAX = 8
};

/* Keys under which projects put a model's state dict, the clearest first. */
static const char *const wrappers[] = {
    "state_dict", "model_state_dict", "model_state", "net_state_dict", "model",
    "net",        "network",          "module",      "weights",        "params"};
enum { WRAPPERS = sizeof wrappers / sizeof *wrappers, CLEAR_WRAPPERS = 4 };

/* An iterator over the leaves below a dictionary: values under text keys that are no dictionaries. */
typedef struct walk {
    const siam_pickle *p;
    struct {
        uint32_t cell;
        size_t path_n; /* of the dictionary, with the dot behind it */
    } at[DEPTH_MAX];
    int depth;
    uint64_t steps;  /* left for this walk and those that share its allowance */
    const char *why; /* what was wrong with an item that was left out, or NULL */
    char path[NAME_BYTES];
} walk;

/* An allowance of so many looks at every item of the file. Dictionaries that share dictionaries would
 * otherwise be walked as often as there are paths through them. */
static void allow(walk *w, const siam_pickle *p, uint64_t looks) { w->steps = looks * (p->cells + 1024ull); }

/* `before` and a dot stand before every path; NULL: nothing does. */
static void begin(walk *w, const siam_pickle *p, siam_pk_ref dict, const char *before)
{
    w->p = p;
    w->depth = 1;
    w->at[0].cell = siam_pk_first(p, dict);
    w->why = NULL;
    w->path[0] = '\0';
    w->at[0].path_n = before ? (size_t)snprintf(w->path, sizeof w->path, "%s.", before) : 0;
}

static bool is_plain_text(const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned point;
        const size_t len = siam_utf8_decode((const char *)s + i, n - i, &point);
        if (!len || !point)
            return false;
        i += len;
    }
    return true;
}

/* Write the path of a key; 0 when it cannot be one. */
static size_t join(walk *w, const siam_pk_node *key)
{
    const size_t at = w->at[w->depth - 1].path_n, n = key->u.span.n;
    if (n + at + 2 > sizeof w->path || !is_plain_text(key->u.span.p, n)) {
        w->why = "a name that is too long or not UTF-8 text";
        return 0;
    }
    memcpy(w->path + at, key->u.span.p, n);
    w->path[at + n] = '\0';
    return at + n;
}

/* The next leaf, its name in w->path; 0 at the end. */
static siam_pk_ref next(walk *w)
{
    const siam_pickle *p = w->p;
    while (w->depth > 0) {
        const uint32_t cell = w->at[w->depth - 1].cell;
        if (!cell) {
            w->depth--;
            continue;
        }
        const siam_pk_node *key = siam_pk_at(p, p->cell[cell].value);
        const siam_pk_ref value = p->cell[p->cell[cell].next].value;
        w->at[w->depth - 1].cell = p->cell[p->cell[cell].next].next;
        if (!w->steps--) {
            w->steps = 0;
            w->why = "dictionaries that contain each other";
            w->depth = 0;
            return 0;
        }
        if (key->kind != SIAM_PK_TEXT)
            continue;
        if (siam_pk_at(p, value)->kind == SIAM_PK_DICT && w->depth == DEPTH_MAX) {
            w->why = "dictionaries nested too deeply";
            continue;
        }
        const char *before = w->why;
        w->why = NULL;
        const size_t n = join(w, key);
        if (w->why)
            continue;
        w->why = before;
        if (siam_pk_at(p, value)->kind != SIAM_PK_DICT)
            return value;
        w->path[n] = '.';
        w->at[w->depth].path_n = n + 1;
        w->at[w->depth].cell = siam_pk_first(p, value);
        w->depth++;
    }
    return 0;
}

/* ---- finding the state dict ---- */

static bool has_tensors(walk *w, const siam_pickle *p, siam_pk_ref r)
{
    if (siam_pk_at(p, r)->kind != SIAM_PK_DICT)
        return false;
    begin(w, p, r, NULL);
    for (siam_pk_ref leaf; (leaf = next(w));)
        if (siam_pk_at(p, leaf)->kind == SIAM_PK_TENSOR)
            return true;
    return false;
}

/* "model" may be the wrapper of a state dict or one half of it: it is half when a sibling has tensors, too,
 * and is not another copy ("model_ema"). */
static bool is_whole(walk *w, const siam_pickle *p, siam_pk_ref dict, const char *name)
{
    const size_t n = strlen(name);
    for (uint32_t c = siam_pk_first(p, dict); c; c = p->cell[p->cell[c].next].next) {
        const siam_pk_node *key = siam_pk_at(p, p->cell[c].value);
        if (key->kind != SIAM_PK_TEXT || key->u.span.n > NAME_BYTES ||
            (key->u.span.n >= n && !memcmp(key->u.span.p, name, n)) ||
            memmem(key->u.span.p, key->u.span.n, "ema", 3))
            continue;
        if (has_tensors(w, p, p->cell[p->cell[c].next].value))
            return false;
    }
    return true;
}

enum { BESIDE_MAX = 8, KEY_MAX = 64 };

/* The state dict, and what else is there that holds tensors. */
typedef struct found {
    siam_pk_ref state;
    const char *within;
    struct {
        siam_pk_ref key, value;
    } beside[BESIDE_MAX];
    int nbeside;
} found;

/* Take down the other dictionaries of tensors in `dict`, out of which `chosen` is taken, but those of optimizers. */
static void look_beside(found *f, walk *w, const siam_pickle *p, siam_pk_ref dict, siam_pk_ref chosen)
{
    for (uint32_t c = siam_pk_first(p, dict); c && f->nbeside < BESIDE_MAX; c = p->cell[p->cell[c].next].next) {
        const siam_pk_ref value = p->cell[p->cell[c].next].value;
        const siam_pk_node *key = siam_pk_at(p, p->cell[c].value);
        if (value == chosen || key->kind != SIAM_PK_TEXT || !key->u.span.n || key->u.span.n >= KEY_MAX ||
            !is_plain_text(key->u.span.p, key->u.span.n) || memmem(key->u.span.p, key->u.span.n, "optim", 5) ||
            !has_tensors(w, p, value))
            continue;
        f->beside[f->nbeside].key = p->cell[c].value;
        f->beside[f->nbeside++].value = value;
    }
}

/* The value of the wrapper in `dict`, under *key, or 0; *object is a pickled object under such a name. */
static siam_pk_ref unwrap(walk *w, const siam_pickle *p, siam_pk_ref dict, const char **key, siam_pk_ref *object)
{
    for (int i = 0; i < WRAPPERS; i++) {
        const siam_pk_ref v = siam_pk_get(p, dict, wrappers[i]);
        if (v && siam_pk_at(p, v)->kind == SIAM_PK_OPAQUE && !*object)
            *object = v;
        *key = wrappers[i];
        if (v && has_tensors(w, p, v) && (i < CLEAR_WRAPPERS || is_whole(w, p, dict, wrappers[i])))
            return v;
    }
    return 0;
}

static siam_code is_object(const siam_pickle *p, siam_pk_ref r, siam_err *e)
{
    char words[256];
    siam_pk_words(p, r, words, sizeof words);
    if (strncmp(words, "an object of ", 13)) /* a tensor of some kind, an array: nothing would be run */
        return siam_pk_no_tensors(p, r, NULL, e);
    siam_fail(
        e, SIAM_E_DATA,
        "checkpoint '%s' is refused: it holds a pickled object of %s instead of a state dict, and rebuilding "
        "objects would mean running code from the file",
        p->path, words + 13);
    siam_hint(e, "in Python, where that class is installed: "
                 "torch.save(torch.load(FILE, weights_only=False).state_dict(), 'weights.pth')");
    return SIAM_E_DATA;
}

/* Without a state dict: what is there, or under a key where one is expected. */
static siam_code no_state(const siam_pickle *p, siam_pk_ref root, siam_err *e)
{
    for (int i = 0; i < WRAPPERS; i++) {
        const siam_pk_ref v = siam_pk_get(p, root, wrappers[i]);
        if (v)
            return siam_pk_no_tensors(p, v, wrappers[i], e);
    }
    return siam_pk_no_tensors(p, root, NULL, e);
}

static siam_code find_state(walk *w, const siam_pickle *p, siam_pk_ref root, found *f, siam_err *e)
{
    allow(w, p, 64);
    siam_pk_ref object = siam_pk_at(p, root)->kind == SIAM_PK_OPAQUE ? root : 0;
    for (int i = 0; i < WRAPPERS_MAX && !object; i++) {
        const char *key = NULL;
        const siam_pk_ref inner = unwrap(w, p, root, &key, &object);
        if (inner) {
            const int before = f->nbeside;
            look_beside(f, w, p, root, inner);
            f->within = f->nbeside > before ? key : f->within;
            root = inner;
            object = 0;
        } else if (!object) {
            break;
        }
    }
    if (object)
        return is_object(p, object, e);
    if (!has_tensors(w, p, root))
        return no_state(p, root, e);
    f->state = root;
    return SIAM_OK;
}

/* ---- names and metadata ---- */

static siam_code no_memory(const siam_pickle *p, siam_err *e)
{
    return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", p->path);
}

static void *grow(void *array, uint32_t *cap, uint32_t n, size_t size)
{
    if (n < *cap)
        return array;
    const uint32_t want = *cap ? 2 * *cap : 64;
    void *bigger = realloc(array, want * size);
    if (bigger)
        *cap = want;
    return bigger;
}

static siam_code add_item(siam_torch_tree *t, const siam_pickle *p, const char *name, siam_pk_ref value,
                          siam_err *e)
{
    const size_t n = strlen(name) + 1 + sizeof *t->item;
    if (n > t->text_max - t->text_n)
        return siam_fail(e, SIAM_E_DATA,
                         "checkpoint '%s' is refused: it has more names than a file of its size should",
                         p->path);
    siam_torch_item *bigger = grow(t->item, &t->item_cap, t->items, sizeof *bigger);
    char *copy = strdup(name);
    if (bigger)
        t->item = bigger;
    if (!bigger || !copy) {
        free(copy);
        return no_memory(p, e);
    }
    t->item[t->items++] = (siam_torch_item){copy, value};
    t->text_n += n;
    return SIAM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static siam_code check_names(const siam_torch_tree *t, const siam_pickle *p, siam_err *e)
{
    const char **name = malloc((t->items + 1) * sizeof *name);
    siam_code rc = SIAM_OK;
    if (!name)
        return no_memory(p, e);
    for (uint32_t i = 0; i < t->items; i++)
        name[i] = t->item[i].name;
    qsort(name, t->items, sizeof *name, by_name);
    for (uint32_t i = 1; i < t->items && !rc; i++)
        if (!strcmp(name[i - 1], name[i]))
            rc = siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: it has two tensors named '%.72s'",
                           p->path, name[i]);
    free(name);
    return rc;
}

/* A number or a list under such a name stands where a tensor should, and is listed so that it can be named. */
static bool is_tensor_name(const char *path)
{
    static const char *const usual[] = {".weight", ".bias", ".running_mean", ".running_var"};
    const size_t n = strlen(path);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (n > strlen(usual[i]) && !strcmp(path + n - strlen(usual[i]), usual[i]))
            return true;
    return false;
}

static siam_code read_items(siam_torch_tree *t, walk *w, const siam_pickle *p, siam_pk_ref state, const char *before,
                            siam_err *e)
{
    allow(w, p, 2);
    begin(w, p, state, before);
    for (siam_pk_ref leaf; (leaf = next(w));) {
        const uint8_t kind = siam_pk_at(p, leaf)->kind;
        if (kind == SIAM_PK_TENSOR || kind == SIAM_PK_OPAQUE || is_tensor_name(w->path))
            SIAM_TRY(add_item(t, p, w->path, leaf, e));
    }
    if (w->why)
        return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is refused: its state dict has %s", p->path,
                         w->why);
    return SIAM_OK;
}

/* Networks beside the state dict ("state_dict_ema"), under their keys. */
static siam_code read_beside(siam_torch_tree *t, walk *w, const siam_pickle *p, const found *f, siam_err *e)
{
    for (int i = 0; i < f->nbeside; i++) {
        const siam_pk_node *key = siam_pk_at(p, f->beside[i].key);
        char before[KEY_MAX];
        bool taken = false;
        snprintf(before, sizeof before, "%.*s", (int)key->u.span.n, (const char *)key->u.span.p);
        for (uint32_t k = 0; k < t->items && !taken; k++) /* by names of the state dict itself */
            taken = !strncmp(t->item[k].name, before, key->u.span.n) && t->item[k].name[key->u.span.n] == '.';
        if (!taken)
            SIAM_TRY(read_items(t, w, p, f->beside[i].value, before, e));
    }
    return SIAM_OK;
}

/* The shortest digits that read back as the same number. */
static void float_text(char *buf, size_t n, double v)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buf, n, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            return;
    }
}

/* Take n from what may still be looked at; false when it is not there. A file can name one long text a
 * thousand times. */
static bool spend(size_t *left, size_t n)
{
    if (n > *left)
        return false;
    *left -= n;
    return true;
}

static char *copy_text(const siam_pk_node *n, size_t *left)
{
    if (n->u.span.n > VALUE_MAX || !spend(left, n->u.span.n) || !is_plain_text(n->u.span.p, n->u.span.n))
        return NULL;
    return strndup((const char *)n->u.span.p, n->u.span.n);
}

/* A list of texts, such as class names: one a line; NULL if it is anything else. */
static char *copy_lines(const siam_pickle *p, siam_pk_ref list, size_t *left)
{
    size_t n = 0;
    for (uint32_t c = siam_pk_first(p, list); c; c = p->cell[c].next) {
        const siam_pk_node *x = siam_pk_at(p, p->cell[c].value);
        if (x->kind != SIAM_PK_TEXT || (n += x->u.span.n + 1) > VALUE_MAX || !spend(left, x->u.span.n + 1) ||
            memchr(x->u.span.p, '\n', x->u.span.n) || !is_plain_text(x->u.span.p, x->u.span.n))
            return NULL;
    }
    char *text = n ? malloc(n) : NULL, *at = text;
    for (uint32_t c = siam_pk_first(p, list); c && text; c = p->cell[c].next) {
        const siam_pk_node *x = siam_pk_at(p, p->cell[c].value);
        memcpy(at, x->u.span.p, x->u.span.n);
        at += x->u.span.n;
        *at++ = '\n';
    }
    if (text)
        at[-1] = '\0';
    return text;
}

static char *value_text(const siam_pickle *p, siam_pk_ref r, size_t *left)
{
    const siam_pk_node *n = siam_pk_at(p, r);
    char buf[64];
    switch (n->kind) {
    case SIAM_PK_BOOL: return strdup(n->u.i ? "True" : "False");
    case SIAM_PK_INT: snprintf(buf, sizeof buf, "%" PRId64, n->u.i); return strdup(buf);
    case SIAM_PK_FLOAT: float_text(buf, sizeof buf, n->u.f); return strdup(buf);
    case SIAM_PK_TEXT: return copy_text(n, left);
    case SIAM_PK_TUPLE:
    case SIAM_PK_LIST: return copy_lines(p, r, left);
    default: return NULL;
    }
}

/* Whatever is no text, number or list of texts, or too much, is left out: metadata is a courtesy. */
static siam_code read_meta(siam_torch_tree *t, walk *w, const siam_pickle *p, siam_pk_ref root, siam_err *e)
{
    if (siam_pk_at(p, root)->kind != SIAM_PK_DICT)
        return SIAM_OK;
    size_t left = 4 * t->text_max;
    allow(w, p, 2);
    begin(w, p, root, NULL);
    for (siam_pk_ref leaf; (leaf = next(w)) && t->metas < META_MAX;) {
        char *value = value_text(p, leaf, &left), *key = value ? strdup(w->path) : NULL;
        const size_t n = key ? strlen(key) + strlen(value) + 2 : 0;
        if (!key || n > t->text_max - t->text_n) {
            free(key);
            free(value);
            continue;
        }
        siam_torch_pair *bigger = grow(t->meta, &t->meta_cap, t->metas, sizeof *bigger);
        if (!bigger) {
            free(key);
            free(value);
            return no_memory(p, e);
        }
        t->meta = bigger;
        t->meta[t->metas++] = (siam_torch_pair){key, value};
        t->text_n += n;
    }
    return SIAM_OK;
}

siam_code siam_torch_tree_read(siam_torch_tree *t, const siam_pickle *p, siam_pk_ref root, size_t file_n,
                               siam_err *e)
{
    *t = (siam_torch_tree){.text_max = TEXT_MIN + file_n / 4};
    if (siam_pk_at(p, root)->kind == SIAM_PK_TENSOR)
        return add_item(t, p, "tensor", root, e); /* torch.save(tensor): it has no name of its own */
    walk *w = malloc(sizeof *w);
    found f = {0};
    siam_code rc = w ? find_state(w, p, root, &f, e) : no_memory(p, e);
    if (!rc)
        rc = read_items(t, w, p, f.state, NULL, e);
    t->within = f.within;
    if (!rc)
        rc = read_beside(t, w, p, &f, e);
    if (!rc)
        rc = check_names(t, p, e);
    if (!rc)
        rc = read_meta(t, w, p, root, e);
    free(w);
    if (rc)
        siam_torch_tree_release(t);
    return rc;
}

void siam_torch_tree_release(siam_torch_tree *t)
{
    for (uint32_t i = 0; i < t->items; i++)
        free(t->item[i].name);
    for (uint32_t i = 0; i < t->metas; i++) {
        free(t->meta[i].key);
        free(t->meta[i].value);
    }
    free(t->item);
    free(t->meta);
    *t = (siam_torch_tree){0};
}
