/* What a file has of the tensors that are wanted, in words: names in groups ("backbone.layer4.* (18)"), so
 * that two networks that differ everywhere still give a line that can be read. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checkpoint/names_table.h"

enum { GROUPS_MAX = 4, SHAPES_MAX = 3, GROUP_TEXT = 64 };

typedef struct group {
    char name[GROUP_TEXT]; /* the one tensor's name, or what all begin with */
    int n;
} group;

typedef struct names {
    group group[GROUPS_MAX];
    int groups, n, beyond; /* n: names in all; beyond: of those in groups that found no place */
} names;

/* What the first `parts` parts of a dotted name are, with the dot: "backbone.layer4." The whole name when it
 * has no more parts. */
static void head_of(char buf[static GROUP_TEXT], const char *name, int parts)
{
    const char *p = name;
    while (parts-- > 0 && p)
        p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL;
    snprintf(buf, GROUP_TEXT, "%.*s", p ? (int)(p - name) : (int)strlen(name), name);
}

static void add(names *s, const char *name, int parts)
{
    char head[GROUP_TEXT];
    head_of(head, name, parts);
    s->n++;
    for (int i = 0; i < s->groups; i++) {
        char first[GROUP_TEXT]; /* a group of one has its whole name */
        head_of(first, s->group[i].name, parts);
        if (strcmp(first, head))
            continue;
        snprintf(s->group[i].name, GROUP_TEXT, "%s", head);
        s->group[i].n++;
        return;
    }
    if (s->groups == GROUPS_MAX) {
        s->beyond++;
        return;
    }
    snprintf(s->group[s->groups].name, GROUP_TEXT, "%s", name);
    s->group[s->groups++].n = 1;
}

typedef const char *name_at(const void *of, int i); /* NULL: i is not one of them */

/* In finer groups when those fit, in coarser ones else. */
static names collect(name_at *at, const void *of, int n)
{
    names s = {.n = 0};
    for (int parts = 2; parts > 0; parts--) {
        s = (names){.n = 0};
        for (int i = 0; i < n; i++) {
            const char *name = at(of, i);
            if (name)
                add(&s, name, parts);
        }
        if (!s.beyond)
            break;
    }
    return s;
}

typedef struct job {
    const siam_names_read *m;
    const siam_param *want;
    int n;
} job;

static const char *missing_at(const void *of, int i)
{
    const job *j = of;
    return siam_names_read_find(j->m, j->want[i].name) < 0 ? j->want[i].name : NULL;
}

/* A counter of batches and a bias that is folded into a mean are no news. */
static const char *extra_at(const void *of, int i)
{
    static const char counter[] = "num_batches_tracked";
    const job *j = of;
    const char *ours = siam_names_read_name(j->m, i), *theirs = siam_names_read_theirs(j->m, i);
    for (int k = 0; ours && k < j->n; k++)
        if (!strcmp(j->want[k].name, ours))
            return NULL;
    const size_t n = strlen(theirs);
    if (n >= sizeof counter - 1 && !strcmp(theirs + n - (sizeof counter - 1), counter))
        return NULL;
    if (siam_names_read_elsewhere(j->m, i))
        return NULL;
    return j->m->bias[i] == SIAM_KEY_FOLDED ? NULL : theirs;
}

