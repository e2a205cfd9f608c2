/* Whole runs against PyTorch in float64: what siam_train leaves behind after 30 steps, as make_trajectory_golden.py stored
 * it: loss, gauge and rate of every step, rank and kNN of every epoch, every tensor and running statistic at the end.
 *
 *   test_trajectory FILE BACKEND     compares FILE, trajectory.json, with the runs of one backend
 *
 * Neither images nor initial weights are stored; the script's first lines say how both sides make them. */
#include <inttypes.h>
#include <math.h>

#include <zlib.h>

#include "../unit/run_case.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "checkpoint/checkpoint.h"
#include "data/loader.h"
#include "tasks/train.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, COARSE = 4, CELL = SIDE / COARSE, CLASSES = 10, ENTRIES = 24, FILES = 5 };

typedef struct golden {
    const json_t *one, *tolerance; /* a case; of the whole file */
    const char *backend;
    uint64_t seed;
    int bad; /* comparisons that failed */
    siam_config cfg;
    siam_optset set;
} golden;

static siam_err err;
static char **argument;

#define OK(x) require((x), #x, __LINE__)
static void require(siam_code rc, const char *what, int line)
{
    if (rc)
        fail_msg("line %d: %s: %s", line, what, err.msg);
}

/* ---- the file ---- */

static const json_t *member(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!v)
        fail_msg("there is no '%s'", key);
    return v;
}

static double number(const json_t *o, const char *key)
{
    const json_t *v = member(o, key);
    if (!json_is_number(v))
        fail_msg("'%s' is no number", key);
    return json_number_value(v);
}

static double entry(const json_t *list, int64_t i) { return json_number_value(json_array_get(list, (size_t)i)); }

static double tolerance(const golden *g, const char *of) { return number(g->tolerance, of); }

/* Returns the share of the limit by which the two differ. */
static double compare(golden *g, const char *what, double got, double want, double limit)
{
    const double off = fabs(got - want);
    if (!(off <= limit) && g->bad++ < 12)
        print_error("%s: found %.9g, expected %.9g within %.3g\n", what, got, want, limit);
    return off / limit;
}

/* ---- the data set ---- */

/* The first n bytes of a named stream. */
static void levels(const golden *g, uint8_t *to, int n, const char *name)
{
    siam_rng r = siam_rng_key(g->seed, 0, siam_rng_name(name), 0, SIAM_RNG_TEST);
    for (int i = 0; i < n; i++)
        to[i] = (uint8_t)(siam_rng_u64(&r) >> 56);
}

static int label_of(int i) { return (7 * i + i / 10) % CLASSES; }

/* A record of CIFAR-10: the label, then the planes. */
static void record(const golden *g, FILE *f, const char *split, int i)
{
    uint8_t class[3 * COARSE * COARSE], image[3 * COARSE * COARSE], out[1 + PIXELS];
    char name[64];
    snprintf(name, sizeof name, "class.%d", label_of(i));
    levels(g, class, sizeof class, name);
    snprintf(name, sizeof name, "%s.image.%d", split, i);
    levels(g, image, sizeof image, name);
    snprintf(name, sizeof name, "%s.noise.%d", split, i);
    levels(g, out + 1, PIXELS, name);
    out[0] = (uint8_t)label_of(i);
    for (int k = 0; k < PIXELS; k++) {
        const int c = k / (SIDE * SIDE), y = k / SIDE % SIDE / CELL, x = k % SIDE / CELL, at = (c * COARSE + y) * COARSE + x;
        out[1 + k] = (uint8_t)((4 * class[at] + 2 * image[at] + 2 * out[1 + k]) >> 3);
    }
    assert_int_equal(fwrite(out, 1, sizeof out, f), sizeof out);
}

static void write_data(const golden *g)
{
    char path[64];
    const int each = (int)number(g->one, "per_file");
    OK(siam_mkdirs("data", &err));
    for (int file = 0; file <= FILES; file++) {
        const bool test = file == FILES;
        snprintf(path, sizeof path, test ? "data/test_batch.bin" : "data/data_batch_%d.bin", file + 1);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        for (int i = 0; i < (test ? (int)number(g->one, "test") : each); i++)
            record(g, f, test ? "test" : "train", test ? i : file * each + i);
        assert_int_equal(fclose(f), 0);
    }
}

/* ---- the run ---- */

static void set(golden *g, const char *key, const char *value)
{
    siam_problems problems = {0};
    siam_optset_set(&g->set, key, value, SIAM_FROM_CLI, NULL, &problems);
    OK(siam_problems_fail(&problems, &err));
}

