/* The named models: the table holds together, its sizes are those of our graphs, and files are looked for where
 * the environment says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "model/zoo.h"
#include "nn/model.h"

static void rows_hold_together(void **state)
{
    (void)state;
    int n = 0;
    for (const siam_zoo_model *m = siam_zoo; m->name; m++, n++) {
        assert_ptr_equal(siam_zoo_find(m->name), m);
        assert_int_equal(strncmp(m->url, "https://download.openmmlab.com/mmselfsup/1.x/simsiam/", 53), 0);
        assert_string_equal(strrchr(m->url, '/') + 1, m->file);
        assert_int_equal(strlen(m->sha256), 8);
        assert_int_equal(strspn(m->sha256, "0123456789abcdef"), 8);
        /* "...-SUM.pth" */
        const char *dash = strrchr(m->file, '-');
        assert_int_equal(strncmp(dash + 1, m->sha256, 8), 0);
        assert_string_equal(dash + 9, ".pth");
        if (m->pretrained) {
            const siam_zoo_model *p = siam_zoo_find(m->pretrained);
            assert_non_null(p);
            assert_non_null(strstr(m->url, p->name));
        }
        assert_true((m->classes > 0) == (m->top1 > 0));
        for (const siam_zoo_model *o = siam_zoo; o < m; o++)
            assert_string_not_equal(o->file, m->file); /* they share a folder */
    }
    assert_int_equal(n, 4);
    assert_true(siam_zoo_find("resnet50_simsiam-200e-pre_8xb512-linear-coslr-90e_in1k")->top1 == 69.80);
    assert_null(siam_zoo_find("resnet50"));
    assert_null(siam_zoo_find(""));
}

/* 38.20 and 25.56 M parameters, 4.11 G multiply-adds, counted. */
static void sizes_are_those_of_the_graphs(void **state)
{
    (void)state;
    for (const siam_zoo_model *m = siam_zoo; m->name; m++) {
        siam_model_cfg c = {.backbone = {.width = 64}, .in_channels = 3, .size = 224, .projector_layers = 3,
                            .dim = 2048, .stop_gradient = true};
        siam_model_vals v;
        siam_graph *encoder, *g;
        int64_t parameters = 0;
        memcpy(c.arch, m->arch, strlen(m->arch) + 1);
        assert_int_equal(siam_encoder_graph(&encoder, &v, &c, false, NULL), SIAM_OK);
        const int64_t features = encoder->value[v.features.id].dim[1];
        assert_int_equal(siam_graph_flops(encoder, false) + features * m->classes, m->flops);
        assert_int_equal(siam_model_graph(&g, &v, &c, NULL), SIAM_OK);
        for (int i = 0; i < g->nparams; i++)
            if (!g->param[i].buffer && (!m->classes || !strncmp(g->param[i].name, "backbone.", 9)))
                parameters += siam_desc_count(&g->param[i].desc);
        assert_int_equal(parameters + (features + 1) * m->classes, m->parameters);
        siam_graph_destroy(&encoder);
        siam_graph_destroy(&g);
    }
}

static void files_are_where_the_environment_says(void **state)
{
    (void)state;
    const siam_zoo_model *m = siam_zoo;
    char path[4096], small[8], folder[] = "/tmp/siam_zoo_XXXXXX", want[4096];
    siam_err e = {0};
    assert_non_null(mkdtemp(folder));
    unsetenv("SIMSIAM_MODELS");
    setenv("HOME", "/home/x", 1);
    setenv("XDG_CACHE_HOME", "relative", 1); /* counts as unset */
    assert_true(siam_zoo_folder(path, sizeof path));
    assert_string_equal(path, "/home/x/.cache/simsiam/models");
    setenv("XDG_CACHE_HOME", "/cache", 1);
    assert_true(siam_zoo_path(m, path, sizeof path));
    assert_string_equal(path, "/cache/simsiam/models/simsiam_resnet50_8xb32-coslr-100e_in1k_20220825-d07cb2e6.pth");
    assert_false(siam_zoo_path(m, small, sizeof small));
    assert_string_equal(small, "");
    setenv("SIMSIAM_MODELS", folder, 1);
    assert_true(siam_zoo_folder(path, sizeof path));
    assert_string_equal(path, folder);
    assert_false(siam_zoo_here(m));
    assert_int_equal(siam_zoo_missing(m, &e), SIAM_E_NOTFOUND);
    assert_non_null(strstr(e.msg, folder));
    assert_string_equal(e.hint, "simsiam fetch simsiam_resnet50_8xb32-coslr-100e_in1k");
    assert_true(siam_path_join(want, sizeof want, folder, m->file));
    assert_int_equal(siam_file_write_atomic(want, "x", 1, NULL), SIAM_OK);
    assert_true(siam_zoo_here(m));
    unlink(want);
    assert_int_equal(siam_mkdirs(want, NULL), SIAM_OK);
    assert_false(siam_zoo_here(m));
    rmdir(want);
    rmdir(folder);
    unsetenv("SIMSIAM_MODELS");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_false(siam_zoo_folder(path, sizeof path));
    e = (siam_err){0};
    assert_int_equal(siam_zoo_missing(m, &e), SIAM_E_NOTFOUND);
    assert_non_null(strstr(e.msg, "HOME"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_hold_together),
        cmocka_unit_test(sizes_are_those_of_the_graphs),
        cmocka_unit_test(files_are_where_the_environment_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
