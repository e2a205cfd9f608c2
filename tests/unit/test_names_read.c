/* Key names of other projects: files that have exactly the keys of tests/data/keys (name, shape, type; as the
 * projects' code makes them for ResNet-50) fill our model in full, told in one line. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "keymap_case.h"

/* `before`: length of what stands before every name. Every parameter of ours is in the file, with our shape
 * and the file's numbers. Returns how many there are.
 */
static int fill(const siam_names_read *m, const siam_ckpt *c, size_t before, bool whole)
{
    siam_model_cfg cfg = {.backbone = {64 / SHRINK, false, true},
                          .in_channels = 3,
                          .size = 64,
                          .projector_layers = 3,
                          .dim = 2048 / SHRINK,
                          .stop_gradient = true,
                          .arch = "resnet50"};
    siam_graph *g;
    siam_model_vals v;
    must(whole ? siam_model_graph(&g, &v, &cfg, &err) : siam_encoder_graph(&g, &v, &cfg, 0, &err));
    for (int i = 0; i < g->nparams; i++) {
        const siam_param *p = &g->param[i];
        const int at = siam_names_read_find(m, p->name);
        if (at < 0)
            fail_msg("%s: no tensor for '%s'", siam_names_read_note(m), p->name);
        const siam_ckpt_entry *x = c->format->entry(c, at);
        if (!siam_desc_eq(&x->desc, &p->desc))
            fail_msg("'%s' as '%s' has another shape", x->name, p->name);
        const size_t n = (size_t)siam_desc_count(&p->desc);
        float *got = malloc(n * sizeof *got);
        must(siam_names_read_read_f32(m, at, got, n, &err));
        if (strcmp(p->name, "projector.7.running_mean"))
            for (size_t k = 0; k < n; k++)
                assert_true(got[k] == value(x->name + before, (int64_t)k));
        free(got);
    }
    const int n = g->nparams;
    siam_graph_destroy(&g);
    return n;
}

static int mapped(const siam_names_read *m, const siam_ckpt *c)
{
    int n = 0;
    for (int i = 0; i < c->format->count(c); i++)
        n += siam_names_read_name(m, i) != NULL;
    return n;
}

static const struct row {
    const char *list, *before, *source, *told;
    int extra; /* of ours beyond the model: fc.weight, fc.bias */
    bool whole;
} rows[] = {
    {"mmpretrain_simsiam_r50.txt", "", "mmpretrain", "neck.fc0. -> projector.0.", 0, true},
    {"mmpretrain_linear_r50.txt", "", "mmpretrain-linear", "head.fc. -> fc.", 2, false},
    {"facebook_simsiam_r50.txt", "", "facebook", "module.encoder.fc. -> projector.", 0, true},
    {"torchvision_r50.txt", "", "torchvision", "conv1. -> backbone.conv1.", 2, false},
    {"torchvision_r50.txt", "module.", "torchvision", "module.fc. -> fc.", 2, false},
    {"lightly_simsiam_r50_lowlevel.txt", "", "lightly", "backbone.4. -> backbone.layer1.", 0, true},
    {"lightly_simsiam_r50_lowlevel.txt", "model.", "lightly", "model.backbone.0. -> backbone.conv1.", 0,
     true},
};

static void every_list_fills_the_model(void **state)
{
    (void)state;
    static keys k;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i / 2];
        format = i % 2 ? &siam_ckpt_torch : &siam_ckpt_safetensors;
        read_keys(&k, r->list);
        assert_true(k.n >= 320);
        siam_ckpt *c = write_keys(&k, r->before);
        siam_names_read *m;
        must(siam_names_read_create(&m, c, NULL, NULL, &err));
        assert_string_equal(siam_names_read_source(m), r->source);
        if (!strstr(siam_names_read_note(m), r->told))
            fail_msg("'%s' is not in: %s", r->told, siam_names_read_note(m));
        assert_null(strchr(siam_names_read_note(m), '\n'));
        assert_int_equal(mapped(m, c), fill(m, c, strlen(r->before), r->whole) + r->extra);
        if (r->extra) {
            assert_true(siam_names_read_find(m, "fc.weight") >= 0);
            assert_true(siam_names_read_find(m, "fc.bias") >= 0);
        }
        siam_names_read_destroy(&m);
        assert_null(m);
        siam_ckpt_close(&c);
        release(&k);
    }
}

