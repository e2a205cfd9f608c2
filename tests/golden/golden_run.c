/* What the tests of whole runs share. */
#include "golden_run.h"

#include <inttypes.h>
#include <math.h>

#include <zlib.h>

#include "../unit/run_case.h"
#include "base/file.h"
#include "data/loader.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, COARSE = 4, CELL = SIDE / COARSE, CLASSES = 10, ENTRIES = 24, FILES = 5 };

siam_err golden_err;

void golden_require(siam_code rc, const char *what, int line)
{
    if (rc)
        fail_msg("line %d: %s: %s", line, what, golden_err.msg);
}

/* ---- the file ---- */

const json_t *golden_member(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!v)
        fail_msg("there is no '%s'", key);
    return v;
}

double golden_number(const json_t *o, const char *key)
{
    const json_t *v = golden_member(o, key);
    if (!json_is_number(v))
        fail_msg("'%s' is no number", key);
    return json_number_value(v);
}

const char *golden_string(const json_t *o, const char *key)
{
    const json_t *v = golden_member(o, key);
    if (!json_is_string(v))
        fail_msg("'%s' is no text", key);
    return json_string_value(v);
}

double golden_entry(const json_t *list, int64_t i) { return json_number_value(json_array_get(list, (size_t)i)); }

double golden_tolerance(const golden *g, const char *of) { return golden_number(g->tolerance, of); }

/* ---- comparisons ---- */

double golden_compare(golden *g, const char *what, double got, double want, double limit)
{
    const double off = fabs(got - want);
    if (!(off <= limit) && g->bad++ < 12)
        print_error("%s: found %.9g, expected %.9g within %.3g\n", what, got, want, limit);
    return off / limit;
}

double golden_compare_tensor(golden *g, const char *name, const json_t *want, const float *x, int64_t n)
{
    char what[SIAM_NAME_MAX + 32];
    const json_t *at = golden_member(want, "at");
    const double limit = golden_tolerance(g, "tensor") * golden_number(want, "scale");
    double worst = 0, sum = 0;
    assert_int_equal(n, (int64_t)golden_number(want, "n"));
    assert_int_equal(json_array_size(at), n > ENTRIES ? ENTRIES : n);
    for (int64_t k = 0; k < (int64_t)json_array_size(at); k++) {
        const int64_t j = n > ENTRIES ? k * n / ENTRIES : k;
        snprintf(what, sizeof what, "%s[%" PRId64 "]", name, j);
        worst = fmax(worst, golden_compare(g, what, (double)x[j], golden_entry(at, k), limit));
    }
    snprintf(what, sizeof what, "sign.%s", name);
    siam_rng r = golden_stream(g, what);
    for (int64_t j = 0; j < n; j++)
        sum += siam_rng_u64(&r) >> 63 ? (double)x[j] : -(double)x[j];
    snprintf(what, sizeof what, "the signed sum of %s", name);
    return fmax(worst, golden_compare(g, what, sum, golden_number(want, "sum"), limit * sqrt((double)n)));
}

double golden_compare_metric(golden *g, const char *of, int64_t at, const json_t *got, const char *key, const json_t *want,
                             const char *as, double limit)
{
    char what[96];
    snprintf(what, sizeof what, "%s of %s %" PRId64, key, of, at);
    return golden_compare(g, what, golden_number(got, key), golden_number(want, as), limit);
}

void golden_compare_metrics(golden *g, golden_row *step, golden_row *epoch)
{
    char line[1024];
    size_t n[2] = {0, 0};
    FILE *f = fopen("run/metrics.jsonl", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        json_t *row = json_loads(line, 0, NULL);
        assert_non_null(row);
        const char *kind = golden_string(row, "kind");
        const bool is_epoch = strcmp(kind, "step") != 0;
        assert_int_equal((size_t)golden_number(row, kind), ++n[is_epoch]);
        const json_t *want = json_array_get(golden_member(g->one, kind), n[is_epoch] - 1);
        if (!want)
            fail_msg("%s %zu is one too many", kind, n[is_epoch]);
        (is_epoch ? epoch : step)(g, row, want, (int64_t)n[is_epoch]);
        json_decref(row);
    }
    fclose(f);
    assert_int_equal(n[0], json_array_size(golden_member(g->one, "step")));
    assert_int_equal(n[1], json_array_size(golden_member(g->one, "epoch")));
}

float *golden_read_tensor(const siam_ckpt *c, const char *name, int64_t *n)
{
    const int i = siam_ckpt_find(c, name);
    if (i < 0)
        fail_msg("the checkpoint has no '%s'", name);
    *n = siam_desc_count(&c->format->entry(c, i)->desc);
    float *x = malloc((size_t)*n * sizeof *x);
    assert_non_null(x);
    OK(c->format->read_f32(c, i, x, (size_t)*n, &golden_err));
    return x;
}

double golden_compare_entry(golden *g, const siam_ckpt *c, const char *name, const char *as)
{
    int64_t n;
    float *x = golden_read_tensor(c, name, &n);
    const double share = golden_compare_tensor(g, as, golden_member(golden_member(g->one, "tensor"), as), x, n);
    free(x);
    return share;
}

/* ---- the data set ---- */

