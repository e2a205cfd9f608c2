/* Finding out what a list is made of. What is not certain is refused, with the line, rather than guessed. */
#include "data/list_form.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"

enum { WORD = 64, SHOWN = 80, COLUMNS = 5 };

/* Names of columns, those that say more before those that say less; lower case, with '_' for blanks and '-'.
 */
static const char *const path_names[] = {
    "path",  "filepath",  "file_path",  "image_path", "img_path", "imagepath",  "filename",  "file_name",
    "file",  "imagefile", "image_file", "image",      "img",      "image_name", "imagename", "img_name",
    "photo", "picture",   "path1",      "path_1",     "image1",   "image_1",   "img1",     "image_a",
    "view1", "anchor",    "image_id",   "imageid",    "img_id",   "id",        "name",     NULL};
/* Of a second image beside it. */
static const char *const mate_names[] = {"path2", "path_2", "image2", "image_2", "img2", "image_b", "view2", "pair", "positive", NULL};
static const char *const label_names[] = {"label",       "class",         "target",    "category",
                                          "labels",      "class_name",    "classname", "label_name",
                                          "class_label", "class_id",      "label_id",  "class_index",
                                          "category_id", "category_name", "classes",   NULL};
static const char *const split_names[] = {"split", "subset", "partition", "set", "fold", NULL};
static const char *const group_names[] = {"group",   "group_id",   "groups",    "patient", "patient_id", "patientid",
                                          "subject", "subject_id", "subjectid", "case_id", NULL};

static bool word_of(siam_span s, char word[WORD])
{
    if (!siam_span_copy(s, word, WORD))
        return false;
    for (char *c = word; *c; c++)
        *c = *c == ' ' || *c == '-' ? '_' : (char)tolower((unsigned char)*c);
    return true;
}

/* The place of a column's name among `names`, -1 = it is not there. */
static int rank_of(siam_span s, const char *const *names)
{
    char word[WORD];
    if (!word_of(s, word))
        return -1;
    for (int i = 0; names[i]; i++)
        if (!strcmp(word, names[i]))
            return i;
    return -1;
}

bool siam_list_is_column(siam_span name)
{
    return rank_of(name, path_names) >= 0 || rank_of(name, label_names) >= 0 || rank_of(name, split_names) >= 0 ||
           rank_of(name, group_names) >= 0 || rank_of(name, mate_names) >= 0;
}

bool siam_list_is_label(siam_span name) { return rank_of(name, label_names) >= 0; }

int siam_list_split_word(siam_span s)
{
    static const char *const words[3][5] = {{"train", "training", "trn", NULL},
                                            {"val", "valid", "validation", "dev", NULL},
                                            {"test", "testing", "tst", NULL}};
    for (int i = 0; i < 3; i++)
        if (rank_of(s, words[i]) >= 0)
            return i;
    return -1;
}

bool siam_list_is_comment(const siam_line *l, const siam_list_form *form, siam_there_fn *there, void *user)
{
    char path[SIAM_LINE_PATH + 1];
    return l->hash && (l->wrong || l->n <= form->path || !there ||
                       !siam_span_copy(l->field[form->path], path, sizeof path) || !there(user, path));
}

/* ---- refusing
 * -----------------------------------------------------------------------------------------------------------
 */

typedef struct finder {
    siam_list_form *form;
    siam_line *line[2]; /* the first two that are no comments; number 0: there is none */
    siam_lines start;
    siam_there_fn *there;
    void *user;
    const char *what;
    siam_err *e;
} finder;

static void advise(siam_err *e, siam_list_advice advice)
{
    switch (advice) {
    case SIAM_ADVISE_LINES:
        siam_hint(e, "lines like: folder/photo.jpg 3, or a table whose first line is: path,label");
        return;
    case SIAM_ADVISE_FIELDS:
        siam_hint(e, "as many fields in every line, and double quotes around those that hold a separator or "
                     "a quote (doubled)");
        return;
    case SIAM_ADVISE_COLUMNS:
        siam_hint(e, "a first line that calls one column path, that of second images path2, the one with the labels label, "
                     "and the others something else");
        return;
    case SIAM_ADVISE_LABELS:
        siam_hint(e, "numbers from 0 on for all labels, or names of classes for all");
        return;
    case SIAM_ADVISE_EVERY_LABEL: siam_hint(e, "a label in every line of the list, or in none"); return;
    case SIAM_ADVISE_CLASSES:
        siam_hint(e, "the classes of the training images for the held-out ones, spelt alike");
        return;
    case SIAM_ADVISE_PAIRS: siam_hint(e, "two paths in every line: those of two images of the same thing"); return;
    case SIAM_ADVISE_SPLITS: siam_hint(e, "train, val or test in every line of that column"); return;
    case SIAM_ADVISE_OBJECTS:
        siam_hint(e, "an object in each line, like: {\"path\": \"folder/photo.jpg\", \"label\": 3}");
        return;
    }
}

