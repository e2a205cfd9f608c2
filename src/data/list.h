/* Reading lists of image files: one `path label` per line, as mmpretrain's annotation files. */
#ifndef SIAM_DATA_LIST_H
#define SIAM_DATA_LIST_H

#include "data/files.h"

enum { SIAM_LIST_MAX_LABEL = 999999 };

/* Whether the beginning of a file (n bytes, the rest unknown) looks like such a list. */
bool siam_list_looks(const char *text, size_t n);
/* Append the lines of a whole list to f: `path label`, or `path` on every line; the separator is a blank, a
 * tab or a comma, and the label the last of them. Empty lines and those starting with # are passed over.
 * `where` names the list in messages. */
siam_code siam_list_parse(siam_files *f, const char *text, size_t n, const char *where, siam_err *e);

#endif
