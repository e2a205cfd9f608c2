/* Every case of cases.def as a program on a device, in float32 and bfloat16, three runs each, against ref: the device is what the
 * plug-in in SIAM_PJRT_PLUGIN has; without one this is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cases.h"
#include "engine/pjrt/case.h"

enum { RUNS = 3 };
extern const siam_backend_type siam_backend_ref;
static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static const siam_op_impl *ref_impl(siam_op_kind kind)
{
    for (int i = 0; siam_backend_ref.impls[i]; i++)
        if (siam_backend_ref.impls[i]->kind == kind)
            return siam_backend_ref.impls[i];
    fail_msg("ref has no %s", siam_op_name(kind));
    return NULL;
}

/* Of a network in bfloat16 the images, which are float32, are rounded by the device itself, where ref would read them as they are. */
static void round_images(siam_case_data *data, const siam_case *c)
{
    if (!(c->flags & SIAM_CASE_INPUT) || !(c->flags & SIAM_CASE_BF16))
        return;
    for (int64_t i = 0; i < data->n[SIAM_SLOT_IN0]; i++)
        data->t[SIAM_SLOT_IN0][i] = siam_bf16_float(siam_bf16_round(data->t[SIAM_SLOT_IN0][i]));
}

/* Whether it is as ref says. */
static bool check(siam_pjrt *device, siam_backend *ref, siam_case c)
{
    const siam_op_desc plain = siam_case_desc(&c);
    siam_op_desc d = plain;
    siam_case_data want, got;
    char text[128];
    siam_case_layouts(&c, ref, &d);
    must(siam_case_create(&want, &plain, 1, &err));
    siam_case_round(&want, &d);
    must(siam_case_copy(&got, &want, &err));
    round_images(&want, &c);
    must(siam_case_run(ref, NULL, ref_impl(c.kind), &plain, SIAM_CASE_KEEP, &want, NULL, &err));
    const siam_code rc = siam_pjrt_case_run(device, &d, RUNS, &got, &want, &err);
    const siam_case_diff diff = siam_case_compare(&d, &want, &got);
    if (rc)
        print_error("%s: %s\n", case_text(&c, text), err.msg);
    else if (!diff.pass)
        print_error("%s: %s differs by %.3g (%.3g in L2)\n", case_text(&c, text), siam_slot_name(diff.slot), diff.max_rel, diff.l2_rel);
    err = (siam_err){0};
    siam_case_release(&want);
    siam_case_release(&got);
    return !rc && diff.pass;
}

static void check_all(unsigned more)
{
    siam_pjrt *device;
    siam_backend *ref;
    int bad = 0;
    must(siam_pjrt_open(&device, &(siam_devices){.plugin = getenv("SIAM_PJRT_PLUGIN"), .kind = "xla-cpu"}, &err));
    must(siam_backend_ref.open(&ref, 1, &err));
    for (int i = 0; i < CASES; i++) {
        siam_case c = cases[i];
        if (more && !c.h) /* rows are float32 whatever maps are */
            continue;
        c.flags |= more;
        bad += !check(device, ref, c);
    }
    siam_backend_ref.close(&ref);
    siam_pjrt_close(&device);
    if (bad)
        fail_msg("%d cases differ", bad);
}

static void test_float32(void **state)
{
    (void)state;
    check_all(0);
}

static void test_bfloat16(void **state)
{
    (void)state;
    check_all(SIAM_CASE_BF16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_float32), cmocka_unit_test(test_bfloat16)};
    if (!getenv("SIAM_PJRT_PLUGIN"))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
