/* Help, printed from the tables: what a verb is for, how it is called, its options with defaults and ranges,
 * and the exit status. At most 60 lines of 80 columns unless --all is asked for. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { COLUMNS = 80, OPTION_COLUMN = 26 };

/* Write words from column `at`, breaking lines before COLUMNS and continuing at OPTION_COLUMN. */
static void wrap(FILE *out, int at, const char *text)
{
    if (at >= OPTION_COLUMN) { /* the option's name is long: start a line of its own */
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", OPTION_COLUMN - at, "");
    int column = OPTION_COLUMN;
    while (*text) {
        const int n = (int)strcspn(text, " ");
        if (column + n + 1 > COLUMNS && column > OPTION_COLUMN) {
            fprintf(out, "\n%*s", OPTION_COLUMN, "");
            column = OPTION_COLUMN;
        }
        fprintf(out, "%s%.*s", column > OPTION_COLUMN ? " " : "", n, text);
        column += n + (column > OPTION_COLUMN);
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* The shortest name that means row i; eval's keep their section, since "every" alone says little. */
static const char *short_name(const siam_optset *s, int i)
{
    const char *full = s->row[i].name, *dot = strchr(full, '.');
    if (!strcmp(full, "data.path"))
        return "data";
    return dot && strncmp(full, "eval.", 5) && siam_optset_find(s, dot + 1) == i ? dot + 1 : full;
}

static const char *placeholder(const siam_option *o)
{
    switch (o->type) {
    case SIAM_OPT_BOOL: return o->def != 0 ? " true|false" : "";
    case SIAM_OPT_I32:
    case SIAM_OPT_U64: return " N";
    case SIAM_OPT_F64: return " X";
    case SIAM_OPT_STR: return " TEXT";
    case SIAM_OPT_LIST: return " X,X";
    case SIAM_OPT_ENUM: return " WORD";
    }
    return "";
}

/* "(0.05)", and with `all` the range: "(0.05; 0 < X <= 1000)". */
static void describe(const siam_optset *s, int i, bool all, char *buf, size_t n)
{
    const siam_option *o = &s->row[i];
    char value[256];
    siam_optset_format(s, i, value, sizeof value);
    if (o->flags & SIAM_OPT_AUTO)
        snprintf(value, sizeof value, "auto");
    size_t at = (size_t)snprintf(buf, n, "%s", o->help);
    if (o->type == SIAM_OPT_ENUM && at < n)
        at += (size_t)snprintf(buf + at, n - at, ": %s", o->sdef);
    if (value[0] && strcmp(value, "\"\"") && (o->type != SIAM_OPT_BOOL || o->def != 0) && at < n)
        at += (size_t)snprintf(buf + at, n - at, " (%s)", value);
    const bool ranged = o->type == SIAM_OPT_I32 || o->type == SIAM_OPT_F64 || o->type == SIAM_OPT_LIST;
    if (all && ranged && at < n)
        snprintf(buf + at, n - at, " [%s%.10g to %.10g]", o->flags & SIAM_OPT_EXCLUSIVE_MIN ? "above " : "",
                 o->min, o->max);
}

static void option_rows(FILE *out, const siam_task_type *c, bool all)
{
    _Alignas(max_align_t) char request[32768] = {0}; /* only to hold the defaults */
    if (!c->options || c->request_size > sizeof request)
        return;
    siam_optset s;
    siam_optset_init(&s, c->options, request);
    bool more = false;
    fprintf(out, "\noptions (--key value, --key=value or key=value):\n");
    for (int i = 0; i < s.n; i++) {
        if (!all && (s.row[i].flags & SIAM_OPT_HIDDEN)) {
            more = true;
            continue;
        }
        char text[512];
        describe(&s, i, all, text, sizeof text);
        const int at = fprintf(out, "  --%s%s", short_name(&s, i), placeholder(&s.row[i]));
        wrap(out, at, text);
    }
    if (more)
        fprintf(out, "more: simsiam help %s --all\n", c->name);
}

static void exit_statuses(FILE *out)
{
    fprintf(out, "\nexit status:\n"
                 "  0 done   1 the answer is no (test, check, doctor)   2 bad option, value, name\n"
                 "  65 bad data or model file   66 path not found   69 not possible here\n"
                 "  70 a bug in simsiam   71 out of memory   73 the output is there already\n"
                 "  74 disk full or I/O error   75 stopped for now (--time, SIGUSR1), state saved\n"
                 "  76 another rank failed or cannot be reached\n"
                 "  78 values that do not fit together   79 NaN   129/130/143 stopped, state saved\n");
}

void siam_help_verb(FILE *out, const siam_task_type *c, bool all)
{
    fprintf(out, "simsiam %s - %s\n\nusage: %s\n", c->name, c->summary, c->usage);
    if (c->examples && c->examples[0])
        fprintf(out, "\nexamples:\n");
    for (int i = 0; c->examples && c->examples[i]; i++)
        fprintf(out, "  %s\n", c->examples[i]);
    option_rows(out, c, all);
    exit_statuses(out);
}

void siam_help_program(FILE *out)
{
    fprintf(out, "simsiam - learn image features without labels (SimSiam)\n\n"
                 "usage: simsiam VERB [arguments] [--key value | --key=value | key=value]...\n\nverbs:\n");
    for (int i = 0; siam_commands[i]; i++)
        fprintf(out, "  %-9s %s\n", siam_commands[i]->name, siam_commands[i]->summary);
    fprintf(out, "\nexamples:\n"
                 "  simsiam demo\n"
                 "  simsiam train cifar10-resnet18-quick --data cifar-10-binary.tar.gz --out a\n"
                 "  simsiam knn a --data cifar-10-binary.tar.gz\n"
                 "\nsimsiam help VERB says more about one of them.\n");
    exit_statuses(out);
}
