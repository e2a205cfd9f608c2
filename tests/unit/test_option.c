/* Option tables: names, values, ranges, messages, and the dump that reads back to the same values. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/rng.h"
#include "base/yaml.h"

typedef struct cfg {
    char name[32];
    bool resume;
    int32_t epochs, threads, kind;
    uint64_t seed;
    double lr, decay, any;
    siam_list mean;
    int32_t save_every, eval_every;
    char out[200];
} cfg;

static const siam_option rows[] = {
    SIAM_OPTION_STR(cfg, name, "name", "", 0, "what to call it"),
    SIAM_OPTION_I32(cfg, epochs, "train.epochs", 100, 1, 1000, 0, "passes"),
    SIAM_OPTION_F64(cfg, lr, "train.lr", 0, 0, 10, SIAM_OPT_AUTO | SIAM_OPT_EXCLUSIVE_MIN, "rate"),
    SIAM_OPTION_F64(cfg, decay, "train.weight_decay", 1e-4, 0, 1, 0, "decay"),
    SIAM_OPTION_ENUM(cfg, kind, "train.schedule", 0, "cosine|step|constant", 0, "schedule"),
    SIAM_OPTION_I32(cfg, save_every, "train.every", 1, 1, INT32_MAX, 0, "period"),
    SIAM_OPTION_U64(cfg, seed, "train.seed", 0, 0, "seed"),
    SIAM_OPTION_LIST(cfg, mean, "data.mean", "0.4914, 0.4822,0.4465", 0, 1, 0, "mean"),
    SIAM_OPTION_F64(cfg, any, "data.any", 0, -HUGE_VAL, HUGE_VAL, 0, "any number"),
    SIAM_OPTION_I32(cfg, eval_every, "eval.every", 1, 0, 100, 0, "period"),
    SIAM_OPTION_STR(cfg, out, "run.out", "runs/x", SIAM_OPT_RESUME_SAFE, "folder"),
    SIAM_OPTION_BOOL(cfg, resume, "run.resume", false, 0, "go on"),
    SIAM_OPTION_I32(cfg, threads, "run.threads", 0, 0, 256, SIAM_OPT_AUTO, "threads"),
    SIAM_OPTIONS_END};

static void fresh(siam_optset *s, cfg *c)
{
    memset(c, 0, sizeof *c); /* the padding too: configurations are compared as bytes */
    siam_optset_init(s, rows, c);
}

/* Set, expecting success. */
static void good(siam_optset *s, const char *key, const char *value)
{
    siam_problems p = {0};
    if (!siam_optset_set(s, key, value, SIAM_FROM_CLI, NULL, &p) || p.n)
        fail_msg("%s=%s: %s", key, value, p.text);
}

/* Set, expecting a message and no change. */
static void bad(siam_optset *s, const char *key, const char *value, const char *says)
{
    siam_problems p = {0};
    const cfg before = *(const cfg *)s->cfg;
    const siam_optset set = *s;
    if (siam_optset_set(s, key, value, SIAM_FROM_CLI, NULL, &p) || p.n != 1 || strcmp(p.text, says))
        fail_msg("%s=%s: '%s', expected '%s'", key, value, p.text, says);
    assert_memory_equal(s->cfg, &before, sizeof before);
    assert_memory_equal(s->origin, set.origin, sizeof set.origin);
}

static void defaults(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    assert_int_equal(s.n, 13);
    assert_int_equal(c.epochs, 100);
    assert_true(c.decay == 1e-4 && c.lr == 0 && !c.resume && c.kind == 0);
    assert_string_equal(c.out, "runs/x");
    assert_int_equal(c.mean.n, 3);
    assert_true(c.mean.v[0] == 0.4914 && c.mean.v[1] == 0.4822 && c.mean.v[2] == 0.4465 && c.mean.v[3] == 0);
    for (int i = 0; i < s.n; i++)
        assert_int_equal(s.origin[i], SIAM_FROM_DEFAULT);
    assert_string_equal(siam_origin_name(SIAM_FROM_AUTO), "auto");
    assert_string_equal(siam_origin_name(SIAM_FROM_CLI), "cli");
}

