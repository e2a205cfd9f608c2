/* Text files as editors, spreadsheets and shells of any system write them, as UTF-8 with '\n' between lines.
 */
#ifndef SIAM_DATA_LIST_TEXT_H
#define SIAM_DATA_LIST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Take *text (n bytes, from malloc) and give its lines: a byte order mark is left out, UTF-16 and UTF-32
 * become UTF-8 (UTF-16 without a mark, too, where most of every other bytes are zero), and where no line ends
 * with '\n' each '\r' and each zero does. Other bytes stay as they are: names of files need not be UTF-8. The
 * new *text is NUL-terminated; free(*text), also after a failure, which can only be SIAM_E_NOMEM. */
siam_code siam_list_text(char **text, size_t *n, const char *where, siam_err *e);

/* The beginning of a file, at most `room` bytes, as such lines; NULL: it cannot be read.
 * free() it. */
char *siam_list_head(const char *path, size_t room, size_t *n);

#endif