siam_code siam_list_refuse(siam_err *e, const siam_line *l, const char *list, const char *why,
                           siam_list_advice advice)
{
    char text[2 * SHOWN], shown[SHOWN];
    snprintf(text, sizeof text, "%.*s", (int)(l->whole.n < sizeof text ? l->whole.n : sizeof text - 1),
             l->whole.text);
    siam_fail(e, SIAM_E_DATA, "line %" PRId64 " of the list '%s' %s: %s", l->number, list, why,
              siam_format_printable(shown, sizeof shown, text));
    advise(e, advice);
    return SIAM_E_DATA;
}

static bool refuse(const finder *f, const siam_line *l, const char *why, siam_list_advice advice)
{
    siam_list_refuse(f->e, l, f->what, why, advice);
    return false;
}

/* ---- tables
 * -------------------------------------------------------------------------------------------------------------
 */

/* The first two lines, taken apart by `separator`. */
static void read_two(finder *f, char separator)
{
    siam_lines from = f->start;
    const siam_list_form first = {.path = 0};
    for (int i = 0; i < 2; i++) {
        bool more;
        while ((more = siam_line_next(f->line[i], &from, separator)) &&
               siam_list_is_comment(f->line[i], &first, f->there, f->user))
            ;
        if (!more)
            *f->line[i] = (siam_line){.whole = {"", 0}};
    }
}

static int image_columns(const siam_line *l, int *first)
{
    int n = 0;
    for (int i = l->n - 1; i >= 0; i--)
        if (siam_span_is_image(l->field[i])) {
            *first = i;
            n++;
        }
    return n;
}

/* The column whose name comes first among `names`; -1: none. *twice: another one has that name, too. */
static int named_column(const siam_line *heading, const char *const *names, bool *twice)
{
    int best = -1, best_rank = -1;
    *twice = false;
    for (int i = 0; i < heading->n; i++) {
        const int rank = rank_of(heading->field[i], names);
        if (rank < 0 || (best >= 0 && rank > best_rank))
            continue;
        *twice = rank == best_rank;
        best = *twice ? best : i;
        best_rank = rank;
    }
    return best;
}

/* Whether the first line is a heading over the second. Between blanks any words could be one. */
static bool is_heading(const finder *f, char separator)
{
    const siam_line *a = f->line[0], *b = f->line[1];
    int at;
    bool twice;
    if (a->wrong || a->n == 0 || image_columns(a, &at))
        return false;
    if (named_column(a, path_names, &twice) >= 0)
        return true;
    return separator != ' ' && b->n == a->n && !b->wrong && a->n > 1 && image_columns(b, &at) > 0;
}

static void say_columns(const finder *f)
{
    siam_list_form *form = f->form;
    const siam_line *h = f->line[0];
    char name[WORD], text[WORD];
    const int at[COLUMNS] = {form->path, form->mate, form->label, form->split, form->group};
    static const char *const what[COLUMNS] = {"path", "second path", "label", "split", "group"};
    size_t used = 0;
    int unread = 0;
    for (int i = 0; i < COLUMNS; i++)
        if (at[i] >= 0 && at[i] < h->n && siam_span_copy(h->field[at[i]], text, sizeof text))
            used += (size_t)snprintf(form->columns_text + used, sizeof form->columns_text - used,
                                     "%s%s from the column '%s'", used ? ", " : "", what[i],
                                     siam_format_printable(name, sizeof name, text));
    for (int i = 0; i < h->n && used < sizeof form->columns_text; i++) {
        if (i == at[0] || i == at[1] || i == at[2] || i == at[3] || i == at[4])
            continue;
        snprintf(text, sizeof text, "%.*s", (int)(h->field[i].n < WORD ? h->field[i].n : WORD - 1),
                 h->field[i].text);
        if (unread < 4)
            used += (size_t)snprintf(
                form->columns_text + used, sizeof form->columns_text - used, "%s'%s'",
                unread ? ", " : "; not read: ", siam_format_printable(name, sizeof name, text));
        unread++;
    }
    if (unread > 4 && used < sizeof form->columns_text)
        snprintf(form->columns_text + used, sizeof form->columns_text - used, " and %d more", unread - 4);
}