/* The lists are the projects', where those are. */
static void lists_are_the_projects(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    char file[4096], *ours, *theirs;
    size_t n, m;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(file, sizeof file, "%s/../shared/golden/keys_%s", source ? source : ".", rows[i].list);
        if (!siam_path_exists(file))
            skip();
        must(siam_file_read(file, 1 << 20, &theirs, &m, &err));
        snprintf(file, sizeof file, "%s/tests/data/keys/%s", source ? source : ".", rows[i].list);
        must(siam_file_read(file, 1 << 20, &ours, &n, &err));
        assert_string_equal(ours, theirs);
        free(ours);
        free(theirs);
    }
}

static void frozen_bias_is_folded(void **state)
{
    (void)state;
    static keys k;
    read_keys(&k, "facebook_simsiam_r50.txt");
    siam_ckpt *c = write_keys(&k, "");
    siam_names_read *m;
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    const int mean = siam_names_read_find(m, "projector.7.running_mean"), n = 2048 / SHRINK;
    float got[2048 / SHRINK];
    must(siam_names_read_read_f32(m, mean, got, (size_t)n, &err));
    for (int i = 0; i < n; i++)
        assert_true(got[i] ==
                    value("module.encoder.fc.7.running_mean", i) - value("module.encoder.fc.6.bias", i));
    assert_int_equal(siam_names_read_find(m, "projector.6.bias"), -1);
    assert_null(siam_names_read_name(m, siam_ckpt_find(c, "module.encoder.fc.6.bias")));
    assert_true(siam_names_read_find(m, "predictor.3.bias") >= 0); /* no BatchNorm behind it */
    assert_non_null(
        strstr(siam_names_read_note(m), "module.encoder.fc.6.bias taken off projector.7.running_mean"));
    assert_int_equal(siam_names_read_read_f32(m, mean, got, 1, NULL), SIAM_E_DATA);
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    release(&k);
}

static void other_names(void **state)
{
    (void)state;
    static keys k;
    siam_names_read *m;
    siam_err e = {0};
    /* lightly's CIFAR network: shortcut, linear */
    add(&k, "conv1.weight", siam_desc_4d(4, 3, 3, 3));
    add(&k, "layer2.0.shortcut.0.weight", siam_desc_4d(8, 4, 1, 1));
    add(&k, "linear.weight", siam_desc_2d(10, 8));
    siam_ckpt *c = write_keys(&k, "");
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    assert_true(siam_names_read_find(m, "backbone.layer2.0.downsample.0.weight") >= 0);
    assert_true(siam_names_read_find(m, "fc.weight") >= 0);
    assert_int_equal(siam_names_read_find(m, "linear.weight"), -1);
    assert_int_equal(siam_names_read_find(m, ""), -1);
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    /* two tensors for one name */
    add(&k, "layer2.0.downsample.0.weight", siam_desc_4d(8, 4, 1, 1));
    c = write_keys(&k, "");
    assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
    assert_null(m);
    assert_non_null(strstr(e.msg, "backbone.layer2.0.downsample.0.weight"));
    siam_ckpt_close(&c);
    release(&k);
    /* nobody's */
    memset(&e, 0, sizeof e);
    add(&k, "features.0.weight", siam_desc_4d(4, 3, 3, 3));
    c = write_keys(&k, "");
    assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "features.0.weight"));
    assert_hint(&e, "a ResNet, which this is not by its names: simsiam list 'resnet*'");
    siam_ckpt_close(&c);
    release(&k);
}

/* moco's names, whose predictor and queue are not ours */
static siam_ckpt *moco(keys *k)
{
    add(k, "module.encoder_q.conv1.weight", siam_desc_4d(4, 3, 3, 3));
    add(k, "module.encoder_q.layer1.0.conv1.weight", siam_desc_4d(4, 4, 3, 3));
    add(k, "module.queue", siam_desc_2d(4, 8));
    return write_keys(k, "");
}

