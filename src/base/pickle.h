/* Pickles as data. The instructions of a pickle build a graph of values here and nothing else: there is no
 * call instruction, and a name of a function or class is a node like any other. The few patterns that stand
 * for PyTorch's tensors are recognised; the result of every other call is an opaque node that remembers the name, what was given and
 * the state that was set, as NumPy's arrays have them. */
#ifndef SIAM_BASE_PICKLE_H
#define SIAM_BASE_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Longer ones are refused where they are checkpoints: what is built of a pickle takes many times its bytes. Those of real models have some kilobytes,
 * with the state of an optimizer a few hundred. */
enum { SIAM_PICKLE_MAX = 32 << 20 };

/* Index of a node; 0 is no node. */
typedef uint32_t siam_pk_ref;

typedef enum siam_pk_kind {
    SIAM_PK_NONE,
    SIAM_PK_BOOL,
    SIAM_PK_INT,
    SIAM_PK_FLOAT,
    SIAM_PK_LONG, /* an integer over 64 bits: its bytes, little-endian */
    SIAM_PK_TEXT, /* not checked to be UTF-8 */
    SIAM_PK_BYTES,
    SIAM_PK_TUPLE,
    SIAM_PK_LIST,
    SIAM_PK_DICT, /* its items are key, value, key, value ... */
    SIAM_PK_SET,
    SIAM_PK_GLOBAL,
    SIAM_PK_STORAGE,
    SIAM_PK_TENSOR,
    SIAM_PK_OPAQUE
} siam_pk_kind;

/* Element types by the storage classes of torch. */
typedef enum siam_pk_type {
    SIAM_PK_F64,
    SIAM_PK_F32,
    SIAM_PK_F16,
    SIAM_PK_BF16,
    SIAM_PK_I64,
    SIAM_PK_I32,
    SIAM_PK_I16,
    SIAM_PK_I8,
    SIAM_PK_U8,
    SIAM_PK_B8,
    SIAM_PK_TYPES
} siam_pk_type;

typedef struct siam_pk_node {
    uint8_t kind; /* siam_pk_kind */
    uint8_t tag;  /* STORAGE: siam_pk_type. GLOBAL: which of those we know */
    union {
        int64_t i; /* INT, BOOL */
        double f;
        struct {
            const uint8_t *p; /* into the pickle */
            uint32_t n;
        } span;
        struct {
            uint32_t first, last, n; /* a chain of cells */
        } list;
        struct {
            siam_pk_ref module, name; /* TEXT */
        } global;
        struct {
            siam_pk_ref global, args, state; /* what it came from, what that was given, and its last state; 0 = unknown */
        } opaque;
        struct {
            siam_pk_ref key, numel; /* TEXT of digits, INT >= 0 */
        } storage;
        struct {
            siam_pk_ref storage, offset, size, stride; /* STORAGE, INT, TUPLEs of INT of one length */
        } tensor;
    } u;
} siam_pk_node;

typedef struct siam_pk_cell {
    siam_pk_ref value;
    uint32_t next; /* 0 = last */
} siam_pk_cell;

typedef struct siam_pickle {
    const char *what, *path; /* for messages: "checkpoint" */
    siam_pk_node *node;
    siam_pk_cell *cell;
    uint32_t nodes, cells, node_cap, cell_cap;
    uint32_t limit; /* of nodes; cells may be 4 times as many */
} siam_pickle;

/* `file_n`: bytes of the file; everything stays within twice that and 16 MiB. what and path are borrowed. */
siam_code siam_pickle_init(siam_pickle *p, const char *what, const char *path, size_t file_n, siam_err *e);
void siam_pickle_release(siam_pickle *p);
/* Interpret one pickle at the start of the n bytes, which the nodes keep pointing into. */
siam_code siam_pickle_run(siam_pickle *p, const uint8_t *data, size_t n, size_t *used, siam_pk_ref *root,
                          siam_err *e);

static inline const siam_pk_node *siam_pk_at(const siam_pickle *p, siam_pk_ref r) { return &p->node[r]; }
/* First item of a tuple, list, dict or set, and the one after; 0 at the end. */
static inline uint32_t siam_pk_first(const siam_pickle *p, siam_pk_ref r) { return p->node[r].u.list.first; }
bool siam_pk_text_is(const siam_pickle *p, siam_pk_ref r, const char *text);
/* The value of a text key; 0 = absent. Of several equal keys the last, as in Python. */
siam_pk_ref siam_pk_get(const siam_pickle *p, siam_pk_ref dict, const char *key);
/* "module.name" of a GLOBAL, or of the one behind an OPAQUE, cut to fit. Returns buf. */
const char *siam_pk_global_name(const siam_pickle *p, siam_pk_ref r, char *buf, size_t n);

#endif