static void put(siam_names_read_match *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(siam_names_read_match *d, const char *fmt, ...)
{
    const size_t n = strlen(d->text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->text + n, sizeof d->text - n, fmt, ap);
    va_end(ap);
}

/* "conv1.weight, layer4.* (50 tensors) and 3 more" */
static void names_text(char *buf, size_t n, const names *s)
{
    size_t at = 0;
    *buf = '\0';
    for (int i = 0; i < s->groups && at < n; i++) {
        at += (size_t)snprintf(buf + at, n - at, "%s%s", i ? ", " : "", s->group[i].name);
        if (s->group[i].n > 1 && at < n)
            at += (size_t)snprintf(buf + at, n - at, "* (%d tensors)", s->group[i].n);
    }
    if (s->beyond && at < n)
        snprintf(buf + at, n - at, " and %d more", s->beyond);
}

static void put_names(siam_names_read_match *d, const char *title, const names *s)
{
    char text[(GROUPS_MAX + 1) * (GROUP_TEXT + 32)];
    names_text(text, sizeof text, s);
    if (s->n)
        put(d, "%s%s", title, text);
}

static void put_shapes(siam_names_read_match *d, const job *j)
{
    char have[SIAM_SHAPE_TEXT], need[SIAM_SHAPE_TEXT], words[256];
    for (int i = 0; i < j->n; i++) {
        const int at = siam_names_read_find(j->m, j->want[i].name);
        const char *what = at < 0 ? NULL : j->m->c->format->obstacle(j->m->c, at, words, sizeof words);
        if (at < 0 || (!what && siam_desc_same_shape(&siam_names_read_entry(j->m, at)->desc, &j->want[i].desc)))
            continue;
        if (d->reshaped++ < SHAPES_MAX)
            put(d, "%s%.64s is %s where %s is needed", d->reshaped == 1 ? "; of another shape: " : ", ",
                siam_names_read_theirs(j->m, at), what ? what : siam_shape_text(have, &siam_names_read_entry(j->m, at)->desc),
                siam_shape_text(need, &j->want[i].desc));
    }
    if (d->reshaped > SHAPES_MAX)
        put(d, " and %d more", d->reshaped - SHAPES_MAX);
}

void siam_names_read_diff(const siam_names_read *m, const siam_param *want, int n, siam_names_read_match *d)
{
    const job j = {m, want, n};
    const names missing = collect(missing_at, &j, n), extra = collect(extra_at, &j, m->n);
    *d = (siam_names_read_match){.wanted = n, .missing = missing.n, .unexpected = extra.n};
    put_names(d, "; missing: ", &missing);
    put_shapes(d, &j);
    put_names(d, "; in the file but not needed: ", &extra);
    d->matched = n - d->missing - d->reshaped;
    char rest[sizeof d->text];
    memcpy(rest, d->text, sizeof rest);
    snprintf(d->text, sizeof d->text, "%d of the %d tensors needed are there%.*s", d->matched, n,
             (int)sizeof rest - 64, rest);
}

/* A classifier is read with weights in rows and a bias, or not at all. */
static bool has_classifier(const siam_names_read *m)
{
    const int weight = siam_names_read_find(m, "fc.weight");
    return weight >= 0 && siam_names_read_entry(m, weight)->desc.ndim == 2 && siam_names_read_find(m, "fc.bias") >= 0;
}

/* A name that nothing here reads. */
static const char *unread_at(const void *of, int i)
{
    const job *j = of;
    const char *ours = siam_names_read_name(j->m, i);
    const bool read = ours && (strncmp(ours, "fc.", 3) ||
                               ((!strcmp(ours, "fc.weight") || !strcmp(ours, "fc.bias")) && has_classifier(j->m)));
    return read ? NULL : extra_at(of, i);
}

int siam_names_read_unread(const siam_names_read *m, char *buf, size_t n)
{
    const job j = {m, NULL, 0};
    const names s = collect(unread_at, &j, m->n);
    names_text(buf, n, &s);
    const size_t at = strlen(buf);
    if (s.groups != 1 || s.group[0].n == 1)
        snprintf(buf + at, n - at, " (%d tensor%s)", s.n, s.n == 1 ? "" : "s");
    return s.n;
}

siam_code siam_names_read_check(const siam_names_read *m, const char *prefix, siam_err *e)
{
    char words[256];
    int first = -1, n = 0;
    for (int i = 0; i < m->n; i++)
        if (m->name[i][0] && !strncmp(m->name[i], prefix, strlen(prefix)) &&
            m->c->format->obstacle(m->c, i, words, sizeof words)) {
            first = first < 0 ? i : first;
            n++;
        }
    if (first < 0)
        return SIAM_OK;
    m->c->format->obstacle(m->c, first, words, sizeof words);
    if (n > 1)
        siam_fail(e, SIAM_E_DATA, "its '%.72s' and %d more cannot be read: the first is %s", siam_names_read_theirs(m, first),
                  n - 1, words);
    else
        siam_fail(e, SIAM_E_DATA, "its '%.72s' cannot be read: it is %s", siam_names_read_theirs(m, first), words);
    siam_hint(e, "in Python, save plain tensors of floats: .to_dense() of a sparse one, .dequantize() of a quantized one, "
                 ".full_tensor() of a DTensor, torch.from_numpy() of an array, .float() of integers, .resolve_neg() of a negated one");
    return SIAM_E_DATA;
}