/* Columns by the names in the heading, and the path by what the second line holds. */
static bool take_heading(const finder *f)
{
    siam_list_form *form = f->form;
    const siam_line *h = f->line[0], *b = f->line[1];
    bool twice;
    int at = -1;
    form->heading = true;
    form->columns = h->n;
    for (int i = 0; i < h->n; i++)
        form->file_name |= h->field[i].n == 9 && !memcmp(h->field[i].text, "file_name", 9);
    if (b->number == 0)
        return refuse(f, h, "is a heading and nothing stands below it", SIAM_ADVISE_LINES);
    if (b->wrong || b->n < h->n)
        return refuse(f, b, b->wrong ? b->wrong : "has fewer columns than the heading", SIAM_ADVISE_FIELDS);
    const int images = image_columns(b, &at);
    form->path = images == 1 ? at : named_column(h, path_names, &twice);
    if (images != 1 && (form->path < 0 || twice))
        return refuse(f, h,
                      images ? "has several columns with images, and none of them is called 'path'"
                             : "has two columns of the same name for the path",
                      SIAM_ADVISE_COLUMNS);
    form->bare = images == 0;
    form->mate = named_column(h, mate_names, &twice);
    if (form->mate >= 0 && twice)
        return refuse(f, h, "has two columns of the same name for the second path", SIAM_ADVISE_COLUMNS);
    if (form->mate == form->path || (form->mate >= 0 && !siam_span_is_image(b->field[form->mate])))
        form->mate = -1; /* 'positive' may be a label */
    form->label = named_column(h, label_names, &twice);
    if (form->label >= 0 && twice)
        return refuse(f, h, "has two columns of the same name for the label", SIAM_ADVISE_COLUMNS);
    form->split = named_column(h, split_names, &twice);
    if (form->split == form->path || (form->split >= 0 && rank_of(h->field[form->split], split_names) > 0 &&
                                      siam_list_split_word(b->field[form->split]) < 0))
        form->split = -1; /* 'set' and 'fold' may be about something else */
    if (form->label == form->path)
        form->label = -1;
    form->group = named_column(h, group_names, &twice);
    if (form->group >= 0 && twice)
        return refuse(f, h, "has two columns of the same name for the group", SIAM_ADVISE_COLUMNS);
    if (form->group == form->path)
        form->group = -1;
    if (form->label < 0 && form->group < 0 && h->n == 2 && form->split < 0 && !f->start.extra && images < 2)
        form->label = 1 - form->path;
    say_columns(f);
    return true;
}

/* A table without a heading: the columns by what is in them. */
static bool take_table(const finder *f)
{
    siam_list_form *form = f->form;
    const siam_line *a = f->line[0];
    int rest = 0;
    form->columns = a->n;
    form->label = -1;
    const int images = image_columns(a, &form->path);
    for (int i = form->path + 1; i < a->n && images == 2; i++)
        if (siam_span_is_image(a->field[i]))
            form->mate = i;
    if (images != 1 && images != 2)
        return refuse(f, a, "has several columns with images, and no heading says which are meant",
                      SIAM_ADVISE_COLUMNS);
    for (int i = 0; i < a->n; i++) {
        if (i == form->path || i == form->mate)
            continue;
        if (a->n - (form->mate >= 0) > 2 && form->split < 0 && siam_list_split_word(a->field[i]) >= 0) {
            form->split = i;
        } else {
            form->label = i;
            rest++;
        }
    }
    if (rest > 1)
        return refuse(f, a, "has several columns beside the path, and no heading says which is the label",
                      SIAM_ADVISE_COLUMNS);
    return true;
}

/* ---- which form
 * ---------------------------------------------------------------------------------------------------------
 */

static bool has(siam_span s, char c) { return memchr(s.text, c, s.n) != NULL; }

static bool number_first(siam_span s)
{
    size_t i = 0;
    while (i < s.n && s.text[i] >= '0' && s.text[i] <= '9')
        i++;
    return i > 0 && i < s.n && s.text[i] == ' ';
}

/* `path label` with the path first. A label with separators in it is several columns, and so are several
 * numbers. */
static bool is_plain(const siam_line *l)
{
    if (l->wrong || l->n == 0 || !siam_span_is_image(l->field[0]))
        return false;
    return l->n == 1 || (!has(l->field[1], ',') && !has(l->field[1], '\t') && !has(l->field[1], ';') &&
                         !number_first(l->field[1]));
}

