/* The table of projects whose key names are known, which serves both directions, and what a keymap is made
 * of. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_NAMES_READ_TABLE_H
#define SIAM_CHECKPOINT_NAMES_READ_TABLE_H

#include <stdbool.h>

#include "checkpoint/names_read.h"
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

/* One network of a file: whose names it has, behind what. */
typedef struct siam_key_network {
    const siam_key_project *project;
    char prefix[SIAM_NAME_MAX]; /* of its names as siam_names_read_plain has them: "encoder_q." */
} siam_key_network;

enum { SIAM_KEY_NETWORKS = 16 };

struct siam_names_read {
    const siam_ckpt *c;
    const siam_key_project *project;
    const char *dialect; /* whose names were brought into those of the project by rules of ours; NULL = nobody's */
    siam_key_network network[SIAM_KEY_NETWORKS];
    int networks, chosen;
    bool trial; /* of rules that may be offered: no others are looked for */
    int n;
    char (*name)[SIAM_NAME_MAX]; /* ours, "" = none */
    char **renamed;              /* by rules; NULL = as in the file */
    char **plain;                /* without what wrappers add; NULL = the same */
    int *bias; /* running mean: entry of the bias to take off; such a bias: SIAM_KEY_FOLDED; else
                  SIAM_KEY_NO_BIAS */
    char told[2048];
};

static inline const siam_ckpt_entry *siam_names_read_entry(const siam_names_read *m, int i)
{
    return m->c->format->entry(m->c, i);
}

/* The file's name of entry i, after renaming. */
static inline const char *siam_names_read_theirs(const siam_names_read *m, int i)
{
    return m->renamed[i] ? m->renamed[i] : siam_names_read_entry(m, i)->name;
}

/* The same without what wrappers add ("module.", "_orig_mod."). */
static inline const char *siam_names_read_plain(const siam_names_read *m, int i)
{
    return m->plain[i] ? m->plain[i] : siam_names_read_theirs(m, i);
}

static inline const char *siam_names_read_prefix(const siam_names_read *m) { return m->network[m->chosen].prefix; }

/* With these rules every one of which fits a name. */
bool siam_names_read_renames(const siam_names_read *m, const char *rules);
/* A rule is tried before it is shown: with it, behind the caller's, the file is understood and has a tensor of that name
 * of ours. It then becomes all of the rules. */
bool siam_names_read_works(const siam_ckpt *c, const char *rename, const char *part, char rule[static SIAM_KEY_RULE],
                       const char *ours);

/* names_network.c. Fill in m->plain. SIAM_E_NOMEM. */
siam_code siam_names_read_unwrap(siam_names_read *m, siam_err *e);
/* Fill in m->network, m->networks, by what the names look like. No network is no failure. */
siam_code siam_names_read_networks(siam_names_read *m, siam_err *e);
/* Set m->chosen and m->project: the network called `part` (NULL or "": the only one, or the one that is usually meant).
 * None of that name, or several that may be meant: SIAM_E_USAGE or SIAM_E_DATA, which lists them. */
siam_code siam_names_read_choose(siam_names_read *m, const char *part, siam_err *e);
/* Entry i belongs to a network that was not chosen. */
bool siam_names_read_elsewhere(const siam_names_read *m, int i);
/* The chosen network has a twin that follows it (MoCo's key encoder): what has its prefix, too, is no classifier. */
bool siam_names_read_contrasted(const siam_names_read *m);
/* "encoder_q, encoder_k" */
void siam_names_read_network_names(const siam_names_read *m, char *buf, size_t n);
/* The network's name for --part: "encoder_q". */
const char *siam_names_read_network_name(const siam_names_read *m, int i, char buf[static SIAM_NAME_MAX]);

#endif
