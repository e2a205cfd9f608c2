/* The interpreter of pickle instructions: the set PyTorch's own restricted reader knows and the instructions
 * of protocols 4 and 5 for the same values. One row of `ops` says how an instruction's argument is stored and
 * which function it runs; those functions push, pop and link nodes, and none of them calls anything. */
#include "base/pickle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum {
    NODES_MIN = 1 << 17,
    BYTES_PER_NODE = 32, /* a node, its cells and its places on stack and in memo take 64 */
    NODES_MAX = 1 << 28,
    CELLS_PER_NODE = 4,
    MARKS_MAX = 256,
    PROTOCOL_MAX = 5,
    DIMENSIONS_MAX = 64, /* as torch */
    LONG_MAX_BYTES = 16
};

/* The globals that mean something to us; all others are OTHER. OF_CLASS_N: argument N is the class of the result. */
enum { OTHER, ORDERED_DICT, REBUILD_TENSOR, REBUILD_TENSOR_V2, REBUILD_PARAMETER, OF_CLASS_0, OF_CLASS_1, SIZE, STORAGE };

static const struct known {
    const char *module, *name;
    uint8_t tag; /* STORAGE + type */
} known[] = {
    {"collections", "OrderedDict", ORDERED_DICT},
    {"torch._utils", "_rebuild_tensor", REBUILD_TENSOR},
    {"torch._utils", "_rebuild_tensor_v2", REBUILD_TENSOR_V2},
    {"torch._utils", "_rebuild_parameter", REBUILD_PARAMETER},
    {"torch._utils", "_rebuild_parameter_with_state", REBUILD_PARAMETER},
    {"torch._utils", "_rebuild_wrapper_subclass", OF_CLASS_0},
    {"torch._tensor", "_rebuild_from_type", OF_CLASS_1},
    {"torch._tensor", "_rebuild_from_type_v2", OF_CLASS_1},
    {"torch", "Size", SIZE},
    {"torch", "DoubleStorage", STORAGE + SIAM_PK_F64},
    {"torch", "FloatStorage", STORAGE + SIAM_PK_F32},
    {"torch", "HalfStorage", STORAGE + SIAM_PK_F16},
    {"torch", "BFloat16Storage", STORAGE + SIAM_PK_BF16},
    {"torch", "LongStorage", STORAGE + SIAM_PK_I64},
    {"torch", "IntStorage", STORAGE + SIAM_PK_I32},
    {"torch", "ShortStorage", STORAGE + SIAM_PK_I16},
    {"torch", "CharStorage", STORAGE + SIAM_PK_I8},
    {"torch", "ByteStorage", STORAGE + SIAM_PK_U8},
    {"torch", "BoolStorage", STORAGE + SIAM_PK_B8},
};

typedef struct machine {
    siam_pickle *p;
    const uint8_t *data;
    size_t n, at, op_at; /* op_at: where the current instruction stands */
    siam_pk_ref *stack, *memo;
    uint32_t depth, stack_cap, memo_n, memo_cap;
    uint32_t mark[MARKS_MAX]; /* depth of the stack at each MARK */
    int marks;
    bool stopped;
} machine;

/* An instruction's argument: a number, or one or two spans of the file. */
typedef struct arg {
    int64_t i;
    double f;
    const uint8_t *s, *s2;
    uint32_t n, n2;
} arg;

static siam_code bad(const machine *m, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA,
                     "%s '%s' is damaged: the instruction at byte %zu of its pickle %s", m->p->what, m->p->path,
                     m->op_at, why);
}

static siam_code no_memory(const machine *m, siam_err *e)
{
    return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", m->p->path);
}

static siam_code too_big(const machine *m, siam_err *e)
{
    return siam_fail(
        e, SIAM_E_DATA,
        "%s '%s' is refused: its pickle builds more values than a file of its size should", m->p->what,
        m->p->path);
}

