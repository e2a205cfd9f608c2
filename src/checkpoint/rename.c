/* Renaming by rules, as in sed. */
#include "checkpoint/rename.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum {
    RULES_MAX = 16,
    TEXT_MAX = 256, /* of FROM and of TO */
    LONGEST = 512,  /* longer names are nobody's, and a regular expression may take long over them */
    GROUPS = 10,
    BOUND_MAX = 255, /* of a repetition {m,n} */
    PARTS_MAX = 512, /* of an expression whose repetitions are written out */
    GROUPS_DEEP = 32
};

typedef struct rule {
    regex_t from;
    char to[TEXT_MAX], text[2 * TEXT_MAX + 8]; /* text: the whole rule */
    bool every, used;
} rule;

struct siam_rename {
    rule rule[RULES_MAX];
    int n;
};

static siam_code bad_rule(siam_err *e, const char *text, const char *why)
{
    siam_fail(e, SIAM_E_USAGE, "the rename rule '%.200s' %s", text, why);
    siam_hint(e, "a rule like --rename 's/^module\\.encoder_q\\.//'");
    return SIAM_E_USAGE;
}

/* Copy up to the next `mark` that no backslash stands before; "\/" is the mark itself. NULL: there is none,
 * or it does not fit. */
static const char *part(char buf[static TEXT_MAX], const char *at, char mark)
{
    size_t n = 0;
    for (; *at && *at != mark; at++) {
        if (n + 3 > TEXT_MAX)
            return NULL;
        if (*at == '\\' && at[1] == mark)
            at++;
        else if (*at == '\\' && at[1])
            buf[n++] = *at++;
        buf[n++] = *at;
    }
    buf[n] = '\0';
    return *at ? at + 1 : NULL;
}

/* ---- how much an expression makes of itself ---- */

/* A group, or all of the expression: how many parts it has written out, and whether any is repeated. */
typedef struct extent {
    unsigned long parts;
    bool repeats;
} extent;

/* The end of a bracket expression that begins at p; a "]" right behind its beginning belongs to it. */
static const char *bracket_end(const char *p)
{
    p += p[1] == '^' ? 2 : 1;
    p += *p == ']';
    for (; *p && *p != ']'; p++)
        if (*p == '[' && strchr(".=:", p[1]) && p[1]) {
            const char end[] = {p[1], ']', '\0'}, *stop = strstr(p + 2, end);
            if (!stop)
                return p + strlen(p);
            p = stop + 1;
        }
    return *p ? p : p - 1;
}

/* The most times that the repetition {m,n} at p asks for; NULL in *end: it is none. */
static unsigned long bound_of(const char *p, const char **end)
{
    char *stop;
    *end = NULL;
    if (!isdigit((unsigned char)p[1]) && p[1] != ',')
        return 1;
    unsigned long most = strtoul(p + 1, &stop, 10);
    if (*stop == ',' && isdigit((unsigned char)stop[1]))
        most = strtoul(stop + 1, &stop, 10);
    else if (*stop == ',')
        stop++;
    if (*stop == '}')
        *end = stop;
    return most;
}

/* What is wrong with the size of a regular expression, or NULL. The C library writes its repetitions out, and takes memory
 * and time by the square of that; what refers back to a group it tries in every way there is. Whether the expression is a
 * valid one is not asked here. */
static const char *too_much(const char *from)
{
    extent group[GROUPS_DEEP + 1] = {{0}}, last = {0}; /* last: what a repetition behind it repeats */
    int depth = 0;
    for (const char *p = from; *p && group[depth].parts <= PARTS_MAX; p++) {
        const char *end;
        unsigned long most;
        if (*p == '(') {
            if (++depth > GROUPS_DEEP)
                return "nests its groups too deeply";
            group[depth] = last = (extent){0};
            continue;
        }
        if (*p == ')' && depth) {
            last = group[depth--];
        } else if (*p == '*' || *p == '+' || *p == '?') {
            group[depth].repeats |= *p != '?';
            last.repeats |= *p != '?';
            continue;
        } else if (*p == '{' && (most = bound_of(p, &end), end)) {
            if (most > BOUND_MAX)
                return "repeats a part more than 255 times";
            if (last.repeats && most > 1)
                return "repeats what repeats a part itself";
            group[depth].parts += last.parts * (most ? most - 1 : 0);
            last = (extent){last.parts * most, last.repeats || most > 1};
            group[depth].repeats |= last.repeats;
            p = end;
            continue;
        } else {
            if (*p == '\\' && isdigit((unsigned char)p[1]))
                return "refers back to a group, which only TO can";
            p = *p == '[' ? bracket_end(p) : *p == '\\' && p[1] ? p + 1 : p;
            last = (extent){.parts = 1};
        }
        group[depth].parts += last.parts;
        group[depth].repeats |= last.repeats;
    }
    return group[depth].parts > PARTS_MAX ? "stands for more than 512 parts, its repetitions written out" : NULL;
}