static void configure(golden *g, const siam_option *options)
{
    const char *key;
    json_t *value;
    memset(&g->cfg, 0, sizeof g->cfg);
    siam_optset_init(&g->set, options, &g->cfg);
    json_object_foreach((json_t *)(uintptr_t)member(g->one, "set"), key, value) /* not changed */
        set(g, key, json_string_value(value));
    set(g, "data.path", "data");
    set(g, "run.device", g->backend);
    set(g, "run.threads", "1"); /* small layers: threads would mostly wait for each other */
    set(g, "run.plan", "fixed");
    set(g, "run.log_every", "1");
    set(g, "run.out", "run");
    OK(siam_config_finish(&g->set, &err));
}

/* The loader's images as bytes: the CRC-32 of an epoch equals that of Pillow's and torchvision's. */
static void compare_pixels(golden *g)
{
    siam_dataset *d;
    siam_loader *l;
    const int size = g->cfg.data_size;
    siam_loader_cfg c = {.batch = g->cfg.train_batch, .views = 2, .workers = 1, .slots = 2, .seed = g->seed, .drop_last = true,
                         .aug = siam_config_aug(&g->cfg)};
    siam_config_norm(&g->cfg, c.mean, c.std);
    OK(siam_dataset_open(&d, "data", SIAM_SPLIT_TRAIN, size, &err));
    OK(siam_loader_create(&l, d, &c, &err));
    for (int epoch = 0; epoch < g->cfg.train_epochs; epoch++) {
        uint32_t crc = 0;
        OK(siam_loader_epoch(l, epoch, 0, &err));
        for (const siam_batch *b;;) {
            OK(siam_loader_get(l, &b, &err));
            if (!b)
                break;
            for (int i = 0; i < 2 * b->n * 3; i++)
                for (int k = 0; k < size * size; k++) {
                    const double x = (double)b->images[i * size * size + k] * (double)c.std[i % 3] + (double)c.mean[i % 3];
                    crc = (uint32_t)crc32(crc, &(uint8_t){(uint8_t)lrint(255 * x)}, 1);
                }
        }
        assert_int_equal(crc, (uint32_t)entry(member(g->one, "pixels"), epoch));
    }
    siam_loader_destroy(&l);
    siam_dataset_close(&d);
}

/* ---- what it left behind ---- */

static void compare_step(golden *g, const json_t *got, int64_t step, double worst[2])
{
    static const char *const key[2][2] = {{"loss", "loss"}, {"z_std_ratio", "std"}};
    char what[64];
    const json_t *want = json_array_get(member(g->one, "step"), (size_t)step - 1);
    for (int i = 0; i < 2; i++) {
        snprintf(what, sizeof what, "%s of step %" PRId64, key[i][0], step);
        const double share = compare(g, what, number(got, key[i][0]), number(want, key[i][1]), tolerance(g, key[i][1]));
        worst[i] = fmax(worst[i], share);
    }
    snprintf(what, sizeof what, "rate of step %" PRId64, step);
    compare(g, what, number(got, "lr"), number(want, "lr"), tolerance(g, "lr") * number(want, "lr"));
}

static void compare_epoch(golden *g, const json_t *got, int64_t epoch)
{
    char what[64];
    const json_t *want = json_array_get(member(g->one, "epoch"), (size_t)epoch - 1);
    snprintf(what, sizeof what, "rank after epoch %" PRId64, epoch);
    compare(g, what, number(got, "z_rank"), number(want, "rank"), tolerance(g, "rank") * number(want, "rank"));
    snprintf(what, sizeof what, "kNN top-1 after epoch %" PRId64, epoch);
    compare(g, what, number(got, "knn_top1"), number(want, "knn"), 1e-6);
}

static void compare_metrics(golden *g)
{
    char line[1024];
    size_t steps = 0, epochs = 0;
    double worst[2] = {0, 0};
    FILE *f = fopen("run/metrics.jsonl", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        json_t *row = json_loads(line, 0, NULL);
        assert_non_null(row);
        if (!strcmp(json_string_value(member(row, "kind")), "step")) {
            assert_int_equal((size_t)number(row, "step"), ++steps);
            compare_step(g, row, (int64_t)steps, worst);
        } else {
            assert_int_equal((size_t)number(row, "epoch"), ++epochs);
            compare_epoch(g, row, (int64_t)epochs);
        }
        json_decref(row);
    }
    fclose(f);
    assert_int_equal(steps, json_array_size(member(g->one, "step")));
    assert_int_equal(epochs, json_array_size(member(g->one, "epoch")));
    print_message("  losses: %.3f, gauges: %.3f of their tolerances at most\n", worst[0], worst[1]);
}