/* Make room for `need` elements, at most `limit`. */
static siam_code grow(machine *m, void *array, uint32_t *cap, uint32_t need, uint32_t limit, size_t size,
                      siam_err *e)
{
    if (need <= *cap)
        return SIAM_OK;
    if (need > limit)
        return too_big(m, e);
    uint32_t want = *cap > limit / 2 ? limit : 2 * *cap;
    want = want < need ? need : want;
    want = want < 64 ? 64 : want;
    void *old;
    memcpy(&old, array, sizeof old);
    void *bigger = realloc(old, want * size);
    if (!bigger)
        return no_memory(m, e);
    memcpy(array, &bigger, sizeof bigger);
    *cap = want;
    return SIAM_OK;
}

static siam_code new_node(machine *m, siam_pk_kind kind, siam_pk_ref *out, siam_err *e)
{
    siam_pickle *p = m->p;
    SIAM_TRY(grow(m, &p->node, &p->node_cap, p->nodes + 1, p->limit, sizeof *p->node, e));
    p->node[p->nodes] = (siam_pk_node){.kind = (uint8_t)kind};
    *out = p->nodes++;
    return SIAM_OK;
}

static siam_code append(machine *m, siam_pk_ref to, siam_pk_ref value, siam_err *e)
{
    siam_pickle *p = m->p;
    SIAM_TRY(grow(m, &p->cell, &p->cell_cap, p->cells + 1, p->limit * CELLS_PER_NODE, sizeof *p->cell, e));
    siam_pk_node *node = &p->node[to];
    const uint32_t cell = p->cells++;
    p->cell[cell] = (siam_pk_cell){value, 0};
    if (node->u.list.last)
        p->cell[node->u.list.last].next = cell;
    else
        node->u.list.first = cell;
    node->u.list.last = cell;
    node->u.list.n++;
    return SIAM_OK;
}

/* ---- the stack, its marks and the memo ---- */

static uint32_t floor_of(const machine *m) { return m->marks ? m->mark[m->marks - 1] : 0; }

static siam_code push(machine *m, siam_pk_ref r, siam_err *e)
{
    SIAM_TRY(grow(m, &m->stack, &m->stack_cap, m->depth + 1, m->p->limit, sizeof *m->stack, e));
    m->stack[m->depth++] = r;
    return SIAM_OK;
}

static siam_code push_new(machine *m, siam_pk_kind kind, siam_pk_ref *out, siam_err *e)
{
    SIAM_TRY(new_node(m, kind, out, e));
    return push(m, *out, e);
}

/* At least n values above the last mark. */
static siam_code need(const machine *m, uint32_t n, siam_err *e)
{
    return m->depth - floor_of(m) >= n ? SIAM_OK : bad(m, e, "needs a value that is not there");
}

/* Take the values above the last mark off the stack: they stay at m->stack[m->depth] ... until the next push.
 */
static siam_code pop_mark(machine *m, uint32_t *n, siam_err *e)
{
    if (!m->marks)
        return bad(m, e, "needs a mark that is not there");
    *n = m->depth - m->mark[--m->marks];
    m->depth -= *n;
    return SIAM_OK;
}

static siam_pk_node *top(const machine *m, uint32_t below)
{
    return &m->p->node[m->stack[m->depth - 1 - below]];
}

static siam_code put(machine *m, uint64_t index, siam_err *e)
{
    SIAM_TRY(need(m, 1, e));
    if (index >= m->p->limit)
        return too_big(m, e);
    const uint32_t before = m->memo_cap;
    SIAM_TRY(grow(m, &m->memo, &m->memo_cap, (uint32_t)index + 1, m->p->limit, sizeof *m->memo, e));
    if (m->memo_cap > before)
        memset(m->memo + before, 0, (m->memo_cap - before) * sizeof *m->memo);
    m->memo[index] = m->stack[m->depth - 1];
    m->memo_n = m->memo_n > index ? m->memo_n : (uint32_t)index + 1;
    return SIAM_OK;
}

/* ---- instructions ---- */

static siam_code op_proto(machine *m, const arg *a, siam_err *e)
{
    return a->i <= PROTOCOL_MAX ? SIAM_OK : bad(m, e, "asks for a protocol that is not known");
}

static siam_code op_frame(machine *m, const arg *a, siam_err *e)
{
    return (uint64_t)a->i <= m->n - m->at ? SIAM_OK : bad(m, e, "announces more bytes than there are");
}

static siam_code op_bool(machine *m, const arg *a, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, SIAM_PK_BOOL, &r, e));
    m->p->node[r].u.i = a->i;
    return SIAM_OK;
}

