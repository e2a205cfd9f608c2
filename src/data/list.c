/* Lists of image files. Lines come from files: every length and number is checked. */
#include "data/list.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "image/codec.h"

enum { MAX_LINE = 4095, SHOWN = 80 };

typedef struct line { /* without its end; neither part is NUL-terminated */
    const char *text;
    size_t n;
} line;

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next line with something on it; false at the end. */
static bool next_line(line *l, const char **at, const char *end, int64_t *number)
{
    while (*at < end) {
        const char *stop = memchr(*at, '\n', (size_t)(end - *at));
        const char *a = *at, *b = stop ? stop : end;
        *at = stop ? stop + 1 : end;
        ++*number;
        while (a < b && blank(*a))
            a++;
        while (b > a && blank(b[-1]))
            b--;
        if (a < b && *a != '#') {
            *l = (line){a, (size_t)(b - a)};
            return true;
        }
    }
    return false;
}

static bool is_image(const char *text, size_t n)
{
    char name[MAX_LINE + 1];
    if (n == 0 || n > MAX_LINE || memchr(text, '\0', n))
        return false;
    memcpy(name, text, n);
    name[n] = '\0';
    return siam_image_is_name(name);
}

/* Digits only: -1 for anything else, or for more than any data set has. */
static int label_of(const char *text, size_t n)
{
    int v = 0;
    if (n == 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = 10 * v + (text[i] - '0');
        if (v > SIAM_LIST_MAX_LABEL)
            return -1;
    }
    return v;
}

/* Split "path label" at the last separator. false: it is neither that nor a path alone (label -1). */
static bool split_line(const line *l, size_t *path, int *label)
{
    size_t at = l->n;
    *label = -1;
    *path = l->n;
    if (is_image(l->text, l->n))
        return true;
    while (at > 0 && l->text[at - 1] != ' ' && l->text[at - 1] != '\t' && l->text[at - 1] != ',')
        at--;
    *label = label_of(l->text + at, l->n - at);
    while (at > 0 && (blank(l->text[at - 1]) || l->text[at - 1] == ','))
        at--;
    *path = at;
    return *label >= 0 && is_image(l->text, at);
}

bool siam_list_looks(const char *text, size_t n)
{
    const char *at = text;
    int64_t number = 0;
    line l;
    size_t path;
    int label;
    return next_line(&l, &at, text + n, &number) && split_line(&l, &path, &label);
}

siam_code siam_list_parse(siam_files *f, const char *text, size_t n, const char *where, siam_err *e)
{
    const char *at = text;
    int64_t number = 0, first = 0;
    char path[MAX_LINE + 1];
    line l;

    while (next_line(&l, &at, text + n, &number)) {
        size_t length;
        int label;
        if (!split_line(&l, &length, &label)) {
            siam_fail(e, SIAM_E_DATA,
                      "line %" PRId64
                      " of the list '%s' is not the path of an image and a label from 0 to %d: %.*s",
                      number, where, SIAM_LIST_MAX_LABEL, (int)(l.n < SHOWN ? l.n : SHOWN), l.text);
            siam_hint(e, "lines like: folder/photo.jpg 3");
            return SIAM_E_DATA;
        }
        if (f->n > 0 && (label < 0) != (f->file[f->n - 1].label < 0))
            return siam_fail(e, SIAM_E_DATA,
                             "line %" PRId64 " of the list '%s' has %s label, unlike line %" PRId64, number,
                             where, label < 0 ? "no" : "a", first);
        first = first ? first : number;
        memcpy(path, l.text, length);
        path[length] = '\0';
        SIAM_TRY(siam_files_add(f, path, label, e));
    }
    return SIAM_OK;
}
