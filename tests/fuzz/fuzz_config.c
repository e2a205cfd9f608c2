/* Any bytes as a configuration of train and of linear: refused in words, or values that, written as config.yaml, are read
 * back as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "train/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct reading {
    siam_optset set;
    siam_config cfg;
    siam_problems problems;
} reading;

static siam_code take(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    reading *r = user;
    (void)e;
    siam_optset_set(&r->set, key, value, SIAM_FROM_FILE, where, &r->problems);
    return SIAM_OK;
}

/* Reads the text into a fresh set. */
static siam_code read_text(reading *r, const siam_option *rows, const char *text, size_t n, siam_err *e)
{
    memset(r, 0, sizeof *r);
    siam_optset_init(&r->set, rows, &r->cfg);
    return siam_yaml_read("fuzz.yaml", text, n, take, r, e);
}

static void check(const siam_option *rows, const char *text, size_t n)
{
    static reading first, again;
    siam_err e = {0};
    char *dump, a[4096], b[4096];
    if (read_text(&first, rows, text, n, &e) && !e.msg[0])
        abort(); /* a failure without a sentence; what came before it is set */
    if (!first.problems.n != !first.problems.text[0])
        abort();
    siam_err_clear(&e);
    if (siam_optset_dump(&first.set, &dump, &e))
        abort();
    if (read_text(&again, rows, dump, strlen(dump), &e) || again.problems.n) {
        fprintf(stderr, "%s%s\n", e.msg, again.problems.text);
        abort(); /* what we wrote is not what we read */
    }
    for (int i = 0; i < first.set.n; i++) {
        siam_optset_format(&first.set, i, a, sizeof a);
        siam_optset_format(&again.set, i, b, sizeof b);
        if (strcmp(a, b)) {
            fprintf(stderr, "%s: '%s' became '%s'\n", rows[i].name, a, b);
            abort();
        }
    }
    free(dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1); /* as files are read: with a zero behind them */
    if (!text)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    check(siam_config_options, text, n);
    check(siam_linear_options, text, n);
    free(text);
    return 0;
}
