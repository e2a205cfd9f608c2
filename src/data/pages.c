/* Pages of TIFF files that are left out. */
#include "data/pages.h"

#include <string.h>

#include "image/tiff.h"

static const char left_out[] = "of TIFF files with several pages the first is read; tiff:pages=all:PATH reads all of them";

/* Whether file i of a list, or member i of tar files, has pages behind its first. */
static bool goes_on(const siam_image_list *files, const siam_tar_set *tar, int64_t i)
{
    char path[4096];
    if (!tar)
        return siam_image_list_full_path(files, i, path, sizeof path) && siam_tiff_goes_on(path, 0, 0);
    const siam_tar_place *p = &tar->place[i];
    return p->n && siam_tiff_goes_on(tar->file[p->file].path, p->at, p->n);
}

/* A look at all of a million files would take as long as reading them. */
static bool some_go_on(const siam_image_list *files, const siam_tar_set *tar)
{
    enum { LOOKED_AT = 32 };
    const int64_t n = files->n, some = n < LOOKED_AT ? n : LOOKED_AT;
    for (int64_t k = 0; k < some; k++)
        if (goes_on(files, tar, siam_dataset_spread(n, k, some)))
            return true;
    return false;
}

void siam_pages_remark(siam_dataset_info *info, const siam_image_list *files)
{
    if (some_go_on(files, NULL))
        siam_dataset_remark(info, "%s", left_out);
}

void siam_pages_remark_tar(siam_dataset_info *info, const siam_tar_set *s)
{
    if (some_go_on(&s->f, s))
        siam_dataset_remark(info, "of TIFF files with several pages the first is read; unpacked with tar xf, tiff:pages=all:FOLDER reads all of them");
}

bool siam_pages_is_remark(const char *at) { return !strncmp(at, left_out, sizeof left_out - 1); }
