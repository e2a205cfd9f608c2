/* Any bytes as a list of image files: refused in words, or every entry is a path with a label in range. */
#include <stdlib.h>
#include <string.h>

#include "data/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    siam_files f = {0};
    siam_err e = {0};
    siam_list_looks((const char *)data, n);
    if (siam_list_parse(&f, (const char *)data, n, "list", &e)) {
        if (!e.msg[0])
            abort(); /* a failure without a sentence */
    } else {
        for (int64_t i = 0; i < f.n; i++)
            if (!strchr(siam_files_path(&f, i), '.') || f.file[i].label < -1 ||
                f.file[i].label > SIAM_LIST_MAX_LABEL)
                abort();
    }
    siam_files_sort(&f);
    siam_files_release(&f);
    return 0;
}
