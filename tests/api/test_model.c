/* siam_model through the shared library: shapes, layers, images, options, wrong calls. */
#include "api_case.h"
#include "../hints/hint.h"

#include <math.h>

enum { SIDE = 32, IN = 3 * SIDE * SIDE, N = 21 };

/* A small network on 32-pixel images. */
static siam_model *open_small(const char *name, int batch, unsigned heads, const char *device)
{
    siam_err err = {0};
    siam_model *m;
    const siam_model_options o = {.struct_size = sizeof o, .threads = 1, .batch = batch, .heads = heads, .device = device,
                                  .width = strncmp(name, "random:", 7) ? 0 : 16, .size = SIDE, .seed = 5};
    assert_ok(siam_model_open(&m, name, &o, &err));
    return m;
}

static float *noise(size_t n, uint32_t seed)
{
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (float)(1 << 23) - 1;
    }
    return x;
}

/* The largest difference, relative to the largest entry of b. */
static double apart(const float *a, const float *b, size_t n)
{
    double worst = 0, top = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        top = fmax(top, fabs((double)b[i]));
    }
    return top > 0 ? worst / top : worst;
}

static void says_what_it_is(void **state)
{
    (void)state;
    int s[3];
    float mean[3], std[3];
    siam_model *m = open_small("random:resnet18", 0, 0, NULL);
    assert_string_equal(siam_model_arch(m), "resnet18");
    assert_string_equal(siam_model_note(m), "");
    assert_int_equal(siam_model_input(m, s), IN);
    assert_true(s[0] == 3 && s[1] == SIDE && s[2] == SIDE);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_POOL, s), 128);
    assert_true(s[0] == 128 && s[1] == 1 && s[2] == 1);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_MAP, s), 128 * 16);
    assert_true(s[0] == 128 && s[1] == 4 && s[2] == 4);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_Z, s), 0);
    assert_int_equal(s[0], 0);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_LOGITS, NULL), 0);
    assert_int_equal(siam_model_shape(m, (siam_layer)77, NULL), 0);
    assert_int_equal(siam_model_classes(m), 0);
    assert_null(siam_model_class_name(m, 0));
    assert_int_equal(siam_model_output(m), SIAM_LAYER_MAP);
    siam_model_norm(m, mean, std);
    assert_true(mean[0] == 0.485f && std[2] == 0.225f);
    siam_model_close(&m);
    assert_null(m);
}

static void count_comparisons(void *user, const char *line)
{
    *(int *)user += strstr(line, "device xla-cpu: ") == line && strstr(line, " operations agree with the reference there") != NULL;
}

/* Pooled features are the map's means: this fails when the map does not come as [n, C, H, W]. The same of a device behind a plug-in, where
 * SIAM_PJRT_PLUGIN names one. */
static void layers_agree(void **state)
{
    (void)state;
    static const char *const device[] = {"auto", "ref", "xla-cpu"};
    const int devices = getenv("SIAM_PJRT_PLUGIN") ? 3 : 2;
    siam_err err = {0};
    float *x = noise(N * IN, 1), *map[3], *pool[3];
    char cache[] = "/tmp/simsiam-api.XXXXXX", remove[64];
    assert_non_null(mkdtemp(cache));
    setenv("XDG_CACHE_HOME", cache, 1);
    for (int k = 0; k < devices; k++) {
        siam_model *m = open_small("random:resnet18", 8, 0, device[k]);
        int compared = 0;
        assert_ok(siam_model_on_log(m, count_comparisons, &compared, &err));
        const size_t nmap = siam_model_shape(m, SIAM_LAYER_MAP, NULL), npool = siam_model_shape(m, SIAM_LAYER_POOL, NULL);
        map[k] = malloc(N * nmap * sizeof **map);
        pool[k] = malloc(N * npool * sizeof **pool);
        assert_ok(siam_model_forward(m, x, N, map[k], N * nmap, &err));
        assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, N, pool[k], N * npool, &err));
        for (size_t i = 0; i < N * npool; i++) {
            double mean = 0;
            for (int p = 0; p < 16; p++)
                mean += (double)map[k][i * 16 + (size_t)p] / 16;
            assert_true(fabs(mean - pool[k][i]) < 1e-5 * fmax(1, fabs(mean)));
        }
        assert_true(apart(map[0], map[k], N * nmap) < 1e-4);
        assert_int_equal(compared, k == 2);
        siam_model_close(&m);
    }
    for (int k = 0; k < devices; k++) {
        free(map[k]);
        free(pool[k]);
    }
    free(x);
    snprintf(remove, sizeof remove, "rm -rf %s", cache);
    assert_int_equal(system(remove), 0);
}

