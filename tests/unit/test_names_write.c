/* Our tensors under other projects' names: exactly the keys, shapes and types that the projects' own models
 * have (tests/data/keys), and back again without a loss, in both formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../hints/hint.h"

#include "base/file.h"
#include "checkpoint/names_read.h"
#include "checkpoint/names_write.h"
#include "nn/model.h"

enum { SHRINK = 16 /* of channels: ResNet-50 of width 4 */ };

static siam_err err;
static char dir[] = "/tmp/siam-keyset-XXXXXX";
static char path[128];

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/x", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

/* whole: with projector and predictor, else with a classifier; neither: the encoder. */
static siam_params *model(bool whole, int classes)
{
    siam_model_cfg cfg = {.backbone = {64 / SHRINK, false, true},
                          .in_channels = 3,
                          .size = 64,
                          .projector_layers = 3,
                          .dim = 2048 / SHRINK,
                          .classes = classes,
                          .stop_gradient = true,
                          .arch = "resnet50"};
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    must(siam_encoder_graph(
        &g, &v, &cfg, (whole ? SIAM_PART_Z | SIAM_PART_P : 0u) | (classes ? SIAM_PART_LOGITS : 0u), &err));
    must(siam_params_create(&p, g->param, g->nparams, false, &err));
    siam_graph_destroy(&g);
    siam_params_init(p, 7);
    for (size_t i = 0; i < p->buffer_count; i++)
        p->buffer[i] = (float)i / 64;
    return p;
}

static int find(const siam_names_write *s, const char *name)
{
    int at = -1;
    for (int i = 0; i < s->n; i++)
        if (!strcmp(s->entry[i].name, name)) {
            assert_int_equal(at, -1);
            at = i;
        }
    return at;
}

/* "NAME\t64x3x7x7\tfloat32" is one of the set. */
static void assert_key(const siam_names_write *s, char *line)
{
    char *name = strtok(line, "\t"), *shape = strtok(NULL, "\t"), *type = strtok(NULL, "\n");
    const int i = find(s, name);
    if (i < 0)
        fail_msg("'%s' is missing", name);
    const siam_desc *d = &s->entry[i].desc;
    assert_int_equal(d->dtype, strcmp(type, "int64") ? SIAM_F32 : SIAM_I64);
    int n = 0;
    for (char *p = shape; strcmp(shape, "scalar") && *p; p += *p == 'x') {
        const int64_t size = strtoll(p, &p, 10);
        if (n >= d->ndim || d->dim[n] != (size % 64 ? size : size / SHRINK))
            fail_msg("'%s' has another shape", name);
        n++;
    }
    assert_int_equal(n, d->ndim);
}

static const struct row {
    const char *names, *list, *title;
    bool whole;
    int classes;
    siam_names_write_kind kind;
} rows[] = {
    {"mmpretrain", "mmpretrain_simsiam_r50.txt", "mmpretrain's SimSiam", true, 0, SIAM_NAMES_WRITE_WHOLE},
    {"mmpretrain", "mmpretrain_linear_r50.txt", "mmpretrain's classifiers", false, 1000, SIAM_NAMES_WRITE_LINEAR},
    {"facebook", "facebook_simsiam_r50.txt", "Facebook's SimSiam", true, 0, SIAM_NAMES_WRITE_WHOLE},
    {"torchvision", "torchvision_r50.txt", "torchvision", false, 1000, SIAM_NAMES_WRITE_LINEAR},
    {"torchvision", "torchvision_r50.txt", "torchvision", true, 1000, SIAM_NAMES_WRITE_LINEAR},
    {"lightly", "lightly_simsiam_r50_lowlevel.txt", "lightly's SimSiam", true, 0, SIAM_NAMES_WRITE_WHOLE},
};

static void keys_are_theirs(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        char file[4096], *text, *rest;
        size_t size;
        siam_params *p = model(r->whole, r->classes);
        siam_names_write *s;
        must(siam_names_write_create(&s, r->names, p, &err));
        assert_int_equal(s->kind, r->kind);
        assert_string_equal(s->title, r->title);
        snprintf(file, sizeof file, "%s/tests/data/keys/%s", source ? source : ".", r->list);
        must(siam_file_read(file, 1 << 20, &text, &size, &err));
        int n = 0;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), n++)
            assert_key(s, line);
        assert_int_equal(s->n, n); /* and no others */
        assert_int_equal(s->left_out, r->whole && r->classes ? 20 : 0);
        free(text);
        siam_names_write_destroy(&s);
        assert_null(s);
        siam_params_destroy(&p);
    }
}