static siam_code op_int(machine *m, const arg *a, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, SIAM_PK_INT, &r, e));
    m->p->node[r].u.i = a->i;
    return SIAM_OK;
}

static siam_code op_float(machine *m, const arg *a, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, SIAM_PK_FLOAT, &r, e));
    m->p->node[r].u.f = a->f;
    return SIAM_OK;
}

static siam_code push_span(machine *m, siam_pk_kind kind, const uint8_t *s, uint32_t n, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, kind, &r, e));
    m->p->node[r].u.span.p = s;
    m->p->node[r].u.span.n = n;
    return SIAM_OK;
}

static siam_code op_text(machine *m, const arg *a, siam_err *e)
{
    return push_span(m, SIAM_PK_TEXT, a->s, a->n, e);
}

static siam_code op_bytes(machine *m, const arg *a, siam_err *e)
{
    return push_span(m, SIAM_PK_BYTES, a->s, a->n, e);
}

/* Two's complement, little-endian; no bytes are 0. */
static siam_code op_long(machine *m, const arg *a, siam_err *e)
{
    if (a->n > LONG_MAX_BYTES)
        return bad(m, e, "holds an integer over 16 bytes");
    if (a->n > 8)
        return push_span(m, SIAM_PK_LONG, a->s, a->n, e);
    uint64_t v = a->n && a->s[a->n - 1] & 0x80 ? UINT64_MAX : 0;
    for (uint32_t i = a->n; i-- > 0;)
        v = v << 8 | a->s[i];
    return op_int(m, &(arg){.i = (int64_t)v}, e);
}

static siam_code op_mark(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    if (m->marks == MARKS_MAX)
        return bad(m, e, "nests values too deeply");
    m->mark[m->marks++] = m->depth;
    return SIAM_OK;
}

/* A new container of the n values that were just taken off the stack. */
static siam_code collect(machine *m, siam_pk_kind kind, uint32_t n, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(new_node(m, kind, &r, e));
    for (uint32_t i = 0; i < n; i++)
        SIAM_TRY(append(m, r, m->stack[m->depth + i], e));
    return push(m, r, e);
}

/* The last a->i values. */
static siam_code op_short_tuple(machine *m, const arg *a, siam_err *e)
{
    SIAM_TRY(need(m, (uint32_t)a->i, e));
    m->depth -= (uint32_t)a->i;
    return collect(m, SIAM_PK_TUPLE, (uint32_t)a->i, e);
}

/* The values above the mark. */
static siam_code op_collect(machine *m, const arg *a, siam_err *e)
{
    uint32_t n = 0;
    SIAM_TRY(pop_mark(m, &n, e));
    return collect(m, (siam_pk_kind)a->i, n, e);
}

static siam_code op_empty(machine *m, const arg *a, siam_err *e)
{
    siam_pk_ref r;
    return push_new(m, (siam_pk_kind)a->i, &r, e);
}

/* Put the n values just taken off the stack into the container below them. What an opaque object would do
 * with them is unknown, so it swallows them. */
static siam_code fill(machine *m, siam_pk_kind kind, uint32_t n, siam_err *e)
{
    SIAM_TRY(need(m, 1, e));
    const siam_pk_ref to = m->stack[m->depth - 1];
    if (m->p->node[to].kind == SIAM_PK_OPAQUE)
        return SIAM_OK;
    if (m->p->node[to].kind != kind)
        return bad(m, e, "puts values into something that cannot hold them");
    if (kind == SIAM_PK_DICT && n % 2)
        return bad(m, e, "has a key without a value");
    for (uint32_t i = 0; i < n; i++)
        SIAM_TRY(append(m, to, m->stack[m->depth + i], e));
    return SIAM_OK;
}

/* One item of a list, one key and value of a dictionary. */
static siam_code op_add(machine *m, const arg *a, siam_err *e)
{
    const uint32_t n = a->i == SIAM_PK_DICT ? 2 : 1;
    SIAM_TRY(need(m, n + 1, e));
    m->depth -= n;
    return fill(m, (siam_pk_kind)a->i, n, e);
}