/* An image's features do not depend on the images beside it; one by one they are the same to the bit. */
static void any_number_of_images(void **state)
{
    (void)state;
    siam_err err = {0};
    float *x = noise(N * IN, 2), *alone = malloc(N * 128 * sizeof *alone), *y = malloc(N * 128 * sizeof *y);
    siam_model *m = open_small("random:resnet18", 1, 0, NULL);
    for (size_t i = 0; i < N; i++)
        assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x + i * IN, 1, alone + i * 128, 128, &err));
    assert_true(apart(alone, alone + 128, 128) > 1e-3); /* the images do differ */
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, N, y, N * 128, &err));
    assert_memory_equal(alone, y, N * 128 * sizeof *y);
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, NULL, 0, NULL, 0, &err));
    siam_model_close(&m);
    static const int batch[] = {2, 8, 16, 21, 64};
    for (size_t k = 0; k < sizeof batch / sizeof *batch; k++) {
        m = open_small("random:resnet18", batch[k], 0, NULL);
        for (size_t n = 1; n <= N; n += 4) {
            y[n * 128 < N * 128 ? n * 128 : 0] = 7;
            assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, n, y, N * 128, &err));
            assert_true(apart(y, alone, n * 128) < 1e-5);
            if (n < N)
                assert_true(y[n * 128] == 7); /* nothing is written behind the result */
        }
        siam_model_close(&m);
    }
    free(x);
    free(y);
    free(alone);
}

static uint8_t *read_file(const char *path, size_t *n)
{
    uint8_t *bytes = malloc(1 << 20);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_non_null(bytes);
    *n = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static void images_become_tensors(void **state)
{
    (void)state;
    siam_err err = {0};
    char path[4096];
    size_t n;
    float mean[3], std[3], *a = malloc(IN * sizeof *a), *b = malloc(IN * sizeof *b), fa[128], fb[128];
    siam_model *m = open_small("random:resnet18", 0, 0, NULL);
    siam_model_norm(m, mean, std);

    uint8_t *white = malloc(3 * 40 * 50), *wide = calloc(50, 200);
    memset(white, 255, 3 * 40 * 50);
    assert_ok(siam_model_prepare_pixels(m, white, 40, 50, 0, a, IN, &err));
    for (int i = 0; i < IN; i++)
        assert_true(a[i] == (1.0f - mean[i / (SIDE * SIDE)]) / std[i / (SIDE * SIDE)]);
    for (int y = 0; y < 50; y++)
        for (int i = 0; i < 120; i++)
            white[y * 120 + i] = wide[y * 200 + i] = (uint8_t)(i * 7 + y * 13);
    assert_ok(siam_model_prepare_pixels(m, white, 40, 50, 0, a, IN, &err));
    assert_ok(siam_model_prepare_pixels(m, wide, 40, 50, 200, b, IN, &err));
    assert_memory_equal(a, b, IN * sizeof *a);
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, a, 1, fa, 128, &err));
    assert_ok(siam_model_extract_pixels(m, SIAM_LAYER_POOL, wide, 40, 50, 200, fb, 128, &err));
    assert_memory_equal(fa, fb, sizeof fa);
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(m, white, 40, 50, 119, a, IN, &err));
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(m, white, 0, 50, 0, a, IN, &err));
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(m, white, 40, 70000, 0, a, IN, &err));
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(m, white, 40, 50, 0, a, IN - 1, &err));
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(m, NULL, 40, 50, 0, a, IN, &err));
    assert_fails(SIAM_E_USAGE, siam_model_prepare_pixels(NULL, white, 40, 50, 0, a, IN, &err));

    snprintf(path, sizeof path, "%s/tests/data/codec/optimised.jpg", getenv("SIMSIAM_SOURCE"));
    uint8_t *bytes = read_file(path, &n);
    assert_ok(siam_model_prepare_file(m, path, a, IN, &err));
    assert_ok(siam_model_prepare_memory(m, bytes, n, b, IN, &err));
    assert_memory_equal(a, b, IN * sizeof *a);
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, a, 1, fa, 128, &err));
    assert_ok(siam_model_extract_file(m, SIAM_LAYER_POOL, path, fb, 128, &err));
    assert_memory_equal(fa, fb, sizeof fa);
    for (size_t cut = 0; cut < n; cut += n / 17 + 1) /* never half an image */
        assert_fails(SIAM_E_DATA, siam_model_prepare_memory(m, bytes, cut, b, IN, &err));
    assert_fails(SIAM_E_NOTFOUND, siam_model_extract_file(m, SIAM_LAYER_POOL, "none.jpg", fb, 128, &err));
    assert_int_equal(mkdir("x.jpg", 0777), 0);
    assert_int_not_equal(siam_model_extract_file(m, SIAM_LAYER_POOL, "x.jpg", fb, 128, &err), SIAM_OK);
    assert_non_null(strstr(err.msg, "x.jpg"));
    assert_fails(SIAM_E_USAGE, siam_model_extract_file(m, SIAM_LAYER_POOL, NULL, fb, 128, &err));
    assert_fails(SIAM_E_CONFIG, siam_model_extract_file(m, SIAM_LAYER_Z, path, fb, 128, &err));
    siam_model_close(&m);
    free(white);
    free(wide);
    free(bytes);
    free(a);
    free(b);
}