static void renamed(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *found, *told; /* told NULL: recognised as nothing */
    } good[] = {
        {"s/^module\\.encoder_q\\.//", "backbone.layer1.0.conv1.weight",
         "2 of 3 names by your rules, then key names of torchvision"},
        {"s/encoder_q/encoder/;s/^module.queue$/module.predictor.0.weight/", "predictor.0.weight",
         "Facebook"},
        {" s|^module[.]||  s/^(encoder)_q\\.(.*)$/\\1.\\2/\n s,queue,predictor.0.weight, ;",
         "predictor.0.weight", "3 of 3"},
        {"s/module\\.encoder_q\\.// s#e#E#g s#E#e#g", "backbone.conv1.weight", "torchvision"},
        {"s/module.encoder_q.(conv1.*)/backbone.\\1/ s/.*layer1.*//", "backbone.conv1.weight", "simsiam"},
        {"s/_q/&&/", "backbone.conv1.weight", "module.encoder_q_q.conv1. -> backbone.conv1."},
        {"s/x*/&/g s/^module.//", "backbone.conv1.weight", "3 of 3"}, /* empty matches */
        {"s/^[a-z]{6}\\.encoder_q[.]{1,2}//", "backbone.conv1.weight", "2 of 3 names"}, /* repetitions within bounds */
        {"s/^([a-z_]+\\.)+(conv1|layer1)/\\2/", "backbone.conv1.weight", "2 of 3 names"},
        {"s/^.{0,255}encoder_q.//", "backbone.conv1.weight", "2 of 3 names"},
        {"s/^module[.][]e{9999}]ncoder_q[.]//", "backbone.conv1.weight", "2 of 3 names"}, /* no repetition in brackets */
        {"s/^[a-z]//g s/^odule.encoder_q.//", "backbone.conv1.weight", "3 of 3"}, /* a name begins once */
        {"s/^m?//g s/^odule.encoder_q.//", "backbone.conv1.weight", "3 of 3"},
        {"s/_q/\\0\\0/", "backbone.conv1.weight", "module.encoder_q_q.conv1. -> backbone.conv1."},
        {"s/^(m)(o)(d)(u)(l)(e)([.])(encoder_q)([.])/\\9/ s/^[.]//", "backbone.conv1.weight", "2 of 3 names"},
        {"s/((((((((((((((((((((((((((((((((module))))))))))))))))))))))))))))))))[.]encoder_q.//", "backbone.conv1.weight",
         "2 of 3 names"}, /* 32 groups in each other */
        {"s/conv1.weight/conv1/", NULL, NULL},
    };
    static const struct {
        const char *rules, *word;
    } bad[] = {{"s/a/b", "s/FROM/TO/"},
               {"a/b/", "s/FROM/TO/"},
               {"s", "s/FROM/TO/"},
               {"sxaxbx", "s/FROM/TO/"},
               {"s///", "nothing to look for"},
               {"s/a/b/gg", "goes on"},
               {"s/a/b/s/c/d/", "goes on"},
               {"  ", "is empty"},
               {"s/(/b/", "regular expression"},
               {"s/a[/b/", "regular expression"},
               {"s/nowhere/b/", "fits none of the 3"},
               {"s/a\\", "s/FROM/TO/"},
               {"s;a;b;", "s/FROM/TO/"},
               {"s/.{1,30000}/x/", "more than 255 times"},
               {"s/a{256}/x/", "more than 255 times"},
               {"s/[0-9]{300,}/x/", "more than 255 times"},
               {"s/(a|b){2,99999999999999999999}/x/", "more than 255 times"},
               {"s/(a{1,100}){1,100}/x/", "repeats a part itself"},
               {"s/a{1,200}{1,200}/x/", "repeats a part itself"},
               {"s/((a[^]}]{2,9}b)c|d){3}/x/", "repeats a part itself"},
               {"s/(x.*y){1,200}/x/", "repeats a part itself"},
               {"s/(([a-z]+)?){7}/x/", "repeats a part itself"},
               {"s/.{255}.{255}.{3}/x/", "512 parts"},
               {"s/(weight){100}/x/", "512 parts"},
               {"s/((a{1,250}|b{1,250})c{1,250})/x/", "512 parts"},
               {"s/(.*)\\1(.*)\\2b/x/", "refers back"},
               {"s/((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))/x/", "too deeply"}};
    static keys k;
    siam_names_read *m;
    siam_ckpt *c = moco(&k);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        siam_err e = {0};
        const siam_code rc = siam_names_read_create(&m, c, good[i].rules, NULL, &e);
        if (rc != (good[i].told ? SIAM_OK : SIAM_E_DATA))
            fail_msg("%s: %s", good[i].rules, e.msg);
        if (!good[i].told)
            continue;
        if (siam_names_read_find(m, good[i].found) < 0 || !strstr(siam_names_read_note(m), good[i].told))
            fail_msg("%s: %s", good[i].rules, siam_names_read_note(m));
        siam_names_read_destroy(&m);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        siam_err e = {0};
        assert_int_equal(siam_names_read_create(&m, c, bad[i].rules, NULL, &e), SIAM_E_USAGE);
        assert_null(m);
        if (!strstr(e.msg, bad[i].word) || !e.hint[0])
            fail_msg("%s: %s", bad[i].rules, e.msg);
    }
    char long_rule[2048];
    siam_err e = {0};
    snprintf(long_rule, sizeof long_rule, "s/.*/%0200d/ s/0*/&&&&/", 0);
    assert_int_equal(siam_names_read_create(&m, c, long_rule, NULL, &e), SIAM_E_USAGE);
    assert_non_null(strstr(e.msg, "511"));
    long_rule[0] = '\0';
    for (int i = 0; i < 17; i++)
        strcat(long_rule, "s/e/e/ ");
    assert_int_equal(siam_names_read_create(&m, c, long_rule, NULL, NULL), SIAM_E_USAGE);
    siam_ckpt_close(&c);
    release(&k);
}