/* The label stands first, and the file is there under the rest of the line. */
static bool label_first(finder *f, char separator)
{
    char path[SIAM_LINE_PATH + 1];
    if (!f->there || !siam_span_copy(f->line[0]->whole, path, sizeof path) || f->there(f->user, path))
        return false;
    read_two(f, separator);
    return f->line[0]->n == 2 && siam_span_copy(f->line[0]->field[1], path, sizeof path) &&
           f->there(f->user, path);
}

/* Two images that are there, where no file has the two names for one. */
static bool two_images(finder *f, char separator)
{
    char path[SIAM_LINE_PATH + 1];
    const siam_line *a = f->line[0];
    int at;
    if (!f->there || !has(a->field[0], separator) || !siam_span_copy(a->field[0], path, sizeof path) || f->there(f->user, path))
        return false;
    read_two(f, separator);
    bool all = !a->wrong && image_columns(a, &at) == 2;
    for (int i = 0; all && i < a->n; i++)
        all = !siam_span_is_image(a->field[i]) || (siam_span_copy(a->field[i], path, sizeof path) && f->there(f->user, path));
    if (!all)
        read_two(f, 0);
    return all;
}

/* A table that was made of objects, which have names for all that they say. */
static bool take_objects(finder *f)
{
    const siam_line *a = f->line[0], *b = f->line[1];
    int at;
    bool twice;
    f->form->separator = ',';
    read_two(f, ',');
    if (named_column(a, path_names, &twice) < 0 && !image_columns(b, &at))
        return refuse(f, b, "has no path of an image (.jpg, .png, .tif ...)", SIAM_ADVISE_OBJECTS);
    return take_heading(f);
}

static bool find(finder *f)
{
    static const char separators[] = ",;\t|";
    char best = 0;
    siam_list_form *form = f->form;
    if (f->start.extra)
        return take_objects(f);
    read_two(f, 0);
    const siam_line *a = f->line[0];
    if (a->number == 0) {
        siam_fail(f->e, SIAM_E_DATA, "the list '%s' names no images", f->what);
        advise(f->e, SIAM_ADVISE_LINES);
        return false;
    }
    const siam_span whole = a->whole;
    if (is_plain(a)) {
        for (const char *s = ", \t;|"; *s; s++)
            if (two_images(f, *s)) {
                form->separator = *s;
                return take_table(f);
            }
        for (const char *s = ", \t;"; a->n == 1 && *s; s++)
            if (has(whole, *s) && label_first(f, *s)) {
                form->separator = *s;
                return take_table(f);
            }
        return true;
    }
    int most = 1;
    for (const char *s = separators; *s; s++) {
        read_two(f, *s);
        if (!a->wrong && a->n > most) {
            most = a->n;
            best = *s;
        }
    }
    read_two(f, best ? best : ' ');
    form->separator = best ? best : ' ';
    int at;
    if (is_heading(f, form->separator)) {
        /* One name, or the path's and the label's in this order, over lines that need no table. */
        const bool pairs = a->n == 2 && rank_of(a->field[1], mate_names) >= 0;
        const bool simple = !best && !pairs && (a->n == 1 || (a->n == 2 && rank_of(a->field[0], path_names) >= 0));
        if (!simple)
            return take_heading(f);
        form->heading = true;
        form->separator = 0;
        say_columns(f);
        read_two(f, 0);
        if (f->line[1]->number == 0)
            return refuse(f, a, "is a heading and nothing stands below it", SIAM_ADVISE_LINES);
        return is_plain(f->line[1]) || refuse(f, f->line[1], "has no path of an image", SIAM_ADVISE_LINES);
    }
    if (best && !a->wrong && image_columns(a, &at))
        return take_table(f);
    read_two(f, 0);
    if (a->wrong)
        return refuse(f, a, a->wrong, SIAM_ADVISE_LINES);
    if (a->n > 1)
        return refuse(f, a, "has several labels", SIAM_ADVISE_LINES);
    return refuse(f, a, "has no path of an image (.jpg, .png, .tif ...)", SIAM_ADVISE_LINES);
}

bool siam_list_form_find(siam_list_form *form, siam_lines text, siam_there_fn *there, void *user, const char *what,
                         siam_err *e)
{
    *form = (siam_list_form){.path = 0, .label = 1, .split = -1, .group = -1, .mate = -1};
    finder f = {
        .form = form, .start = text, .there = there, .user = user, .what = what, .e = e};
    f.line[0] = calloc(2, sizeof *f.line[0]);
    if (!f.line[0]) {
        siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", what);
        return false;
    }
    f.line[1] = f.line[0] + 1;
    const bool found = find(&f);
    free(f.line[0]);
    return found;
}