static siam_code op_add_all(machine *m, const arg *a, siam_err *e)
{
    uint32_t n = 0;
    SIAM_TRY(pop_mark(m, &n, e));
    return fill(m, (siam_pk_kind)a->i, n, e);
}

static siam_code op_pop(machine *m, const arg *a, siam_err *e)
{
    uint32_t n = 0;
    (void)a;
    if (m->depth > floor_of(m))
        m->depth--;
    else
        return pop_mark(m, &n, e);
    return SIAM_OK;
}

static siam_code op_pop_mark(machine *m, const arg *a, siam_err *e)
{
    uint32_t n = 0;
    (void)a;
    return pop_mark(m, &n, e);
}

static siam_code op_dup(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    SIAM_TRY(need(m, 1, e));
    return push(m, m->stack[m->depth - 1], e);
}

static siam_code op_put(machine *m, const arg *a, siam_err *e) { return put(m, (uint64_t)a->i, e); }

static siam_code op_memoize(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    return put(m, m->memo_n, e);
}

static siam_code op_get(machine *m, const arg *a, siam_err *e)
{
    if (a->i >= m->memo_n || !m->memo[a->i])
        return bad(m, e, "uses a value that was never stored");
    return push(m, m->memo[a->i], e);
}

static siam_code op_stop(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    if (m->marks || m->depth != 1)
        return bad(m, e, "ends it with unfinished values");
    m->stopped = true;
    return SIAM_OK;
}

/* ---- globals, and what stands for a call ---- */

static siam_code push_global(machine *m, siam_pk_ref module, siam_pk_ref name, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, SIAM_PK_GLOBAL, &r, e));
    siam_pk_node *g = &m->p->node[r];
    g->u.global.module = module;
    g->u.global.name = name;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (siam_pk_text_is(m->p, module, known[i].module) && siam_pk_text_is(m->p, name, known[i].name))
            g->tag = known[i].tag;
    return SIAM_OK;
}

static siam_code op_global(machine *m, const arg *a, siam_err *e)
{
    siam_pk_ref module, name;
    SIAM_TRY(new_node(m, SIAM_PK_TEXT, &module, e));
    SIAM_TRY(new_node(m, SIAM_PK_TEXT, &name, e));
    m->p->node[module].u.span.p = a->s;
    m->p->node[module].u.span.n = a->n;
    m->p->node[name].u.span.p = a->s2;
    m->p->node[name].u.span.n = a->n2;
    return push_global(m, module, name, e);
}

static siam_code op_stack_global(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    SIAM_TRY(need(m, 2, e));
    if (top(m, 0)->kind != SIAM_PK_TEXT || top(m, 1)->kind != SIAM_PK_TEXT)
        return bad(m, e, "names a global by something that is no text");
    m->depth -= 2;
    return push_global(m, m->stack[m->depth], m->stack[m->depth + 1], e);
}

/* What a value we do not rebuild came from: the global itself, or the one behind an opaque value. */
static siam_pk_ref origin(const siam_pickle *p, siam_pk_ref r)
{
    const siam_pk_node *n = &p->node[r];
    return n->kind == SIAM_PK_GLOBAL ? r : n->kind == SIAM_PK_OPAQUE ? n->u.opaque.global : 0;
}

static siam_code push_opaque(machine *m, siam_pk_ref global, siam_err *e)
{
    siam_pk_ref r;
    SIAM_TRY(push_new(m, SIAM_PK_OPAQUE, &r, e));
    m->p->node[r].u.opaque.global = global;
    return SIAM_OK;
}

/* The first items of a tuple, and how many it has. */
static uint32_t items_of(const siam_pickle *p, siam_pk_ref tuple, siam_pk_ref *item, uint32_t max)
{
    uint32_t n = 0;
    for (uint32_t c = siam_pk_first(p, tuple); c && n < max; c = p->cell[c].next)
        item[n++] = p->cell[c].value;
    return p->node[tuple].u.list.n;
}

static bool is(const siam_pickle *p, siam_pk_ref r, siam_pk_kind kind) { return p->node[r].kind == kind; }

