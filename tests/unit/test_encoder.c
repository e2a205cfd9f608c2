/* Models from files of other people: what they are is found from their tensors, and what does not fit is said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "heap_used.h"
#include "checkpoint/checkpoint.h"
#include "infer/features.h"
#include "model/encoder.h"
#include "model/norm.h"

static const siam_norm norm = {{0.1f, 0.2f, 0.3f}, {0.4f, 0.5f, 0.6f}};
static char file[64];

static int make_name(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "/tmp/test_encoder.%ld.safetensors", (long)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(file);
    return 0;
}

/* Write a random network as another program would: names with a prefix, no metadata; drop: leave that tensor out;
 * extra: add one of that name. */
static void write_foreign(const siam_model_cfg *cfg, const char *prefix, const char *drop, const char *extra)
{
    siam_encoder *enc;
    siam_ckpt_entry entry[512];
    const void *data[512];
    char name[512][SIAM_NAME_MAX + 32];
    static const float one[1] = {1};
    int n = 0;
    assert_int_equal(siam_encoder_random(&enc, cfg, &norm, 7, NULL), SIAM_OK);
    for (int i = 0; i < enc->params->n; i++) {
        const char *bare = enc->params->row[i].name + strlen("backbone.");
        if (drop && !strcmp(bare, drop))
            continue;
        snprintf(name[n], sizeof name[n], "%s%s", prefix, bare);
        entry[n] = (siam_ckpt_entry){name[n], enc->params->row[i].desc};
        data[n++] = siam_params_data(enc->params, i);
    }
    if (extra) {
        snprintf(name[n], sizeof name[n], "%s%s", prefix, extra);
        entry[n] = (siam_ckpt_entry){name[n], siam_desc_1d(1)};
        data[n++] = one;
    }
    assert_int_equal(siam_ckpt_safetensors.write(file, entry, data, n, NULL, 0, NULL), SIAM_OK);
    siam_encoder_close(&enc);
}

static siam_model_cfg small(const char *arch, int width, bool cifar)
{
    siam_model_cfg c = {.backbone = {width, cifar, true}, .in_channels = 3, .size = cifar ? 32 : 224};
    snprintf(c.arch, sizeof c.arch, "%s", arch);
    return c;
}

/* Every family, stem and width is told from its tensors alone. */
static void save(siam_params *p, const siam_encoder_meta *m)
{
    siam_atomic out;
    assert_int_equal(siam_atomic_open(&out, file, NULL), SIAM_OK);
    assert_int_equal(siam_encoder_save(&out, p, m, NULL), SIAM_OK);
}

static void architecture_is_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *arch;
        int width;
        bool cifar;
    } net[] = {{"resnet18", 4, true},        {"resnet34", 8, false},       {"resnet50", 4, false},
               {"resnet20-cifar", 64, true}, {"resnet32-cifar", 32, true}, {"resnet20-cifar-b", 64, true}};
    static const char *const prefix[] = {"", "module.", "backbone."};
    for (size_t i = 0; i < sizeof net / sizeof *net; i++) {
        const siam_model_cfg c = small(net[i].arch, net[i].width, net[i].cifar);
        siam_encoder *enc;
        write_foreign(&c, prefix[i % 3], NULL, NULL);
        assert_int_equal(siam_encoder_open(&enc, &(siam_model_spec){.model = file}, NULL), SIAM_OK);
        assert_string_equal(enc->cfg.arch, net[i].arch);
        assert_int_equal(enc->cfg.backbone.width, net[i].width);
        assert_int_equal(enc->cfg.backbone.cifar_stem, net[i].cifar);
        assert_int_equal(enc->cfg.size, net[i].cifar ? 32 : 224);
        assert_false(enc->norm_known);
        assert_non_null(strstr(enc->told, net[i].arch));
        siam_encoder_close(&enc);
    }
}

