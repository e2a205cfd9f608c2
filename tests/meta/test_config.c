/* The recipes and the option table of a run: every recipe loads without a mistake, and the values that the
 * papers give arrive where they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "optim/optim.h"
#include "train/config.h"

typedef struct fixture {
    siam_config c;
    siam_optset s;
    siam_problems p;
    siam_err e;
} fixture;

static void load(fixture *f, const char *recipe)
{
    memset(f, 0, sizeof *f);
    siam_optset_init(&f->s, siam_config_options, &f->c);
    if (recipe)
        assert_int_equal(siam_config_load(&f->s, recipe, &f->p, &f->e), SIAM_OK);
    assert_string_equal(f->p.text, "");
}

static void set(fixture *f, const char *key, const char *value)
{
    assert_true(siam_optset_set(&f->s, key, value, SIAM_FROM_CLI, NULL, &f->p));
}

static void every_recipe_loads(void **state)
{
    (void)state;
    int n = 0;
    for (const siam_recipe *r = siam_recipes; r->name; r++, n++) {
        fixture f;
        assert_true(strlen(r->summary) > 10 && strlen(r->summary) < 72);
        assert_null(strchr(r->summary, '\n'));
        bool train, linear;
        assert_int_equal(siam_recipe_is_for(r, "train", &train, NULL), SIAM_OK);
        assert_int_equal(siam_recipe_is_for(r, "linear", &linear, NULL), SIAM_OK);
        assert_true(train != linear);
        if (!train)
            continue;
        load(&f, r->name);
        assert_string_equal(f.c.recipe, r->name);
        assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
        /* Said explicitly: the projector's depth and the predictor's constant rate. */
        const int layers = siam_optset_find(&f.s, "model.projector_layers");
        assert_int_equal(f.s.origin[layers], SIAM_FROM_RECIPE);
        assert_true(f.c.train_fix_predictor_lr);
        assert_true(f.c.train_stop_gradient);
    }
    assert_true(n >= 5);
}

/* What the comments of the recipes for certain kinds of images promise. */
static void recipes_suit_their_images(void **state)
{
    (void)state;
    static const char *const any_way_up[] = {"microscopy", "satellite"}, *const upright[] = {"xray", "inspection"};
    fixture f;
    for (int i = 0; i < 2; i++) {
        load(&f, any_way_up[i]);
        assert_true(f.c.aug.flip_p > 0 && f.c.aug.vflip_p > 0 && f.c.aug.rot90_p > 0);
        load(&f, upright[i]);
        assert_true(f.c.aug.vflip_p == 0 && f.c.aug.rot90_p == 0 && f.c.aug.rotate_max <= 10 && f.c.aug.rotate_p > 0);
        for (int k = 0; k < 2; k++) {
            load(&f, (k ? upright : any_way_up)[i]);
            assert_true(f.c.aug.gray_p == 0 && f.c.aug.hue <= 0.02 && f.c.aug.crop_min >= 0.3 && f.c.aug.solarise_p == 0);
        }
    }
    load(&f, "xray");
    assert_true(f.c.aug.flip_p == 0 && f.c.aug.saturation == 0 && f.c.aug.hue == 0); /* nobody's heart is on the other side */
    load(&f, "inspection");
    assert_true(f.c.aug.blur_p == 0 && f.c.aug.crop_min >= 0.6);
    load(&f, "satellite");
    assert_true(f.c.aug.hue == 0 && f.c.aug.drop_p > 0);
}

static void load_linear(fixture *f, const char *recipe)
{
    memset(f, 0, sizeof *f);
    siam_optset_init(&f->s, siam_linear_options, &f->c);
    assert_int_equal(siam_config_load(&f->s, recipe, &f->p, &f->e), SIAM_OK);
    assert_string_equal(f->p.text, "");
    assert_int_equal(siam_config_finish(&f->s, &f->e), SIAM_OK);
}

