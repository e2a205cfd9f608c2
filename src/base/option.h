/* Option tables: one row is the parser, the range check, the default, the help line, the config-file key
 * and the dump. `--lr 0.05`, `--lr=0.05`, `lr=0.05` and a YAML line `lr: 0.05` are the same row. */
#ifndef SIAM_BASE_OPTION_H
#define SIAM_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum siam_opt_type {
    SIAM_OPT_BOOL, /* bool; true/false/on/off/yes/no/1/0; as a bare --flag it means true */
    SIAM_OPT_I32,  /* int32_t */
    SIAM_OPT_U64,  /* uint64_t */
    SIAM_OPT_F64,  /* double */
    SIAM_OPT_STR,  /* char[size] inside the struct, NUL-terminated */
    SIAM_OPT_ENUM, /* int32_t index into sdef's choices "cosine|step|constant"; def = index */
    SIAM_OPT_LIST  /* siam_list: up to SIAM_LIST_MAX numbers, "1,2,3" or "[1, 2, 3]" */
} siam_opt_type;

enum { SIAM_LIST_MAX = 32 };
typedef struct siam_list {
    int n;
    double v[SIAM_LIST_MAX];
} siam_list;

enum siam_opt_flag {
    SIAM_OPT_RESUME_SAFE = 1 << 0, /* may differ when a run is resumed (workers, threads, paths ...) */
    SIAM_OPT_HIDDEN = 1 << 1,      /* not in the short help */
    SIAM_OPT_AUTO = 1 << 2,        /* accepts "auto", stored as `def` */
    SIAM_OPT_EXCLUSIVE_MIN = 1 << 3, /* the range is (min, max] instead of [min, max] */
    SIAM_OPT_OUTPUT = 1 << 4, /* may name what is written: a resumed run does not take it from its own configuration */
    SIAM_OPT_THIS_TIME = 1 << 5, /* for this session: a resumed run begins without it */
    SIAM_OPT_JOINED = 1 << 6 /* text; given several times on a command line it is all of them, with " + " in between */
};

/* A row. Names are dotted when they belong to a section: "train.lr". */
typedef struct siam_option {
    const char *name;
    const char *help; /* lowercase, no period */
    siam_opt_type type;
    size_t offset, size; /* member of the config struct; size matters for STR */
    double def, min, max;
    const char *sdef; /* STR default, ENUM choices, LIST default */
    unsigned flags;
    const char *was; /* an earlier name, which is still read; NULL: there is none */
} siam_option;

/* The 0*sizeof(pointer comparison) makes a wrong member type a compile error under -Werror. */
#define SIAM_OFF(T, m, ctype) (offsetof(T, m) + 0 * sizeof((ctype *)0 == &((T *)0)->m))
#define SIAM_OPTION_BOOL(T, m, nm, d, fl, h) {nm, h, SIAM_OPT_BOOL, SIAM_OFF(T, m, bool), sizeof(bool), d, 0, 1, NULL, fl, NULL}
#define SIAM_OPTION_I32(T, m, nm, d, lo, hi, fl, h) {nm, h, SIAM_OPT_I32, SIAM_OFF(T, m, int32_t), 4, d, lo, hi, NULL, fl, NULL}
#define SIAM_OPTION_U64(T, m, nm, d, fl, h) {nm, h, SIAM_OPT_U64, SIAM_OFF(T, m, uint64_t), 8, d, 0, 0, NULL, fl, NULL}
#define SIAM_OPTION_F64(T, m, nm, d, lo, hi, fl, h) {nm, h, SIAM_OPT_F64, SIAM_OFF(T, m, double), 8, d, lo, hi, NULL, fl, NULL}
#define SIAM_OPTION_STR(T, m, nm, d, fl, h) {nm, h, SIAM_OPT_STR, offsetof(T, m), sizeof(((T *)0)->m), 0, 0, 0, d, fl, NULL}
#define SIAM_OPTION_ENUM(T, m, nm, d, choices, fl, h) {nm, h, SIAM_OPT_ENUM, SIAM_OFF(T, m, int32_t), 4, d, 0, 0, choices, fl, NULL}
#define SIAM_OPTION_LIST(T, m, nm, d, lo, hi, fl, h) {nm, h, SIAM_OPT_LIST, SIAM_OFF(T, m, siam_list), sizeof(siam_list), 0, lo, hi, d, fl, NULL}
#define SIAM_OPTION_STR_WAS(T, m, nm, old, d, fl, h) \
    {nm, h, SIAM_OPT_STR, offsetof(T, m), sizeof(((T *)0)->m), 0, 0, 0, d, fl, old}
#define SIAM_OPTIONS_END {NULL, NULL, SIAM_OPT_BOOL, 0, 0, 0, 0, 0, NULL, 0, NULL}

typedef enum siam_origin {
    SIAM_FROM_DEFAULT,
    SIAM_FROM_RECIPE,
    SIAM_FROM_FILE,
    SIAM_FROM_ENV,
    SIAM_FROM_CLI,
    SIAM_FROM_AUTO /* derived, e.g. lr from base_lr and batch */
} siam_origin;
const char *siam_origin_name(siam_origin o); /* "default" "recipe" "file" "env" "cli" "auto" */

enum { SIAM_OPTIONS_MAX = 128 };
/* A config struct under construction: the rows, the struct, and where each value came from. */
typedef struct siam_optset {
    const siam_option *row;
    int n;
    void *cfg;
    uint8_t origin[SIAM_OPTIONS_MAX];
} siam_optset;

/* All mistakes of a command line and a config file, reported at once. */
typedef struct siam_problems {
    int n;
    char text[1536]; /* sentences joined by "; " */
} siam_problems;
void siam_problem(siam_problems *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* SIAM_OK when there are none; else SIAM_E_USAGE with "N problems: a; b; ..." (or the one sentence). */
siam_code siam_problems_fail(const siam_problems *p, siam_err *e);

/* Point at a table and a struct and fill in the defaults. */
void siam_optset_init(siam_optset *s, const siam_option *rows, void *cfg);
/* Row index of a key: exact, or without its section where that is unambiguous; hyphens equal
 * underscores. Then the same of earlier names. -1 = unknown, -2 = ambiguous. */
int siam_optset_find(const siam_optset *s, const char *key);
/* The name to suggest for an unknown key, in the form it was written: with or without a section. NULL = none is near. */
const char *siam_optset_suggest(const siam_optset *s, const char *key);
/* Parse, check the range and store. Mistakes go to `p`, with `where` ("conf.yaml:7:5", may be NULL) in front
 * and the nearest known name suggested for an unknown key. Returns false on a mistake. */
bool siam_optset_set(siam_optset *s, const char *key, const char *value, siam_origin from, const char *where,
                     siam_problems *p);
/* The value of row i as text that siam_optset_set reads back to the same value. */
void siam_optset_format(const siam_optset *s, int i, char *buf, size_t n);
/* Write all rows as YAML, sections nested, each line with "# origin". */
siam_code siam_optset_dump(const siam_optset *s, char **text, siam_err *e); /* free(*text) */

/* Choice number k of "a|b|c" into buf; false behind the last. */
bool siam_option_choice(const char *choices, int k, char *buf, size_t n);

/* Damerau-Levenshtein-nearest of `n` names (distance <= 2, or a third of the length), or NULL. */
const char *siam_nearest(const char *word, const char *const *names, int n);

/* Strict number parsing: the whole string, finite; false otherwise. */
bool siam_parse_f64(const char *s, double *out);
bool siam_parse_i64(const char *s, int64_t *out);

#endif
