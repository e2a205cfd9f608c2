/* Reading lists of image files: one `path label` per line, as mmpretrain's annotation files, or a table with
 * or without a heading, as spreadsheets and competitions have them. */
#ifndef SIAM_DATA_LIST_PARSER_H
#define SIAM_DATA_LIST_PARSER_H

#include "data/image_list.h"
#include "data/list_form.h"

enum { SIAM_LIST_MAX_LABEL = 999999, SIAM_LIST_CLASS_NAME = 255, SIAM_LIST_ALL = -1 };

typedef struct siam_list_spec {
    const char *where; /* what to call the list in messages */
    int split;         /* 0, 1, 2: the rows of train, val, test, where a column says so; SIAM_LIST_ALL */
    const siam_image_list
        *classes; /* with named classes: those there are (others are refused); NULL: take the list's own */
    siam_image_list *mates; /* where the second paths of pairs go, a file for each of the list's; NULL: nowhere */
    siam_there_fn *there; /* as siam_list_form_find */
    void *user;
} siam_list_spec;

/* What was understood. */
typedef struct siam_list_facts {
    siam_list_form form;
    bool labelled, named; /* there are labels; they are names, and the classes are theirs, sorted */
    int64_t comments;
    int64_t rows[3], with_label[3]; /* of each split, where a column says so */
} siam_list_facts;

/* Whether the beginning of a file (text as siam_list_text and siam_list_json give it) looks like a list. */
bool siam_list_looks(siam_lines text);
/* Append the lines of a whole list (of the same kind of text) to f: paths as they stand there, and labels:
 * all lines have one or none has. A label is a number from 0 on ("3", "003" and "3.0" are 3); where the first
 * line's is a word, all are names. Lines that begin with '#' are comments, unless a file of that name is
 * there. The first line that is neither is SIAM_E_DATA, with its number and what is wrong with it. */
siam_code siam_list_parse(siam_image_list *f, siam_list_facts *facts, siam_lines text, const siam_list_spec *ask, siam_err *e);

#endif