static void linear_recipes(void **state)
{
    (void)state;
    fixture f;
    load_linear(&f, "resnet50_8xb512-linear-coslr-90e_in1k");
    assert_int_equal(f.c.train_optimizer, SIAM_OPTIMIZER_lars);
    assert_true(f.c.train_lr == 1.6 && f.c.train_batch == 4096 && f.c.train_epochs == 90);
    assert_true(f.c.train_weight_decay == 0 && f.c.train_momentum == 0.9);
    assert_true(f.c.aug.crop_min == 0.08 && f.c.aug.crop_max == 1 && f.c.aug.flip_p == 0.5 && f.c.data_size == 224);
    set(&f, "batch", "256"); /* its rate is a number, not one per 256 images */
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == 1.6);
    load_linear(&f, "cifar10-linear-100e");
    assert_int_equal(f.c.train_optimizer, SIAM_OPTIMIZER_sgd);
    assert_true(f.c.train_lr == 30 && f.c.train_batch == 256 && f.c.train_epochs == 100);
    assert_true(f.c.train_weight_decay == 0 && f.c.aug.crop_min == 0.8);
    set(&f, "batch", "128");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == 15);
    /* Nothing of a view but crop and flip. */
    const siam_aug_cfg aug = siam_config_aug(&f.c);
    assert_true(aug.jitter_p == 0 && aug.gray_p == 0 && aug.blur_p == 0 && aug.flip_p == 0.5);
}

/* A recipe given to the other verb is refused by name, not as a list of unknown options. */
static void recipes_know_their_verb(void **state)
{
    (void)state;
    fixture f = {0};
    siam_optset_init(&f.s, siam_linear_options, &f.c);
    assert_int_equal(siam_config_load(&f.s, "demo", &f.p, &f.e), SIAM_E_CONFIG);
    assert_string_equal(f.e.msg, "'demo' is for simsiam train, not for simsiam linear");
    memset(&f, 0, sizeof f);
    siam_optset_init(&f.s, siam_config_options, &f.c);
    assert_int_equal(siam_config_load(&f.s, "cifar10-linear-100e", &f.p, &f.e), SIAM_E_CONFIG);
    assert_string_equal(f.e.msg, "'cifar10-linear-100e' is for simsiam linear, not for simsiam train");
    assert_int_equal(f.p.n, 0);
}

/* What a table writes it reads back, "auto" and empty lists included. */
static void linear_round_trip(void **state)
{
    (void)state;
    fixture f = {0}, g = {0};
    char *yaml, a[2048], b[2048];
    load_linear(&f, "cifar10-linear-100e");
    set(&f, "sweep-lr", "0.1,1,30");
    set(&f, "model.rename", "s/^a: //");
    assert_int_equal(siam_optset_dump(&f.s, &yaml, &f.e), SIAM_OK);
    FILE *out = fopen("linear_round_trip.yaml", "w");
    assert_non_null(out);
    fputs(yaml, out);
    fclose(out);
    free(yaml);
    siam_optset_init(&g.s, siam_linear_options, &g.c);
    assert_int_equal(siam_config_load(&g.s, "./linear_round_trip.yaml", &g.p, &g.e), SIAM_OK);
    assert_string_equal(g.p.text, "");
    for (int i = 0; i < f.s.n; i++) {
        siam_optset_format(&f.s, i, a, sizeof a);
        siam_optset_format(&g.s, i, b, sizeof b);
        assert_string_equal(a, b);
    }
    memset(&g, 0, sizeof g);
    siam_optset_init(&g.s, siam_config_options, &g.c);
    assert_int_equal(siam_config_load(&g.s, "./linear_round_trip.yaml", &g.p, &g.e), SIAM_E_CONFIG);
    remove("linear_round_trip.yaml");
}

