/* Splits by their names. */
#include "data/splits.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { WORDS = 320, MOST = 64 /* names that look like splits; of more, the first count */ };
typedef enum kind { NEITHER, TRAIN, VAL, TEST } kind;

typedef struct parsed {
    kind kind;
    int rank;         /* 0: the word alone; 1: with words that say nothing more; 2: with others */
    int place;        /* in the table of words: the usual ones first */
    char rest[WORDS]; /* the other words */
} parsed;

/* Held-out ones in the order of preference. Words that mean other things, too, come last, from WEAK on. */
static const struct {
    const char *word;
    kind kind;
} words[] = {{"train", TRAIN},      {"training", TRAIN},  {"trainval", TRAIN}, {"trn", TRAIN},      {"val", VAL},
             {"valid", VAL},        {"validation", VAL},  {"validate", VAL},   {"test", TEST},      {"testing", TEST},
             {"tests", TEST},       {"tst", TEST},        {"dev", VAL},        {"devel", VAL},      {"development", VAL},
             {"evaluation", VAL},   {"eval", VAL},        {"heldout", TEST},   {"holdout", TEST},   {"tr", TRAIN},
             {"va", VAL},           {"te", TEST},         {"ts", TEST}};
enum {
    WEAK = 12,
    SHORT = 19, /* these count only where nothing else lies beside them: they are languages, too */
    NWORDS = sizeof words / sizeof words[0]
};

/* The words of a name, in small letters and with '_' between them: "segTrain-2017" is "seg_train_2017". */
static void split_words(char out[WORDS], const char *name)
{
    size_t at = 0;
    unsigned char before = 0;
    for (; *name && at + 3 < WORDS; name++) {
        const unsigned char c = (unsigned char)*name;
        const bool letter = isalpha(c) || c >= 0x80, in_word = letter || isdigit(c);
        if (in_word && at && out[at - 1] != '_' &&
            ((isdigit(c) != 0) != (isdigit(before) != 0) || (isupper(c) && islower(before))))
            out[at++] = '_';
        if (in_word)
            out[at++] = (char)tolower(c);
        else if (at && out[at - 1] != '_')
            out[at++] = '_';
        before = c;
    }
    while (at && out[at - 1] == '_')
        at--;
    out[at] = '\0';
    char *held = strstr(out, "held_out");
    held = held ? held : strstr(out, "hold_out");
    if (held)
        memmove(held + 4, held + 5, strlen(held + 5) + 1);
}

static bool says_nothing(const char *word, size_t n)
{
    static const char *const fill[] = {"set",  "sets", "data",   "dataset",  "image", "images", "img", "imgs",  "pictures",
                                       "pics", "pic",  "photos", "split",    "folder", "dir",   "jpg", "jpeg",  "png",
                                       "tif", "tiff", "webp",  "bmp",      "gif"};
    if (isdigit((unsigned char)*word))
        return true;
    for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++)
        if (strlen(fill[i]) == n && !strncmp(word, fill[i], n))
            return true;
    return false;
}

/* The row of a word, also of "trainset" and "testimages"; -1 = none. */
static int place_of(const char *word, size_t n)
{
    for (int i = 0; i < NWORDS; i++) {
        const size_t m = strlen(words[i].word);
        if (n >= m && !strncmp(word, words[i].word, m) && (n == m || says_nothing(word + m, n - m)))
            return i;
    }
    return -1;
}

static parsed parse(const char *name)
{
    char all[WORDS];
    parsed p = {.place = -1};
    size_t at = 0;
    split_words(all, name);
    for (const char *w = all; *w;) {
        const size_t n = strcspn(w, "_");
        const int place = place_of(w, n);
        if (p.place >= 0 && place >= 0 && (p.kind == TRAIN) != (words[place].kind == TRAIN)) { /* "train_val": holds both */
            p.kind = NEITHER;
            break;
        }
        if (p.place < 0 && place >= 0) {
            p.place = place;
            p.kind = words[place].kind;
            at += (size_t)snprintf(p.rest + at, sizeof p.rest - at, "*");
        } else {
            const int rank = says_nothing(w, n) || place >= 0 ? 1 : 2;
            p.rank = rank > p.rank ? rank : p.rank;
            at += (size_t)snprintf(p.rest + at, sizeof p.rest - at, "_%.*s", (int)n, w);
        }
        w += n + (w[n] == '_');
    }
    return p;
}