/* A file of ours has the names of its classes when they have any. One of others with a thousand classes is ImageNet's. */
static void a_thousand_classes_of_ours_have_no_names(void **state)
{
    (void)state;
    siam_model_cfg c = small("resnet18", 4, true);
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    siam_encoder *enc;
    c.classes = 1000;
    assert_int_equal(siam_encoder_graph(&g, &v, &c, SIAM_PART_LOGITS, NULL), SIAM_OK);
    assert_int_equal(siam_params_create(&p, g->param, g->nparams, false, NULL), SIAM_OK);
    siam_params_init(p, 1);
    for (int ours = 0; ours < 2; ours++) {
        const siam_encoder_meta m = {.cfg = &c, .norm = ours ? &norm : NULL, .trained_on = ""};
        save(p, &m);
        assert_int_equal(siam_encoder_open(&enc, &(siam_model_spec){.model = file}, NULL), SIAM_OK);
        assert_int_equal(enc->cfg.classes, 1000);
        if (ours)
            assert_null(enc->class_name);
        else
            assert_string_equal(enc->class_name[0], "tench, Tinca tinca");
        siam_encoder_close(&enc);
    }
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
}

/* A family's first tensor, as its own build() makes it, shows what it was built with, in all its variants. */
static void first_tensors_show_the_rest(void **state)
{
    (void)state;
    for (int i = 0; siam_backbones[i]; i++)
        for (int k = 0; siam_backbones[i]->variants[k]; k++)
            for (int width = 16; width <= 48; width += 32)
                for (int cifar = 0; cifar < 2; cifar++) {
                    const siam_backbone *b = siam_backbones[i];
                    siam_model_cfg c = small(b->variants[k], width, cifar);
                    siam_backbone_shown shown;
                    siam_model_vals v;
                    siam_graph *g;
                    c.in_channels = 2 + k;
                    assert_int_equal(siam_encoder_graph(&g, &v, &c, 0, NULL), SIAM_OK);
                    assert_string_equal(g->param[0].name + strlen("backbone."), b->first);
                    assert_true(b->shows(&shown, &g->param[0].desc));
                    assert_int_equal(shown.width, width);
                    assert_int_equal(shown.in_channels, 2 + k);
                    assert_int_equal(shown.cifar_stem, g->param[0].desc.dim[2] == 3);
                    assert_false(b->shows(&shown, &g->param[1].desc)); /* a batch normalisation's */
                    siam_graph_destroy(&g);
                }
}

static void refused(const siam_model_spec *ask, siam_code code, const char *text)
{
    siam_encoder *enc;
    siam_err e = {0};
    assert_int_equal(siam_encoder_open(&enc, ask, &e), code);
    assert_null(enc);
    if (!strstr(e.msg, text))
        fail_msg("\"%s\" is not in \"%s\"", text, e.msg);
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    const siam_model_cfg c = small("resnet18", 4, true);
    siam_model_spec ask = {.model = file};
    write_foreign(&c, "", "layer2.0.bn1.bias", NULL);
    refused(&ask, SIAM_E_DATA, "are those of none that is known");
    strcpy(ask.arch, "resnet18");
    refused(&ask, SIAM_E_DATA, "99 of the 100 tensors needed are there; missing: backbone.layer2.0.bn1.bias");
    ask.allow_missing = true;
    siam_encoder *enc;
    assert_int_equal(siam_encoder_open(&enc, &ask, NULL), SIAM_OK);
    assert_non_null(strstr(enc->told, "1 tensors are missing, the first 'backbone.layer2.0.bn1.bias'"));
    siam_encoder_close(&enc);
    ask = (siam_model_spec){.model = file, .arch = "resnet34"};
    refused(&ask, SIAM_E_DATA, "missing: ");
    strcpy(ask.arch, "resnet19");
    refused(&ask, SIAM_E_USAGE, "no architecture 'resnet19'");

    write_foreign(&c, "", NULL, "layer4.9.extra");
    ask = (siam_model_spec){.model = file, .arch = "resnet18"};
    refused(&ask, SIAM_E_DATA, "not needed: layer4.9.extra");
    write_foreign(&c, "", NULL, NULL);
    ask.parts = SIAM_PART_Z;
    refused(&ask, SIAM_E_DATA, "without its projector");
    ask.parts = SIAM_PART_LOGITS;
    refused(&ask, SIAM_E_DATA, "without a classifier");
    ask = (siam_model_spec){.model = "resnet50_simsiam-100e-pre_8xb512-linear-coslr-90e_in1k"};
    setenv("SIMSIAM_MODELS", "/nonexistent", 1);
    refused(&ask, SIAM_E_NOTFOUND, "/nonexistent/");
    write_foreign(&c, "resnet_", NULL, NULL);
    ask = (siam_model_spec){.model = file};
    refused(&ask, SIAM_E_DATA, "names of no project");
    strcpy(ask.rename, "s/^resnet_//");
    assert_int_equal(siam_encoder_open(&enc, &ask, NULL), SIAM_OK);
    siam_encoder_close(&enc);
}

