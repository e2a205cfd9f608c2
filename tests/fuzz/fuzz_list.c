/* Any bytes as a list of image files: refused in words, or every entry is a path with a label in range. Every
 * third path is said to be there, so that lines that begin with '#' and labels in front are met, too. */
#include <stdlib.h>
#include <string.h>

#include "data/list_json.h"
#include "data/list_parser.h"
#include "data/list_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool there(void *user, const char *path)
{
    (void)user;
    return strlen(path) % 3 == 0;
}

static void check(const siam_image_list *f, const siam_list_facts *facts)
{
    for (int64_t i = 0; i < f->n; i++)
        if (!siam_image_list_path(f, i)[0] || (!facts->form.bare && !strchr(siam_image_list_path(f, i), '.')) ||
            f->file[i].label < -1 || f->file[i].label > SIAM_LIST_MAX_LABEL ||
            (facts->named && f->file[i].label >= f->classes))
            abort();
    for (int c = 1; c < f->classes; c++)
        if (strcmp(siam_image_list_class_name(f, c - 1), siam_image_list_class_name(f, c)) >= 0)
            abort(); /* not sorted */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    siam_err e = {0};
    char *text = malloc(n + 1);
    if (!text)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    if (siam_list_text(&text, &n, "list", &e) && !e.msg[0])
        abort();
    siam_lines lines;
    char *head = strdup(text);
    size_t head_n = strlen(text);
    if (head && !siam_list_json(&head, &head_n, &lines, false, "list", NULL))
        siam_list_looks(lines);
    free(head);
    siam_err_clear(&e);
    if (siam_list_json(&text, &n, &lines, true, "list", &e)) {
        if (!e.msg[0] || !e.hint[0])
            abort(); /* a failure without a sentence */
        free(text);
        return 0;
    }
    siam_list_looks(lines);
    for (int split = SIAM_LIST_ALL; split < 3; split++) {
        siam_image_list f = {0};
        siam_list_facts facts;
        const siam_list_spec ask = {.where = "list", .split = split, .there = split < 0 ? NULL : there};
        siam_err_clear(&e);
        if (!siam_list_parse(&f, &facts, lines, &ask, &e))
            check(&f, &facts);
        else if (!e.msg[0] || !e.hint[0])
            abort(); /* a failure without a sentence */
        siam_image_list_sort(&f);
        siam_image_list_release(&f);
    }
    free(text);
    return 0;
}