/* The rule at *at, which is left behind it. */
static siam_code parse(rule *r, const char **at, siam_err *e)
{
    char from[TEXT_MAX], message[128];
    const char *begin = *at, *p = begin;
    const char mark = *p == 's' ? p[1] : '\0';
    if (!ispunct((unsigned char)mark) || mark == '\\' || mark == ';')
        return bad_rule(e, begin, "does not look like s/FROM/TO/");
    p = part(from, p + 2, mark);
    p = p ? part(r->to, p, mark) : NULL;
    if (!p)
        return bad_rule(e, begin, "does not look like s/FROM/TO/ (or is longer than names are)");
    if (*p == 'g') {
        r->every = true;
        p++;
    }
    if (*p && !strchr(" \t\n;", *p))
        return bad_rule(e, begin, "goes on behind its end; rules are separated by spaces");
    if (!*from)
        return bad_rule(e, begin, "has nothing to look for");
    snprintf(r->text, sizeof r->text, "%.*s", (int)(p - begin), begin);
    const char *too = too_much(from);
    if (too) {
        siam_fail(e, SIAM_E_USAGE, "the rename rule '%.200s' %s", r->text, too);
        siam_hint(e, "a rule without {numbers}, and without \\1 in FROM: * or +, or the names spelled out");
        return SIAM_E_USAGE;
    }
    const int bad = regcomp(&r->from, from, REG_EXTENDED);
    if (bad) {
        regerror(bad, &r->from, message, sizeof message);
        siam_fail(e, SIAM_E_USAGE, "the rename rule '%.200s' has no valid regular expression: %s", r->text,
                  message);
        siam_hint(e, "a backslash before each of . [ ( * + ? { | ^ $ that means itself");
        return SIAM_E_USAGE;
    }
    *at = p;
    return SIAM_OK;
}

siam_code siam_rename_create(siam_rename **out, const char *rules, siam_err *e)
{
    *out = NULL;
    siam_rename *r = calloc(1, sizeof *r);
    if (!r)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the rename rules");
    siam_code rc = SIAM_OK;
    for (const char *at = rules; !rc && *(at += strspn(at, " \t\n;"));) {
        if (r->n == RULES_MAX)
            rc = bad_rule(e, at, "is one too many: at most 16 are taken");
        else
            rc = parse(&r->rule[r->n], &at, e);
        r->n += !rc;
    }
    if (!rc && !r->n)
        rc = bad_rule(e, rules, "is empty");
    if (rc)
        siam_rename_destroy(&r);
    *out = r;
    return rc;
}

void siam_rename_destroy(siam_rename **r)
{
    if (!*r)
        return;
    for (int i = 0; i < (*r)->n; i++)
        regfree(&(*r)->rule[i].from);
    free(*r);
    *r = NULL;
}

typedef struct text {
    char s[LONGEST];
    size_t n;
    bool full;
} text;

static void append(text *t, const char *s, size_t n)
{
    if (n >= sizeof t->s - t->n) {
        t->full = true;
        return;
    }
    memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = '\0';
}

static void append_replacement(text *t, const char *to, const char *at, const regmatch_t m[GROUPS])
{
    for (; *to; to++) {
        int group = *to == '&' ? 0 : -1;
        if (*to == '\\' && to[1]) {
            to++;
            group = *to >= '0' && *to <= '9' ? *to - '0' : -1;
        }
        if (group < 0)
            append(t, to, 1);
        else if (m[group].rm_so >= 0)
            append(t, at + m[group].rm_so, (size_t)(m[group].rm_eo - m[group].rm_so));
    }
}

/* Whether the rule fits `from`; `out` is then the new name. */
static bool replace(const rule *r, const char *from, text *out)
{
    regmatch_t m[GROUPS];
    const char *at = from;
    bool fits = false;
    *out = (text){.n = 0};
    while ((!fits || r->every) && !regexec(&r->from, at, GROUPS, m, at == from ? 0 : REG_NOTBOL)) {
        fits = true;
        append(out, at, (size_t)m[0].rm_so);
        append_replacement(out, r->to, at, m);
        at += m[0].rm_eo;
        if (!*at)
            break;
        if (m[0].rm_so == m[0].rm_eo) /* an empty match: go past one character, or it is found for ever */
            append(out, at++, 1);
    }
    append(out, at, strlen(at));
    return fits;
}

siam_code siam_rename_apply(siam_rename *r, const char *name, char **out, siam_err *e)
{
    text now, next;
    bool changed = false;
    *out = NULL;
    if (strlen(name) >= sizeof now.s)
        return SIAM_OK;
    now = (text){.n = 0};
    append(&now, name, strlen(name));
    for (int i = 0; i < r->n; i++) {
        if (!replace(&r->rule[i], now.s, &next))
            continue;
        if (next.full)
            return bad_rule(e, r->rule[i].text, "makes a name longer than 511 characters");
        r->rule[i].used = changed = true;
        now = next;
    }
    if (changed && !(*out = strdup(now.s)))
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the new names");
    return SIAM_OK;
}

const char *siam_rename_unused(const siam_rename *r)
{
    for (int i = 0; i < r->n; i++)
        if (!r->rule[i].used)
            return r->rule[i].text;
    return NULL;
}
