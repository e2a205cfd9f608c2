/* What data sets of a few large files have in common: files of records of one size, and names of classes line by line. */
#ifndef SIAM_DATA_RECORDS_H
#define SIAM_DATA_RECORDS_H

#include "data/dataset.h"

enum { SIAM_CLASS_LINE = 32, SIAM_CLASS_FILE = 65536 }; /* bytes of a name with its end; of a file of names that is read */

/* How many records of that size `bytes` are; SIAM_E_DATA where that is not a whole number from 1 on. where: the file's name, of: the
 * data set's. */
siam_code siam_records_count(int64_t *count, size_t bytes, size_t record, const char *where, const char *of, siam_err *e);
/* Check the label of an image: SIAM_E_DATA unless it is from `low` to `high`. */
siam_code siam_records_label(int label, int64_t image, int low, int high, const char *where, const char *of, siam_err *e);
/* SIAM_E_DATA: a file of that name is not there. */
siam_code siam_records_missing(const char *name, const char *where, const char *of, siam_err *e);
/* One class name a line; anything odd is left out, the names are only shown. */
void siam_records_classes(char name[][SIAM_CLASS_LINE], int classes, const char *text, size_t n);

#endif
