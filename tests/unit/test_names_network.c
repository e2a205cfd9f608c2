/* Names that are ours but for what stands before them, numbers in their place, several networks in a file, classifiers
 * under any name; and that each rule or part that is offered works. */
#include "keymap_case.h"

/* ---- what stands before names, and numbers in their place ---- */

/* torchvision's ResNet-50 without its classifier. */
static void plain_keys(keys *k)
{
    read_keys(k, "torchvision_r50.txt");
    for (int i = 0; i < 2; i++) {
        k->n--;
        free(k->entry[k->n].name);
        free(k->data[k->n]);
    }
    assert_non_null(strstr(k->entry[k->n - 1].name, "layer4."));
}

static void set_name(keys *k, int i, const char *before, const char *name)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s", before, name);
    free(k->entry[i].name);
    k->entry[i].name = strdup(text);
}

/* Children of a Sequential: conv1 is 0, bn1 is 1, layer1 is `first`. */
static void number(keys *k, int first)
{
    for (int i = 0; i < k->n; i++) {
        char *name = k->entry[i].name, text[512];
        if (!strncmp(name, "layer", 5))
            snprintf(text, sizeof text, "%d%s", first + name[5] - '1', name + 6);
        else
            snprintf(text, sizeof text, "%d%s", name[0] == 'b', strchr(name, '.'));
        set_name(k, i, "", text);
    }
}

/* Every tensor of a ResNet-50 has the numbers that torchvision's of that name had when `mark` stood before it. */
static void assert_encoder(const siam_names_read *m, const char *mark)
{
    siam_graph *g;
    const siam_param *row;
    siam_model_cfg cfg = {.backbone = {64 / SHRINK, false, true}, .in_channels = 3, .size = 64, .arch = "resnet50"};
    siam_model_vals v;
    must(siam_encoder_graph(&g, &v, &cfg, 0, &err));
    row = g->param;
    for (int i = 0; i < g->nparams; i++) {
        char name[256];
        float x[4096];
        const int at = siam_names_read_find(m, row[i].name);
        snprintf(name, sizeof name, "%s%s", mark, row[i].name + 9);
        if (at < 0)
            fail_msg("no '%s': %s", row[i].name, siam_names_read_note(m));
        const size_t n = (size_t)siam_desc_count(&row[i].desc);
        if (n > sizeof x / sizeof *x)
            continue;
        must(siam_names_read_read_f32(m, at, x, n, &err));
        assert_true(x[0] == value(name, 0) && x[n - 1] == value(name, (int64_t)n - 1));
    }
    siam_graph_destroy(&g);
}

static void assert_read(keys *k, const char *before, const char *part, const char *mark, const char *told)
{
    siam_names_read *m;
    siam_ckpt *c = write_keys(k, before);
    siam_err e = {0};
    if (siam_names_read_create(&m, c, NULL, part, &e))
        fail_msg("'%s', part '%s': %s", before, part ? part : "", e.msg);
    assert_encoder(m, mark);
    if (!strstr(siam_names_read_note(m), told))
        fail_msg("'%s' is not in: %s", told, siam_names_read_note(m));
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
}

static void prefixes(void **state)
{
    (void)state;
    static const char *const before[] = {"", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.",
                                         "module._orig_mod.encoder.", "encoder._orig_mod.", "_fsdp_wrapped_module.",
                                         "model.", "net.", "resnet.", "module.encoder_q.", "learner.online_encoder.net.",
                                         "backbone.", "student.backbone.", "ema.", "backbone.body.", "0."};
    static keys k;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char told[256];
        plain_keys(&k);
        snprintf(told, sizeof told, strstr(before[i], "backbone.") && !strstr(before[i], "body") ? "key names of simsiam"
                                                                                               : "%sconv1. -> backbone.conv1.",
                 before[i]);
        assert_read(&k, before[i], NULL, "", told);
        release(&k);
    }
}

static void numbers_for_names(void **state)
{
    (void)state;
    static const char *const before[] = {"", "f.", "encoder.", "module.", "backbone.", "features.", "module.f.",
                                         "_orig_mod.model.", "model.backbone."};
    static keys k;
    for (int first = 2; first <= 4; first++)
        for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
            plain_keys(&k);
            number(&k, first);
            assert_read(&k, before[i], NULL, "", "backbone.layer4.");
            release(&k);
        }
}

/* ---- several networks ---- */

