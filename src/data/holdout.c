/* Choosing what is held out. A unit is what cannot be divided: a file, or a group of them. Units come in the order of a hash of the seed
 * and their names, and one is held out where that brings the held-out numbers of its classes nearer to the share that is wanted. */
#include "data/holdout.h"

#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "data/joined.h"

enum { SHOWN = 160 };

typedef struct member {
    uint64_t unit; /* a hash: members of a unit have the same */
    int64_t index;
} member;

typedef struct choice {
    const siam_dataset *d;
    const siam_holdout *h;
    const char *spec;
    member *by_unit;     /* [n], sorted */
    int64_t n, units;
    int classes;         /* 1 where there are no labels */
    int64_t *of_class;   /* [classes]: images */
    int64_t *held_class; /* [classes]: of those, held out */
    int64_t *in_unit;    /* [classes]: of the unit at hand; else 0 */
    bool *held;          /* [n] */
    int64_t held_images, held_units;
} choice;

static void release(choice *c)
{
    free(c->by_unit);
    free(c->of_class);
    free(c->held_class);
    free(c->in_unit);
    free(c->held);
}

/* ---- what is a unit ---- */

static siam_code check(const siam_holdout *h, siam_err *e)
{
    const bool known = !h->group_by[0] || !strcmp(h->group_by, "folder") || !strcmp(h->group_by, "column") ||
                       (!strncmp(h->group_by, "regex:", 6) && h->group_by[6]);
    char shown[SHOWN];
    if (!known) {
        siam_fail(e, SIAM_E_CONFIG, "group_by is '%s', and images are grouped by folder, by column or by regex:PATTERN",
                  siam_format_printable(shown, sizeof shown, h->group_by));
        siam_hint(e, "--group_by folder");
        return SIAM_E_CONFIG;
    }
    if (h->share > 0 || (!h->group_by[0] && !h->seed))
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG, "%s says which images are held out, but val_share does not say how many",
              h->group_by[0] ? "group_by" : "split_seed");
    siam_hint(e, "--val_share 0.1");
    return SIAM_E_CONFIG;
}

static siam_code no_group(const choice *c, const char *path, const char *why, siam_err *e)
{
    char shown[SHOWN];
    siam_fail(e, SIAM_E_CONFIG, "'%s' of '%s' has no group: %s", siam_format_printable(shown, sizeof shown, path), c->spec, why);
    siam_hint(e, "--group_by folder, or without it");
    return SIAM_E_CONFIG;
}

/* Which part of the path is the group's name; of a column it is no part of it. */
static siam_code group_of(const choice *c, const regex_t *re, int64_t i, const char **name, size_t *n, siam_err *e)
{
    const siam_dataset *d = siam_dataset_whole(c->d, &i); /* parts of a file are on one side */
    const char *path = siam_dataset_file(d, i), *slash = strrchr(path, '/');
    *name = path;
    *n = strlen(path);
    if (re) {
        regmatch_t m[2];
        if (regexec(re, path, 2, m, 0))
            return no_group(c, path, "the pattern does not fit its path", e);
        const regmatch_t *at = m[1].rm_so >= 0 ? &m[1] : &m[0];
        *name = path + at->rm_so;
        *n = (size_t)(at->rm_eo - at->rm_so);
    } else if (!strcmp(c->h->group_by, "folder")) {
        *n = slash ? (size_t)(slash - path) : 0;
    } else if (c->h->group_by[0]) {
        *name = d->type->group ? d->type->group(d, i) : NULL;
        if (!*name)
            return no_group(c, path, "there is no column called 'group', or nothing stands there", e);
        *n = strlen(*name);
    }
    return SIAM_OK;
}

static int by_unit(const void *a, const void *b)
{
    const member *x = a, *y = b;
    return x->unit != y->unit ? (x->unit < y->unit ? -1 : 1) : (x->index > y->index) - (x->index < y->index);
}

static siam_code no_files(const choice *c, siam_err *e)
{
    siam_fail(e, SIAM_E_CONFIG, "the images of '%s' are not files of their own, so that there are no groups", c->spec);
    siam_hint(e, "the same without --group_by");
    return SIAM_E_CONFIG;
}

