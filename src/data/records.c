/* Files of records: counting them, and what is wrong with them in words. */
#include "data/records.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"

siam_code siam_records_count(int64_t *count, size_t bytes, size_t record, const char *where, const char *of, siam_err *e)
{
    *count = (int64_t)(bytes / record);
    if (bytes && bytes % record == 0)
        return SIAM_OK;
    siam_fail(e, SIAM_E_DATA,
              "'%s' has %zu bytes, which is not a whole number of %zu-byte records of %s: it is cut short or damaged", where,
              bytes, record, of);
    siam_hint(e, "unpack or download the data set again");
    return SIAM_E_DATA;
}

siam_code siam_records_label(int label, int64_t image, int low, int high, const char *where, const char *of, siam_err *e)
{
    if (label >= low && label <= high)
        return SIAM_OK;
    return siam_fail(e, SIAM_E_DATA,
                     "'%s' has the label %d at image %" PRId64
                     "; %s has the labels %d to %d: the file is damaged or not one of that data set",
                     where, label, image, of, low, high);
}

siam_code siam_records_missing(const char *name, const char *where, const char *of, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' has no %s, which is a part of %s", where, name, of);
    siam_hint(e, "unpack or download the data set again");
    return SIAM_E_DATA;
}

void siam_records_classes(char name[][SIAM_CLASS_LINE], int classes, const char *text, size_t n)
{
    const char *end = text + n;

    for (int i = 0; i < classes && text < end; i++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = 0;
        if (!stop)
            stop = end;
        for (; text < stop && len < SIAM_CLASS_LINE - 1; text++)
            if (*text > ' ' && *text <= '~') /* printable ASCII: names reach a terminal */
                name[i][len++] = *text;
        name[i][len] = '\0';
        text = stop + 1;
    }
}