/* What one flag says no other one says, nor all the others together. */
static void flags_are_apart(void **state)
{
    (void)state;
    static const unsigned flags[] = {SIAM_OPT_AUTO, SIAM_OPT_RESUME_SAFE, SIAM_OPT_HIDDEN, SIAM_OPT_EXCLUSIVE_MIN,
                                     SIAM_OPT_OUTPUT};
    unsigned all = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        assert_true(flags[i] && !(flags[i] & (flags[i] - 1)));
        assert_false(flags[i] & all);
        all |= flags[i];
    }
}

static void names(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    assert_int_equal(siam_optset_find(&s, "name"), 0);
    assert_int_equal(siam_optset_find(&s, "train.epochs"), 1);
    assert_int_equal(siam_optset_find(&s, "epochs"), 1);
    assert_int_equal(siam_optset_find(&s, "weight-decay"), 3);
    assert_int_equal(siam_optset_find(&s, "train.weight-decay"), 3);
    assert_int_equal(siam_optset_find(&s, "every"), -2);
    assert_int_equal(siam_optset_find(&s, "eval.every"), 9);
    assert_int_equal(siam_optset_find(&s, "epoch"), -1);
    assert_int_equal(siam_optset_find(&s, "train"), -1);
    assert_int_equal(siam_optset_find(&s, ""), -1);
    assert_int_equal(siam_optset_find(&s, "rain.epochs"), -1);
}

static void values(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    good(&s, "epochs", "1000");
    good(&s, "lr", "5e-2");
    good(&s, "seed", "18446744073709551615");
    good(&s, "schedule", "constant");
    good(&s, "out", "");
    good(&s, "any", "-1.5e300");
    assert_int_equal(c.epochs, 1000);
    assert_true(c.lr == 0.05 && c.seed == UINT64_MAX && c.any == -1.5e300);
    assert_int_equal(c.kind, 2);
    assert_string_equal(c.out, "");
    assert_int_equal(s.origin[1], SIAM_FROM_CLI);
    good(&s, "lr", "auto");
    good(&s, "threads", "8");
    good(&s, "threads", "auto");
    assert_true(c.lr == 0 && c.threads == 0);
    static const char *const yes[] = {"true", "on", "yes", "1", "True", "YES"};
    static const char *const no[] = {"false", "off", "no", "0", "False", "OFF"};
    for (int i = 0; i < 6; i++) {
        good(&s, "resume", yes[i]);
        assert_true(c.resume);
        good(&s, "resume", no[i]);
        assert_false(c.resume);
    }
    static const char *const lists[] = {"0.5,0.25", "[0.5,0.25]", " [ 0.5 , 0.25 ] ", "0.5, 0.25"};
    for (int i = 0; i < 4; i++) {
        good(&s, "mean", lists[i]);
        assert_int_equal(c.mean.n, 2);
        assert_true(c.mean.v[0] == 0.5 && c.mean.v[1] == 0.25 && c.mean.v[2] == 0);
    }
    good(&s, "mean", "[]");
    assert_int_equal(c.mean.n, 0);
    good(&s, "mean", "");
    assert_int_equal(c.mean.n, 0);
}

