/* What the lines of a list are made of, found in the first of them. */
#ifndef SIAM_DATA_LIST_FORM_H
#define SIAM_DATA_LIST_FORM_H

#include "base/error.h"
#include "data/list_line.h"

/* Whether a path in the list is that of a file, wherever its folder may be; NULL: nobody knows. */
typedef bool siam_there_fn(void *user, const char *path);

typedef struct siam_list_form {
    char separator;         /* as siam_line_next */
    bool heading;           /* the first line names the columns */
    int columns;            /* of every line of a table */
    int path, label, split, group; /* which column they are, -1 = none */
    int mate;               /* that of the path of a second image of the same thing, -1 = none */
    bool bare;              /* the names have no endings, as Kaggle's ids */
    bool file_name;         /* a column is called so, which makes it metadata of Hugging Face's */
    char columns_text[512]; /* "path from the column 'id', ...", printable; "" without a heading */
} siam_list_form;

/* Find the form in the first two of the lines. what: to call the list in messages. false: it has none that is
 * understood, and e says what is wrong with which line. */
bool siam_list_form_find(siam_list_form *form, siam_lines text, siam_there_fn *there, void *user,
                         const char *what, siam_err *e);

/* What to do about a line that is refused: the failure's hint. */
typedef enum siam_list_advice {
    SIAM_ADVISE_LINES,
    SIAM_ADVISE_FIELDS,
    SIAM_ADVISE_COLUMNS,
    SIAM_ADVISE_LABELS,
    SIAM_ADVISE_EVERY_LABEL,
    SIAM_ADVISE_CLASSES,
    SIAM_ADVISE_SPLITS,
    SIAM_ADVISE_OBJECTS,
    SIAM_ADVISE_PAIRS
} siam_list_advice;
/* SIAM_E_DATA: "line 3 of the list 'a.txt' WHY: its text", and the hint. */
siam_code siam_list_refuse(siam_err *e, const siam_line *l, const char *list, const char *why,
                           siam_list_advice advice);

/* Whether a column of that name says something about an image: its path, label or split. */
bool siam_list_is_column(siam_span name);
bool siam_list_is_label(siam_span name); /* the same of labels alone */
/* Words for the splits of a column, "train", "val", "test" and their like: 0, 1, 2; -1: it is none. */
int siam_list_split_word(siam_span s);

/* Whether a line is a comment: it begins with '#', and is not about a file that is there. */
bool siam_list_is_comment(const siam_line *l, const siam_list_form *form, siam_there_fn *there, void *user);

#endif
