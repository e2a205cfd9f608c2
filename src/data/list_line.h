/* The lines of a list as fields: `path label` as people write it, and tables of any separator (RFC 4180). */
#ifndef SIAM_DATA_LIST_LINE_H
#define SIAM_DATA_LIST_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIAM_LINE_FIELDS = 256, SIAM_LINE_PATH = 4095, SIAM_LINE_ROOM = 16384 };

typedef struct siam_span { /* not NUL-terminated */
    const char *text;
    size_t n;
} siam_span;

/* A line, or several where a quoted field holds line ends. The spans live until the next one is read. */
typedef struct siam_line {
    int64_t number;  /* of its first line, from 1 */
    siam_span whole; /* as it stands there, without blanks around it */
    siam_span field[SIAM_LINE_FIELDS];
    int n;
    bool hash;                 /* it begins with '#': a comment, unless there is a file of that name */
    const char *wrong;         /* why it has no fields; NULL: it has */
    char room[SIAM_LINE_ROOM]; /* fields whose doubled quotes are undone */
    size_t used;
} siam_line;

/* Where the next line begins. */
typedef struct siam_lines {
    const char *at, *end;
    int64_t number; /* lines before it */
    bool extra;     /* the first line with something on it is a heading that was put in front of the file's */
} siam_lines;

/* Read the next line with something on it; false: there is none. separator: ',' ';' '\t' '|'; ' ' for runs of
 * blanks; 0 for a path and perhaps a label: the first field is the longest beginning that is the name of an
 * image and that a blank, tab, comma or semicolon ends, so that names may hold these; the second, if any, is
 * the rest. */
bool siam_line_next(siam_line *l, siam_lines *from, char separator);

bool siam_span_is_image(siam_span s); /* by its ending */
/* buf: the span with an end; false: it does not fit, or holds zero bytes. */
bool siam_span_copy(siam_span s, char *buf, size_t n);

#endif