/* What we write is read back: classifier, class names, normalisation; and the numbers are the same. */
static void classifier_round_trip(void **state)
{
    (void)state;
    siam_model_cfg c = small("resnet20-cifar", 16, true);
    char *names[3] = {"tabby, cat", "dog", "\xc3\xbc"};
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    siam_encoder *enc;
    c.classes = 3;
    assert_int_equal(siam_encoder_graph(&g, &v, &c, SIAM_PART_LOGITS, NULL), SIAM_OK);
    assert_int_equal(siam_params_create(&p, g->param, g->nparams, false, NULL), SIAM_OK);
    siam_params_init(p, 3);
    const siam_encoder_meta m = {.cfg = &c, .norm = &norm, .epoch = 5, .trained_on = "x", .class_name = names};
    save(p, &m);
    assert_int_equal(siam_encoder_open(&enc, &(siam_model_spec){.model = file, .parts = SIAM_PART_LOGITS | SIAM_PART_MAP}, NULL), SIAM_OK);
    assert_int_equal(enc->cfg.classes, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(enc->class_name[i], names[i]);
    assert_true(enc->norm_known && enc->norm.mean[1] == norm.mean[1] && enc->norm.std[2] == norm.std[2]);
    assert_string_equal(enc->told, "");
    assert_int_equal(enc->params->n, p->n);
    for (int i = 0; i < p->n; i++) {
        const int k = siam_params_find(enc->params, p->row[i].name);
        assert_true(k >= 0);
        assert_memory_equal(siam_params_data(enc->params, k), siam_params_data(p, i),
                            (size_t)siam_desc_count(&p->row[i].desc) * sizeof(float));
    }
    siam_encoder_close(&enc);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
}

typedef struct taken {
    float *x;
    int dim, n, batches;
} taken;

static siam_code take(void *user, const siam_rows *r, siam_err *e)
{
    taken *t = user;
    if (++t->batches == 100)
        return siam_fail(e, SIAM_E_IO, "enough");
    t->x = realloc(t->x, (size_t)(t->n + r->n) * (size_t)r->dim * sizeof *t->x);
    memcpy(t->x + (size_t)t->n * (size_t)r->dim, r->x, (size_t)r->n * (size_t)r->dim * sizeof *t->x);
    for (int i = 0; i < r->n; i++)
        assert_true(r->index[i] == t->n + i && !r->bad[i]);
    t->n += r->n;
    t->dim = r->dim;
    return SIAM_OK;
}

/* The most that is in use while rows arrive. */
static siam_code watch_heap(void *user, const siam_rows *r, siam_err *e)
{
    size_t *most = user;
    (void)r;
    (void)e;
    if (heap_used() > *most)
        *most = heap_used();
    return SIAM_OK;
}

/* What siam_extractor_bytes says covers what an extractor and its loader take, and is not much more; a back end's compiled
 * kernels come on top. */
static void bytes_are_said_beforehand(void **state)
{
    (void)state;
    static const struct {
        int batch, size;
        bool map, pixels;
    } rows[] = {{8, 32, false, false}, {4, 64, false, false}, {3, 64, true, false}, {64, 32, false, true}};
    const siam_model_cfg c = small("resnet18", 16, true);
    siam_encoder *enc;
    siam_dataset *d;
    siam_backend *b;
    write_foreign(&c, "", NULL, NULL);
    assert_int_equal(siam_backend_open(&b, "ref", 1, NULL), SIAM_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_extract_cfg cfg = {.size = rows[i].size, .batch = rows[i].batch, .workers = 1, .norm = {.std = {1, 1, 1}}};
        const siam_model_spec ask = {.model = file, .size = rows[i].size, .parts = SIAM_PART_MAP};
        assert_int_equal(siam_encoder_open(&enc, &ask, NULL), SIAM_OK);
        const siam_graph *g = rows[i].pixels ? NULL : enc->graph;
        const siam_val value = rows[i].map ? enc->vals.map : enc->vals.features;
        siam_extractor *x;
        size_t said, most = 0;
        assert_int_equal(siam_dataset_open(&d, "synth:train=4,test=2", SIAM_SPLIT_TRAIN, rows[i].size, NULL), SIAM_OK);
        assert_int_equal(siam_extractor_bytes(&said, b, g, value, &cfg, d->info.count, NULL), SIAM_OK);
        const size_t before = heap_used();
        assert_int_equal(siam_extractor_create(&x, b, NULL, g, value, &cfg, NULL), SIAM_OK);
        assert_int_equal(siam_extractor_stream(x, enc->params, d, NULL, 0, NULL, watch_heap, &most, NULL, NULL), SIAM_OK);
        siam_extractor_destroy(&x);
        siam_dataset_close(&d);
        siam_encoder_close(&enc);
        const size_t in_use = most - before;
        if (said < in_use - in_use / 20 || said > in_use + in_use / 4)
            fail_msg("row %zu: %zu bytes are said and %zu taken", i, said, in_use);
    }
    siam_backend_close(&b);
    const siam_extract_cfg huge = {.size = 1 << 20, .batch = 1 << 30, .workers = 1};
    size_t said;
    assert_int_equal(siam_backend_open(&b, "ref", 1, NULL), SIAM_OK);
    assert_int_equal(siam_extractor_bytes(&said, b, NULL, (siam_val){-1}, &huge, 1, NULL), SIAM_OK);
    assert_true(said == SIZE_MAX); /* more than can be counted */
    siam_backend_close(&b);
}

static taken stream(siam_backend *b, const siam_encoder *enc, siam_val value, const siam_dataset *d)
{
    siam_extractor *x;
    taken t = {0};
    const siam_extract_cfg cfg = {.size = 32, .batch = 8, .workers = 1, .norm = {.std = {1, 1, 1}}};
    assert_int_equal(siam_extractor_create(&x, b, NULL, enc->graph, value, &cfg, NULL), SIAM_OK);
    assert_int_equal(siam_extractor_stream(x, enc->params, d, NULL, 0, NULL, take, &t, NULL, NULL), SIAM_OK);
    siam_extractor_destroy(&x);
    return t;
}

/* The map's rows are NCHW whatever the plan's layout: their means over the pixels are the pooled features. */
static void map_averages_to_pooled(void **state)
{
    (void)state;
    static const char *const backend[] = {"onednn", "ref"};
    const siam_model_cfg c = small("resnet18", 16, true);
    siam_encoder *enc;
    siam_dataset *d;
    write_foreign(&c, "", NULL, NULL);
    assert_int_equal(siam_encoder_open(&enc, &(siam_model_spec){.model = file, .parts = SIAM_PART_MAP}, NULL), SIAM_OK);
    assert_int_equal(siam_dataset_open(&d, "synth:train=20,test=2", SIAM_SPLIT_TRAIN, 32, NULL), SIAM_OK);
    for (int k = 0; k < 2; k++) {
        siam_backend *b;
        assert_int_equal(siam_backend_open(&b, backend[k], 1, NULL), SIAM_OK);
        const taken map = stream(b, enc, enc->vals.map, d), pooled = stream(b, enc, enc->vals.features, d);
        assert_int_equal(map.n, 20);
        assert_int_equal(pooled.dim, 128);
        assert_int_equal(map.dim, 128 * 16);
        for (int i = 0; i < 20 * 128; i++) {
            double sum = 0;
            for (int j = 0; j < 16; j++)
                sum += (double)map.x[i * 16 + j];
            assert_true(fabs(sum / 16 - (double)pooled.x[i]) < 1e-5);
        }
        free(map.x);
        free(pooled.x);
        siam_backend_close(&b);
    }
    siam_dataset_close(&d);
    siam_encoder_close(&enc);
}

/* Put `value` where the file holds the four bytes of `mark`: our writer refuses to write NaN. */
static void replace_in_file(float mark, float value)
{
    static char text[1 << 20];
    FILE *f = fopen(file, "r+b");
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof text, f);
    assert_true(n > 1000 && n < sizeof text);
    size_t at = 0;
    while (at + sizeof mark <= n && memcmp(text + at, &mark, sizeof mark))
        at++;
    assert_true(at + sizeof mark <= n);
    static const char *const hash[] = {"payload_xxh3", "header_xxh3"};
    for (int i = 0; i < 2; i++) { /* others write none */
        const char *key = memmem(text, n, hash[i], strlen(hash[i]));
        assert_non_null(key);
        assert_int_equal(fseek(f, (long)(key - text), SEEK_SET), 0);
        assert_int_equal(fwrite("none", 4, 1, f), 1);
    }
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite(&value, sizeof value, 1, f), 1);
    assert_int_equal(fclose(f), 0);
}

