/* Checkpoints that PyTorch wrote as each project does (tests/data/interop, made by make_fixture.py) give the
 * features, z, p and logits that PyTorch computes, and still do after they were exported under every other
 * name. */
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

#include "base/file.h"
#include "base/json.h"
#include "checkpoint/names_read.h"
#include "checkpoint/names_write.h"
#include "forward.h"
#include "tasks/task.h"

enum { IMAGES = 2, SIZE = 64 };
static const double tolerance = 1e-5; /* of the largest entry */

static siam_err err;
static char folder[4096], dir[] = "/tmp/siam-interop-XXXXXX", path[128];
static json_t *expected;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static int set_up(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    snprintf(folder, sizeof folder, "%s/tests/data/interop", source ? source : ".");
    char file[5000];
    snprintf(file, sizeof file, "%s/expected.json", folder);
    return !mkdtemp(dir) || siam_json_read(&expected, file, 1 << 20, &err);
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(expected);
    return rmdir(dir);
}

/* The parts that PyTorch's numbers are there for. */
static unsigned parts_of(const json_t *want)
{
    const char *key;
    json_t *value;
    unsigned parts = 0;
    json_object_foreach((json_t *)(uintptr_t)want, key, value) parts |= part_of(key);
    return parts;
}

/* As make_fixture.py has it. */
static void fill(float *x)
{
    for (uint64_t i = 0; i < IMAGES * 3 * SIZE * SIZE; i++)
        x[i] = (float)((uint32_t)(i * 2654435761u) >> 8) / 8388608.0f - 1.0f;
}

static void assert_classes(const siam_encoder *enc, const char *file, const json_t *want)
{
    if (!want) {
        assert_null(enc->class_name);
        return;
    }
    assert_int_equal(enc->cfg.classes, json_array_size(want));
    if (!enc->class_name)
        fail_msg("%s has no class names", file);
    for (int i = 0; i < enc->cfg.classes; i++)
        assert_string_equal(enc->class_name[i], json_string_value(json_array_get(want, (size_t)i)));
}

/* `only`: parts that are compared. */
static void assert_same(const char *file, const json_t *want, unsigned only, bool classes)
{
    static const char *const names[] = {"features", "z", "p", "logits"};
    forward f;
    must(forward_open(&f, file, IMAGES, SIZE, parts_of(want) & only, &err));
    fill(siam_plan_input(f.plan));
    must(siam_plan_forward(f.plan, &err));
    for (size_t k = 0; k < 4; k++) {
        const json_t *row = json_object_get(want, names[k]);
        size_t n = 0;
        if (!row || (k && !(part_of(names[k]) & only)))
            continue;
        const float *x = forward_part(&f, names[k], &n);
        double largest = 0, off = 0;
        assert_int_equal(n, json_array_size(row));
        for (size_t i = 0; i < n; i++) {
            const double y = json_number_value(json_array_get(row, i));
            largest = fmax(largest, fabs(y));
            off = fmax(off, fabs((double)x[i] - y));
        }
        if (!(off <= tolerance * largest))
            fail_msg("%s: %s differ by %g of %g", file, names[k], off, largest);
    }
    if (classes)
        assert_classes(f.enc, file, json_object_get(want, "classes"));
    forward_release(&f);
}

static void pytorchs_numbers(void **state)
{
    (void)state;
    const char *name;
    json_t *want;
    assert_int_equal(json_object_size(expected), 6);
    json_object_foreach(expected, name, want)
    {
        char file[8192];
        snprintf(file, sizeof file, "%s/%s", folder, name);
        assert_same(file, want, ~0u, true);
        siam_encoder *enc;
        must(siam_encoder_open(&enc, &(siam_model_spec){.model = file, .parts = parts_of(want)}, &err));
        if (!strstr(enc->told, json_string_value(json_object_get(want, "told"))))
            fail_msg("%s: %s", name, enc->told);
        siam_encoder_close(&enc);
    }
}

static siam_code export_as(const char *file, const char *to, const char *names, FILE *out)
{
    const siam_task_type *t = siam_task_find("export");
    siam_optset set;
    siam_problems problems = {0};
    siam_assignment given[] = {{"out", to}, {"names", names}};
    const char *const args[] = {file};
    int status = 0;
    void *request = calloc(1, t->request_size);
    siam_optset_init(&set, t->options, request);
    must(siam_task_fill(t, &set, 1, args, given, 2, &problems, &err));
    const siam_task_call call = {.options = &set, .request = request, .nargs = 1, .args = args, .out = out, .say = out,
                                 .status = &status};
    const siam_code rc = t->run(&call, &err);
    free(request);
    return rc;
}

static void export_all(const char *file, const json_t *want)
{
    static const char *const endings[] = {"pth", "safetensors"};
    static const char *const names[] = {"torchvision", "mmpretrain", "facebook", "lightly"};
    const bool linear = json_object_get(want, "logits") != NULL;
    for (size_t i = 0; i < 8; i++) {
        char *said = NULL;
        size_t n;
        FILE *out = open_memstream(&said, &n);
        snprintf(path, sizeof path, "%s/x.%s", dir, endings[i % 2]);
        must(export_as(file, path, names[i / 2], out));
        fclose(out);
        assert_non_null(strstr(said, names[i / 2]));
        free(said);
        /* torchvision has no projector, lightly no classifier */
        const unsigned kept =
            linear ? (i / 2 == 3 ? 0u : SIAM_PART_LOGITS) : (i / 2 == 0 ? 0u : SIAM_PART_Z | SIAM_PART_P);
        assert_same(path, want, kept, kept != 0);
        unlink(path);
    }
}

static void exported_anywhere(void **state)
{
    (void)state;
    const char *name;
    json_t *want;
    json_object_foreach(expected, name, want)
    {
        char file[8192];
        snprintf(file, sizeof file, "%s/%s", folder, name);
        export_all(file, want);
    }
}

/* mmengine's class names, and what of its file no state dict has. */
static void metadata(void **state)
{
    (void)state;
    static const struct {
        const char *file, *key, *value;
    } rows[] = {
        {"mmpretrain_linear.pth", "meta.dataset_meta.classes",
         "tench\ngoldfish, Carassius auratus\ngreat white shark"},
        {"mmpretrain_linear.pth", "meta.epoch", "90"},
        {"mmpretrain_linear.pth", "meta.mmengine_version", "0.10.4"},
        {"mmpretrain_linear.pth", "message_hub.log_scalars.train/loss", NULL},
        {"mmpretrain_linear.pth", "message_hub.runtime_info.epoch", "89"},
        {"mmcls.pth", "meta.CLASSES", "tench\ngoldfish, Carassius auratus\ngreat white shark"},
        {"facebook.pth.tar", "epoch", "100"},
        {"facebook.pth.tar", "arch", "resnet18"},
        {"lightly.ckpt", "pytorch-lightning_version", "1.9.0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char file[8192];
        siam_ckpt *c;
        snprintf(file, sizeof file, "%s/%s", folder, rows[i].file);
        must(siam_ckpt_open(&c, file, &err));
        const char *text = c->format->meta(c, rows[i].key);
        if (rows[i].value) {
            assert_non_null(text);
            assert_string_equal(text, rows[i].value);
        } else {
            assert_null(text);
        }
        siam_ckpt_close(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pytorchs_numbers),
        cmocka_unit_test(exported_anywhere),
        cmocka_unit_test(metadata),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
