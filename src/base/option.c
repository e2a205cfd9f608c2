/* Option tables: find a row, parse and check a value, print it. See option_text.c for the words and
 * option_dump.c for the YAML. */
#include "base/option.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"

const char *siam_origin_name(siam_origin o)
{
    static const char *const name[] = {"default", "recipe", "file", "env", "cli", "auto"};
    SIAM_ASSERT((unsigned)o < sizeof name / sizeof *name);
    return name[o];
}

static void *member(const siam_optset *s, int i) { return (char *)s->cfg + s->row[i].offset; }

/* ---- names ---- */

static int fold(char c) { return c == '-' ? '_' : (unsigned char)c; }

static bool same_name(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b))
        a++, b++;
    return fold(*a) == fold(*b);
}

/* `name` ends with "." key. */
static bool ends_with(const char *name, const char *key)
{
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
        if (same_name(dot + 1, key))
            return true;
    return false;
}

int siam_optset_find(const siam_optset *s, const char *key)
{
    int found = -1;
    for (int i = 0; i < s->n; i++)
        if (same_name(s->row[i].name, key))
            return i;
    for (int i = 0; i < s->n; i++)
        if (ends_with(s->row[i].name, key))
            found = found == -1 ? i : -2;
    for (int i = 0; i < s->n && found == -1; i++)
        if (s->row[i].was && (same_name(s->row[i].was, key) || ends_with(s->row[i].was, key)))
            found = i;
    return found;
}

const char *siam_optset_suggest(const siam_optset *s, const char *key)
{
    const char *names[SIAM_OPTIONS_MAX], *dot = strrchr(key, '.');
    for (int i = 0; i < s->n; i++) {
        const char *bare = strrchr(s->row[i].name, '.');
        names[i] = dot || !bare ? s->row[i].name : bare + 1;
    }
    const char *near = siam_nearest(key, names, s->n);
    if (near && siam_optset_find(s, near) < 0) { /* a bare name of several sections */
        for (int i = 0; i < s->n; i++)
            if (ends_with(s->row[i].name, near))
                return s->row[i].name;
    }
    if (near || !dot)
        return near;
    const int i = siam_optset_find(s, dot + 1); /* a right name in a wrong section */
    return i >= 0 ? s->row[i].name : NULL;
}

/* "WHERE: " or nothing. */
static void prefix_of(char *buf, size_t n, const char *where)
{
    snprintf(buf, n, where ? "%.300s: " : "%s", where ? where : "");
}

static void unknown_key(const siam_optset *s, const char *key, const char *at, siam_problems *p)
{
    const char *near = siam_optset_suggest(s, key);
    if (near)
        siam_problem(p, "%sunknown option '%.80s'. Did you mean '%s'?", at, key, near);
    else
        siam_problem(p, "%sunknown option '%.80s'", at, key);
}

static void ambiguous_key(const siam_optset *s, const char *key, const char *at, siam_problems *p)
{
    char list[256] = "";
    for (int i = 0; i < s->n; i++) {
        if (!ends_with(s->row[i].name, key))
            continue;
        const size_t have = strlen(list);
        snprintf(list + have, sizeof list - have, "%s'%s'", have ? " or " : "", s->row[i].name);
    }
    siam_problem(p, "%soption '%.80s' is ambiguous: say %s", at, key, list);
}

/* ---- values ---- */

static bool same_word(const char *a, const char *b)
{
    while (*a && tolower(fold(*a)) == tolower(fold(*b)))
        a++, b++;
    return *a == *b;
}

bool siam_option_choice(const char *choices, int k, char *buf, size_t n)
{
    for (; k > 0; k--) {
        choices = strchr(choices, '|');
        if (!choices)
            return false;
        choices++;
    }
    snprintf(buf, n, "%.*s", (int)strcspn(choices, "|"), choices);
    return true;
}

static bool in_range(const siam_option *o, double v)
{
    if (o->min >= o->max) /* no range given */
        return true;
    return (o->flags & SIAM_OPT_EXCLUSIVE_MIN ? v > o->min : v >= o->min) && v <= o->max;
}

/* Limits this large mean that there is none. */
static bool bounded(const siam_option *o, double limit)
{
    return limit > -1e300 && limit < 1e300 && !(o->type == SIAM_OPT_I32 && limit >= INT32_MAX);
}

