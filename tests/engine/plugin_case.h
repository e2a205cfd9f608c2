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
#include "engine/trust.h"
#include "fake.h"
#include "nn/model.h"
#include "views/views.h"

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

/* What a comparison of it with the reference, which it never passes, would leave behind. */
static void trust_fake(siam_trust *t)
{
    siam_place p;
    siam_pjrt *device;
    *t = (siam_trust){.operations = 9, .worst = 1e-6};
    assert_int_equal(siam_place_find(&p, "xla-cpu:" FAKE_PLUGIN, &err), SIAM_OK);
    assert_int_equal(siam_pjrt_open(&device, &(siam_devices){.plugin = p.plugin, .kind = "xla-cpu"}, &err), SIAM_OK);
    siam_trust_keep(t, &p, device);
    siam_pjrt_close(&device);
}

/* ---- a training over it ---- */

enum { MOST_VIEWS = 2 * 2 * 4, PIXELS = 3 * 8 * 8 }; /* of two parts of four images, at most */

static char remarks[2][3072]; /* after alloc, and at the end; "": none */
static siam_engine_memory takes; /* where `tells` */
static bool tells;
static enum { VIEWS_BROUGHT, VIEWS_MADE, VIEWS_LOOKED_AT /* made, and the first ones by themselves before */ } views_are;

static void ask_remark(siam_engine *x, char remark[3072])
{
    const char *said = siam_engine_remark(x);
    snprintf(remark, 3072, "%s", said ? said : "");
    assert_null(siam_engine_remark(x));
}

/* What makes views of five images that stay on the device. */
static siam_hlo_program *maker_of_views(int views, int replicas)
{
    siam_hlo_program *p;
    const siam_aug_cfg aug = {.size = 8, .crop_min = 0.2, .crop_max = 1, .flip_p = 0.5};
    const siam_views_form form = {.views = views, .replicas = replicas, .channels = 3, .images = 5, .width = 8, .height = 8};
    assert_int_equal(siam_views_program(&p, &aug, &form, &err), SIAM_OK);
    assert_int_equal(siam_views_taps(&aug, &form), 3);
    return p;
}

static siam_raw_views raw_views(void)
{
    enum { WORDS = 64, CROP = 2 * 8 * (1 + 3) };
    static const int32_t index[MOST_VIEWS], crop[MOST_VIEWS * CROP], drawn[MOST_VIEWS * WORDS];
    assert_true(siam_augment_words(NULL) <= WORDS);
    return (siam_raw_views){.index = index, .crop = crop, .drawn = drawn};
}

static siam_code step_on(siam_engine *x, siam_ticket *t, siam_err *e)
{
    static const float views[MOST_VIEWS * PIXELS];
    const float rate[SIAM_GROUP_COUNT] = {0};
    const siam_raw_views raw = raw_views();
    return views_are == VIEWS_BROUGHT ? x->type->step(x, views, rate, t, e) : x->type->step_raw(x, &raw, rate, t, e);
}

static siam_code step_twice(siam_engine *x, const siam_graph *g, siam_params *p, siam_err *e)
{
    float z[4 * 8], made[MOST_VIEWS * PIXELS];
    siam_ticket t;
    siam_outcome o;
    const siam_raw_views raw = raw_views();
    siam_code rc = x->type->alloc(x, e);
    tells = !rc && x->type->compiled(x, &takes);
    ask_remark(x, remarks[0]);
    rc = rc ? rc : x->type->push(x, p, false, e);
    if (!rc && views_are == VIEWS_LOOKED_AT)
        rc = x->type->make(x, &raw, made, e);
    for (int i = 0; i < 2; i++) {
        rc = rc ? rc : step_on(x, &t, e);
        rc = rc ? rc : x->type->outcome(x, t, &o, e);
    }
    rc = rc ? rc : x->type->read(x, (siam_val){g->keep[1]}, 3, z, e);
    ask_remark(x, remarks[1]);
    return rc ? rc : x->type->pull(x, e);
}

static int several = 1;
static bool stops = true; /* otherwise it is another step, of other programs */

static siam_code train_on(int number, int count, siam_err *e)
{
    const siam_model_cfg c = {.arch = "resnet18", .backbone = {.width = 4, .cifar_stem = true}, .in_channels = 3, .size = 8,
                              .projector_layers = 2, .dim = 8, .stop_gradient = stops};
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    siam_engine *x;
    assert_int_equal(siam_model_graph(&g, &v, &c, e), SIAM_OK);
    assert_int_equal(siam_params_create(&p, g->param, g->nparams, true, e), SIAM_OK);
    const uint8_t set[5 * PIXELS] = {0};
    const float levels[3 * 256] = {0};
    const int images = count > 2 ? count : 2, devices = count ? count : 1;
    siam_hlo_program *maker = views_are == VIEWS_BROUGHT ? NULL : maker_of_views(2 * images / devices, devices);
    const siam_engine_cfg cfg = {.graph = g, .images = images, .training = true, .parts = 2, .loss = v.loss, .momentum = 0.9,
                                 .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd], .devices = {.plugin = FAKE_PLUGIN, .kind = "xla-cpu", .first = number,
                                             .count = count}, .views = {.program = maker, .levels = levels, .set = set}};
    assert_int_equal(siam_engine_create(&x, &siam_engine_pjrt, &cfg, e), SIAM_OK);
    const siam_code rc = step_twice(x, g, p, e);
    siam_engine_destroy(&x);
    siam_hlo_program_destroy(&maker);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
    return rc;
}

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
