/* IDX: the header, and the names that files have. */
#include "data/idx.h"

#include <string.h>

#include "base/check.h"

enum { UNSIGNED_BYTES = 0x08, WORD = 4 };

static siam_code no_idx(const uint8_t *bytes, size_t n, int dimensions, const char *where, siam_err *e)
{
    if (n < WORD || bytes[0] || bytes[1])
        siam_fail(e, SIAM_E_DATA, "'%s' does not begin as an IDX file: it is something else or damaged", where);
    else if (bytes[2] != UNSIGNED_BYTES)
        siam_fail(e, SIAM_E_DATA, "'%s' is an IDX file of other values than bytes (type 0x%02x), and only bytes (0x08) are read", where,
                  bytes[2]);
    else
        siam_fail(e, SIAM_E_DATA, "'%s' is an IDX file of %d dimension%s where one of %d is expected", where, bytes[3],
                  bytes[3] == 1 ? "" : "s", dimensions);
    siam_hint(e, "unpack or download the data set again");
    return SIAM_E_DATA;
}

siam_code siam_idx_parse(siam_idx *x, int dimensions, const uint8_t *bytes, size_t n, const char *where, siam_err *e)
{
    SIAM_ASSERT(dimensions > 0 && dimensions <= SIAM_IDX_DIMENSIONS);
    const size_t header = WORD + WORD * (size_t)dimensions;
    size_t values = 1;
    *x = (siam_idx){.dimensions = dimensions};
    if (n < WORD || bytes[0] || bytes[1] || bytes[2] != UNSIGNED_BYTES || bytes[3] != dimensions)
        return no_idx(bytes, n, dimensions, where, e);
    bool fits = n > header;
    for (int i = 0; fits && i < dimensions; i++) {
        const uint8_t *b = bytes + WORD + WORD * i;
        x->dim[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        fits = x->dim[i] && values <= (n - header) / x->dim[i];
        values *= x->dim[i];
    }
    if (!fits || values != n - header) {
        siam_fail(e, SIAM_E_DATA, "'%s' has %zu bytes, which is not what its header says: it is cut short or damaged", where, n);
        siam_hint(e, "unpack or download the data set again");
        return SIAM_E_DATA;
    }
    x->value = bytes + header;
    return SIAM_OK;
}

/* ---- names ---- */

static bool is_between(char c) { return c == '-' || c == '.' || c == '_'; }

/* Where "images-idx3-ubyte", however it is joined, begins at the end of a name without ".gz"; NULL: it does not. */
static const char *find_images(const char *name, size_t n)
{
    static const char word[] = "images-idx3-ubyte";
    const size_t m = sizeof word - 1;
    if (n < m)
        return NULL;
    const char *at = name + n - m;
    for (size_t i = 0; i < m; i++)
        if (word[i] == '-' ? !is_between(at[i]) : at[i] != word[i])
            return NULL;
    return at;
}

bool siam_idx_is_images(siam_idx_name *parsed, const char *name)
{
    static const char *const words[2][2] = {{"train", "training"}, {"t10k", "test"}};
    size_t n = strlen(name);
    *parsed = (siam_idx_name){.gz = n > 3 && !strcmp(name + n - 3, ".gz")};
    n -= parsed->gz ? 3 : 0;
    const char *at = find_images(name, n);
    if (!at || at == name || !is_between(at[-1]))
        return false;
    const size_t before = (size_t)(at - name) - 1; /* of "emnist-letters-train" */
    for (int split = 0; split < 2; split++)
        for (int i = 0; i < 2; i++) {
            const size_t m = strlen(words[split][i]);
            if (before < m || memcmp(name + before - m, words[split][i], m) || (before > m && !is_between(name[before - m - 1])))
                continue;
            parsed->set = before - m;
            parsed->split = split;
            return true;
        }
    return false;
}

void siam_idx_labels_of(char *buf, const char *images)
{
    size_t n = strlen(images);
    memcpy(buf, images, n + 1);
    n -= n > 3 && !strcmp(images + n - 3, ".gz") ? 3 : 0;
    const char *at = find_images(images, n);
    SIAM_ASSERT(at);
    memcpy(buf + (at - images), "labels", 6);
    buf[at - images + 6 + 4] = '1'; /* idx3 */
}
