/* Pages of TIFF files that are left out. */
#include "data/pages.h"

#include <string.h>

#include "image/tiff.h"

static const char left_out[] = "of TIFF files with several pages the first is read; tiff:pages=all:PATH reads all of them";

/* A look at all of a million files would take as long as reading them. */
void siam_pages_remark(siam_dataset_info *info, const siam_image_list *files)
{
    enum { LOOKED_AT = 32 };
    char path[4096];
    const int64_t n = files->n, some = n < LOOKED_AT ? n : LOOKED_AT;
    for (int64_t k = 0; k < some; k++)
        if (siam_image_list_full_path(files, siam_dataset_spread(n, k, some), path, sizeof path) && siam_tiff_goes_on(path)) {
            siam_dataset_remark(info, "%s", left_out);
            return;
        }
}

bool siam_pages_is_remark(const char *at) { return !strncmp(at, left_out, sizeof left_out - 1); }