/* Write a random network with one element of one tensor set to `value`. */
static void write_damaged(const siam_model_cfg *cfg, const char *tensor, int element, float value)
{
    siam_encoder *enc;
    siam_ckpt_entry entry[512];
    const void *data[512];
    assert_int_equal(siam_encoder_random(&enc, cfg, &norm, 7, NULL), SIAM_OK);
    for (int i = 0; i < enc->params->n; i++) {
        entry[i] = (siam_ckpt_entry){enc->params->row[i].name, enc->params->row[i].desc};
        data[i] = siam_params_data(enc->params, i);
    }
    const int row = siam_params_find(enc->params, tensor);
    assert_true(row >= 0);
    const float mark = 12345.678f;
    siam_params_data(enc->params, row)[element] = mark;
    assert_int_equal(siam_ckpt_safetensors.write(file, entry, data, enc->params->n, NULL, 0, NULL), SIAM_OK);
    replace_in_file(mark, value);
    siam_encoder_close(&enc);
}

/* Numbers from which none can come are found where they are read, by name. */
static void impossible_numbers_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *tensor;
        int element;
        float value;
        bool fits;
    } damage[] = {{"backbone.bn1.running_var", 0, -1.0f, false},
                  {"backbone.layer1.0.bn1.running_var", 3, -1e-3f, false},
                  {"backbone.layer4.1.bn2.running_var", 63, -1e-5f, false},
                  {"backbone.layer2.0.downsample.1.running_var", 1, -INFINITY, false},
                  {"backbone.layer3.1.bn2.running_var", 5, NAN, false},
                  {"backbone.layer3.1.bn2.running_mean", 5, NAN, false},
                  {"backbone.conv1.weight", 17, INFINITY, false},
                  {"backbone.layer4.0.conv2.weight", 100, NAN, false},
                  {"backbone.layer1.1.bn2.bias", 2, -INFINITY, false},
                  {"backbone.bn1.running_var", 0, 0.0f, true},
                  {"backbone.layer1.0.bn1.running_var", 3, -5e-6f, true}, /* torch adds 1e-5 and takes the root */
                  {"backbone.layer1.0.bn1.running_mean", 3, -1.0f, true}};
    const siam_model_cfg c = small("resnet18", 8, true);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        siam_encoder *enc;
        write_damaged(&c, damage[i].tensor, damage[i].element, damage[i].value);
        if (!damage[i].fits) {
            refused(&(siam_model_spec){.model = file}, SIAM_E_DATA, damage[i].tensor);
            continue;
        }
        assert_int_equal(siam_encoder_open(&enc, &(siam_model_spec){.model = file}, NULL), SIAM_OK);
        siam_encoder_close(&enc);
    }
}