/* Two encoders, with different numbers. */
static void twins(keys *k, const char *one, const char *other)
{
    plain_keys(k);
    const int n = k->n;
    for (int i = 0; i < n; i++) {
        char name[512];
        snprintf(name, sizeof name, "%s%s", "other ", k->entry[i].name);
        siam_desc d = k->entry[i].desc;
        add(k, name, d);
        set_name(k, k->n - 1, other, name + 6);
        snprintf(name, sizeof name, "%s", k->entry[i].name);
        set_name(k, i, one, name);
    }
}

static void parts(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other, *usual, *part[2]; /* usual: mark of the one that is taken unasked; NULL: neither */
    } rows[] = {
        {"module.encoder_q.", "module.encoder_k.", "", {"encoder_q", "module.encoder_k"}},
        {"", "ema.", "", {"main", "ema"}},
        {"online_encoder.net.", "target_encoder.net.", "", {"online_encoder", "target_encoder.net"}},
        {"backbone_momentum.", "backbone.", "other ", {"backbone_momentum", "main"}},
        {"student.module.backbone.", "teacher.backbone.", NULL, {"student", "teacher"}},
        {"net1.", "net2.", NULL, {"net1", "net2"}},
        {"query.", "key.", "", {"query", "key"}},
        {"net.k_encoder.", "net.q_encoder.", "other ", {"k_encoder", "q_encoder"}},
        {"keypoint.", "monkey.", NULL, {"keypoint", "monkey"}},
        {"backbone.", "momentum_backbone.", "", {"main", "momentum_backbone"}},
        {"model.", "model_ema.", "", {"model", "model_ema"}},
    };
    static keys k;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_names_read *m;
        siam_err e = {0};
        twins(&k, rows[i].one, rows[i].other);
        siam_ckpt *c = write_keys(&k, "");
        if (rows[i].usual) {
            assert_read(&k, "", NULL, rows[i].usual, "which --part chooses");
        } else {
            assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
            assert_non_null(strstr(e.msg, rows[i].part[0]));
            assert_non_null(strstr(e.msg, rows[i].part[1]));
            assert_hint(&e, "--part %s");
            must(siam_names_read_create(&m, c, NULL, e.hint + sizeof "--part", &err)); /* it works */
            siam_names_read_destroy(&m);
        }
        for (int side = 0; side < 2; side++)
            assert_read(&k, "", rows[i].part[side], side ? "other " : "", "of the networks in the file");
        e = (siam_err){0};
        assert_int_equal(siam_names_read_create(&m, c, NULL, "nobody", &e), SIAM_E_USAGE);
        assert_non_null(strstr(e.msg, "'nobody'"));
        assert_hint(&e, "--part %s");
        must(siam_names_read_create(&m, c, NULL, e.hint + sizeof "--part", &err));
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        release(&k);
    }
}

/* ---- names of nobody's ---- */

static void replace_all(keys *k, char from, char to)
{
    for (int i = 0; i < k->n; i++)
        for (char *p = k->entry[i].name; *p; p++)
            *p = *p == from ? to : *p;
}

/* A rule that is offered makes the file readable. */
static void offered_rules_work(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        char dot;
    } rows[] = {{"net_", '.'}, {"my-model_", '.'}, {"", '/'}, {"tower/", '/'}, {"", '_'}};
    static keys k;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_names_read *m;
        siam_err e = {0};
        char rule[512];
        plain_keys(&k);
        replace_all(&k, '.', rows[i].dot);
        siam_ckpt *c = write_keys(&k, rows[i].before);
        assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
        assert_hint(&e, "--rename '%s'");
        snprintf(rule, sizeof rule, "%.*s", (int)strlen(e.hint) - 11, e.hint + 10);
        must(siam_names_read_create(&m, c, rule, NULL, &err));
        assert_encoder(m, "");
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        release(&k);
    }
}

/* The stems of other ResNets, and other networks: no rule could help, and none is offered. */
static void no_rule_for_others(void **state)
{
    (void)state;
    static const struct {
        const char *before, *stem;
    } deep[] = {{"", "conv1"}, {"module.", "conv1"}, {"backbone.", "conv1"}, {"", "stem"}};
    static const char *const others[] = {"features.0.weight", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight",
                                         "features.conv0.weight"};
    static keys k;
    siam_names_read *m;
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        siam_err e = {0};
        plain_keys(&k);
        set_name(&k, 0, deep[i].stem, ".0.weight");
        char third[32];
        snprintf(third, sizeof third, "%s.3.weight", deep[i].stem);
        add(&k, third, siam_desc_4d(4, 4, 3, 3));
        siam_ckpt *c = write_keys(&k, deep[i].before);
        assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
        assert_non_null(strstr(e.msg, ".0.weight"));
        assert_hint(&e, "a ResNet whose stem is one convolution: simsiam list 'resnet*'");
        siam_ckpt_close(&c);
        release(&k);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        siam_err e = {0};
        add(&k, others[i], siam_desc_4d(4, 3, 3, 3));
        siam_ckpt *c = write_keys(&k, "");
        assert_int_equal(siam_names_read_create(&m, c, NULL, NULL, &e), SIAM_E_DATA);
        assert_non_null(strstr(e.msg, others[i]));
        assert_null(strstr(e.hint, "--rename"));
        siam_ckpt_close(&c);
        release(&k);
    }
}