static void mistakes(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    const char *lr = "train.lr must be a number greater than 0 and at most 10, or auto, got '%s'";
    static const char *const bad_lr[] = {"-1",    "0",      "10.5", "nan", "inf", "-inf",
                                         "1e999", "0x1p-3", "",     " 1",  "1 ",  "1,5"};
    for (size_t i = 0; i < sizeof bad_lr / sizeof *bad_lr; i++) {
        char says[160];
        snprintf(says, sizeof says, lr, bad_lr[i]);
        bad(&s, "lr", bad_lr[i], says);
    }
    bad(&s, "any", "nan", "data.any must be a number, got 'nan'");
    bad(&s, "any", "inf", "data.any must be a number, got 'inf'");
    bad(&s, "weight_decay", "-1", "train.weight_decay must be a number between 0 and 1, got '-1'");
    bad(&s, "epochs", "0", "train.epochs must be a whole number between 1 and 1000, got '0'");
    bad(&s, "epochs", "1.5", "train.epochs must be a whole number between 1 and 1000, got '1.5'");
    bad(&s, "epochs", "auto", "train.epochs must be a whole number between 1 and 1000, got 'auto'");
    bad(&s, "epochs", "4294967297",
        "train.epochs must be a whole number between 1 and 1000, got '4294967297'");
    bad(&s, "train.every", "-1", "train.every must be a whole number of at least 1, got '-1'");
    bad(&s, "train.every", "99999999999999999999",
        "train.every must be a whole number of at least 1, got '99999999999999999999'");
    bad(&s, "seed", "", "train.seed must be a whole number from 0 to 18446744073709551615, got ''");
    bad(&s, "seed", " 1", "train.seed must be a whole number from 0 to 18446744073709551615, got ' 1'");
    bad(&s, "seed", "-1", "train.seed must be a whole number from 0 to 18446744073709551615, got '-1'");
    bad(&s, "seed", "18446744073709551616",
        "train.seed must be a whole number from 0 to 18446744073709551615, got '18446744073709551616'");
    bad(&s, "schedule", "cosin", "train.schedule must be one of cosine, step, constant, got 'cosin'");
    bad(&s, "schedule", "", "train.schedule must be one of cosine, step, constant, got ''");
    bad(&s, "schedule", "cosine|step",
        "train.schedule must be one of cosine, step, constant, got 'cosine|step'");
    bad(&s, "resume", "maybe", "run.resume must be true or false, got 'maybe'");
    bad(&s, "resume", "", "run.resume must be true or false, got ''");
    static const char *const bad_list[] = {"1,",      ",1", "0.1,,0.2", "[0.1", "0.1]",
                                           "0.1 0.2", "2",  "-0.1",     "nan",  "[[1]]"};
    for (size_t i = 0; i < sizeof bad_list / sizeof *bad_list; i++) {
        char says[160];
        snprintf(says, sizeof says,
                 "data.mean must be numbers separated by commas, each between 0 and 1, got '%s'",
                 bad_list[i]);
        bad(&s, "mean", bad_list[i], says);
    }
    char many[256] = "0";
    for (int i = 1; i <= SIAM_LIST_MAX; i++)
        strcat(many, ",0");
    siam_problems p = {0};
    assert_false(siam_optset_set(&s, "mean", many, SIAM_FROM_CLI, NULL, &p));
    many[strlen(many) - 2] = '\0'; /* 32 numbers fit */
    good(&s, "mean", many);
    assert_int_equal(c.mean.n, 32);
    bad(&s, "name", "0123456789012345678901234567890x", "name is 32 bytes long; it may have at most 31");
    good(&s, "name", "0123456789012345678901234567890");
    bad(&s, "name", "a\xff", "name must be text in UTF-8 without control characters, got 'a\xff'");
    static const char *const control[] = {"a\nb", "\n", "a\tb", "a\r", "\x01", "\x1b[2J", "\x7f", "\xc2\x85", "\xc2\x9b",
                                          "\xe2\x80\xa8", "x\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof control / sizeof *control; i++) {
        char want[128];
        snprintf(want, sizeof want, "name must be text in UTF-8 without control characters, got '%s'", control[i]);
        bad(&s, "name", control[i], want);
    }
    good(&s, "name", "\xe2\x80\x8f\xd7\x90 \xc2\xa0"); /* marks of direction are in names of files */
    bad(&s, "every", "1", "option 'every' is ambiguous: say 'train.every' or 'eval.every'");
    bad(&s, "epoch", "1", "unknown option 'epoch'. Did you mean 'epochs'?");
    bad(&s, "evrey", "1", "unknown option 'evrey'. Did you mean 'train.every'?");
    bad(&s, "trian.lr", "1", "unknown option 'trian.lr'. Did you mean 'train.lr'?");
    bad(&s, "model.seed", "1", "unknown option 'model.seed'. Did you mean 'train.seed'?");
    bad(&s, "zzzzzz", "1", "unknown option 'zzzzzz'");
}

