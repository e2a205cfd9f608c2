/* JSON files over jansson. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/utf8.h"

siam_code siam_json_read(json_t **out, const char *path, size_t max_bytes, siam_err *e)
{
    *out = NULL;
    char *text;
    size_t n;
    SIAM_TRY(siam_file_read(path, max_bytes, &text, &n, e));
    json_error_t why;
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    free(text);
    if (*out)
        return SIAM_OK;
    if (json_error_code(&why) == json_error_out_of_memory)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to read '%s'", path);
    return siam_fail(e, SIAM_E_DATA, "'%s' is not valid JSON: line %d, column %d: %s", path, why.line,
                     why.column, why.text);
}

siam_code siam_json_write(const json_t *j, const char *path, siam_err *e)
{
    char *text = json_dumps(j, JSON_INDENT(2) | JSON_ENCODE_ANY);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to write '%s'", path);
    const size_t n = strlen(text);
    text[n] = '\n'; /* files end with a newline; the terminator's place is enough, n is passed along */
    const siam_code rc = siam_file_write_atomic(path, text, n + 1, e);
    text[n] = '\0';
    free(text);
    return rc;
}

json_t *siam_json_text(const char *bytes)
{
    const size_t n = strlen(bytes);
    char *text = malloc(3 * n + 1), *to = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < n;) {
        unsigned c;
        const size_t len = siam_utf8_decode(bytes + i, n - i, &c);
        memcpy(to, len ? bytes + i : "\xef\xbf\xbd", len ? len : 3);
        to += len ? len : 3;
        i += len ? len : 1;
    }
    json_t *out = json_stringn(text, (size_t)(to - text));
    free(text);
    return out;
}
