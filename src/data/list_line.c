/* Taking lines apart. Lines come from files: every length is checked, and a quote that is not closed cannot
 * swallow the rest of the list. */
#include "data/list_line.h"

#include <string.h>

#include "image/codec.h"

enum { MAX_QUOTED = SIAM_LINE_ROOM, ENDING = 16 };

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static siam_span trim(const char *a, const char *b)
{
    while (a < b && blank(*a))
        a++;
    while (b > a && blank(b[-1]))
        b--;
    return (siam_span){a, (size_t)(b - a)};
}

bool siam_span_copy(siam_span s, char *buf, size_t n)
{
    if (s.n >= n || memchr(s.text, '\0', s.n))
        return false;
    memcpy(buf, s.text, s.n);
    buf[s.n] = '\0';
    return true;
}

bool siam_span_is_image(siam_span s)
{
    char ending[ENDING];
    const size_t look =
        s.n < ENDING - 1 ? s.n : ENDING - 1; /* all that is looked at of a long line, again and again */
    const char *dot = memrchr(s.text + s.n - look, '.', look);
    return dot && s.n <= SIAM_LINE_PATH &&
           siam_span_copy((siam_span){dot, s.n - (size_t)(dot - s.text)}, ending, sizeof ending) &&
           siam_image_is_name(ending) && !memchr(s.text, '\0', s.n);
}

/* A quoted field that begins at `a`: what is in the quotes, and *after them. Doubled quotes are one. false:
 * it is not closed (or too long, which is what the rest of a list would be). */
static bool quoted(siam_line *l, const char *a, const char *end, siam_span *out, const char **after)
{
    const char quote = *a++, *from = a;
    const size_t used = l->used;
    if (end - a > MAX_QUOTED)
        end = a + MAX_QUOTED;
    for (const char *b; (b = memchr(a, quote, (size_t)(end - a))); a = b + 2) {
        const bool doubled = b + 1 < end && b[1] == quote;
        if (!doubled && l->used == used) {
            *out = (siam_span){from, (size_t)(b - from)};
            *after = b + 1;
            return true;
        }
        const size_t n = (size_t)(b - a) + doubled;
        if (n > sizeof l->room - l->used)
            return false;
        memcpy(l->room + l->used, a, n);
        l->used += n;
        if (!doubled) {
            *out = (siam_span){l->room + used, l->used - used};
            *after = b + 1;
            return true;
        }
    }
    l->used = used;
    return false;
}

static bool add(siam_line *l, siam_span s)
{
    if (l->n == SIAM_LINE_FIELDS) {
        l->wrong = "has more columns than a list can have";
        return false;
    }
    l->field[l->n++] = s;
    return true;
}

/* Quotes around a whole field that is not a table's. */
static siam_span unquote(siam_line *l, siam_span s)
{
    siam_span inside;
    const char *after;
    if (s.n >= 2 && (*s.text == '"' || *s.text == '\'') && quoted(l, s.text, s.text + s.n, &inside, &after) &&
        after == s.text + s.n)
        return inside;
    return s;
}

static bool separates(char c) { return c == ' ' || c == '\t' || c == ',' || c == ';'; }

static siam_span behind(const char *at, const char *end)
{
    siam_span s = trim(at, end);
    if (s.n && (*s.text == ',' || *s.text == ';'))
        s = trim(s.text + 1, end);
    return s;
}

static void split_plain(siam_line *l)
{
    const char *a = l->whole.text, *end = a + l->whole.n, *after, *at = end;
    siam_span path = l->whole;
    const bool closed = (*a == '"' || *a == '\'') && quoted(l, a, end, &path, &after);
    if (closed && (after == end || separates(*after))) {
        at = after;
    } else if (*a == '"' && !closed) {
        l->wrong = "opens a quote (\") that is not closed";
        return;
    } else {
        path = l->whole;
        while (at > a && !siam_span_is_image(path)) {
            do
                at--;
            while (at > a && !separates(*at));
            path = trim(a, at);
        }
        if (at == a) { /* nothing in it is an image's name */
            path = l->whole;
            at = end;
        }
    }
    add(l, path);
    const siam_span label = behind(at, end);
    if (at < end)
        add(l, unquote(l, label));
}

/* Blanks apart. */
static void split_blanks(siam_line *l)
{
    const char *at = l->whole.text, *end = at + l->whole.n;
    while (at < end) {
        siam_span s = {at, 0};
        const char *after = at;
        if (*at != '"' || !quoted(l, at, end, &s, &after)) {
            while (after < end && !blank(*after))
                after++;
            s.n = (size_t)(after - at);
        }
        if (!add(l, s))
            return;
        for (at = after; at < end && blank(*at); at++)
            ;
    }
}

/* A table's line from l->whole.text on, which a quoted field may carry beyond its end. Gives the end it
 * really has. */
static const char *split_table(siam_line *l, const char *line_end, const char *limit, char separator)
{
    const char *at = l->whole.text;
    for (;;) {
        while (at < line_end && *at != separator && blank(*at))
            at++;
        siam_span s;
        const char *after;
        if (at < line_end && *at == '"') {
            if (!quoted(l, at, limit, &s, &after)) {
                l->wrong = "opens a quote (\") that is not closed";
                return line_end;
            }
            if (after > line_end) {
                const char *stop = memchr(after, '\n', (size_t)(limit - after));
                line_end = stop ? stop : limit;
            }
            while (after < line_end && *after != separator && blank(*after))
                after++;
            if (after < line_end && *after != separator) {
                l->wrong = "has text behind a closing quote (\"); quotes in a quoted field are doubled";
                return line_end;
            }
        } else {
            for (after = at; after < line_end && *after != separator;)
                after++;
            s = trim(at, after);
        }
        if (!add(l, s) || after >= line_end)
            return line_end;
        at = after + 1;
    }
}

static bool empty(const siam_line *l)
{
    for (int i = 0; i < l->n; i++)
        if (l->field[i].n)
            return false;
    return !l->wrong;
}

bool siam_line_next(siam_line *l, siam_lines *from, char separator)
{
    while (from->at < from->end) {
        const char *stop = memchr(from->at, '\n', (size_t)(from->end - from->at));
        const char *a = from->at, *end = stop ? stop : from->end;
        l->number = ++from->number;
        l->whole = separator == '\t' ? (siam_span){a, (size_t)(end - a)} : trim(a, end);
        l->n = 0;
        l->used = 0;
        l->wrong = NULL;
        from->at = stop ? stop + 1 : from->end;
        if (trim(a, end).n == 0)
            continue;
        l->hash = *trim(a, end).text == '#';
        if (separator == 0) {
            split_plain(l);
        } else if (separator == ' ') {
            split_blanks(l);
        } else {
            const char *last = split_table(l, end, l->hash ? end : from->end, separator);
            for (const char *p = end; p < last && (p = memchr(p, '\n', (size_t)(last - p))); p++)
                from->number++;
            from->at = last < from->end ? last + 1 : from->end;
        }
        if (empty(l))
            continue;
        from->number -= from->extra;
        from->extra = false;
        return true;
    }
    return false;
}
