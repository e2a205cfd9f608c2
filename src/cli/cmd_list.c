/* simsiam list: everything that can be named on a command line, from the registries. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "cli/command.h"
#include "data/dataset.h"
#include "tasks/config.h"

typedef struct list {
    const char *pattern; /* NULL = all */
    const char *heading; /* printed before the first match */
    int matches;
} list;

static void begin(list *l, const char *heading) { l->heading = heading; }

/* A pattern matches as part of the name, or as a shell pattern. */
static void row(list *l, const char *name, const char *help)
{
    if (l->pattern && !strstr(name, l->pattern) && fnmatch(l->pattern, name, 0) != 0)
        return;
    if (l->heading)
        printf("%s%s:\n", l->matches ? "\n" : "", l->heading);
    l->heading = NULL;
    l->matches++;
    if (strlen(name) > 26)
        printf("  %s\n  %-26s %s\n", name, "", help);
    else
        printf("  %-26s %s\n", name, help);
}

static siam_code run(const siam_invocation *v, siam_err *e)
{
    list l = {.pattern = v->nargs ? v->args[0] : NULL};
    begin(&l, "recipes (simsiam train NAME)");
    for (const siam_recipe *r = siam_recipes; r->name; r++)
        row(&l, r->name, r->summary);
    begin(&l, "architectures (--arch NAME)");
    for (int i = 0; siam_backbones[i]; i++)
        for (int k = 0; siam_backbones[i]->variants[k]; k++)
            row(&l, siam_backbones[i]->variants[k], siam_backbones[i]->help);
    begin(&l, "data sets (--data PATH or NAME)");
    for (int i = 0; siam_datasets[i]; i++)
        row(&l, siam_datasets[i]->name, siam_datasets[i]->help);
    begin(&l, "devices (--device NAME)");
    for (int i = 0; siam_backends[i]; i++) {
        char why[256] = "", text[512];
        const bool usable = siam_backends[i]->probe(why, sizeof why) > 0;
        snprintf(text, sizeof text, "%s%s%s%s", siam_backends[i]->help,
                 usable ? "" : " (not usable here: ", why, usable ? "" : ")");
        row(&l, siam_backends[i]->name, usable ? siam_backends[i]->help : text);
    }
    if (!l.matches) {
        siam_fail(e, SIAM_E_USAGE, "nothing is called \"%s\"", l.pattern);
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    return SIAM_OK;
}

const siam_command siam_command_list = {
    .name = "list",
    .summary = "recipes, architectures, data sets and devices",
    .usage = "simsiam list [PATTERN]",
    .examples =
        (const char *const[]){"simsiam list", "simsiam list cifar10", "simsiam list 'simsiam_*'", NULL},
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
