/* Files, folders and lists that were named one by one, as a data set without labels. */
#ifndef SIAM_DATA_PATHS_H
#define SIAM_DATA_PATHS_H

#include "data/dataset.h"

/* Each path is a file (whatever its name: its content decides), an image or a list in a pipe that this process was given (/dev/stdin,
 * /dev/fd/N), a folder (its images at any depth, sorted),
 * or a text file that lists one image per line. lists: more of these, paths in them relative to the list's
 * own folder or, where nothing is there, to the working directory. The files come in the order given; file()
 * is the path as a program would open it. A path that is not there: SIAM_E_NOTFOUND; a folder or list without
 * images: SIAM_E_DATA. What a file holds comes out in read. */
siam_code siam_paths_open(siam_dataset **out, const char *const *path, int n, const char *const *list,
                          int nlist, siam_err *e);

/* Whether a path is one image, which siam_paths_open takes and siam_dataset_open does not: by its content, or its name where
 * that is wrong; or such a pipe. */
bool siam_paths_is_image(const char *path);

#endif