/* "a number greater than 0 and at most 1, or auto": what row o takes, for the message. */
static void expected(const siam_option *o, char *buf, size_t n)
{
    static const char *const noun[] = {[SIAM_OPT_BOOL] = "true or false",
                                       [SIAM_OPT_I32] = "a whole number",
                                       [SIAM_OPT_U64] = "a whole number from 0 to 18446744073709551615",
                                       [SIAM_OPT_F64] = "a number",
                                       [SIAM_OPT_STR] = "text",
                                       [SIAM_OPT_ENUM] = "one of ",
                                       [SIAM_OPT_LIST] = "numbers separated by commas, each"};
    char range[96] = "", choices[256] = "";
    const bool low = bounded(o, o->min), high = bounded(o, o->max), open = o->flags & SIAM_OPT_EXCLUSIVE_MIN;
    if (o->type == SIAM_OPT_I32 || o->type == SIAM_OPT_F64 || o->type == SIAM_OPT_LIST) {
        if (o->min >= o->max || (!low && !high))
            snprintf(range, sizeof range, "%s", o->type == SIAM_OPT_LIST ? " finite" : "");
        else if (low && high)
            snprintf(range, sizeof range,
                     open ? " greater than %g and at most %.10g" : " between %g and %.10g", o->min, o->max);
        else if (low)
            snprintf(range, sizeof range, open ? " greater than %.10g" : " of at least %.10g", o->min);
        else
            snprintf(range, sizeof range, " of at most %.10g", o->max);
    } else if (o->type == SIAM_OPT_ENUM) {
        size_t have = 0;
        char word[64];
        for (int k = 0; siam_option_choice(o->sdef, k, word, sizeof word) && have < sizeof choices; k++)
            have += (size_t)snprintf(choices + have, sizeof choices - have, "%s%s", k ? ", " : "", word);
    }
    snprintf(buf, n, "%s%s%s%s", noun[o->type], range, choices, o->flags & SIAM_OPT_AUTO ? ", or auto" : "");
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const word[] = {"false", "true", "off", "on", "no", "yes", "0", "1"};
    for (int i = 0; i < 8; i++)
        if (same_word(text, word[i])) {
            *out = i & 1;
            return true;
        }
    return false;
}

static bool parse_u64(const char *text, uint64_t *out)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    const unsigned long long v = strtoull(text, NULL, 10);
    if (errno)
        return false;
    *out = v;
    return true;
}

static bool parse_enum(const siam_option *o, const char *text, int32_t *out)
{
    char word[64];
    for (int k = 0; siam_option_choice(o->sdef, k, word, sizeof word); k++)
        if (same_word(text, word)) {
            *out = k;
            return true;
        }
    return false;
}