static siam_code hash_members(choice *c, const regex_t *re, siam_err *e)
{
    /* What has a name of its own may be in several of joined data sets; else the same name in another one is something else. */
    const bool across = re || !strcmp(c->h->group_by, "column");
    for (int64_t i = 0; i < c->n; i++) {
        int part;
        int64_t at = i;
        siam_dataset_part(c->d, &at, &part);
        const char *name = (const char *)&at;
        size_t n = sizeof at;
        if (siam_dataset_file(c->d, i))
            SIAM_TRY(group_of(c, re, i, &name, &n, e));
        else if (c->h->group_by[0])
            return no_files(c, e);
        const uint64_t both[2] = {c->h->seed + (across ? 0 : (uint64_t)part << 32), siam_hash64(name, n)};
        c->by_unit[i] = (member){siam_hash64(both, sizeof both), i};
    }
    qsort(c->by_unit, (size_t)c->n, sizeof *c->by_unit, by_unit);
    for (int64_t i = 0; i < c->n; i++)
        c->units += i == 0 || c->by_unit[i].unit != c->by_unit[i - 1].unit;
    return SIAM_OK;
}

static siam_code find_units(choice *c, siam_err *e)
{
    char why[128];
    regex_t re;
    const bool has_re = !strncmp(c->h->group_by, "regex:", 6);
    if (!has_re)
        return hash_members(c, NULL, e);
    const int wrong = regcomp(&re, c->h->group_by + 6, REG_EXTENDED);
    if (wrong) {
        regerror(wrong, &re, why, sizeof why);
        siam_fail(e, SIAM_E_CONFIG, "the pattern of group_by is no extended regular expression: %s", why);
        siam_hint(e, "--group_by 'regex:^([^_]*)_', the name up to its first _, or the like");
        return SIAM_E_CONFIG;
    }
    const siam_code rc = hash_members(c, &re, e);
    regfree(&re);
    return rc;
}

/* ---- which are held out ---- */

static int class_of(const choice *c, int64_t image)
{
    const int label = siam_dataset_label(c->d, image);
    return label >= 0 && label < c->classes ? label : 0;
}

/* How much nearer (above 0) or farther the squares of what is missing of each class get, each as a share of the class. */
static double gain_of(const choice *c, const member *m, int64_t n, double share)
{
    double gain = 0;
    for (int64_t i = 0; i < n; i++)
        c->in_unit[class_of(c, m[i].index)]++;
    for (int64_t i = 0; i < n; i++) {
        const int k = class_of(c, m[i].index);
        const double g = (double)c->in_unit[k], all = (double)c->of_class[k];
        gain += g * (2 * (share * all - (double)c->held_class[k]) - g) / all;
        c->in_unit[k] = 0;
    }
    return gain;
}

/* Hold out that share; forgets what was chosen before. */
static void choose(choice *c, double share)
{
    memset(c->held, 0, (size_t)c->n * sizeof *c->held);
    memset(c->held_class, 0, (size_t)c->classes * sizeof *c->held_class);
    c->held_images = c->held_units = 0;
    for (int64_t i = 0, n; i < c->n; i += n) {
        for (n = 1; i + n < c->n && c->by_unit[i + n].unit == c->by_unit[i].unit; n++)
            ;
        if (gain_of(c, c->by_unit + i, n, share) <= 0 || c->held_images + n == c->n)
            continue;
        for (int64_t k = i; k < i + n; k++) {
            c->held[c->by_unit[k].index] = true;
            c->held_class[class_of(c, c->by_unit[k].index)]++;
        }
        c->held_images += n;
        c->held_units++;
    }
}

