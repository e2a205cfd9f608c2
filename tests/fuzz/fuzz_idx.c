/* Any bytes as an IDX file of images and of labels, and, up to the first zero, as a file's name: refused in words, or every value that
 * the header promises is there. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(int dimensions, const uint8_t *data, size_t n)
{
    static volatile uint8_t sum;
    siam_idx x;
    siam_err e = {0};
    if (siam_idx_parse(&x, dimensions, data, n, "fuzz", &e)) {
        if (!e.msg[0] || !e.hint[0])
            abort();
        return;
    }
    size_t values = 1;
    for (int i = 0; i < dimensions; i++)
        values *= x.dim[i];
    if (!values || (size_t)(x.value - data) + values != n)
        abort();
    for (size_t i = 0; i < values; i++)
        sum = (uint8_t)(sum + x.value[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    siam_idx_name parsed;
    char name[256], labels[256];
    for (int dimensions = 1; dimensions <= SIAM_IDX_DIMENSIONS; dimensions++)
        check(dimensions, data, n);
    const size_t m = n < sizeof name - 1 ? n : sizeof name - 1;
    memcpy(name, data, m);
    name[m] = '\0';
    if (siam_idx_is_images(&parsed, name)) {
        siam_idx_labels_of(labels, name);
        if (strlen(labels) != strlen(name) || parsed.set >= strlen(name) || siam_idx_is_images(&parsed, labels))
            abort();
    }
    return 0;
}
