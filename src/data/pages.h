/* Pages of files that are read as one image each. */
#ifndef SIAM_DATA_PAGES_H
#define SIAM_DATA_PAGES_H

#include "data/image_list.h"

/* Remark, if a look at some of the files shows it, that their other pages are left out. */
void siam_pages_remark(siam_dataset_info *info, const siam_image_list *files);
/* Whether that is the remark at `at` of an info->remarks. */
bool siam_pages_is_remark(const char *at);

#endif