static siam_code nothing(choice *c, siam_err *e)
{
    static const double shares[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
    char images[32], units[32];
    double share = 0;
    for (size_t i = 0; !c->held_images && i < sizeof shares / sizeof *shares; i++) {
        share = shares[i];
        if (share > c->h->share)
            choose(c, share);
    }
    siam_format_count(images, sizeof images, c->n);
    siam_format_count(units, sizeof units, c->units);
    if (c->h->group_by[0])
        siam_fail(e, SIAM_E_CONFIG, "no group of '%s' can be held out whole for a share of %g: its %s images are in %s group%s", c->spec,
                  c->h->share, images, units, c->units == 1 ? "" : "s");
    else
        siam_fail(e, SIAM_E_CONFIG, "a share of %g of the %s images of '%s' is less than one image of each class", c->h->share, images,
                  c->spec);
    if (c->held_images)
        siam_hint(e, "--val_share %g", share);
    else
        siam_hint(e, "smaller groups, or more images");
    return SIAM_E_CONFIG;
}

static siam_code prepare(choice *c, siam_err *e)
{
    c->n = c->d->info.count;
    c->classes = c->d->info.classes ? c->d->info.classes : 1;
    c->by_unit = calloc((size_t)c->n, sizeof *c->by_unit);
    c->held = calloc((size_t)c->n, sizeof *c->held);
    c->of_class = calloc((size_t)c->classes, sizeof *c->of_class);
    c->held_class = calloc((size_t)c->classes, sizeof *c->held_class);
    c->in_unit = calloc((size_t)c->classes, sizeof *c->in_unit);
    if (!c->by_unit || !c->held || !c->of_class || !c->held_class || !c->in_unit)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the held-out images of '%s'", c->spec);
    for (int64_t i = 0; i < c->n; i++)
        c->of_class[class_of(c, i)]++;
    return SIAM_OK;
}

/* ---- saying and doing it ---- */

static void remark(siam_dataset_info *info, const choice *c, bool aside)
{
    char held[32], all[32], a[32], b[32], by[64] = "", seed[48] = "";
    int without = 0;
    for (int k = 0; k < c->classes; k++)
        without += c->of_class[k] && !c->held_class[k];
    if (c->h->seed)
        snprintf(seed, sizeof seed, ", split_seed %" PRIu64, c->h->seed);
    if (c->h->group_by[0])
        snprintf(by, sizeof by, ", %s of %s groups", siam_format_count(a, sizeof a, c->held_units),
                 siam_format_count(b, sizeof b, c->units));
    siam_dataset_remark(info, "held out (val_share %g%s): %s of the %s training images%s%s", c->h->share, seed,
                        siam_format_count(held, sizeof held, c->held_images), siam_format_count(all, sizeof all, c->n), by,
                        aside ? "; the data set's own held-out images are not used" : "");
    if (without)
        siam_dataset_remark(info, "no image of %d of the %d classes is held out", without, c->classes);
}

static siam_code keep(siam_dataset *d, const choice *c, siam_split split, siam_err *e)
{
    int64_t *index = malloc((size_t)c->n * sizeof *index), n = 0;
    if (!index)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the held-out images of '%s'", c->spec);
    for (int64_t i = 0; i < c->n; i++)
        if (c->held[i] == (split == SIAM_SPLIT_TEST))
            index[n++] = i;
    siam_dataset_keep(d, index, n, split);
    return SIAM_OK;
}

static siam_code hold_out(siam_dataset *d, const char *spec, siam_split split, const siam_holdout *h, siam_err *e)
{
    choice c = {.d = d, .h = h, .spec = spec};
    siam_code rc = prepare(&c, e);
    if (!rc)
        rc = find_units(&c, e);
    if (!rc) {
        choose(&c, h->share);
        rc = c.held_images ? SIAM_OK : nothing(&c, e);
    }
    if (!rc) {
        remark(&d->info, &c, !d->info.train_only);
        d->info.train_only = false;
        rc = keep(d, &c, split, e);
    }
    release(&c);
    return rc;
}

siam_code siam_dataset_open_held(siam_dataset **out, const char *spec, siam_split split, int size, const siam_holdout *h, siam_err *e)
{
    *out = NULL;
    if (h)
        SIAM_TRY(check(h, e));
    if (!h || !(h->share > 0))
        return siam_dataset_open(out, spec, split, size, e);
    SIAM_TRY(siam_dataset_open(out, spec, SIAM_SPLIT_TRAIN, size, e));
    if (h->if_none && !(*out)->info.train_only) {
        if (split == SIAM_SPLIT_TRAIN)
            return SIAM_OK;
        siam_dataset_close(out);
        return siam_dataset_open(out, spec, split, size, e);
    }
    const siam_code rc = hold_out(*out, spec, split, h, e);
    if (rc)
        siam_dataset_close(out);
    return rc;
}
