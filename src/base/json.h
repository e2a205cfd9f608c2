/* JSON through jansson; this header is the only way to it. */
#ifndef SIAM_BASE_JSON_H
#define SIAM_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* Parse n bytes. NULL: they are no JSON, and why (may be NULL) says where; or *nomem (may not be NULL): there is no memory. */
json_t *siam_json_parse(const char *text, size_t n, json_error_t *why, bool *nomem);
/* Read a whole file (at most max_bytes). SIAM_E_NOTFOUND, SIAM_E_DATA (syntax, with line), SIAM_E_IO. */
siam_code siam_json_read(json_t **out, const char *path, size_t max_bytes, siam_err *e);
/* json_dumps, but NULL where any of the text had no memory: jansson 2.14 leaves out a key then. */
char *siam_json_dumps(const json_t *j, size_t flags);
/* As text, indented, with a new line at its end; free(*text). */
siam_code siam_json_dump(const json_t *j, char **text, siam_err *e);
/* Write that atomically (siam_file_write_atomic). */
siam_code siam_json_write(const json_t *j, const char *path, siam_err *e);
/* Put values together. Where there is no memory, also for the value (NULL), *into becomes NULL, and what is put into that is
 * freed: to look once, when all is done, is enough. Of a number that is none (NaN, infinity) nothing is put. */
void siam_json_put(json_t **into, const char *key, json_t *value);
void siam_json_put_real(json_t **into, const char *key, double value);
void siam_json_add(json_t **into, json_t *value);
/* A string of bytes from anywhere, a file's name say: what is not UTF-8 becomes U+FFFD. NULL when out of memory. */
json_t *siam_json_text(const char *bytes);

#endif
