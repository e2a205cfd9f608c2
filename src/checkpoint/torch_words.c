/* What a value of a pickle is, for people who expected a state dict or a tensor. */
#include "checkpoint/torch_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"

enum { GLOBAL_TEXT = 128, WORDS = 256, KEYS_SHOWN = 3, KEY_TEXT = 40 };

/* Kinds of tensors and the like, by a part of the name of what would rebuild them. */
static const struct row {
    const char *part, *words;
} rows[] = {
    {"_rebuild_sparse", "a sparse tensor"},
    {"_rebuild_qtensor", "a quantized tensor"},
    {"_rebuild_meta", "a meta tensor, which has no data"},
    {"_rebuild_nested", "a nested tensor"},
    {"_rebuild_functional", "a functional tensor"},
    {"DTensor", "a DTensor, which is distributed over processes"},
    {"ShardedTensor", "a ShardedTensor, which is distributed over processes"},
    {"_rebuild_tensor_v2", "a view of another tensor, negated or conjugated"},
    {"_rebuild_tensor", "a tensor of a type that is not read"},
    {"_rebuild_device_tensor", "a tensor of another device"},
    {"_rebuild_wrapper", "a tensor of a class of its own"},
    {"UntypedStorage", "raw bytes of a tensor"},
    {"Storage", "a tensor of a type that is not read"},
};

bool siam_pk_is_array(const siam_pickle *p, siam_pk_ref r)
{
    char name[GLOBAL_TEXT];
    return siam_pk_at(p, r)->kind == SIAM_PK_OPAQUE &&
           !strncmp(siam_pk_global_name(p, r, name, sizeof name), "numpy", 5) && !strstr(name, ".scalar");
}

static const char *opaque_words(const siam_pickle *p, siam_pk_ref r, char *buf, size_t n)
{
    char name[GLOBAL_TEXT];
    const char *what = siam_pk_is_array(p, r) ? "a NumPy array" : NULL;
    siam_pk_global_name(p, r, name, sizeof name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !what; i++)
        if (strstr(name, rows[i].part))
            what = rows[i].words;
    if (what)
        snprintf(buf, n, "%s (%s)", what, name);
    else
        snprintf(buf, n, "an object of %s", name);
    return buf;
}

static bool all_of(const siam_pickle *p, siam_pk_ref list, siam_pk_kind kind)
{
    for (uint32_t c = siam_pk_first(p, list); c; c = p->cell[c].next)
        if (siam_pk_at(p, p->cell[c].value)->kind != kind)
            return false;
    return siam_pk_first(p, list) != 0;
}

const char *siam_pk_words(const siam_pickle *p, siam_pk_ref r, char *buf, size_t n)
{
    const siam_pk_node *x = siam_pk_at(p, r);
    switch ((siam_pk_kind)x->kind) {
    case SIAM_PK_NONE: snprintf(buf, n, "None"); break;
    case SIAM_PK_BOOL: snprintf(buf, n, "%s", x->u.i ? "True" : "False"); break;
    case SIAM_PK_INT:
    case SIAM_PK_LONG:
    case SIAM_PK_FLOAT: snprintf(buf, n, "a number"); break;
    case SIAM_PK_TEXT: snprintf(buf, n, "a text"); break;
    case SIAM_PK_BYTES: snprintf(buf, n, "%" PRIu32 " bytes", x->u.span.n); break;
    case SIAM_PK_TUPLE:
    case SIAM_PK_LIST:
        snprintf(buf, n, "a %s of %" PRIu32 " %s", x->kind == SIAM_PK_LIST ? "list" : "tuple", x->u.list.n,
                 all_of(p, r, SIAM_PK_TENSOR) ? "tensors without names"
                 : all_of(p, r, SIAM_PK_DICT) ? "dictionaries"
                                              : "values");
        break;
    case SIAM_PK_DICT: snprintf(buf, n, "a dictionary of %" PRIu32 " values", x->u.list.n / 2); break;
    case SIAM_PK_SET: snprintf(buf, n, "a set of %" PRIu32 " values", x->u.list.n); break;
    case SIAM_PK_GLOBAL: {
        char name[GLOBAL_TEXT];
        snprintf(buf, n, "the name %s", siam_pk_global_name(p, r, name, sizeof name));
        break;
    }
    case SIAM_PK_STORAGE: snprintf(buf, n, "the numbers of a tensor without its shape"); break;
    case SIAM_PK_TENSOR: snprintf(buf, n, "a tensor"); break;
    case SIAM_PK_OPAQUE: return opaque_words(p, r, buf, n);
    }
    return buf;
}

/* ---- an object without a state dict ---- */

static bool is_sequence(const siam_pk_node *x) { return x->kind == SIAM_PK_LIST || x->kind == SIAM_PK_TUPLE; }

/* A list whose items are all pairs of a text and a value. */
static bool is_pairs(const siam_pickle *p, siam_pk_ref r)
{
    const siam_pk_node *list = siam_pk_at(p, r);
    if (!is_sequence(list) || !list->u.list.n)
        return false;
    for (uint32_t c = siam_pk_first(p, r); c; c = p->cell[c].next) {
        const siam_pk_node *pair = siam_pk_at(p, p->cell[c].value);
        if (!is_sequence(pair) || pair->u.list.n != 2 ||
            siam_pk_at(p, p->cell[pair->u.list.first].value)->kind != SIAM_PK_TEXT)
            return false;
    }
    return true;
}