static void five_at_once(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    siam_problems p = {0};
    siam_err e = {0};
    assert_int_equal(siam_problems_fail(&p, &e), SIAM_OK);
    siam_optset_set(&s, "epcohs", "1", SIAM_FROM_CLI, NULL, &p);
    siam_err one = {0};
    assert_int_equal(siam_problems_fail(&p, &one), SIAM_E_USAGE);
    assert_string_equal(one.msg, "unknown option 'epcohs'. Did you mean 'epochs'?");
    siam_optset_set(&s, "treads", "1", SIAM_FROM_CLI, NULL, &p);
    siam_optset_set(&s, "weigth-decay", "1", SIAM_FROM_CLI, NULL, &p);
    siam_optset_set(&s, "shedule", "step", SIAM_FROM_FILE, "c.yaml:3:1", &p);
    siam_optset_set(&s, "lr", "-1", SIAM_FROM_FILE, "c.yaml:4:1", &p);
    assert_int_equal(siam_problems_fail(&p, &e), SIAM_E_USAGE);
    assert_string_equal(
        e.msg, "5 problems: unknown option 'epcohs'. Did you mean 'epochs'?; "
               "unknown option 'treads'. Did you mean 'threads'?; "
               "unknown option 'weigth-decay'. Did you mean 'weight_decay'?; "
               "c.yaml:3:1: unknown option 'shedule'. Did you mean 'schedule'?; "
               "c.yaml:4:1: train.lr must be a number greater than 0 and at most 10, or auto, got '-1'");
}

static void many_problems_are_counted(void **state)
{
    (void)state;
    siam_problems p = {0};
    siam_err e = {0};
    char big[5000];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = '\0';
    for (int i = 0; i < 200; i++)
        siam_problem(&p, "problem number %d is here", i);
    assert_int_equal(siam_problems_fail(&p, &e), SIAM_E_USAGE);
    assert_int_equal(strncmp(e.msg, "200 problems: problem number 0 is here; ", 40), 0);
    assert_string_equal(e.msg + strlen(e.msg) - 5, "; ...");
    assert_true(strlen(p.text) < sizeof p.text);
    p = (siam_problems){0};
    siam_problem(&p, "%s", big);
    siam_problem(&p, "%s", big);
    siam_problem(&p, "small");
    assert_int_equal(p.n, 3);
    assert_true(strlen(p.text) < sizeof p.text);
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    p = (siam_problems){0};
    assert_false(siam_optset_set(&s, big, big, SIAM_FROM_CLI, big, &p));
    assert_false(siam_optset_set(&s, "lr", big, SIAM_FROM_CLI, big, &p));
    assert_false(siam_optset_set(&s, "mean", big, SIAM_FROM_CLI, big, &p));
    assert_int_equal(p.n, 3);
}

static void nearest(void **state)
{
    (void)state;
    static const char *const list[] = {"epochs", "batch", "lr", "momentum", "weight_decay"};
    assert_string_equal(siam_nearest("epohcs", list, 5), "epochs"); /* a swap counts once */
    assert_string_equal(siam_nearest("EPOCHS", list, 5), "epochs");
    assert_string_equal(siam_nearest("bacth", list, 5), "batch");
    assert_string_equal(siam_nearest("rl", list, 5), "lr");
    assert_string_equal(siam_nearest("wegihtdeccy", list, 5), "weight_decay"); /* 3 of 11 */
    assert_null(siam_nearest("k", list, 5));
    assert_null(siam_nearest("potato", list, 5));
    assert_null(siam_nearest("", list, 5));
    assert_null(siam_nearest("epochs", list, 0));
    char big[500];
    memset(big, 'e', sizeof big);
    big[499] = '\0';
    assert_null(siam_nearest(big, list, 5));
    const char *const odd[] = {big, "eee"};
    assert_string_equal(siam_nearest("ee", odd, 2), "eee");
}

