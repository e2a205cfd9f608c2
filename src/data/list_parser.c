/* Lists of image files. Lines come from files: every length and number is checked. */
#include "data/list_parser.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "data/names.h"

typedef struct parser {
    siam_image_list *f;
    siam_list_facts *facts;
    const siam_list_spec *ask;
    siam_line *line;
    siam_names names;
    int64_t first; /* the line of the first image; 0 = none yet */
    siam_err *e;
} parser;

static siam_code refuse(const parser *p, const char *why, siam_list_advice advice)
{
    return siam_list_refuse(p->e, p->line, p->ask->where, why, advice);
}

static siam_code refuse_label(const parser *p)
{
    char why[64];
    snprintf(why, sizeof why, "has a label that is no number from 0 to %d", SIAM_LIST_MAX_LABEL);
    return refuse(p, why, SIAM_ADVISE_LABELS);
}

/* Digits, and perhaps ".0" as tables with gaps have it. -1: anything else, or more than any data set has. */
static int number_of(siam_span s)
{
    int v = 0;
    size_t i = 0;
    for (; i < s.n && s.text[i] >= '0' && s.text[i] <= '9'; i++) {
        v = 10 * v + (s.text[i] - '0');
        if (v > SIAM_LIST_MAX_LABEL)
            return -1;
    }
    const size_t digits = i;
    if (i + 1 < s.n && s.text[i] == '.')
        for (i++; i < s.n && s.text[i] == '0'; i++)
            ;
    return digits && i == s.n ? v : -1;
}

/* A number in any notation: a mistake where labels are numbers, and no name of a class. */
static bool like_number(siam_span s)
{
    char text[64], *end;
    if (!siam_span_copy(s, text, sizeof text))
        return false;
    strtod(text, &end);
    return end != text && *end == '\0' && text[0] != 'i' && text[0] != 'n' && text[0] != 'I' &&
           text[0] != 'N';
}

static siam_code name_label(parser *p, siam_span s, int *label)
{
    char name[SIAM_LIST_CLASS_NAME + 1];
    if (!siam_span_copy(s, name, sizeof name) || strpbrk(name, "\r\n"))
        return refuse(p, "has a label that is no name of a class: it is too long, or goes over several lines",
                      SIAM_ADVISE_COLUMNS);
    *label = p->ask->classes ? siam_image_list_class(p->ask->classes, name)
                             : siam_names_number(&p->names, name, strlen(name));
    if (*label < 0 && p->ask->classes)
        return refuse(p, "has a class that the training images do not have", SIAM_ADVISE_CLASSES);
    if (*label < 0)
        return siam_fail(p->e, SIAM_E_NOMEM, "out of memory for the classes of the list '%s'", p->ask->where);
    if (*label > SIAM_LIST_MAX_LABEL)
        return refuse(p, "has one class more than a list can have", SIAM_ADVISE_COLUMNS);
    return SIAM_OK;
}

static siam_code take_label(parser *p, int *label)
{
    const siam_line *l = p->line;
    const int column = p->facts->form.label;
    const siam_span s = column >= 0 && column < l->n ? l->field[column] : (siam_span){"", 0};
    char unlike[64];
    *label = -1;
    if (p->first == 0) {
        p->facts->labelled = s.n > 0;
        p->facts->named = s.n > 0 && !like_number(s);
    }
    if ((s.n > 0) != p->facts->labelled) {
        snprintf(unlike, sizeof unlike, "has %s label, unlike line %" PRId64, s.n ? "a" : "no", p->first);
        return refuse(p, unlike, SIAM_ADVISE_EVERY_LABEL);
    }
    if (s.n == 0)
        return SIAM_OK;
    if (!p->facts->form.separator &&
        (memchr(s.text, ',', s.n) || memchr(s.text, ';', s.n) || memchr(s.text, '\t', s.n)))
        return refuse(p, "has more columns than the first", SIAM_ADVISE_FIELDS);
    if (p->facts->named)
        return name_label(p, s, label);
    *label = number_of(s);
    return *label < 0 ? refuse_label(p) : SIAM_OK;
}

/* Whether a table's row is of the split that is asked for; it is counted. */
static siam_code take_split(parser *p, bool *wanted)
{
    const int column = p->facts->form.split;
    *wanted = true;
    if (column < 0)
        return SIAM_OK;
    const int split = siam_list_split_word(p->line->field[column]);
    if (split < 0)
        return refuse(p, "has a split that is neither train nor val nor test", SIAM_ADVISE_SPLITS);
    p->facts->rows[split]++;
    const int label = p->facts->form.label;
    p->facts->with_label[split] += label >= 0 && label < p->line->n && p->line->field[label].n > 0;
    *wanted = p->ask->split == SIAM_LIST_ALL || split == p->ask->split;
    return SIAM_OK;
}