static bool is_optimizer(const siam_pickle *p, siam_pk_ref r)
{
    return siam_pk_at(p, r)->kind == SIAM_PK_DICT && siam_pk_get(p, r, "param_groups") && siam_pk_get(p, r, "state");
}

/* The dictionary is an optimizer's state, or holds one. */
static bool has_optimizer(const siam_pickle *p, siam_pk_ref dict)
{
    bool found = is_optimizer(p, dict);
    for (uint32_t c = siam_pk_first(p, dict); c && !found; c = p->cell[p->cell[c].next].next)
        found = is_optimizer(p, p->cell[p->cell[c].next].value);
    return found;
}

/* "'lr', 'epoch' and 3 more" */
static void keys_text(const siam_pickle *p, siam_pk_ref dict, char *buf, size_t n)
{
    size_t at = 0;
    uint32_t shown = 0;
    for (uint32_t c = siam_pk_first(p, dict); c && shown < KEYS_SHOWN; c = p->cell[p->cell[c].next].next, shown++) {
        const siam_pk_node *key = siam_pk_at(p, p->cell[c].value);
        const char *between = shown ? ", " : "";
        if (key->kind == SIAM_PK_TEXT)
            at += (size_t)snprintf(buf + at, n - at, "%s'%.*s'", between,
                                   key->u.span.n < KEY_TEXT ? (int)key->u.span.n : KEY_TEXT, (const char *)key->u.span.p);
        else if (key->kind == SIAM_PK_INT)
            at += (size_t)snprintf(buf + at, n - at, "%s%" PRId64, between, key->u.i);
        else
            at += (size_t)snprintf(buf + at, n - at, "%s(no text)", between);
    }
    const uint32_t all = siam_pk_at(p, dict)->u.list.n / 2;
    if (all > shown)
        snprintf(buf + at, n - at, " and %" PRIu32 " more", all - shown);
}

/* The values of a dictionary that has no tensor, or of the one under `key`. */
static siam_code no_tensors_in_dict(const siam_pickle *p, siam_pk_ref dict, const char *key, const char *holds,
                                    siam_err *e)
{
    char text[WORDS], file[WORDS], index[KEY_TEXT + 8] = "";
    uint32_t arrays = 0, n = siam_pk_at(p, dict)->u.list.n / 2;
    for (uint32_t c = siam_pk_first(p, dict); c; c = p->cell[p->cell[c].next].next)
        arrays += siam_pk_is_array(p, p->cell[p->cell[c].next].value);
    if (arrays) {
        siam_fail(e, SIAM_E_DATA, "%s a dictionary whose values are NumPy arrays (%" PRIu32 " of %" PRIu32
                  "), which are not read, and no tensors", holds, arrays, n);
        if (key)
            snprintf(index, sizeof index, "['%s']", key);
        siam_hint(e, "in Python: torch.save({k: torch.from_numpy(v) for k, v in torch.load(%s, "
                     "weights_only=False)%s.items()}, 'new.pth')",
                  siam_format_python(file, sizeof file, p->path), index);
        return SIAM_E_DATA;
    }
    if (has_optimizer(p, dict)) {
        siam_fail(e, SIAM_E_DATA, "%s the state of an optimizer and no tensors by name, so no model", holds);
        siam_hint(e, "the file with the model's weights; in Python, where the model is: torch.save(model.state_dict(), 'new.pth')");
        return SIAM_E_DATA;
    }
    keys_text(p, dict, text, sizeof text);
    if (n)
        siam_fail(e, SIAM_E_DATA, "%s a dictionary with the key%s %s (the first is %s) and no tensors by name", holds,
                  n > 1 ? "s" : "", text,
                  siam_pk_words(p, p->cell[p->cell[siam_pk_first(p, dict)].next].value, file, sizeof file));
    else
        siam_fail(e, SIAM_E_DATA, "%s an empty dictionary and no tensors by name", holds);
    siam_hint(e, "in Python, where the model is: torch.save(model.state_dict(), 'new.pth')");
    return SIAM_E_DATA;
}

siam_code siam_pk_no_tensors(const siam_pickle *p, siam_pk_ref root, const char *key, siam_err *e)
{
    char holds[WORDS], words[WORDS], file[WORDS];
    if (key)
        snprintf(holds, sizeof holds, "checkpoint '%.120s' holds under '%s'", p->path, key);
    else
        snprintf(holds, sizeof holds, "checkpoint '%.120s' holds", p->path);
    if (siam_pk_at(p, root)->kind == SIAM_PK_DICT)
        return no_tensors_in_dict(p, root, key, holds, e);
    if (is_pairs(p, root)) {
        siam_fail(e, SIAM_E_DATA, "%s a list of pairs of a name and a value, and no dictionary of tensors", holds);
        siam_hint(e, "in Python: torch.save(dict(torch.load(%s)%s%s%s), 'new.pth')",
                  siam_format_python(file, sizeof file, p->path), key ? "['" : "", key ? key : "", key ? "']" : "");
        return SIAM_E_DATA;
    }
    siam_fail(e, SIAM_E_DATA, "%s %s, and no tensors by name", holds, siam_pk_words(p, root, words, sizeof words));
    siam_hint(e, "in Python, where the model is: torch.save(model.state_dict(), 'new.pth')");
    return SIAM_E_DATA;
}
