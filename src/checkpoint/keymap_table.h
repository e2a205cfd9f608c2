/* The table of projects whose key names are known, which serves both directions, and what a keymap is made
 * of. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_KEYMAP_TABLE_H
#define SIAM_CHECKPOINT_KEYMAP_TABLE_H

#include "checkpoint/keymap.h"
#include "tensor/param.h"

enum { SIAM_KEY_MARKERS = 2, SIAM_KEY_RULES = 10, SIAM_KEY_NO_BIAS = -1, SIAM_KEY_FOLDED = -2 };

/* A prefix of theirs and what it is with us. Of several that fit a name the first is taken, either way. */
typedef struct siam_key_rule {
    const char *theirs, *ours;
} siam_key_rule;

typedef struct siam_key_project {
    const char *name, *title;
    const char *marker[SIAM_KEY_MARKERS]; /* names that must be there */
    siam_key_rule rule[SIAM_KEY_RULES];
} siam_key_project;

/* The more particular first: what has all of a row's markers is taken for it. The last has no name. */
extern const siam_key_project siam_key_projects[];

struct siam_keymap {
    const siam_ckpt *c;
    const siam_key_project *project;
    const char *outer;
    int n;
    char (*name)[SIAM_NAME_MAX]; /* ours, "" = none */
    char **renamed;              /* by the caller's rules; NULL = as in the file */
    int *bias; /* running mean: entry of the bias to take off; such a bias: SIAM_KEY_FOLDED; else
                  SIAM_KEY_NO_BIAS */
    char told[1024];
};

static inline const siam_ckpt_entry *siam_keymap_entry(const siam_keymap *m, int i)
{
    return m->c->format->entry(m->c, i);
}

/* The file's name of entry i, after renaming. */
static inline const char *siam_keymap_theirs(const siam_keymap *m, int i)
{
    return m->renamed[i] ? m->renamed[i] : siam_keymap_entry(m, i)->name;
}

#endif