static void train_tiny(const char *out)
{
    static const char *const set[][2] = {
        {"data", "synth:train=64,test=32"}, {"train.batch", "16"}, {"train.epochs", "1"}, {"model.width", "4"},
        {"dim", "16"}, {"run.threads", "1"}, {"workers", "1"}, {"eval.k", "5"}, {"run.tuning", "fixed"}};
    siam_err err = {0};
    siam_training *t;
    assert_ok(siam_training_create(&t, "demo", &err));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_ok(siam_training_set(t, set[i][0], set[i][1], &err));
    assert_ok(siam_training_set(t, "out", out, &err));
    assert_ok(siam_training_run(t, &err));
    siam_training_destroy(&t);
}

static void a_run_has_z_and_p(void **state)
{
    (void)state;
    siam_err err = {0};
    train_tiny("run");
    float *x = noise(3 * IN, 3), plain[3 * 32], pool[3 * 32], z[3 * 16], p[3 * 16];
    siam_model *m = open_small("run", 0, 0, NULL);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_POOL, NULL), 32);
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, 3, plain, 3 * 32, &err));
    assert_fails(SIAM_E_CONFIG, siam_model_extract(m, SIAM_LAYER_Z, x, 3, z, 3 * 16, &err));
    assert_hint(&err, "siam_model_options.heads = SIAM_HEAD_%s, and a pretraining run or checkpoint"); /* below */
    assert_fails(SIAM_E_CONFIG, siam_model_extract(m, SIAM_LAYER_LOGITS, x, 3, z, 3 * 16, &err));
    assert_hint(&err, "a model with a linear classifier"); /* a_classifier_gives_logits */
    siam_model_close(&m);
    m = open_small("run", 0, SIAM_HEAD_Z | SIAM_HEAD_P, NULL);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_Z, NULL), 16);
    assert_int_equal(siam_model_shape(m, SIAM_LAYER_P, NULL), 16);
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, 3, pool, 3 * 32, &err));
    assert_ok(siam_model_extract(m, SIAM_LAYER_Z, x, 3, z, 3 * 16, &err));
    assert_ok(siam_model_extract(m, SIAM_LAYER_P, x, 3, p, 3 * 16, &err));
    assert_true(apart(pool, plain, 3 * 32) < 1e-5);
    assert_true(apart(z, p, 3 * 16) > 1e-3);
    siam_model_close(&m);
    const siam_model_options o = {.struct_size = sizeof o, .heads = SIAM_HEAD_Z};
    assert_fails(SIAM_E_DATA, siam_model_open(&m, "run/model.safetensors", &o, &err)); /* an encoder alone */
    assert_null(m);
    free(x);
}