bool siam_split_looks_held_out(const char *name)
{
    const parsed p = parse(name);
    return p.kind >= VAL && p.rank < 2 && p.place < WEAK;
}

bool siam_split_looks_train(const char *name)
{
    const parsed p = parse(name);
    return p.kind == TRAIN && p.rank < 2;
}

/* The names that have such a word in them. */
typedef struct candidates {
    const siam_image_list *names;
    parsed *p;
    int64_t *at; /* which name each is of */
    int64_t n;
} candidates;

/* The held-out split that belongs to a training split; -1 = none. */
static int64_t partner(const candidates *c, int64_t train)
{
    const parsed *p = c->p, *t = &p[train];
    int64_t best = -1;
    int best_score = 0;
    for (int64_t i = 0; i < c->n; i++) {
        const bool alike = !strcmp(p[i].rest, t->rest);
        if (p[i].kind < VAL || (!alike && (p[i].rank > 1 || t->rank > 1)))
            continue;
        const int score = 1000 + (alike ? 200 : 0) - 100 * p[i].rank - p[i].place;
        if (score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

static bool is_train(const candidates *c, int64_t i) { return !strcmp(siam_image_list_path(c->names, c->at[i]), "train"); }

/* The training split of the lowest rank among those with a partner, or among all; another one of that rank in *other. */
static int64_t find_train(const candidates *c, bool with_partner, int64_t *other)
{
    const parsed *p = c->p;
    int64_t best = -1;
    *other = -1;
    for (int64_t i = 0; i < c->n; i++) {
        if (p[i].kind != TRAIN || (with_partner && partner(c, i) < 0))
            continue;
        if (best < 0 || p[i].rank < p[best].rank || (p[i].rank == p[best].rank && is_train(c, i))) {
            best = i;
            *other = -1;
        } else if (p[i].rank == p[best].rank && !is_train(c, best)) {
            *other = i;
        }
    }
    return best;
}

/* No training split has a partner. */
static void find_single(siam_splits *s, const candidates *c, siam_flat_fn *flat, void *user)
{
    const parsed *p = c->p;
    const bool alone = c->names->n == 1;
    int64_t held_out = 0, odd = -1, first = -1, other;
    for (int64_t i = 0; i < c->n; i++) {
        held_out += p[i].kind >= VAL && p[i].rank < 2 && p[i].place < WEAK;
        if (p[i].kind >= VAL && (odd < 0 || p[i].rank < p[odd].rank))
            odd = i;
        if (p[i].kind >= VAL && (first < 0 || p[i].place < p[first].place))
            first = i;
    }
    const int64_t train = find_train(c, false, &other);
    if (train >= 0 && p[train].rank < 2 && other < 0 && (alone || !flat(user, siam_image_list_path(c->names, c->at[train]))))
        s->train = c->at[train];
    else if (held_out && held_out == c->names->n)
        s->test = c->at[first];
    else if (odd >= 0 || (train >= 0 && p[train].rank < 2))
        s->odd = c->at[odd >= 0 ? odd : train];
}

static void forget_short(candidates *c)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < c->n; i++)
        if (c->p[i].place < SHORT) {
            c->p[kept] = c->p[i];
            c->at[kept++] = c->at[i];
        }
    c->n = kept;
}

siam_code siam_splits_find(siam_splits *s, const siam_image_list *names, siam_flat_fn *flat, void *user, siam_err *e)
{
    candidates c = {.names = names};
    int64_t other;
    *s = (siam_splits){-1, -1, -1, -1};
    c.p = calloc(MOST, sizeof *c.p);
    c.at = calloc(MOST, sizeof *c.at);
    if (!c.p || !c.at) {
        free(c.p);
        free(c.at);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of folders");
    }
    for (int64_t i = 0; i < names->n && c.n < MOST; i++) {
        c.p[c.n] = parse(siam_image_list_path(names, i));
        c.at[c.n] = i;
        c.n += c.p[c.n].kind != NEITHER;
    }
    if (c.n < names->n)
        forget_short(&c);
    const int64_t train = find_train(&c, true, &other);
    if (train >= 0) {
        s->train = c.at[train];
        s->test = c.at[partner(&c, train)];
        s->other = other < 0 ? -1 : c.at[other];
    } else {
        find_single(s, &c, flat, user);
    }
    free(c.p);
    free(c.at);
    return SIAM_OK;
}