static void other_parts(void **state)
{
    (void)state;
    siam_params *p = model(false, 10), *encoder = model(false, 0);
    siam_names_write *s;
    must(siam_names_write_create(&s, "facebook", p,
                            &err)); /* main_lincls.py's model is torchvision's, in parallel */
    assert_int_equal(s->kind, SIAM_NAMES_WRITE_LINEAR);
    assert_true(find(s, "module.conv1.weight") >= 0 && find(s, "module.fc.bias") >= 0);
    assert_int_equal(s->n, 320);
    siam_names_write_destroy(&s);
    must(siam_names_write_create(&s, "lightly", p, &err)); /* which has no classifier */
    assert_int_equal(s->kind, SIAM_NAMES_WRITE_ENCODER);
    assert_int_equal(s->left_out, 2);
    siam_names_write_destroy(&s);
    must(siam_names_write_create(&s, "facebook", encoder, &err));
    assert_int_equal(s->kind, SIAM_NAMES_WRITE_ENCODER);
    assert_true(find(s, "module.encoder.layer4.2.bn3.num_batches_tracked") >= 0);
    assert_int_equal(s->n, 318);
    assert_int_equal(s->parameters, siam_params_trainable(encoder));
    siam_names_write_destroy(&s);
    siam_err e = {0};
    assert_int_equal(siam_names_write_create(&s, "timm", encoder, &e), SIAM_E_USAGE);
    assert_null(s);
    assert_hint(&e, "one of %s");
    char *save = NULL;
    for (char *one = strtok_r(e.hint + strlen("one of "), ", |", &save); one; one = strtok_r(NULL, ", |", &save)) {
        must(siam_names_write_create(&s, one, encoder, &err));
        siam_names_write_destroy(&s);
    }
    siam_params_destroy(&p);
    siam_params_destroy(&encoder);
}

static void frozen_bias_is_zero(void **state)
{
    (void)state;
    siam_params *p = model(true, 0);
    siam_names_write *s;
    must(siam_names_write_create(&s, "facebook", p, &err));
    const int i = find(s, "module.encoder.fc.6.bias"),
              counter = find(s, "module.encoder.bn1.num_batches_tracked");
    for (int k = 0; k < 2048 / SHRINK; k++)
        assert_true(((const float *)s->data[i])[k] == 0.0f);
    int64_t batches;
    memcpy(&batches, s->data[counter], sizeof batches);
    assert_int_equal(batches, 0);
    assert_int_equal(s->parameters, siam_params_trainable(p)); /* what nobody trained does not count */
    siam_names_write_destroy(&s);
    siam_params_destroy(&p);
}

/* Everything that was written is read as what it was. */
static void comes_back(void **state)
{
    (void)state;
    for (int k = 0; k < 12; k++) {
        const struct row *r = &rows[k / 2];
        const siam_ckpt_format *format = k % 2 ? &siam_ckpt_torch : &siam_ckpt_safetensors;
        siam_params *p = model(r->whole, r->classes);
        siam_names_write *s;
        siam_ckpt *c;
        siam_names_read *m;
        must(siam_names_write_create(&s, r->names, p, &err));
        must(format->write(path, s->entry, s->data, s->n, NULL, 0, &err));
        must(siam_ckpt_open(&c, path, &err));
        assert_ptr_equal(c->format, format);
        must(siam_names_read_create(&m, c, NULL, NULL, &err));
        int found = 0;
        for (int i = 0; i < p->n; i++) {
            const int at = siam_names_read_find(m, p->row[i].name);
            const size_t n = (size_t)siam_desc_count(&p->row[i].desc);
            if (at < 0)
                continue;
            float *got = malloc(n * sizeof *got);
            must(siam_names_read_read_f32(m, at, got, n, &err));
            assert_memory_equal(got, siam_params_data(p, i), n * sizeof *got);
            free(got);
            found++;
        }
        assert_int_equal(found, p->n - s->left_out);
        siam_names_read_destroy(&m);
        siam_ckpt_close(&c);
        siam_names_write_destroy(&s);
        siam_params_destroy(&p);
    }
}

static void endings(void **state)
{
    (void)state;
    assert_ptr_equal(siam_ckpt_for_path("a.safetensors"), &siam_ckpt_safetensors);
    assert_ptr_equal(siam_ckpt_for_path("b/a.pth"), &siam_ckpt_torch);
    assert_ptr_equal(siam_ckpt_for_path("a.pt"), &siam_ckpt_torch);
    assert_ptr_equal(siam_ckpt_for_path("a.pth.tar"), &siam_ckpt_torch);
    assert_ptr_equal(siam_ckpt_for_path("a.th"), &siam_ckpt_torch);
    static const char *const none[] = {"", "pth", ".pth", "a.tar", "a.pth.gz", "a.", "a.pth ", "apth", "a.p"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(siam_ckpt_for_path(none[i]));
}

/* An option's choice is an index into the table. */
static void choices_are_the_table(void **state)
{
    (void)state;
    char joined[256] = "";
    for (int i = 0; siam_names_write_project(i); i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", i ? "|" : "",
                 siam_names_write_project(i));
    assert_string_equal(joined, siam_names_write_choices);
    assert_null(siam_names_write_project(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_theirs),
        cmocka_unit_test(other_parts),
        cmocka_unit_test(frozen_bias_is_zero),
        cmocka_unit_test(comes_back),
        cmocka_unit_test(endings),
        cmocka_unit_test(choices_are_the_table),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