/* Entries at even distances, and the sum of all with random signs. Returns the worst share of the tolerance. */
static double compare_tensor(golden *g, const char *name, const json_t *want, const float *x, int64_t n)
{
    char what[SIAM_NAME_MAX + 32];
    const json_t *at = member(want, "at");
    const double limit = tolerance(g, "tensor") * number(want, "scale");
    double worst = 0, sum = 0;
    assert_int_equal(n, (int64_t)number(want, "n"));
    assert_int_equal(json_array_size(at), n > ENTRIES ? ENTRIES : n);
    for (int64_t k = 0; k < (int64_t)json_array_size(at); k++) {
        const int64_t j = n > ENTRIES ? k * n / ENTRIES : k;
        snprintf(what, sizeof what, "%s[%" PRId64 "]", name, j);
        worst = fmax(worst, compare(g, what, (double)x[j], entry(at, k), limit));
    }
    snprintf(what, sizeof what, "sign.%s", name);
    siam_rng r = siam_rng_key(g->seed, 0, siam_rng_name(what), 0, SIAM_RNG_TEST);
    for (int64_t j = 0; j < n; j++)
        sum += siam_rng_u64(&r) >> 63 ? (double)x[j] : -(double)x[j];
    snprintf(what, sizeof what, "the signed sum of %s", name);
    return fmax(worst, compare(g, what, sum, number(want, "sum"), limit * sqrt((double)n)));
}

static float *read_tensor(const siam_ckpt *c, const char *name, int64_t *n)
{
    const int i = siam_ckpt_find(c, name);
    if (i < 0)
        fail_msg("the checkpoint has no '%s'", name);
    *n = siam_desc_count(&c->format->entry(c, i)->desc);
    float *x = malloc((size_t)*n * sizeof *x);
    assert_non_null(x);
    OK(c->format->read_f32(c, i, x, (size_t)*n, &err));
    return x;
}

/* All tensors of the last step, and those of the encoder in the model for others. */
static void compare_tensors(golden *g)
{
    siam_ckpt *state, *model;
    const char *name, *most = "";
    json_t *want;
    double worst = 0;
    OK(siam_ckpt_open(&state, "run/checkpoints/step-00000030.safetensors", &err));
    OK(siam_ckpt_open(&model, "run/model.safetensors", &err));
    json_object_foreach((json_t *)(uintptr_t)member(g->one, "tensor"), name, want) /* not changed */
    {
        int64_t n, same;
        float *x = read_tensor(state, name, &n);
        const double share = compare_tensor(g, name, want, x, n);
        if (share > worst) {
            worst = share;
            most = name;
        }
        if (!strncmp(name, "backbone.", 9)) {
            float *y = read_tensor(model, name + 9, &same);
            assert_int_equal(n, same);
            assert_memory_equal(x, y, (size_t)n * sizeof *x);
            free(y);
        }
        free(x);
    }
    print_message("  tensors: %.3f of their tolerances at most, %s\n", worst, most);
    siam_ckpt_close(&state);
    siam_ckpt_close(&model);
}

static int run_case(golden *g)
{
    print_message("%s, with %s\n", json_string_value(member(g->one, "name")), g->backend);
    g->seed = strtoull(json_string_value(member(member(g->one, "set"), "train.seed")), NULL, 10);
    write_data(g);
    configure(g, siam_config_options);
    compare_pixels(g);
    OK(siam_train(&g->set, NULL, &(siam_train_watch){0}, NULL, &err));
    compare_metrics(g);
    compare_tensors(g);
    return g->bad;
}

static void trajectories(void **state)
{
    json_t *doc;
    int bad = 0;
    OK(siam_json_read(&doc, argument[1], 1 << 20, &err));
    assert_string_equal(json_string_value(member(doc, "format")), "simsiam-trajectory-1");
    const json_t *cases = member(doc, "case");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        golden *g = calloc(1, sizeof *g);
        assert_non_null(g);
        g->one = json_array_get(cases, i);
        g->tolerance = member(doc, "tolerance");
        g->backend = argument[2];
        assert_int_equal(enter(state), 0);
        bad += run_case(g);
        assert_int_equal(leave(state), 0);
        free(g);
    }
    json_decref(doc);
    if (bad)
        fail_msg("%d comparisons failed", bad);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trajectories)};
    if (argc != 3) {
        fprintf(stderr, "usage: test_trajectory FILE BACKEND\n");
        return 2;
    }
    argument = argv;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