/* A shape or its strides. */
static bool is_counts(const siam_pickle *p, siam_pk_ref tuple)
{
    if (!is(p, tuple, SIAM_PK_TUPLE) || p->node[tuple].u.list.n > DIMENSIONS_MAX)
        return false;
    for (uint32_t c = siam_pk_first(p, tuple); c; c = p->cell[c].next)
        if (!is(p, p->cell[c].value, SIAM_PK_INT) || p->node[p->cell[c].value].u.i < 0)
            return false;
    return true;
}

/* _rebuild_tensor(storage, offset, size, stride); _v2 goes on with (requires_grad, hooks[, metadata]), where metadata says that
 * what is stored is to be negated or conjugated. */
static siam_code rebuild_tensor(machine *m, siam_pk_ref callee, siam_pk_ref args, siam_err *e)
{
    enum { METADATA = 6 };
    siam_pickle *p = m->p;
    siam_pk_ref a[METADATA + 1] = {0}, r;
    const uint32_t n = items_of(p, args, a, METADATA + 1);
    if (n < 4)
        return bad(m, e, "rebuilds a tensor from too little");
    if (n > METADATA && is(p, a[METADATA], SIAM_PK_DICT) && p->node[a[METADATA]].u.list.n)
        return push_opaque(m, origin(p, callee), e);
    if (is(p, a[0], SIAM_PK_OPAQUE)) /* of a storage class we do not know */
        return push_opaque(m, p->node[a[0]].u.opaque.global, e);
    if (!is(p, a[0], SIAM_PK_STORAGE) || !is(p, a[1], SIAM_PK_INT) || p->node[a[1]].u.i < 0 ||
        !is_counts(p, a[2]) || !is_counts(p, a[3]) || p->node[a[2]].u.list.n != p->node[a[3]].u.list.n)
        return bad(m, e, "rebuilds a tensor from values that do not describe one");
    SIAM_TRY(push_new(m, SIAM_PK_TENSOR, &r, e));
    siam_pk_node *t = &p->node[r];
    t->u.tensor.storage = a[0];
    t->u.tensor.offset = a[1];
    t->u.tensor.size = a[2];
    t->u.tensor.stride = a[3];
    return SIAM_OK;
}

/* OrderedDict(), or OrderedDict([[key, value], ...]) as Python 2 wrote it. */
static siam_code ordered_dict(machine *m, siam_pk_ref args, siam_err *e)
{
    siam_pickle *p = m->p;
    siam_pk_ref list = 0, dict, pair[2];
    SIAM_TRY(push_new(m, SIAM_PK_DICT, &dict, e));
    const uint32_t n = items_of(p, args, &list, 1);
    if (n > 1 || (n == 1 && !is(p, list, SIAM_PK_LIST)))
        return bad(m, e, "makes a dictionary from something else than pairs");
    for (uint32_t c = n ? siam_pk_first(p, list) : 0; c; c = p->cell[c].next) {
        const siam_pk_ref v = p->cell[c].value;
        if ((!is(p, v, SIAM_PK_LIST) && !is(p, v, SIAM_PK_TUPLE)) || items_of(p, v, pair, 2) != 2)
            return bad(m, e, "makes a dictionary from something else than pairs");
        SIAM_TRY(append(m, dict, pair[0], e));
        SIAM_TRY(append(m, dict, pair[1], e));
    }
    return SIAM_OK;
}

/* The result of callee(*args), where it is data; otherwise a value that only remembers the callee. */
static siam_code result_of(machine *m, siam_pk_ref callee, siam_pk_ref args, siam_err *e)
{
    siam_pickle *p = m->p;
    siam_pk_ref first = 0;
    const int tag = is(p, callee, SIAM_PK_GLOBAL) && is(p, args, SIAM_PK_TUPLE) ? p->node[callee].tag : OTHER;
    if (tag == ORDERED_DICT)
        return ordered_dict(m, args, e);
    if (tag == REBUILD_TENSOR || tag == REBUILD_TENSOR_V2)
        return rebuild_tensor(m, callee, args, e);
    if (tag == SIZE || tag == REBUILD_PARAMETER) {
        items_of(p, args, &first, 1);
        const siam_pk_kind kind = tag == SIZE ? SIAM_PK_TUPLE : SIAM_PK_TENSOR;
        if (!first || (!is(p, first, kind) && !is(p, first, SIAM_PK_OPAQUE)))
            return bad(m, e, "rebuilds a value from something of another kind");
        return push(m, first, e);
    }
    if (tag == OF_CLASS_0 || tag == OF_CLASS_1) { /* the class says more than what would call it */
        siam_pk_ref a[2] = {0};
        items_of(p, args, a, 2);
        const siam_pk_ref class = origin(p, a[tag - OF_CLASS_0]);
        return push_opaque(m, class ? class : origin(p, callee), e);
    }
    SIAM_TRY(push_opaque(m, origin(p, callee), e));
    top(m, 0)->u.opaque.args = args;
    return SIAM_OK;
}