/* Finite weights may lead beyond float32, too: the first image is named, on every backend, whatever follows in the network. */
/* CIFAR's for images up to 64 pixels wide, ImageNet's for larger ones and where the width is not known. */
static void usual_normalisation(void **state)
{
    (void)state;
    static const struct {
        int width;
        bool small;
    } rows[] = {{0, false}, {1, true}, {32, true}, {63, true}, {64, true}, {65, false}, {224, false}, {4096, false}};
    static const siam_norm small = {{0.4914f, 0.4822f, 0.4465f}, {0.2023f, 0.1994f, 0.2010f}};
    static const siam_norm large = {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_dataset d = {.info = {.width = rows[i].width}};
        siam_norm got;
        assert_int_equal(siam_norm_usual(&got, &d), rows[i].small);
        const siam_norm *want = rows[i].small ? &small : &large;
        assert_memory_equal(got.mean, want->mean, 3 * sizeof(float));
        assert_memory_equal(got.std, want->std, 3 * sizeof(float));
        for (int c = 3; c < SIAM_IMAGE_MOST; c++) /* whatever a model takes, it is divided by something */
            assert_true(got.std[c] > 0);
    }
}

/* A first convolution of colours, started from for other channels: a picture that is equal in all of them gives what it gave in colours. */
static void colours_become_other_channels(void **state)
{
    (void)state;
    siam_model_cfg c = small("resnet18", 4, true);
    siam_encoder *colours;
    write_foreign(&c, "", NULL, NULL);
    assert_int_equal(siam_encoder_open(&colours, &(siam_model_spec){.model = file}, NULL), SIAM_OK);
    const siam_desc *d = &colours->params->row[0].desc;
    const int taps = d->dim[2] * d->dim[3];
    const float *of = siam_params_data(colours->params, 0);
    for (int channels = 1; channels <= 5; channels++) {
        siam_encoder *enc;
        c.in_channels = channels;
        assert_int_equal(siam_encoder_random(&enc, &c, &norm, 8, NULL), SIAM_OK);
        assert_int_equal(siam_params_load(enc->params, &(siam_model_spec){.model = file}, "backbone.", NULL, 0, NULL), SIAM_OK);
        const float *x = siam_params_data(enc->params, 0);
        for (int i = 0; i < d->dim[0] * taps; i++) {
            double before = 0, after = 0;
            for (int k = 0; k < 3; k++)
                before += (double)of[(i / taps * 3 + k) * taps + i % taps];
            for (int k = 0; k < channels; k++)
                after += (double)x[(i / taps * channels + k) * taps + i % taps];
            assert_true(fabs(before - after) < 1e-6);
        }
        siam_encoder_close(&enc);
    }
    siam_encoder_close(&colours);
}