static void numbers(void **state)
{
    (void)state;
    double d = 7;
    int64_t i = 7;
    static const char *const no[] = {"",     " ",  "1 ",  " 1",  "nan", "inf", "0x10", "1e999",
                                     "1..2", "1e", "--1", "1,0", "1f",  "e5",  "."};
    for (size_t k = 0; k < sizeof no / sizeof *no; k++) {
        if (siam_parse_f64(no[k], &d) || siam_parse_i64(no[k], &i))
            fail_msg("'%s' was taken for a number", no[k]);
    }
    assert_true(d == 7 && i == 7);
    assert_true(siam_parse_f64("-.5e-3", &d) && d == -0.0005);
    assert_true(siam_parse_f64("4.9e-324", &d) && d == 4.9406564584124654e-324);
    assert_false(siam_parse_i64("1.0", &i));
    assert_false(siam_parse_i64("9223372036854775808", &i));
    assert_true(siam_parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
    assert_true(siam_parse_i64("+007", &i) && i == 7);
}

static siam_code apply(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    (void)e;
    siam_optset *s = ((void **)user)[0];
    siam_optset_set(s, key, value, SIAM_FROM_FILE, where, ((void **)user)[1]);
    return SIAM_OK;
}

/* dump -> read -> equal bytes; every row is there, so every origin becomes "file". */
static void round_trip(const siam_optset *s)
{
    siam_err e = {0};
    char *text;
    assert_int_equal(siam_optset_dump(s, &text, &e), SIAM_OK);
    cfg back;
    siam_optset t;
    fresh(&t, &back);
    siam_problems p = {0};
    void *user[2] = {&t, &p};
    if (siam_yaml_read("dump", text, strlen(text), apply, user, &e) || p.n)
        fail_msg("%s%s in\n%s", e.msg, p.text, text);
    if (memcmp(&back, s->cfg, sizeof back))
        fail_msg("the values changed in\n%s", text);
    for (int i = 0; i < t.n; i++)
        assert_int_equal(t.origin[i], SIAM_FROM_FILE);
    free(text);
    for (int i = 0; i < s->n; i++) { /* and value by value */
        char value[2048];
        siam_optset_format(s, i, value, sizeof value);
        fresh(&t, &back);
        assert_true(siam_optset_set(&t, s->row[i].name, value, SIAM_FROM_FILE, NULL, &p));
        assert_memory_equal((char *)t.cfg + s->row[i].offset, (char *)s->cfg + s->row[i].offset,
                            s->row[i].size);
    }
}

static void dump_looks_like_this(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    good(&s, "lr", "0.1");
    good(&s, "name", "two words");
    s.origin[1] = SIAM_FROM_RECIPE;
    siam_err e = {0};
    char *text;
    assert_int_equal(siam_optset_dump(&s, &text, &e), SIAM_OK);
    assert_string_equal(text, "name: \"two words\"                       # cli\n"
                              "train:\n"
                              "  epochs: 100                           # recipe\n"
                              "  lr: 0.1                               # cli\n"
                              "  weight_decay: 0.0001                  # default\n"
                              "  schedule: cosine                      # default\n"
                              "  every: 1                              # default\n"
                              "  seed: 0                               # default\n"
                              "data:\n"
                              "  mean: [0.4914,0.4822,0.4465]          # default\n"
                              "  any: 0                                # default\n"
                              "eval:\n"
                              "  every: 1                              # default\n"
                              "run:\n"
                              "  out: runs/x                           # default\n"
                              "  resume: false                         # default\n"
                              "  threads: auto                         # default\n");
    free(text);
    round_trip(&s);
}

static void strings_survive_the_dump(void **state)
{
    (void)state;
    static const char *const text[] = {"",
                                       " ",
                                       "a b",
                                       "#x",
                                       "x #y",
                                       "a: b",
                                       "'",
                                       "\"",
                                       "\\",
                                       "\\n",
                                       "true",
                                       "No",
                                       "null",
                                       "~",
                                       "1e5",
                                       "-",
                                       "- a",
                                       "[1]",
                                       "{a: b}",
                                       "&x",
                                       "*x",
                                       "!x",
                                       "%x",
                                       "@x",
                                       "`x",
                                       "|",
                                       ">",
                                       "?",
                                       ":",
                                       "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                                       "\xe2\x80\xae\xe2\x80\x8f",
                                       "\xef\xbb\xbfx",
                                       "\xef\xbf\xbe\xef\xbf\xbf",
                                       "/data/x.tar.gz",
                                       "./d",
                                       "../d",
                                       ".inf",
                                       "a,b",
                                       "trailing ",
                                       " leading",
                                       "...",
                                       "---",
                                       "--- x",
                                       "x:",
                                       "auto"};
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        good(&s, "out", text[i]);
        round_trip(&s);
    }
    /* long ones, and every byte that is text alone */
    char all[199];
    for (int i = 0; i < 0x7f - ' '; i++)
        all[i] = (char)(i + ' ');
    all[0x7f - ' '] = '\0';
    good(&s, "out", all);
    round_trip(&s);
    memset(all, '"', 198);
    all[198] = '\0';
    good(&s, "out", all);
    round_trip(&s);
}

