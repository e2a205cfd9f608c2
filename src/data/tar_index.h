/* The images in tar files: where each lies, and what lies beside it says. */
#ifndef SIAM_DATA_TAR_INDEX_H
#define SIAM_DATA_TAR_INDEX_H

#include <time.h>

#include "data/describe.h"
#include "data/image_list.h"
#include "data/names.h"

/* Where an image's bytes are. */
typedef struct siam_tar_place {
    uint64_t at, n;
    int32_t file;
} siam_tar_place;

/* A tar file as it was when it was indexed. */
typedef struct siam_tar_file {
    char *path;
    size_t n; /* bytes */
    struct timespec stamp;
} siam_tar_file;

typedef struct siam_tar_set { /* {0} is empty */
    siam_image_list f;     /* images by the names they have in there; labels are numbers of `labels`, -1 = none */
    siam_tar_place *place; /* [f.n] */
    int64_t place_room;
    siam_tar_file *file;   /* [files] */
    int files;
    siam_names labels;     /* what the members NAME.cls and NAME.json beside NAME.jpg say */
    siam_description others; /* members that are neither images nor about one */
    int64_t crowded;       /* samples of several images */
    int64_t lone;          /* labels of no image */
} siam_tar_set;

/* Add the images of a tar file, in its order. A sample is what has one name up to the first dot, member after member as WebDataset has
 * them, or anywhere in the file; its label is the text of its .cls, else what its .json says under "label" or a name like it. SIAM_E_DATA: the archive or a label
 * is damaged. */
siam_code siam_tar_set_add(siam_tar_set *s, const char *path, siam_err *e);
/* The bytes of image i, free(*data); SIAM_E_DATA also when its tar file has changed since. */
siam_code siam_tar_set_read(const siam_tar_set *s, int64_t i, uint8_t **data, size_t *n, siam_err *e);
void siam_tar_set_keep(siam_tar_set *s, const int64_t *index, int64_t n); /* as siam_dataset_type's */
void siam_tar_set_release(siam_tar_set *s);

/* Whether the file is a tar file, and one of its first members an image. */
bool siam_tar_has_images(const char *path);

#endif