/* run/model.safetensors with a classifier of 3 named classes: logits = features summed, halved, and 7. */
static void add_classifier(const char *path)
{
    size_t n;
    uint8_t *bytes = read_file("run/model.safetensors", &n);
    uint64_t header;
    memcpy(&header, bytes, 8);
    char *text = strndup((char *)bytes + 8, header), *meta = strstr(text, "\"__metadata__\":{"), *all = malloc(header + 1024);
    assert_non_null(meta);
    meta = strchr(meta, '}') + 1; /* ours also holds hashes, of what we change */
    text[strlen(text) - strspn(text, " ")] = '\0';
    char *end = strrchr(text, '}');
    *end = '\0';
    const size_t data = n - 8 - header;
    const int length = sprintf(all, "{\"__metadata__\":{\"siam.arch\":\"resnet18\",\"siam.stem\":\"cifar\",\"siam.width\":\"4\","
                               "\"siam.in_channels\":\"3\",\"siam.size\":\"32\",\"siam.mean\":\"0.5,0.5,0.5\",\"siam.std\":\"1,1,1\","
                               "\"siam.classes\":\"ant\\nbee\\ncat\"}%s,\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[3,32],"
                               "\"data_offsets\":[%zu,%zu]},\"fc.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[%zu,%zu]}}",
                               meta, data, data + 384, data + 384, data + 396);
    float fc[99] = {0};
    for (int i = 0; i < 64; i++)
        fc[i] = i < 32 ? 1 : 0.5f;
    fc[98] = 7;
    FILE *f = fopen(path, "wb");
    header = (uint64_t)length;
    fwrite(&header, 8, 1, f);
    fwrite(all, 1, (size_t)length, f);
    fwrite(bytes + n - data, 1, data, f);
    fwrite(fc, sizeof fc, 1, f);
    assert_int_equal(fclose(f), 0);
    free(text);
    free(all);
    free(bytes);
}

static void a_classifier_gives_logits(void **state)
{
    (void)state;
    siam_err err = {0};
    float *x = noise(2 * IN, 4), pool[2 * 32], logits[2 * 3];
    add_classifier("classifier.safetensors");
    siam_model *m = open_small("classifier.safetensors", 0, 0, NULL);
    assert_int_equal(siam_model_classes(m), 3);
    assert_int_equal(siam_model_output(m), SIAM_LAYER_LOGITS);
    assert_string_equal(siam_model_class_name(m, 0), "ant");
    assert_string_equal(siam_model_class_name(m, 2), "cat");
    assert_null(siam_model_class_name(m, 3));
    assert_null(siam_model_class_name(m, -1));
    assert_ok(siam_model_forward(m, x, 2, logits, 6, &err));
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, 2, pool, 64, &err));
    for (int i = 0; i < 2; i++) {
        double sum = 0;
        for (int k = 0; k < 32; k++)
            sum += (double)pool[i * 32 + k];
        assert_true(fabs(logits[i * 3] - sum) < 1e-4 * fmax(1, fabs(sum)));
        assert_true(fabs(logits[i * 3 + 1] - sum / 2) < 1e-4 * fmax(1, fabs(sum)));
        assert_true(logits[i * 3 + 2] == 7);
    }
    siam_model_close(&m);
    free(x);
}

static void wrong_calls_are_errors(void **state)
{
    (void)state;
    siam_err err = {0};
    float x[IN] = {0}, y[128];
    siam_model *m = (siam_model *)1;
    assert_fails(SIAM_E_NOTFOUND, siam_model_open(&m, "no/such/model", NULL, &err));
    assert_null(m);
    assert_fails(SIAM_E_USAGE, siam_model_open(NULL, "random:resnet18", NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_model_open(&m, NULL, NULL, &err));
    assert_int_not_equal(siam_model_open(&m, "random:resnet0", NULL, NULL), SIAM_OK);
    assert_int_not_equal(siam_model_open(&m, "", NULL, &err), SIAM_OK);
    FILE *f = fopen("text.pth", "w");
    assert_true(f && fputs("this is no model", f) >= 0 && !fclose(f));
    assert_fails(SIAM_E_DATA, siam_model_open(&m, "text.pth", NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(NULL, SIAM_LAYER_POOL, x, 1, y, 128, &err));
    assert_fails(SIAM_E_USAGE, siam_model_forward(NULL, x, 1, y, 128, &err));
    assert_string_equal(siam_model_arch(NULL), "");
    assert_string_equal(siam_model_note(NULL), "");
    assert_int_equal(siam_model_input(NULL, NULL), 0);
    assert_int_equal(siam_model_classes(NULL), 0);
    siam_model_norm(NULL, NULL, NULL);
    siam_model_close(NULL);
    m = NULL;
    siam_model_close(&m);

    m = open_small("random:resnet18", 0, 0, NULL);
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, SIAM_LAYER_POOL, x, 1, y, 127, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, SIAM_LAYER_POOL, x, SIZE_MAX / 2, y, 128, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, SIAM_LAYER_POOL, NULL, 1, y, 128, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, SIAM_LAYER_POOL, x, 1, NULL, 128, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, (siam_layer)5, x, 1, y, 128, &err));
    assert_fails(SIAM_E_USAGE, siam_model_extract(m, (siam_layer)-1, x, 1, y, 128, &err));
    assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, 1, y, 128, &err));
    assert_int_equal(err.code, SIAM_OK);
    siam_model_close(&m);
    assert_string_equal(siam_code_name(SIAM_E_NOTFOUND), "SIAM_E_NOTFOUND");
    assert_string_equal(siam_code_name((siam_code)99), "unknown code");
    assert_string_equal(siam_version(), SIAM_VERSION);
}

