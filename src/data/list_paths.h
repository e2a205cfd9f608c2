/* Lists as they lie on a disk: where their paths start from, and how they are written. */
#ifndef SIAM_DATA_LIST_PATHS_H
#define SIAM_DATA_LIST_PATHS_H

#include "data/list_parser.h"

/* A list's text, to be parsed once or twice; an image in its place stays as it is, and is refused when it is
 * parsed. */
typedef struct siam_list_source {
    const char *path;
    char *text;
    size_t n;
    siam_lines lines; /* of the text */
} siam_list_source;
siam_code siam_list_source_open(siam_list_source *s, const char *path, siam_err *e); /* path is borrowed */
void siam_list_source_close(siam_list_source *s);

/* Whether a regular file is a list, by its beginning: 40; 5 when it is not but its name is that of one (.txt,
 * .csv, .tsv ...), so that what is wrong with it can be said; 0: it is something else. */
int siam_list_probe(const char *path);
/* Whether a list (one that probes as such) has a column of labels. */
bool siam_list_is_labelled(const char *path);
/* The list in a folder that says which images there are and what they show: "metadata.csv" or "metadata.jsonl" with a column called
 * "file_name", as Hugging Face has it. path: MAX bytes for it; false: there is none. */
bool siam_list_metadata(char *path, size_t max, const char *folder);

/* Parse the source, find the folder its paths start from, which becomes the root of f, and turn the paths
 * into those of files:
 *  - folders looked at are the list's own, the one mmpretrain's data_prefix names (meta/train.txt:
 * meta/train, the folder above, train in that), `train`, `images` and `train_images` beside the list, and the
 * working directory;
 *  - '\' becomes '/', file:// and ~ are resolved, where that is how the files are there;
 *  - names without an ending get the one their file has.
 * All but the first goes into info's remarks (info may be NULL), as do the columns and the comments. f may
 * hold classes only. mates: the second images of pairs, one for each of f's, where the list has such; may be NULL. None of the paths is there: SIAM_E_DATA, with the first and the reason. */
siam_code siam_list_load(siam_image_list *f, siam_list_facts *facts, const siam_list_source *s, int split,
                         const siam_image_list *classes, siam_image_list *mates, siam_dataset_info *info, siam_err *e);

#endif