/* Hugging Face's and Detectron2's names of the same tensors. */
static void foreign_name(char *out, size_t n, const char *name, bool hugging)
{
    int stage, block, which, used = 0;
    char kind[16];
    const char *end = strrchr(name, '.') + 1;
    if (sscanf(name, "layer%d.%d.downsample.%d", &stage, &block, &which) == 3)
        snprintf(out, n, hugging ? "encoder.stages.%d.layers.%d.shortcut.%s.%s" : "res%d.%d.shortcut.%s%s",
                 hugging ? stage - 1 : stage + 1, block,
                 hugging ? which ? "normalization" : "convolution" : which ? "norm." : "", end);
    else if (sscanf(name, "layer%d.%d.%15[a-z]%d%n", &stage, &block, kind, &which, &used) == 4 && hugging)
        snprintf(out, n, "encoder.stages.%d.layers.%d.layer.%d.%s.%s", stage - 1, block, which - 1,
                 *kind == 'c' ? "convolution" : "normalization", end);
    else if (used)
        snprintf(out, n, "res%d.%d.conv%d.%s%s", stage + 1, block, which, *kind == 'c' ? "" : "norm.", end);
    else if (hugging)
        snprintf(out, n, "embedder.embedder.%s.%s", *name == 'c' ? "convolution" : "normalization", end);
    else
        snprintf(out, n, "stem.conv1.%s%s", *name == 'c' ? "" : "norm.", end);
}

static void dialects(void **state)
{
    (void)state;
    static const char *const before[] = {"", "resnet.", "backbone.bottom_up.", "module.resnet."};
    static keys k;
    for (int hugging = 0; hugging < 2; hugging++)
        for (size_t b = 0; b < sizeof before / sizeof *before; b++) {
            char name[512];
            plain_keys(&k);
            for (int i = 0; i < k.n; i++) {
                foreign_name(name, sizeof name, k.entry[i].name, hugging);
                set_name(&k, i, "", name);
            }
            assert_read(&k, before[b], NULL, "", hugging ? "Hugging Face's ResNet" : "Detectron2's ResNet");
            release(&k);
        }
}

/* ---- classifiers and what is not read ---- */

static void classifiers(void **state)
{
    (void)state;
    enum { FEATURES = 2048 / SHRINK, CLASSES = 7 };
    static const struct {
        const char *before, *name;
        bool taken;
    } rows[] = {{"", "head", true},       {"", "last_linear", true},   {"", "classifier", true},    {"", "heads.head", true},
                {"", "classifier.1", true}, {"", "fc1", true},         {"model.", "head", true},    {"encoder.", "../linear", true},
                {"", "head.fc", true},    {"backbone.", "../head", true}, {"model.", "../fc", true}, {"", "projection", false},
                {"", "weird", false},     {"net.", "unusual", false},  {"encoder.", "../probably", false}};
    static keys k;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_names_read *m;
        char name[128], text[256], rule[SIAM_KEY_RULE];
        plain_keys(&k);
        for (int t = 0; t < k.n; t++) {
            snprintf(name, sizeof name, "%s", k.entry[t].name);
            set_name(&k, t, rows[i].before, name);
        }
        const bool outside = rows[i].name[0] == '.';
        snprintf(name, sizeof name, "%s%s", outside ? "" : rows[i].before, rows[i].name + (outside ? 3 : 0));
        snprintf(text, sizeof text, "%s.weight", name);
        add(&k, text, siam_desc_2d(CLASSES, FEATURES));
        snprintf(text, sizeof text, "%s.bias", name);
        add(&k, text, siam_desc_1d(CLASSES));
        siam_ckpt *c = write_keys(&k, "");
        must(siam_names_read_create(&m, c, NULL, NULL, &err));
        assert_false(siam_names_read_adopt(m, FEATURES + 1)); /* of another network */
        assert_true(siam_names_read_adopt(m, FEATURES) == rows[i].taken);
        assert_int_equal(siam_names_read_find(m, "fc.weight") >= 0, rows[i].taken);
        assert_int_equal(siam_names_read_unread(m, text, sizeof text), rows[i].taken ? 0 : 2);
        if (rows[i].taken) {
            snprintf(text, sizeof text, "%s. -> fc.", name);
            assert_non_null(strstr(siam_names_read_note(m), text));
        } else {
            assert_non_null(strstr(text, name)); /* named, and with a rule that works */
            assert_true(siam_names_read_classifier_rule(m, FEATURES, NULL, NULL, rule));
            siam_names_read_destroy(&m);
            must(siam_names_read_create(&m, c, rule, NULL, &err));
            assert_true(siam_names_read_find(m, "fc.weight") >= 0 && siam_names_read_find(m, "fc.bias") >= 0);
            assert_encoder(m, "");
        }
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        release(&k);
    }
}

