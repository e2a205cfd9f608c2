/* Lists with a JSON object in every line (JSONL), as tables. */
#ifndef SIAM_DATA_LIST_JSON_H
#define SIAM_DATA_LIST_JSON_H

#include "base/error.h"
#include "data/list_line.h"

/* Take *text (n bytes, from malloc) and give the table that says the same, where it is such a list; other text stays as it is. The keys
 * of the first object are the heading, which *lines knows to be no line of the file; the rows keep their lines, texts lose their line
 * ends, and values that are neither texts nor numbers stand as {} or []. whole: it is all of the list, and a line that is no object, or
 * has a key about an image that the first one does not have, is SIAM_E_DATA; else what cannot be read ends it. free(*text) after a
 * failure, too. */
siam_code siam_list_json(char **text, size_t *n, siam_lines *lines, bool whole, const char *where, siam_err *e);

#endif