static void doubles_survive_the_dump(void **state)
{
    (void)state;
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    static const double edge[] = {0,       -0.0,     0.1,       1.0 / 3,
                                  DBL_MAX, -DBL_MAX, DBL_MIN,   4.9406564584124654e-324,
                                  1e22,    1e23,     123456789, 5e-5};
    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++) {
        c.any = edge[i];
        round_trip(&s);
    }
    c.any = 0.1;
    char text[64];
    siam_optset_format(&s, siam_optset_find(&s, "any"), text, sizeof text);
    assert_string_equal(text, "0.1"); /* the shortest form, not 0.10000000000000001 */
    siam_rng r = siam_rng_key(1, 2, 3, 4, SIAM_RNG_TEST);
    for (int i = 0; i < 300; i++) {
        uint64_t bits = siam_rng_u64(&r);
        memcpy(&c.any, &bits, 8);
        if (!isfinite(c.any))
            continue;
        c.mean.n = (int)(i % (SIAM_LIST_MAX + 1));
        for (int k = 0; k < SIAM_LIST_MAX; k++)
            c.mean.v[k] = k < c.mean.n ? siam_rng_unit(&r) : 0;
        c.seed = siam_rng_u64(&r);
        c.epochs = 1 + (int32_t)siam_rng_below(&r, 1000);
        c.kind = i % 3;
        c.resume = i & 1;
        c.lr = siam_rng_unit(&r) * 10;
        round_trip(&s);
    }
}

/* A host program's locale must not turn 0.05 into 0. */
static void decimal_comma(void **state)
{
    (void)state;
    static const char *const name[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
                                       "nl_NL.utf8"};
    bool set = false;
    for (int i = 0; i < 5 && !set; i++)
        set = setlocale(LC_ALL, name[i]) != NULL;
    if (!set)
        skip();
    cfg c;
    siam_optset s;
    fresh(&s, &c);
    good(&s, "lr", "0.05");
    assert_true(c.lr == 0.05);
    round_trip(&s);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(flags_are_apart),
        cmocka_unit_test(names),
        cmocka_unit_test(values),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(five_at_once),
        cmocka_unit_test(many_problems_are_counted),
        cmocka_unit_test(nearest),
        cmocka_unit_test(numbers),
        cmocka_unit_test(dump_looks_like_this),
        cmocka_unit_test(strings_survive_the_dump),
        cmocka_unit_test(doubles_survive_the_dump),
        cmocka_unit_test(decimal_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