static siam_code op_reduce(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    SIAM_TRY(need(m, 2, e));
    m->depth -= 2;
    return result_of(m, m->stack[m->depth], m->stack[m->depth + 1], e);
}

static siam_code op_newobj_ex(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    SIAM_TRY(need(m, 3, e));
    m->depth -= 3;
    return push_opaque(m, origin(m->p, m->stack[m->depth]), e);
}

/* The state of an object (an OrderedDict's attributes, a parameter's) holds no part of its value; of one that is not known it
 * is kept. */
static siam_code op_build(machine *m, const arg *a, siam_err *e)
{
    (void)a;
    SIAM_TRY(need(m, 2, e));
    m->depth--;
    if (top(m, 0)->kind == SIAM_PK_OPAQUE)
        top(m, 0)->u.opaque.state = m->stack[m->depth];
    return SIAM_OK;
}

static bool is_digits(const siam_pickle *p, siam_pk_ref r)
{
    const siam_pk_node *n = &p->node[r];
    if (n->kind != SIAM_PK_TEXT || !n->u.span.n || n->u.span.n > 24)
        return false;
    for (uint32_t i = 0; i < n->u.span.n; i++)
        if (n->u.span.p[i] < '0' || n->u.span.p[i] > '9')
            return false;
    return true;
}

/* ('storage', storage class, key, location, numel[, None]) */
static siam_code op_persid(machine *m, const arg *a, siam_err *e)
{
    siam_pickle *p = m->p;
    siam_pk_ref id[6] = {0}, r;
    (void)a;
    SIAM_TRY(need(m, 1, e));
    m->depth--;
    const siam_pk_ref tuple = m->stack[m->depth];
    const uint32_t n = is(p, tuple, SIAM_PK_TUPLE) ? items_of(p, tuple, id, 6) : 0;
    if ((n != 5 && n != 6) || !siam_pk_text_is(p, id[0], "storage"))
        return push_opaque(m, n > 1 ? origin(p, id[1]) : 0, e);
    if (n == 6 && !is(p, id[5], SIAM_PK_NONE))
        return push_opaque(m, 0, e); /* a view into another storage, of the first versions */
    if (!is(p, id[1], SIAM_PK_GLOBAL) || p->node[id[1]].tag < STORAGE)
        return push_opaque(m, origin(p, id[1]), e);
    if (!is_digits(p, id[2]) || !is(p, id[4], SIAM_PK_INT) || p->node[id[4]].u.i < 0)
        return bad(m, e, "names a storage by values that do not describe one");
    SIAM_TRY(push_new(m, SIAM_PK_STORAGE, &r, e));
    p->node[r].tag = p->node[id[1]].tag - STORAGE;
    p->node[r].u.storage.key = id[2];
    p->node[r].u.storage.numel = id[4];
    return SIAM_OK;
}

/* ---- decoding ---- */

enum arg_kind { NO_ARG, UINT1, UINT2, UINT4, INT4, UINT8, FLOAT8, SPAN1, SPAN4, SPAN8, LINES2 };

