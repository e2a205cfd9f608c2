/* Pages of files that are read as one image each. */
#ifndef SIAM_DATA_PAGES_H
#define SIAM_DATA_PAGES_H

#include "data/tar_index.h"

/* Remark, if a look at some of the files shows it, that their other pages are left out; of files in tar files, too. */
void siam_pages_remark(siam_dataset_info *info, const siam_image_list *files);
void siam_pages_remark_tar(siam_dataset_info *info, const siam_tar_set *s);
/* Whether that is the remark at `at` of an info->remarks. */
bool siam_pages_is_remark(const char *at);

#endif
