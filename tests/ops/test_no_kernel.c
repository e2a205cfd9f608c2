/* No kernel of a convolution gives right numbers: a machine that is not to be had, so the check of a kernel is replaced by
 * one that never passes (the linker's --wrap). Refused, and its hint helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hints/hint.h"
#include "backend/onednn/conv_race.h"
#include "backend/tune.h"
#include "nn/model.h"
#include "nn/plan.h"

siam_code __wrap_siam_conv_race_check(siam_conv_race *r, const siam_conv_prim *c, bool direct, bool *right, siam_err *e);

siam_code __wrap_siam_conv_race_check(siam_conv_race *r, const siam_conv_prim *c, bool direct, bool *right, siam_err *e)
{
    (void)r;
    (void)c;
    (void)direct;
    (void)e;
    *right = false;
    return SIAM_OK;
}

/* A timed plan of a small ResNet on a device. */
static siam_code timed_plan(const char *device, siam_err *e)
{
    const siam_model_cfg m = {.arch = "resnet18", .backbone = {.width = 16, .cifar_stem = true}, .in_channels = 3,
                              .size = 16, .projector_layers = 2, .dim = 16, .stop_gradient = true};
    siam_backend *b;
    siam_graph *g;
    siam_model_vals v;
    siam_tuner *t;
    siam_plan *p = NULL;
    assert_int_equal(siam_backend_open(&b, device, 1, NULL), SIAM_OK);
    assert_int_equal(siam_model_graph(&g, &v, &m, NULL), SIAM_OK);
    assert_int_equal(siam_tuner_create(&t, "test", true, NULL), SIAM_OK);
    const siam_code rc =
        siam_plan_create(&p, g, b, &(siam_plan_cfg){.batch = 4, .training = true, .tuner = t}, e);
    siam_plan_destroy(&p);
    siam_tuner_destroy(&t);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
    return rc;
}

static void refused(void **state)
{
    (void)state;
    siam_err e = {0};
    assert_int_equal(timed_plan("onednn", &e), SIAM_E_UNSUPPORTED);
    assert_hint(&e, "--device ref, which is right everywhere and slow");
    assert_int_equal(timed_plan("ref", NULL), SIAM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