siam_rng golden_stream(const golden *g, const char *name)
{
    return siam_rng_key(g->seed, 0, siam_rng_name(name), 0, SIAM_RNG_TEST);
}

/* The first n bytes of a named stream. */
static void levels(const golden *g, uint8_t *to, int n, const char *name)
{
    siam_rng r = golden_stream(g, name);
    for (int i = 0; i < n; i++)
        to[i] = (uint8_t)(siam_rng_u64(&r) >> 56);
}

static int label_of(int i) { return (7 * i + i / 10) % CLASSES; }

/* A record of CIFAR-10: the label, then the planes. mix: what the class, the image and the pixel weigh, 8 together. */
static void record(const golden *g, FILE *f, const int mix[3], const char *split, int i)
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
        out[1 + k] = (uint8_t)((mix[0] * class[at] + mix[1] * image[at] + mix[2] * out[1 + k]) >> 3);
    }
    assert_int_equal(fwrite(out, 1, sizeof out, f), sizeof out);
}

void golden_write_data(const golden *g)
{
    char path[64];
    int mix[3] = {4, 2, 2};
    const json_t *own = json_object_get(g->one, "mix");
    const int each = (int)golden_number(g->one, "per_file"), tests = (int)golden_number(g->one, "test");
    for (int i = 0; own && i < 3; i++)
        mix[i] = (int)golden_entry(own, i);
    OK(siam_mkdirs("data", &golden_err));
    for (int file = 0; file <= FILES; file++) {
        const bool test = file == FILES;
        snprintf(path, sizeof path, test ? "data/test_batch.bin" : "data/data_batch_%d.bin", file + 1);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        for (int i = 0; i < (test ? tests : each); i++)
            record(g, f, mix, test ? "test" : "train", test ? i : file * each + i);
        assert_int_equal(fclose(f), 0);
    }
}

/* ---- the run ---- */

static void set(golden *g, const char *key, const char *value)
{
    siam_problems problems = {0};
    siam_optset_set(&g->set, key, value, SIAM_FROM_CLI, NULL, &problems);
    OK(siam_problems_fail(&problems, &golden_err));
}

void golden_configure(golden *g, const siam_option *options)
{
    const char *key;
    json_t *value;
    memset(&g->cfg, 0, sizeof g->cfg);
    siam_optset_init(&g->set, options, &g->cfg);
    json_object_foreach((json_t *)(uintptr_t)golden_member(g->one, "set"), key, value) /* not changed */
        set(g, key, json_string_value(value));
    set(g, "data.path", "data");
    set(g, "run.device", g->backend);
    set(g, "run.threads", "1"); /* small layers: threads would mostly wait for each other */
    set(g, "run.tuning", "fixed");
    set(g, "run.log_every", "1");
    set(g, "run.out", "run");
    OK(siam_config_finish(&g->set, &golden_err));
}

void golden_compare_pixels(golden *g, int views, bool drop_last, const siam_aug_cfg *aug)
{
    siam_dataset *d;
    siam_loader *l;
    const int size = aug->size;
    siam_loader_cfg c = {.batch = g->cfg.train_batch, .views = views, .workers = 1, .slots = 2, .seed = g->seed,
                         .drop_last = drop_last, .aug = *aug};
    for (int i = 0; i < 3; i++) {
        c.norm.mean[i] = 0.5f;
        c.norm.std[i] = 0.25f;
    }
    OK(siam_dataset_open(&d, "data", SIAM_SPLIT_TRAIN, size, &golden_err));
    OK(siam_loader_create(&l, d, &c, &golden_err));
    for (int epoch = 0; epoch < g->cfg.train_epochs; epoch++) {
        uint32_t crc = 0;
        OK(siam_loader_epoch(l, epoch, 0, &golden_err));
        for (const siam_batch *b;;) {
            OK(siam_loader_get(l, &b, &golden_err));
            if (!b)
                break;
            for (int k = 0; k < views * b->n * 3 * size * size; k++) {
                const double x = (double)b->images[k] * 0.25 + 0.5;
                crc = (uint32_t)crc32(crc, &(uint8_t){(uint8_t)lrint(255 * x)}, 1);
            }
        }
        assert_int_equal(crc, (uint32_t)golden_entry(golden_member(g->one, "pixels"), epoch));
    }
    siam_loader_destroy(&l);
    siam_dataset_close(&d);
}

int golden_run_cases(const char *path, const char *format, const char *key, const char *backend, void (*run)(golden *))
{
    json_t *doc;
    int bad = 0;
    OK(siam_json_read(&doc, path, 1 << 20, &golden_err));
    assert_string_equal(golden_string(doc, "format"), format);
    const json_t *cases = golden_member(doc, key);
    assert_true(json_array_size(cases) > 0);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        golden *g = calloc(1, sizeof *g);
        assert_non_null(g);
        g->one = json_array_get(cases, i);
        g->tolerance = golden_member(doc, "tolerance");
        g->backend = backend;
        print_message("%s, with %s\n", golden_string(g->one, "name"), backend);
        assert_int_equal(enter(NULL), 0);
        run(g);
        assert_int_equal(leave(NULL), 0);
        bad += g->bad;
        free(g);
    }
    json_decref(doc);
    return bad;
}