static void features_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    static const char *const backend[] = {"onednn", "ref"};
    static const char *const tensor[][2] = {{"backbone.bn1.weight", "backbone.layer1.0.bn1.weight"},
                                            {"backbone.layer2.0.bn1.weight", "backbone.layer2.0.bn2.weight"},
                                            {"backbone.layer4.1.bn1.weight", "backbone.layer4.1.bn2.weight"}};
    siam_dataset *d;
    assert_int_equal(siam_dataset_open(&d, "synth:train=20,test=2", SIAM_SPLIT_TRAIN, 32, NULL), SIAM_OK);
    for (int i = 0; i < 6; i++) {
        const siam_model_cfg c = small("resnet18", i % 2 ? 16 : 2, true); /* blocked layouts and plain ones */
        siam_encoder *enc;
        siam_backend *b;
        siam_extractor *x;
        siam_err e = {0};
        taken t = {0};
        const siam_extract_cfg cfg = {.size = 32, .batch = 8, .workers = 1, .norm = {.std = {1, 1, 1}}};
        assert_int_equal(siam_encoder_random(&enc, &c, &norm, 7, NULL), SIAM_OK);
        for (int k = 0; k < 2; k++) {
            const int row = siam_params_find(enc->params, tensor[i / 2][k]);
            assert_true(row >= 0);
            for (int64_t j = 0; j < siam_desc_count(&enc->params->row[row].desc); j++)
                siam_params_data(enc->params, row)[j] = 1e30f;
        }
        assert_int_equal(siam_backend_open(&b, backend[i / 3], 1, NULL), SIAM_OK);
        assert_int_equal(siam_extractor_create(&x, b, NULL, enc->graph, enc->vals.features, &cfg, NULL), SIAM_OK);
        assert_int_equal(siam_extractor_stream(x, enc->params, d, NULL, 0, NULL, take, &t, NULL, &e), SIAM_E_NUMERIC);
        assert_non_null(strstr(e.msg, "the model's output for 'image 0' is not a number"));
        assert_int_equal(t.n, 0);
        siam_extractor_destroy(&x);
        siam_backend_close(&b);
        siam_encoder_close(&enc);
    }
    siam_dataset_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(architecture_is_recognised),
        cmocka_unit_test(a_thousand_classes_of_ours_have_no_names),
        cmocka_unit_test(first_tensors_show_the_rest),
        cmocka_unit_test(what_does_not_fit_is_said),
        cmocka_unit_test(classifier_round_trip),
        cmocka_unit_test(map_averages_to_pooled), cmocka_unit_test(bytes_are_said_beforehand),
        cmocka_unit_test(impossible_numbers_are_named),
        cmocka_unit_test(usual_normalisation), cmocka_unit_test(colours_become_other_channels),
        cmocka_unit_test(features_that_are_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, make_name, remove_file);
}
