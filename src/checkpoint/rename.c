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
    GROUPS = 10
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
