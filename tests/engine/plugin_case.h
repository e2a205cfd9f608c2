/* The plug-in that fails on demand and counts (fake_pjrt.c), and a training of two steps over it. */
#ifndef SIAM_TESTS_ENGINE_PLUGIN_CASE_H
#define SIAM_TESTS_ENGINE_PLUGIN_CASE_H

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/own_folder.h"
#include "engine/pjrt/plugin.h"
#include "fake.h"
#include "nn/model.h"

extern const siam_engine_type siam_engine_pjrt;

static siam_err err;
static fake_script *fake; /* the plug-in's own */

static void *must(void *p)
{
    if (!p)
        fail_msg("%s", dlerror());
    return p;
}

static int load_fake(void **state)
{
    (void)state;
    fake = must(dlsym(must(dlopen(FAKE_PLUGIN, RTLD_NOW | RTLD_LOCAL)), "fake"));
    return 0;
}

static int begin(void **state)
{
    (void)state;
    *fake = (fake_script){0};
    err = (siam_err){0};
    return 0;
}

static void nothing_is_left(void)
{
    assert_int_equal(fake->errors, 0);
    assert_int_equal(fake->clients, 0);
    assert_int_equal(fake->programs, 0);
    assert_int_equal(fake->executables, 0);
    assert_int_equal(fake->buffers, 0);
    assert_int_equal(fake->events, 0);
    assert_int_equal(fake->used_up, 0);
    assert_int_equal(fake->short_ones, 0);
    assert_int_equal(fake->elsewhere, 0);
    assert_int_equal(fake->strange, 0);
    assert_int_equal(fake->stored, 0);
}

/* ---- a training over it ---- */

static char remarks[2][3072]; /* after alloc, and at the end; "": none */

static void ask_remark(siam_engine *x, char remark[3072])
{
    const char *said = siam_engine_remark(x);
    snprintf(remark, 3072, "%s", said ? said : "");
    assert_null(siam_engine_remark(x));
}

static siam_code step_twice(siam_engine *x, const siam_graph *g, siam_params *p, siam_err *e)
{
    static const float views[2 * 2 * 4 * 3 * 8 * 8]; /* of two parts of four images, at most */
    float z[4 * 8], rate[SIAM_GROUP_COUNT] = {0};
    siam_ticket t;
    siam_outcome o;
    siam_code rc = x->type->alloc(x, e);
    ask_remark(x, remarks[0]);
    rc = rc ? rc : x->type->push(x, p, false, e);
    for (int i = 0; i < 2; i++) {
        rc = rc ? rc : x->type->step(x, views, rate, &t, e);
        rc = rc ? rc : x->type->outcome(x, t, &o, e);
    }
    rc = rc ? rc : x->type->read(x, (siam_val){g->keep[1]}, 3, z, e);
    ask_remark(x, remarks[1]);
    return rc ? rc : x->type->pull(x, e);
}

static siam_code train_on(int number, int count, siam_err *e)
{
    const siam_model_cfg c = {.arch = "resnet18", .backbone = {.width = 4, .cifar_stem = true}, .in_channels = 3, .size = 8,
                              .projector_layers = 2, .dim = 8, .stop_gradient = true};
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    siam_engine *x;
    assert_int_equal(siam_model_graph(&g, &v, &c, e), SIAM_OK);
    assert_int_equal(siam_params_create(&p, g->param, g->nparams, true, e), SIAM_OK);
    const siam_engine_cfg cfg = {.graph = g, .images = count > 2 ? count : 2, .training = true, .parts = 2, .loss = v.loss, .momentum = 0.9,
                                 .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd], .devices = {.plugin = FAKE_PLUGIN, .kind = "xla-cpu", .first = number,
                                             .count = count}};
    assert_int_equal(siam_engine_create(&x, &siam_engine_pjrt, &cfg, e), SIAM_OK);
    const siam_code rc = step_twice(x, g, p, e);
    siam_engine_destroy(&x);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
    return rc;
}

static int several = 1;
static siam_code train(siam_err *e) { return train_on(0, several, e); }

static int enter_folder(void **state)
{
    char cache[128];
    if (make_folder(state) || chdir(folder))
        return -1;
    snprintf(cache, sizeof cache, "%s/cache", folder);
    return setenv("XDG_CACHE_HOME", cache, 1) || load_fake(state);
}

#endif
