/* What a file is that is not what it should be: a refused download, a pointer, an archive, a file of another
 * program. One table, told apart by the first bytes, for models, images, lists and archives alike.
 *
 *   siam_filekind k;
 *   siam_filekind_find(&k, data, n);
 *   siam_fail(e, SIAM_E_DATA, "'%s' is no checkpoint but %s", path, k.what);
 *   siam_filekind_hint(e, &k, path); */
#ifndef SIAM_BASE_FILEKIND_H
#define SIAM_BASE_FILEKIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct siam_filekind {
    bool known;     /* a row of the table, empty, zeros or text; else `what` is "a file of no known kind" */
    char what[160]; /* "a gzip archive", "text that begins with 'Not Found'" */
    bool picture;   /* an image of a kind that is not read here */
    const struct siam_filekind_remedy *remedy;
} siam_filekind;

/* The kind of the file that begins with these n bytes: all of them, or its first 512, of which only whether there is
 * nothing but zeros is less sure. */
void siam_filekind_find(siam_filekind *k, const uint8_t *data, size_t n);
/* What to do about it, where that is known, as the failure's hint: a command when the file's path is given (not NULL). */
void siam_filekind_hint(siam_err *e, const siam_filekind *k, const char *path);

#endif