/* In the order of the codes; `i` is the argument of instructions that have none in the file. */
static const struct op {
    uint8_t kind;
    siam_code (*run)(machine *m, const arg *a, siam_err *e);
    uint8_t i;
} ops[256] = {
    ['('] = {NO_ARG, op_mark, 0},
    [')'] = {NO_ARG, op_empty, SIAM_PK_TUPLE},
    ['.'] = {NO_ARG, op_stop, 0},
    ['0'] = {NO_ARG, op_pop, 0},
    ['1'] = {NO_ARG, op_pop_mark, 0},
    ['2'] = {NO_ARG, op_dup, 0},
    ['B'] = {SPAN4, op_bytes, 0},
    ['C'] = {SPAN1, op_bytes, 0},
    ['G'] = {FLOAT8, op_float, 0},
    ['J'] = {INT4, op_int, 0},
    ['K'] = {UINT1, op_int, 0},
    ['M'] = {UINT2, op_int, 0},
    ['N'] = {NO_ARG, op_empty, SIAM_PK_NONE},
    ['Q'] = {NO_ARG, op_persid, 0},
    ['R'] = {NO_ARG, op_reduce, 0},
    ['T'] = {SPAN4, op_text, 0},
    ['U'] = {SPAN1, op_text, 0},
    ['X'] = {SPAN4, op_text, 0},
    [']'] = {NO_ARG, op_empty, SIAM_PK_LIST},
    ['a'] = {NO_ARG, op_add, SIAM_PK_LIST},
    ['b'] = {NO_ARG, op_build, 0},
    ['c'] = {LINES2, op_global, 0},
    ['e'] = {NO_ARG, op_add_all, SIAM_PK_LIST},
    ['h'] = {UINT1, op_get, 0},
    ['j'] = {UINT4, op_get, 0},
    ['q'] = {UINT1, op_put, 0},
    ['r'] = {UINT4, op_put, 0},
    ['s'] = {NO_ARG, op_add, SIAM_PK_DICT},
    ['t'] = {NO_ARG, op_collect, SIAM_PK_TUPLE},
    ['u'] = {NO_ARG, op_add_all, SIAM_PK_DICT},
    ['}'] = {NO_ARG, op_empty, SIAM_PK_DICT},
    [0x80] = {UINT1, op_proto, 0},
    [0x81] = {NO_ARG, op_reduce, 0}, /* NEWOBJ: a class instead of a function, and as little called */
    [0x85] = {NO_ARG, op_short_tuple, 1},
    [0x86] = {NO_ARG, op_short_tuple, 2},
    [0x87] = {NO_ARG, op_short_tuple, 3},
    [0x88] = {NO_ARG, op_bool, true},
    [0x89] = {NO_ARG, op_bool, false},
    [0x8a] = {SPAN1, op_long, 0},
    [0x8c] = {SPAN1, op_text, 0},
    [0x8d] = {SPAN8, op_text, 0},
    [0x8e] = {SPAN8, op_bytes, 0},
    [0x8f] = {NO_ARG, op_empty, SIAM_PK_SET},
    [0x90] = {NO_ARG, op_add_all, SIAM_PK_SET},
    [0x91] = {NO_ARG, op_collect, SIAM_PK_SET}, /* a frozen one */
    [0x92] = {NO_ARG, op_newobj_ex, 0},
    [0x93] = {NO_ARG, op_stack_global, 0},
    [0x94] = {NO_ARG, op_memoize, 0},
    [0x95] = {UINT8, op_frame, 0},
    [0x96] = {SPAN8, op_bytes, 0},
};