static void papers_values(void **state)
{
    (void)state;
    fixture f;
    load(&f, "cifar10-resnet18-800e");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr > 0.06 - 1e-12 && f.c.train_lr < 0.06 + 1e-12); /* 0.03 * 512 / 256 */
    assert_true(f.c.train_weight_decay == 5e-4);
    assert_int_equal(f.c.model_projector_layers, 2);
    assert_true(f.c.aug.blur_p == 0);
    const siam_model_cfg m = siam_config_model(&f.c);
    assert_true(m.backbone.cifar_stem && m.size == 32 && m.dim == 2048);
    load(&f, "simsiam_resnet50_8xb32-coslr-200e_in1k");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == 0.05 && f.c.train_epochs == 200 && f.c.aug.blur_p == 0.5);
    assert_int_equal(f.c.train_schedule_by, SIAM_BY_EPOCH);
}

static void lr_scales_until_it_is_given(void **state)
{
    (void)state;
    fixture f;
    load(&f, "demo");
    set(&f, "batch", "64");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == f.c.train_base_lr / 4);
    const int lr = siam_optset_find(&f.s, "lr");
    assert_int_equal(f.s.origin[lr], SIAM_FROM_AUTO);
    set(&f, "batch", "128"); /* finishing again follows */
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == f.c.train_base_lr / 2);
    set(&f, "lr", "0.7");
    set(&f, "batch", "512");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_true(f.c.train_lr == 0.7);
    assert_int_equal(f.s.origin[lr], SIAM_FROM_CLI);
}

static void short_keys(void **state)
{
    (void)state;
    static const char *const pair[][2] = {{"width", "model.width"},
                                          {"epochs", "train.epochs"},
                                          {"lr", "train.lr"},
                                          {"size", "data.size"},
                                          {"every", "eval.every"},
                                          {"bank", "eval.bank"},
                                          {"out", "run.out"},
                                          {"resume", "run.resume"},
                                          {"tuning", "run.tuning"},
                                          {"plan", "run.tuning"}, /* its earlier names */
                                          {"run.plan", "run.tuning"},
                                          {"accum", "train.accum"},
                                          {"stem", "model.stem"},
                                          {"arch", "model.arch"},
                                          {"seed", "train.seed"},
                                          {"threads", "run.threads"},
                                          {"dim", "model.dim"},
                                          {"batch", "train.batch"},
                                          {"stop-gradient", "train.stop_gradient"}};
    fixture f;
    load(&f, NULL);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        const int row = siam_optset_find(&f.s, pair[i][0]);
        assert_true(row >= 0);
        assert_string_equal(f.s.row[row].name, pair[i][1]);
    }
    assert_true(f.s.n <= SIAM_OPTIONS_MAX);
}

static void what_does_not_fit_together(void **state)
{
    (void)state;
    static const char *const bad[][4] = {
        {"batch", "100", "accum", "3"},         {"batch", "4", "accum", "4"},
        {"crop_min", "0.9", "crop_max", "0.5"}, {"blur_min", "1.5", "blur_max", "1"},
        {"epochs", "3", "warmup_epochs", "3"},  {"in_channels", "3", "mean", "0.5,0.5"},
        {"in_channels", "3", "std", "0.2,0.2"}, {"range", "1,0", "depth", "16"},
        {"range", "5", "depth", "16"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fixture f;
        load(&f, "demo");
        set(&f, bad[i][0], bad[i][1]);
        set(&f, bad[i][2], bad[i][3]);
        assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_E_CONFIG);
        assert_true(strlen(f.e.msg) > 20);
    }
}

static void a_dump_is_the_same_configuration(void **state)
{
    (void)state;
    fixture f, g;
    char *text = NULL, path[] = "/tmp/siam-config-XXXXXX.yaml";
    load(&f, "cifar10-resnet18-quick");
    set(&f, "data.path", "a b: #c");
    set(&f, "std", "0.1,0.30000000000000004,1e-3");
    assert_int_equal(siam_config_finish(&f.s, &f.e), SIAM_OK);
    assert_int_equal(siam_optset_dump(&f.s, &text, &f.e), SIAM_OK);
    const int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
    load(&g, path);
    remove(path);
    for (int i = 0; i < f.s.n; i++) {
        char a[2048], b[2048];
        siam_optset_format(&f.s, i, a, sizeof a);
        siam_optset_format(&g.s, i, b, sizeof b);
        assert_string_equal(a, b);
    }
    free(text);
}

