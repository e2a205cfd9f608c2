/* An option set as YAML that siam_yaml_read and siam_optset_set read back to the same values. */
#include "base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/utf8.h"

/* Text that any YAML reader takes as a string without quotes. */
static bool plain(const char *s)
{
    static const char *const taken[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
    const bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
    if (!letter && *s != '/' && *s != '_' && strncmp(s, "./", 2) && strncmp(s, "../", 3))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!strcasecmp(s, taken[i]))
            return false;
    return !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-=@")];
}

/* A double-quoted scalar on one line; option values are valid UTF-8. */
static void quote(FILE *f, const char *s)
{
    const size_t n = strlen(s);
    fputc('"', f);
    for (size_t i = 0; i < n;) {
        unsigned c = '?';
        const size_t len = siam_utf8_decode(s + i, n - i, &c);
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", (int)c);
        else if (c < 0xa0 && !siam_utf8_printable(c))
            fprintf(f, "\\x%02x", c);
        else if (!siam_utf8_printable(c) || c == 0xfeff || c == 0xfffe || c == 0xffff)
            fprintf(f, "\\u%04x", c); /* not a character to YAML, or a line break */
        else
            fwrite(s + i, 1, len, f);
        i += len ? len : 1;
    }
    fputc('"', f);
}

/* "key: value" padded, then "# origin". */
static void dump_row(FILE *f, const siam_optset *s, int i, const char *indent, const char *key)
{
    enum { COLUMN = 40 };
    const siam_option *o = &s->row[i];
    const long start = ftell(f);
    fprintf(f, "%s%s: ", indent, key);
    if (o->type == SIAM_OPT_STR) {
        const char *text = (const char *)s->cfg + o->offset;
        if (plain(text))
            fputs(text, f);
        else
            quote(f, text);
    } else {
        char value[SIAM_LIST_MAX * 40];
        siam_optset_format(s, i, value, sizeof value);
        fprintf(f, o->type == SIAM_OPT_LIST ? "[%s]" : "%s", value);
    }
    const long width = ftell(f) - start;
    fprintf(f, "%*s# %s\n", width < COLUMN ? (int)(COLUMN - width) : 1, "",
            siam_origin_name((siam_origin)s->origin[i]));
}

/* The rows of the section named by the first n bytes of row `first`, which is its first row. */
static void dump_section(FILE *f, const siam_optset *s, int first, size_t n)
{
    const char *section = s->row[first].name;
    fprintf(f, "%.*s:\n", (int)n, section);
    for (int i = first; i < s->n; i++)
        if (!strncmp(s->row[i].name, section, n + 1)) /* with its dot */
            dump_row(f, s, i, "  ", s->row[i].name + n + 1);
}

static bool first_of_section(const siam_optset *s, int row, size_t n)
{
    for (int i = 0; i < row; i++)
        if (!strncmp(s->row[i].name, s->row[row].name, n + 1))
            return false;
    return true;
}

siam_code siam_optset_dump(const siam_optset *s, char **text, siam_err *e)
{
    *text = NULL;
    size_t n;
    FILE *f = open_memstream(text, &n);
    bool failed = !f;
    for (int i = 0; f && i < s->n; i++) {
        const char *name = s->row[i].name, *dot = strchr(name, '.');
        if (!dot)
            dump_row(f, s, i, "", name);
        else if (first_of_section(s, i, (size_t)(dot - name)))
            dump_section(f, s, i, (size_t)(dot - name));
    }
    if (f) {
        failed = ferror(f) != 0;
        failed = fclose(f) != 0 || failed;
    }
    if (!failed)
        return SIAM_OK;
    free(*text);
    *text = NULL;
    return siam_fail(e, SIAM_E_NOMEM, "there is no memory to print the configuration");
}