/* Of the image that was taken last. */
static siam_code take_group(parser *p)
{
    const int column = p->facts->form.group;
    const siam_span s = column >= 0 && column < p->line->n ? p->line->field[column] : (siam_span){"", 0};
    char name[SIAM_LIST_CLASS_NAME + 1];
    if (s.n == 0)
        return SIAM_OK;
    if (!siam_span_copy(s, name, sizeof name))
        return refuse(p, "has a group whose name is too long", SIAM_ADVISE_COLUMNS);
    int32_t *group = &p->f->file[p->f->n - 1].group;
    *group = siam_names_number(&p->f->groups, name, strlen(name));
    return *group < 0 ? siam_fail(p->e, SIAM_E_NOMEM, "out of memory for the groups of the list '%s'", p->ask->where) : SIAM_OK;
}

/* The other image of the thing whose image was taken last. */
static siam_code take_mate(parser *p)
{
    const int column = p->facts->form.mate;
    char path[SIAM_LINE_PATH + 1];
    if (column < 0 || !p->ask->mates)
        return SIAM_OK;
    const siam_span s = p->line->field[column];
    if (!siam_span_is_image(s) || !siam_span_copy(s, path, sizeof path))
        return refuse(p, "has no path of a second image (.jpg, .png, .tif ...)", SIAM_ADVISE_PAIRS);
    return siam_image_list_add(p->ask->mates, path, -1, p->e);
}

static siam_code take_line(parser *p)
{
    const siam_list_form *form = &p->facts->form;
    const siam_line *l = p->line;
    char path[SIAM_LINE_PATH + 1];
    bool wanted;
    int label, n = l->n;
    while (n > form->columns && l->field[n - 1].n == 0) /* spreadsheets end lines with empty fields */
        n--;
    if (l->wrong)
        return refuse(p, l->wrong, SIAM_ADVISE_FIELDS);
    if (form->columns && n != form->columns)
        return refuse(
            p, n < form->columns ? "has fewer columns than the first" : "has more columns than the first",
            SIAM_ADVISE_FIELDS);
    const siam_span s = l->field[form->path];
    if (!(form->bare ? s.n > 0 : siam_span_is_image(s)) || !siam_span_copy(s, path, sizeof path))
        return refuse(p, "has no path of an image (.jpg, .png, .tif ...)", SIAM_ADVISE_LINES);
    SIAM_TRY(take_split(p, &wanted));
    if (!wanted)
        return SIAM_OK;
    SIAM_TRY(take_label(p, &label));
    p->first = p->first ? p->first : l->number;
    SIAM_TRY(siam_image_list_add(p->f, path, label, p->e));
    SIAM_TRY(take_mate(p));
    return take_group(p);
}

/* Named labels were numbered as they came; classes are sorted. */
static siam_code sort_classes(parser *p, int64_t from)
{
    if (p->names.n == 0)
        return SIAM_OK;
    int32_t *order = siam_names_order(&p->names), *sorted = calloc((size_t)p->names.n, sizeof *sorted);
    siam_code rc =
        order && sorted ? SIAM_OK : siam_fail(p->e, SIAM_E_NOMEM, "out of memory for the classes of a list");
    for (int i = 0; !rc && i < p->names.n; i++)
        sorted[order[i]] = i;
    for (int i = 0; !rc && i < p->names.n; i++)
        rc = siam_image_list_add_class(p->f, siam_names_get(&p->names, sorted[i]), p->e);
    for (int64_t i = from; !rc && i < p->f->n; i++)
        p->f->file[i].label = order[p->f->file[i].label];
    free(order);
    free(sorted);
    return rc;
}

bool siam_list_looks(siam_lines text)
{
    siam_list_form form;
    return siam_list_form_find(&form, text, NULL, NULL, "", NULL);
}

siam_code siam_list_parse(siam_image_list *f, siam_list_facts *facts, siam_lines text, const siam_list_spec *ask, siam_err *e)
{
    siam_err own = {0}, *said = e ? e : &own;
    const int64_t from = f->n;
    *facts = (siam_list_facts){0};
    if (!siam_list_form_find(&facts->form, text, ask->there, ask->user, ask->where, said))
        return said->code;
    parser p = {.f = f, .facts = facts, .ask = ask, .line = malloc(sizeof *p.line), .e = e};
    if (!p.line)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", ask->where);
    bool heading = facts->form.heading;
    siam_code rc = SIAM_OK;
    while (!rc && siam_line_next(p.line, &text, facts->form.separator)) {
        if (siam_list_is_comment(p.line, &facts->form, ask->there, ask->user))
            facts->comments++;
        else if (heading)
            heading = false;
        else
            rc = take_line(&p);
    }
    if (!rc)
        rc = sort_classes(&p, from);
    siam_names_release(&p.names);
    free(p.line);
    return rc;
}