static uint64_t little(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static siam_code cut(const machine *m, siam_err *e) { return bad(m, e, "is cut short"); }

static siam_code read_line(machine *m, const uint8_t **s, uint32_t *n, siam_err *e)
{
    const uint8_t *end = m->at < m->n ? memchr(m->data + m->at, '\n', m->n - m->at) : NULL;
    if (!end || end - (m->data + m->at) > UINT16_MAX)
        return cut(m, e);
    *s = m->data + m->at;
    *n = (uint32_t)(end - *s);
    m->at += *n + 1;
    return SIAM_OK;
}

static siam_code read_arg(machine *m, enum arg_kind kind, arg *a, siam_err *e)
{
    static const uint8_t width[] = {[UINT1] = 1,  [UINT2] = 2, [UINT4] = 4, [INT4] = 4,  [UINT8] = 8,
                                    [FLOAT8] = 8, [SPAN1] = 1, [SPAN4] = 4, [SPAN8] = 8, [LINES2] = 0};
    if (kind == LINES2) {
        SIAM_TRY(read_line(m, &a->s, &a->n, e));
        return read_line(m, &a->s2, &a->n2, e);
    }
    if (m->n - m->at < width[kind])
        return cut(m, e);
    const uint8_t *p = m->data + m->at;
    const uint64_t v = little(p, width[kind]);
    m->at += width[kind];
    a->i = kind == INT4 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
    if (kind == FLOAT8) { /* the only big-endian number of the format */
        const uint64_t bits = __builtin_bswap64(v);
        memcpy(&a->f, &bits, sizeof a->f);
    }
    if (kind < SPAN1)
        return SIAM_OK;
    if (v > m->n - m->at || v > INT32_MAX)
        return cut(m, e);
    a->s = m->data + m->at;
    a->n = (uint32_t)v;
    m->at += (size_t)v;
    return SIAM_OK;
}

static siam_code run(machine *m, siam_err *e)
{
    while (!m->stopped) {
        m->op_at = m->at;
        if (m->at == m->n)
            return cut(m, e);
        const uint8_t code = m->data[m->at++];
        if (!ops[code].run)
            return siam_fail(
                e, SIAM_E_DATA,
                "%s '%s' is refused: byte %zu of its pickle is the instruction 0x%02x, which pickles of data do not have",
                m->p->what, m->p->path, m->op_at, code);
        arg a = {.i = ops[code].i};
        if (ops[code].kind != NO_ARG)
            SIAM_TRY(read_arg(m, ops[code].kind, &a, e));
        SIAM_TRY(ops[code].run(m, &a, e));
    }
    return SIAM_OK;
}

siam_code siam_pickle_run(siam_pickle *p, const uint8_t *data, size_t n, size_t *used, siam_pk_ref *root,
                          siam_err *e)
{
    machine m = {.p = p, .data = data, .n = n};
    *used = 0;
    *root = 0;
    const siam_code rc = run(&m, e);
    if (!rc) {
        *used = m.at;
        *root = m.stack[0];
    }
    free(m.stack);
    free(m.memo);
    return rc;
}

siam_code siam_pickle_init(siam_pickle *p, const char *what, const char *path, size_t file_n, siam_err *e)
{
    const size_t limit = NODES_MIN + file_n / BYTES_PER_NODE;
    *p = (siam_pickle){.what = what, .path = path, .limit = limit < NODES_MAX ? (uint32_t)limit : NODES_MAX};
    machine m = {.p = p};
    siam_pk_ref zero;
    /* Index 0 of both means "none". */
    siam_code rc = new_node(&m, SIAM_PK_NONE, &zero, e);
    if (!rc)
        rc = grow(&m, &p->cell, &p->cell_cap, 1, p->limit, sizeof *p->cell, e);
    if (rc)
        siam_pickle_release(p);
    else
        p->cells = 1;
    return rc;
}

void siam_pickle_release(siam_pickle *p)
{
    free(p->node);
    free(p->cell);
    *p = (siam_pickle){0};
}

bool siam_pk_text_is(const siam_pickle *p, siam_pk_ref r, const char *text)
{
    const siam_pk_node *n = &p->node[r];
    return n->kind == SIAM_PK_TEXT && n->u.span.n == strlen(text) && !memcmp(n->u.span.p, text, n->u.span.n);
}

siam_pk_ref siam_pk_get(const siam_pickle *p, siam_pk_ref dict, const char *key)
{
    siam_pk_ref found = 0;
    if (p->node[dict].kind != SIAM_PK_DICT)
        return 0;
    for (uint32_t c = siam_pk_first(p, dict); c; c = p->cell[p->cell[c].next].next)
        if (siam_pk_text_is(p, p->cell[c].value, key))
            found = p->cell[p->cell[c].next].value;
    return found;
}

const char *siam_pk_global_name(const siam_pickle *p, siam_pk_ref r, char *buf, size_t n)
{
    const siam_pk_ref g = origin(p, r);
    if (!g) {
        snprintf(buf, n, "an object of unknown origin");
        return buf;
    }
    const siam_pk_node *module = &p->node[p->node[g].u.global.module],
                       *name = &p->node[p->node[g].u.global.name];
    const int a = module->u.span.n < 60 ? (int)module->u.span.n : 60;
    const int b = name->u.span.n < 60 ? (int)name->u.span.n : 60;
    snprintf(buf, n, "%.*s.%.*s", a, (const char *)module->u.span.p, b, (const char *)name->u.span.p);
    return buf;
}