static void unread(void **state)
{
    (void)state;
    static const struct {
        const char *name[4], *text; /* names beside an encoder's */
        } rows[] = {{{"queue"}, "queue (1 tensor)"},
                {{"module.queue", "module.queue_ptr"}, "module.queue, module.queue_ptr (2 tensors)"},
                {{"decoder.a.weight", "decoder.a.bias", "decoder.a.gain"}, "decoder.a.* (3 tensors)"},
                {{"bn9.num_batches_tracked"}, ""},
                {{"num_batches_tracked", "1num_batches_tracked"}, ""},
                {{"fc.0.weight", "fc.2.weight"}, "fc.0.weight, fc.2.weight (2 tensors)"},
                {{"fc.weight"}, "fc.weight (1 tensor)"}, /* without a bias, which a classifier here has */
                {{"fc.bias"}, "fc.bias (1 tensor)"},
                {{"module.linear.weight"}, "module.linear.weight (1 tensor)"},
                {{"classifier.weight", "fc.gain"}, "classifier.weight, fc.gain (2 tensors)"}};
    static keys k;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_names_read *m;
        char text[512];
        plain_keys(&k);
        int n = 0;
        for (; n < 4 && rows[i].name[n]; n++)
            add(&k, rows[i].name[n], siam_desc_2d(3, 5));
        siam_ckpt *c = write_keys(&k, "");
        must(siam_names_read_create(&m, c, NULL, NULL, &err));
        assert_int_equal(siam_names_read_unread(m, text, sizeof text), rows[i].text[0] ? n : 0);
        if (rows[i].text[0])
            assert_string_equal(text, rows[i].text);
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        release(&k);
    }
    /* what stands behind an encoder that another one follows is no classifier */
    siam_names_read *m;
    char text[512];
    twins(&k, "encoder_q.", "encoder_k.");
    add(&k, "encoder_q.fc.weight", siam_desc_2d(16, 2048 / SHRINK));
    add(&k, "encoder_q.fc.bias", siam_desc_1d(16));
    siam_ckpt *c = write_keys(&k, "");
    must(siam_names_read_create(&m, c, NULL, NULL, &err));
    assert_false(siam_names_read_adopt(m, 2048 / SHRINK));
    assert_int_equal(siam_names_read_find(m, "fc.weight"), -1);
    assert_int_equal(siam_names_read_unread(m, text, sizeof text), 2);
    siam_names_read_destroy(&m);
    siam_ckpt_close(&c);
    release(&k);
    /* but a classifier beside both is one */
    static const char *const pair[][2] = {{"backbone.", "momentum_backbone."}, {"encoder_q.", "encoder_k."}};
    for (int i = 0; i < 2; i++) {
        twins(&k, pair[i][0], pair[i][1]);
        add(&k, "classifier.weight", siam_desc_2d(16, 2048 / SHRINK));
        add(&k, "classifier.bias", siam_desc_1d(16));
        c = write_keys(&k, "");
        must(siam_names_read_create(&m, c, NULL, NULL, &err));
        siam_names_read_adopt(m, 2048 / SHRINK);
        assert_true(siam_names_read_find(m, "fc.weight") >= 0);
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        release(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(numbers_for_names),
        cmocka_unit_test(parts),
        cmocka_unit_test(offered_rules_work),
        cmocka_unit_test(no_rule_for_others),
        cmocka_unit_test(dialects),
        cmocka_unit_test(classifiers),
        cmocka_unit_test(unread),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