static const siam_param *resnet50(siam_graph **g, int width)
{
    siam_model_cfg cfg = {.backbone = {width, false, true}, .in_channels = 3, .size = 64, .arch = "resnet50"};
    siam_model_vals v;
    must(siam_encoder_graph(g, &v, &cfg, 0, &err));
    return (*g)->param;
}

static void assert_diff(const siam_names_read *m, const siam_graph *g, const char *text)
{
    siam_names_read_match d;
    siam_names_read_diff(m, g->param, g->nparams, &d);
    assert_string_equal(d.text, text);
    assert_int_equal(d.wanted, g->nparams);
    assert_int_equal(d.matched + d.missing + d.reshaped, d.wanted);
}

static void drop(keys *k, const char *name)
{
    for (int i = 0; i < k->n; i++)
        if (strstr(k->entry[i].name, name))
            snprintf(k->entry[i].name, strlen(k->entry[i].name) + 1, "old.%03d.x", i);
}

static void what_differs(void **state)
{
    (void)state;
    static keys k;
    siam_names_read *m;
    siam_graph *g;
    resnet50(&g, 64 / SHRINK);
    read_keys(&k, "torchvision_r50.txt");
    siam_ckpt *c = write_keys(&k, "");
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    assert_diff(m, g,
                "265 of the 265 tensors needed are there; in the file but not needed: fc.weight, fc.bias");
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    drop(&k, "layer4.");
    drop(&k, "layer1.0.bn2.bias");
    k.entry[0].desc = siam_desc_4d(4, 3, 3, 3);
    c = write_keys(&k, "");
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    assert_diff(m, g,
                "213 of the 265 tensors needed are there; missing: backbone.layer1.0.bn2.bias, "
                "backbone.layer4.* (50 tensors); of another shape: conv1.weight is 4x3x3x3 where 4x3x7x7 is "
                "needed; in the file but not needed: old.* (61 tensors), fc.* (2 tensors)");
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    siam_graph_destroy(&g);
    release(&k);
    /* everything differs */
    resnet50(&g, 8);
    read_keys(&k, "facebook_simsiam_r50.txt");
    c = write_keys(&k, "");
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    assert_diff(m, g,
                "0 of the 265 tensors needed are there; of another shape: module.encoder.conv1.weight is "
                "4x3x7x7 where 8x3x7x7 is needed, module.encoder.bn1.weight is 4 where 8 is needed, "
                "module.encoder.bn1.bias is 4 where 8 is needed and 262 more; in the file but not needed: "
                "module.encoder.* (13 tensors), module.predictor.* (7 tensors)");
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    siam_graph_destroy(&g);
    release(&k);
}

/* A file may have any number of names that look like biases in front of a BatchNorm. */
static void many_names_are_quick(void **state)
{
    (void)state;
    enum { MANY = 60000 };
    siam_ckpt_entry *entry = calloc(MANY, sizeof *entry);
    const void **data = calloc(MANY, sizeof *data);
    char(*name)[32] = calloc(MANY, sizeof *name);
    siam_names_read *m;
    siam_ckpt *c;
    siam_graph *g;
    siam_names_read_match d;
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], i ? "predictor.x%d.12.bias" : "backbone.conv1.weight", i);
        entry[i] = (siam_ckpt_entry){name[i], {SIAM_F32, SIAM_NCHW, 1, {0}}};
        data[i] = "";
    }
    must(siam_ckpt_safetensors.write(path, entry, data, MANY, NULL, 0, &err));
    must(siam_ckpt_open(&c, path, &err));
    const clock_t begin = clock();
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    resnet50(&g, 4);
    siam_names_read_diff(m, g->param, g->nparams, &d);
    const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    if (seconds > 8) /* about one; a minute if each looked at every other */
        fail_msg("%d names took %.1f s", MANY, seconds);
    assert_int_equal(d.unexpected, MANY - 1);
    siam_graph_destroy(&g);
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    free(entry);
    free(data);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_fills_the_model),
        cmocka_unit_test(lists_are_the_projects),
        cmocka_unit_test(frozen_bias_is_folded),
        cmocka_unit_test(other_names),
        cmocka_unit_test(renamed),
        cmocka_unit_test(what_differs),
        cmocka_unit_test(many_names_are_quick),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
