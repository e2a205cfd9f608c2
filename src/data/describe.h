/* What a folder or an archive holds, in words: for messages about places without a data set. */
#ifndef SIAM_DATA_DESCRIBE_H
#define SIAM_DATA_DESCRIBE_H

#include "data/dataset.h"

enum { SIAM_SURVEY_KINDS = 32, SIAM_SURVEY_TEXT = 384 };
typedef struct siam_description {
    int64_t files, folders;
    int kinds;
    struct {
        char ending[12]; /* with its dot, lower case; "" = none */
        int64_t count;
    } kind[SIAM_SURVEY_KINDS];
} siam_description;

void siam_description_add(siam_description *s, const char *name); /* one more file */
/* The entries of a folder, hidden ones left out; false if it cannot be read (errno says why). */
bool siam_description_folder(siam_description *s, const char *path);
/* "3 folders and 1,200 files (1,100 .jpg, 100 .txt)", or "nothing". */
void siam_description_text(const siam_description *s, char text[SIAM_SURVEY_TEXT]);

/* How many of the files are images, and how many are archives, by their endings; kinds that are not listed count for neither. */
int64_t siam_description_images(const siam_description *s);
int64_t siam_description_archives(const siam_description *s);

/* Fill in info->described from the rest of it: "CIFAR-10, 50,000 training images, 32x32 px, 10 classes". */
void siam_dataset_describe(siam_dataset_info *info, const char *name, siam_split split);
/* Name and labels are constants. The same as before, of other numbers. */
void siam_dataset_describe_again(siam_dataset_info *info, siam_split split);
/* The same for images whose sizes differ: "folder, 600 training images, 10 classes, labels from folders". */
void siam_dataset_describe_files(siam_dataset_info *info, const char *name, const char *labels, siam_split split);

#endif