/* "1,2,3", "[1, 2, 3]", or nothing. */
static bool parse_list(const siam_option *o, const char *text, siam_list *out)
{
    siam_list list = {0};
    const char *end = text + strlen(text);
    while (text < end && *text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    if (end - text >= 2 && *text == '[' && end[-1] == ']')
        text++, end--;
    while (text < end && *text == ' ')
        text++;
    while (text < end) {
        size_t len = strcspn(text, ",");
        len = len < (size_t)(end - text) ? len : (size_t)(end - text);
        const char *after = text + len;
        while (len > 0 && text[len - 1] == ' ')
            len--;
        char number[64];
        if (len == 0 || len >= sizeof number || list.n == SIAM_LIST_MAX)
            return false;
        memcpy(number, text, len);
        number[len] = '\0';
        double v;
        if (!siam_parse_f64(number, &v) || !in_range(o, v))
            return false;
        list.v[list.n++] = v;
        if (after == end)
            break;
        text = after + 1;
        while (text < end && *text == ' ')
            text++;
        if (text == end) /* a comma with nothing behind it */
            return false;
    }
    *out = list;
    return true;
}

/* One line of UTF-8. Marks of direction pass: names of files have them. */
static bool is_line(const char *s)
{
    const size_t n = strlen(s);
    unsigned c;
    size_t len;
    for (size_t i = 0; i < n; i += len)
        if ((len = siam_utf8_decode(s + i, n - i, &c)) == 0 || siam_utf8_control(c))
            return false;
    return true;
}

/* Parse into the member; it is untouched when the text does not fit the row. */
static bool store(const siam_option *o, void *dst, const char *text)
{
    const bool is_auto = (o->flags & SIAM_OPT_AUTO) && same_word(text, "auto");
    switch (o->type) {
    case SIAM_OPT_BOOL: return parse_bool(text, dst);
    case SIAM_OPT_ENUM: return parse_enum(o, text, dst);
    case SIAM_OPT_LIST: return parse_list(o, text, dst);
    case SIAM_OPT_U64:
        if (is_auto) {
            *(uint64_t *)dst = (uint64_t)o->def;
            return true;
        }
        return parse_u64(text, dst);
    case SIAM_OPT_I32: {
        int64_t v;
        if (is_auto)
            v = (int64_t)o->def;
        else if (!siam_parse_i64(text, &v) || v < INT32_MIN || v > INT32_MAX || !in_range(o, (double)v))
            return false;
        *(int32_t *)dst = (int32_t)v;
        return true;
    }
    case SIAM_OPT_F64: {
        double v;
        if (is_auto)
            v = o->def;
        else if (!siam_parse_f64(text, &v) || !in_range(o, v))
            return false;
        *(double *)dst = v;
        return true;
    }
    case SIAM_OPT_STR: {
        const size_t n = strlen(text);
        if (n >= o->size || !is_line(text))
            return false;
        memset(dst, 0, o->size); /* equal configurations are equal bytes */
        memcpy(dst, text, n);
        return true;
    }
    }
    return false;
}

bool siam_optset_set(siam_optset *s, const char *key, const char *value, siam_origin from, const char *where,
                     siam_problems *p)
{
    char at[320], want[400];
    prefix_of(at, sizeof at, where);
    const int i = siam_optset_find(s, key);
    if (i < 0) {
        (i == -1 ? unknown_key : ambiguous_key)(s, key, at, p);
        return false;
    }
    const siam_option *o = &s->row[i];
    if (store(o, member(s, i), value)) {
        s->origin[i] = (uint8_t)from;
        return true;
    }
    if (o->type == SIAM_OPT_STR && strlen(value) >= o->size) {
        siam_problem(p, "%s%s is %zu bytes long; it may have at most %zu", at, o->name, strlen(value),
                     o->size - 1);
    } else if (o->type == SIAM_OPT_STR) {
        siam_problem(p, "%s%s must be text in UTF-8 without control characters, got '%.80s'", at, o->name, value);
    } else {
        expected(o, want, sizeof want);
        siam_problem(p, "%s%s must be %s, got '%.80s'", at, o->name, want, value);
    }
    return false;
}

void siam_optset_init(siam_optset *s, const siam_option *rows, void *cfg)
{
    *s = (siam_optset){.row = rows, .cfg = cfg};
    for (; rows[s->n].name; s->n++) {
        SIAM_ASSERT(s->n < SIAM_OPTIONS_MAX);
        const siam_option *o = &rows[s->n];
        void *dst = member(s, s->n);
        char word[64];
        /* A default that the row itself refuses could not be read back from a dump. */
        if (o->type == SIAM_OPT_I32 || o->type == SIAM_OPT_F64)
            SIAM_ASSERT((o->flags & SIAM_OPT_AUTO) || in_range(o, o->def));
        switch (o->type) {
        case SIAM_OPT_BOOL: *(bool *)dst = o->def != 0; break;
        case SIAM_OPT_I32: *(int32_t *)dst = (int32_t)o->def; break;
        case SIAM_OPT_U64: *(uint64_t *)dst = (uint64_t)o->def; break;
        case SIAM_OPT_F64: *(double *)dst = o->def; break;
        case SIAM_OPT_ENUM:
            SIAM_ASSERT(siam_option_choice(o->sdef, (int)o->def, word, sizeof word));
            *(int32_t *)dst = (int32_t)o->def;
            break;
        case SIAM_OPT_STR:
        case SIAM_OPT_LIST: SIAM_ASSERT(store(o, dst, o->sdef ? o->sdef : "")); break;
        }
        s->origin[s->n] = SIAM_FROM_DEFAULT;
    }
}

/* ---- printing ---- */

/* The shortest digits that read back to the same double. */
static void format_f64(double v, char *buf, size_t n)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(c);
    for (int digits = 6; digits <= 17; digits++) /* from 6: 200, not 2e+02 */ {
        snprintf(buf, n, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            break;
    }
    uselocale(before);
    freelocale(c);
}

static void format_list(const siam_list *list, char *buf, size_t n)
{
    buf[0] = '\0';
    for (int k = 0; k < list->n; k++) {
        char number[40];
        format_f64(list->v[k], number, sizeof number);
        const size_t have = strlen(buf);
        snprintf(buf + have, n - have, "%s%s", k ? "," : "", number);
    }
}

static bool holds_auto(const siam_option *o, double v) { return (o->flags & SIAM_OPT_AUTO) && v == o->def; }

void siam_optset_format(const siam_optset *s, int i, char *buf, size_t n)
{
    const siam_option *o = &s->row[i];
    const void *src = member(s, i);
    switch (o->type) {
    case SIAM_OPT_BOOL: snprintf(buf, n, "%s", *(const bool *)src ? "true" : "false"); return;
    case SIAM_OPT_STR: snprintf(buf, n, "%s", (const char *)src); return;
    case SIAM_OPT_LIST: format_list(src, buf, n); return;
    case SIAM_OPT_ENUM: SIAM_ASSERT(siam_option_choice(o->sdef, *(const int32_t *)src, buf, n)); return;
    case SIAM_OPT_U64:
        if ((o->flags & SIAM_OPT_AUTO) && *(const uint64_t *)src == (uint64_t)o->def)
            break;
        snprintf(buf, n, "%llu", (unsigned long long)*(const uint64_t *)src);
        return;
    case SIAM_OPT_I32:
        if (holds_auto(o, *(const int32_t *)src))
            break;
        snprintf(buf, n, "%d", *(const int32_t *)src);
        return;
    case SIAM_OPT_F64:
        if (holds_auto(o, *(const double *)src))
            break;
        format_f64(*(const double *)src, buf, n);
        return;
    }
    snprintf(buf, n, "auto");
}
