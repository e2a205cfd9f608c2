/* simsiam list: everything that can be named on a command line, from the registries. A row for each: {"kind",
 * "name", "help"}, of a model {"kind", "name", "parameters", "flops", "top1", "sha256", "recipe", "url",
 * "path"}. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "base/check.h"
#include "data/dataset.h"
#include "engine/place.h"
#include "model/zoo.h"
#include "tasks/task.h"
#include "train/config.h"

typedef struct list {
    const siam_task_call *call;
    const char *pattern; /* NULL = all */
    const char *kind;
    const char *heading; /* printed before the first match */
    int matches;
} list;

static void begin(list *l, const char *kind, const char *heading)
{
    l->kind = kind;
    l->heading = heading;
}

/* A pattern matches as part of the name, or as a shell pattern. true: the row is to be told. */
static bool matches(list *l, const char *name)
{
    if (l->pattern && !strstr(name, l->pattern) && fnmatch(l->pattern, name, 0) != 0)
        return false;
    if (l->heading && !l->call->row)
        fprintf(l->call->out, "%s%s:\n", l->matches ? "\n" : "", l->heading);
    l->heading = NULL;
    l->matches++;
    return true;
}

static siam_code row(list *l, const char *name, const char *help, siam_err *e)
{
    FILE *out = l->call->out;
    if (!matches(l, name))
        return SIAM_OK;
    if (l->call->row)
        return siam_task_tell_json(l->call,
                                   json_pack("{s:s, s:s, s:s}", "kind", l->kind, "name", name, "help", help),
                                   JSON_COMPACT, e);
    if (strlen(name) > 26)
        fprintf(out, "  %s\n  %-26s %s\n", name, "", help);
    else
        fprintf(out, "  %-26s %s\n", name, help);
    return SIAM_OK;
}

static siam_code model_row(list *l, const siam_zoo_model *m, siam_err *e)
{
    char path[4096], top1[16] = "-";
    FILE *out = l->call->out;
    if (!matches(l, m->name))
        return SIAM_OK;
    const bool here = siam_zoo_here(m) && siam_zoo_path(m, path, sizeof path);
    if (l->call->row)
        return siam_task_tell_json(
            l->call,
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:s, s:s, s:o}", "kind", l->kind, "name", m->name,
                      "parameters", (json_int_t)m->parameters, "flops", (json_int_t)m->flops, "top1",
                      m->top1 > 0 ? json_real(m->top1 / 100) : json_null(), "sha256", m->sha256, "recipe",
                      m->recipe, "url", m->url, "path", here ? siam_json_text(path) : json_null()),
            JSON_COMPACT, e);
    if (m->top1 > 0)
        snprintf(top1, sizeof top1, "%.2f %%", m->top1);
    fprintf(out, "  %s\n", m->name);
    fprintf(out, "      parameters %.2f M   flops %.2f G   top-1 %s   sha256 %s\n",
            (double)m->parameters / 1e6, (double)m->flops / 1e9, top1, m->sha256);
    fprintf(out, "      recipe %s\n", m->recipe);
    fprintf(out, "      %s\n", m->url);
    if (here)
        fprintf(out, "      here: %s\n", path);
    else
        fprintf(out, "      not here\n");
    return SIAM_OK;
}

static siam_code recipes(list *l, const char *task, siam_err *e)
{
    for (const siam_recipe *r = siam_recipes; r->name; r++) {
        bool is;
        SIAM_TRY(siam_recipe_is_for(r, task, &is, e));
        if (is)
            SIAM_TRY(row(l, r->name, r->summary, e));
    }
    return SIAM_OK;
}

static siam_code devices(list *l, siam_err *e)
{
    for (int i = 0; siam_backends[i]; i++) {
        char why[256] = "", text[512];
        const bool usable = siam_backends[i]->probe(why, sizeof why) > 0;
        snprintf(text, sizeof text, "%s%s%s%s", siam_backends[i]->help,
                 usable ? "" : " (not usable here: ", why, usable ? "" : ")");
        SIAM_TRY(row(l, siam_backends[i]->name, usable ? siam_backends[i]->help : text, e));
    }
    for (const siam_place_kind *k = siam_place_kinds; k->name; k++) {
        char text[512];
        siam_place p;
        snprintf(text, sizeof text, "%s (%s%s)", k->help, k->state, siam_place_find(&p, k->name, NULL) ? "; no plug-in is here" : "");
        SIAM_TRY(row(l, k->name, text, e));
    }
    return SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    list l = {.call = c, .pattern = c->nargs ? c->args[0] : NULL};
    begin(&l, "recipe of train", "recipes (simsiam train NAME)");
    SIAM_TRY(recipes(&l, "train", e));
    begin(&l, "recipe of linear", "recipes (simsiam linear MODEL --recipe NAME)");
    SIAM_TRY(recipes(&l, "linear", e));
    begin(&l, "model", "models (simsiam fetch NAME brings the file here; then NAME is a MODEL)");
    for (const siam_zoo_model *m = siam_zoo; m->name; m++)
        SIAM_TRY(model_row(&l, m, e));
    begin(&l, "architecture", "architectures (--arch NAME)");
    for (int i = 0; siam_backbones[i]; i++)
        for (int k = 0; siam_backbones[i]->variants[k]; k++)
            SIAM_TRY(row(&l, siam_backbones[i]->variants[k], siam_backbones[i]->help, e));
    begin(&l, "data set", "data sets (--data PATH or NAME)");
    for (int i = 0; siam_datasets[i]; i++)
        SIAM_TRY(row(&l, siam_datasets[i]->name, siam_datasets[i]->help, e));
    begin(&l, "device", "devices (--device NAME)");
    SIAM_TRY(devices(&l, e));
    if (!l.matches) {
        siam_fail(e, SIAM_E_USAGE, "nothing is called \"%s\"", l.pattern);
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    return SIAM_OK;
}

const siam_task_type siam_task_list = {
    .name = "list",
    .summary = "recipes, models, architectures, data sets and devices",
    .usage = "simsiam list [PATTERN]",
    .examples =
        (const char *const[]){"simsiam list", "simsiam list cifar10", "simsiam list 'simsiam_*'", NULL},
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
