/* simsiam list: everything that can be named on a command line, from the registries. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "cli/command.h"
#include "data/dataset.h"
#include "model/zoo.h"
#include "train/config.h"

typedef struct list {
    const char *pattern; /* NULL = all */
    const char *heading; /* printed before the first match */
    int matches;
} list;

static void begin(list *l, const char *heading) { l->heading = heading; }

/* A pattern matches as part of the name, or as a shell pattern. true: the row is to be printed. */
static bool matches(list *l, const char *name)
{
    if (l->pattern && !strstr(name, l->pattern) && fnmatch(l->pattern, name, 0) != 0)
        return false;
    if (l->heading)
        printf("%s%s:\n", l->matches ? "\n" : "", l->heading);
    l->heading = NULL;
    l->matches++;
    return true;
}

static void row(list *l, const char *name, const char *help)
{
    if (!matches(l, name))
        return;
    if (strlen(name) > 26)
        printf("  %s\n  %-26s %s\n", name, "", help);
    else
        printf("  %-26s %s\n", name, help);
}

static void model_row(list *l, const siam_zoo_model *m)
{
    char path[4096], top1[16] = "-";
    if (!matches(l, m->name))
        return;
    if (m->top1 > 0)
        snprintf(top1, sizeof top1, "%.2f %%", m->top1);
    printf("  %s\n", m->name);
    printf("      parameters %.2f M   flops %.2f G   top-1 %s   sha256 %s\n", (double)m->parameters / 1e6,
           (double)m->flops / 1e9, top1, m->sha256);
    printf("      recipe %s\n", m->recipe);
    printf("      %s\n", m->url);
    if (siam_zoo_here(m) && siam_zoo_path(m, path, sizeof path))
        printf("      here: %s\n", path);
    else
        printf("      not here\n");
}

static siam_code run(const siam_invocation *v, siam_err *e)
{
    list l = {.pattern = v->nargs ? v->args[0] : NULL};
    begin(&l, "recipes (simsiam train NAME)");
    for (const siam_recipe *r = siam_recipes; r->name; r++)
        if (siam_recipe_is_for(r, "train"))
            row(&l, r->name, r->summary);
    begin(&l, "recipes (simsiam linear MODEL --recipe NAME)");
    for (const siam_recipe *r = siam_recipes; r->name; r++)
        if (siam_recipe_is_for(r, "linear"))
            row(&l, r->name, r->summary);
    begin(&l, "models (simsiam fetch NAME brings the file here; then NAME is a MODEL)");
    for (const siam_zoo_model *m = siam_zoo; m->name; m++)
        model_row(&l, m);
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
    .summary = "recipes, models, architectures, data sets and devices",
    .usage = "simsiam list [PATTERN]",
    .examples =
        (const char *const[]){"simsiam list", "simsiam list cifar10", "simsiam list 'simsiam_*'", NULL},
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