static void unknown_recipe(void **state)
{
    (void)state;
    fixture f;
    load(&f, NULL);
    assert_int_equal(siam_config_load(&f.s, "dmeo", &f.p, &f.e), SIAM_E_USAGE);
    assert_non_null(strstr(f.e.msg, "demo"));
    assert_string_equal(f.e.hint, "simsiam list");
    siam_err_clear(&f.e);
    assert_int_equal(siam_config_load(&f.s, "no/such.yaml", &f.p, &f.e), SIAM_E_NOTFOUND);
}

/* What an option of that table is set to by that word: its index into the list the option names. */
static int32_t chosen(const siam_option *table, const char *key, const char *word)
{
    fixture f = {0};
    siam_optset_init(&f.s, table, &f.c);
    set(&f, key, word);
    return strcmp(key, "train.optimizer") ? f.c.train_schedule : f.c.train_optimizer;
}

/* Each word means the row of that name, in whatever order the rows are; the usual ones are found by their names, too. */
static void choices_follow_their_lists(void **state)
{
    (void)state;
    fixture f = {0};
    for (int i = 0; siam_optimizers[i]; i++)
        assert_int_equal(chosen(siam_linear_options, "train.optimizer", siam_optimizers[i]->name), i);
    for (int i = 0; siam_schedules[i]; i++) {
        assert_int_equal(chosen(siam_linear_options, "train.schedule", siam_schedules[i]->name), i);
        assert_int_equal(chosen(siam_config_options, "train.schedule", siam_schedules[i]->name), i);
    }
    siam_optset_init(&f.s, siam_linear_options, &f.c);
    assert_string_equal(siam_optimizers[f.c.train_optimizer]->name, "sgd");
    assert_string_equal(siam_schedules[f.c.train_schedule]->name, "cosine");
    assert_string_equal(siam_optimizers[SIAM_OPTIMIZER_lars]->name, "lars");
    assert_null(siam_optimizers[SIAM_OPTIMIZERS]);
    assert_null(siam_schedules[SIAM_SCHEDULES]);
}

/* Views that a classifier is trained on are cropped smaller unless told otherwise, and no options of colours. */
static void options_of_views_have_their_defaults(void **state)
{
    (void)state;
    fixture train = {0}, linear = {0};
    siam_optset_init(&train.s, siam_config_options, &train.c);
    siam_optset_init(&linear.s, siam_linear_options, &linear.c);
    assert_true(train.c.aug.crop_min == 0.2 && train.c.aug.crop_max == 1 && train.c.aug.flip_p == 0.5);
    assert_true(linear.c.aug.crop_min == 0.08 && linear.c.aug.crop_max == 1 && linear.c.aug.flip_p == 0.5);
    assert_true(train.c.aug.jitter_p == 0.8 && linear.c.aug.jitter_p == 0);
    assert_true(siam_optset_find(&train.s, "aug.blur_p") >= 0 && siam_optset_find(&train.s, "aug.hue") >= 0);
    assert_int_equal(siam_optset_find(&linear.s, "aug.blur_p"), -1);
    assert_int_equal(siam_optset_find(&linear.s, "aug.hue"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipe_loads),
        cmocka_unit_test(recipes_suit_their_images),
        cmocka_unit_test(linear_recipes),
        cmocka_unit_test(recipes_know_their_verb), cmocka_unit_test(linear_round_trip),
        cmocka_unit_test(papers_values),
        cmocka_unit_test(lr_scales_until_it_is_given),
        cmocka_unit_test(short_keys),                  cmocka_unit_test(choices_follow_their_lists),
        cmocka_unit_test(options_of_views_have_their_defaults),
        cmocka_unit_test(what_does_not_fit_together),
        cmocka_unit_test(a_dump_is_the_same_configuration),
        cmocka_unit_test(unknown_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