/* Said before anything is allocated or read. */
static void more_than_there_is_memory(void **state)
{
    (void)state;
    siam_err err = {0};
    siam_model *m;
    float x = 0, y = 0;
    const siam_model_options o = {.struct_size = sizeof o, .threads = 1, .batch = 4096, .size = 4096};
    assert_ok(siam_model_open(&m, "random:resnet50", &o, &err));
    assert_fails(SIAM_E_NOMEM, siam_model_extract(m, SIAM_LAYER_POOL, &x, 4096, &y, 4096 * 2048, &err));
    assert_fails(SIAM_E_NOMEM, siam_model_extract(m, SIAM_LAYER_POOL, &x, 4096, &y, 4096 * 2048, &err));
    siam_model_close(&m);
}

static void options_are_checked_and_grow(void **state)
{
    (void)state;
    siam_err err = {0};
    siam_model *m;
    const float bad_std[3] = {1, 0, 1}, mean[3] = {0.1f, 0.2f, 0.3f}, std[3] = {1, 2, 3};
    float got_mean[3], got_std[3];
    char long_word[600];
    memset(long_word, 'x', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    const siam_model_options wrong[] = {
        {.struct_size = 0}, {.struct_size = 1 << 20}, {.struct_size = sizeof *wrong, .threads = -1},
        {.struct_size = sizeof *wrong, .threads = 2000}, {.struct_size = sizeof *wrong, .batch = 5000},
        {.struct_size = sizeof *wrong, .size = 7}, {.struct_size = sizeof *wrong, .heads = 4},
        {.struct_size = sizeof *wrong, .std = bad_std}, {.struct_size = sizeof *wrong, .device = "toaster"},
        {.struct_size = sizeof *wrong, .arch = "a-resnet-of-which-nobody-has-ever-heard"},
        {.struct_size = sizeof *wrong, .rename = long_word}, {.struct_size = sizeof *wrong, .part = long_word}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(SIAM_E_USAGE, siam_model_open(&m, "random:resnet18", &wrong[i], &err));
    assert_fails(SIAM_E_NOTFOUND, siam_model_open(&m, "random:resnet18",
                                                  &(siam_model_options){.struct_size = sizeof *wrong, .device = "xla-cpu:/nowhere.so"}, &err));
    struct {
        siam_model_options o;
        char later[16];
    } newer = {.o = {.struct_size = sizeof newer, .threads = 1, .width = 4, .size = 32, .mean = mean, .std = std}};
    assert_ok(siam_model_open(&m, "random:resnet18", &newer.o, &err));
    siam_model_norm(m, got_mean, got_std);
    assert_memory_equal(mean, got_mean, sizeof mean);
    assert_memory_equal(std, got_std, sizeof std);
    siam_model_close(&m);
    newer.later[3] = 1;
    assert_fails(SIAM_E_UNSUPPORTED, siam_model_open(&m, "random:resnet18", &newer.o, &err));
    siam_model_options older = {.struct_size = offsetof(siam_model_options, size), .threads = 1, .size = 7};
    assert_ok(siam_model_open(&m, "random:resnet18", &older, &err)); /* its size was not there yet */
    assert_int_equal(siam_model_input(m, NULL), 3 * 224 * 224);
    siam_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        quiet_test(says_what_it_is),       quiet_test(layers_agree),           quiet_test(any_number_of_images),
        quiet_test(images_become_tensors), quiet_test(a_run_has_z_and_p),      quiet_test(a_classifier_gives_logits),
        quiet_test(wrong_calls_are_errors), quiet_test(options_are_checked_and_grow),
        quiet_test(more_than_there_is_memory)};
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
