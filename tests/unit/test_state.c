/* The state of a run: what was saved comes back to the last bit, and the state of anything else is refused. */
#include "run_case.h"

#include <math.h>

#include "train/config.h"
#include "train/state.h"

typedef struct rig {
    siam_config cfg;
    siam_optset set;
    siam_params *params;
    siam_run *run;
    int64_t step;
    int epoch;
    double loss;
    siam_field field[3];
} rig;

/* A whole save, without models. */
static siam_code save_state(siam_run *run, const siam_state *s, int64_t step, int keep, siam_err *e)
{
    const siam_code rc = siam_state_write(run, s, step, e);
    return rc ? rc : siam_run_checkpoint_commit(run, step, keep, e);
}

static siam_state state_of(rig *r, const char *kind)
{
    const siam_field f[3] = {{.key = "siam.step", .whole = &r->step}, {.key = "siam.epoch", .small = &r->epoch},
                             {.key = "siam.loss_sum", .real = &r->loss}};
    memcpy(r->field, f, sizeof f);
    return (siam_state){.kind = kind, .set = &r->set, .params = r->params, .field = r->field, .nfield = 3};
}

/* A run in "r"; parameters, momentum and statistics begin at `first`. */
static void open_rig(rig *r, bool resume, float first)
{
    static const siam_param row[] = {{.name = "a.weight", .desc = {SIAM_F32, SIAM_NCHW, 2, {3, 5, 1, 1}}},
                                     {.name = "a.running_mean", .desc = {SIAM_F32, SIAM_NCHW, 1, {3, 1, 1, 1}}, .buffer = true},
                                     {.name = "a.bias", .desc = {SIAM_F32, SIAM_NCHW, 1, {3, 1, 1, 1}}}};
    siam_err e = {0};
    memset(r, 0, sizeof *r);
    siam_optset_init(&r->set, siam_config_options, &r->cfg);
    if (siam_params_create(&r->params, row, 3, true, &e) || siam_run_open(&r->run, "train", "r", resume, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < r->params->count; i++) {
        r->params->value[i] = first + (float)i / 7;
        r->params->momentum[i] = first - (float)i / 3;
    }
    for (size_t i = 0; i < r->params->buffer_count; i++)
        r->params->buffer[i] = first * (float)(i + 1);
}

static void close_rig(rig *r)
{
    siam_params_destroy(&r->params);
    siam_run_close(&r->run);
}

static void save_a_run(rig *r)
{
    siam_err e = {0};
    open_rig(r, false, 0.1f);
    if (siam_run_write(r->run, "config.yaml", "", &e) || siam_run_begin(r->run, &(siam_run_info){0}, &e))
        fail_msg("%s", e.msg);
    r->step = 1LL << 40;
    r->epoch = 7;
    r->loss = -0.1;
    const siam_state s = state_of(r, "training state");
    if (save_state(r->run, &s, 12, 3, &e))
        fail_msg("%s", e.msg);
}

static void comes_back(void **state)
{
    (void)state;
    rig saved, r;
    siam_err e = {0};
    save_a_run(&saved);
    siam_run_close(&saved.run);
    open_rig(&r, true, 9);
    const siam_state s = state_of(&r, "training state");
    if (siam_state_load(r.run, &s, NULL, &e))
        fail_msg("%s", e.msg);
    assert_true(r.step == saved.step && r.epoch == 7 && r.loss == saved.loss);
    for (int i = 0; i < 3; i++) {
        const siam_param *row = &r.params->row[i];
        const size_t bytes = siam_desc_bytes(&row->desc);
        assert_memory_equal(siam_params_data(r.params, i), siam_params_data(saved.params, i), bytes);
        if (!row->buffer)
            assert_memory_equal(r.params->momentum + row->offset, saved.params->momentum + row->offset, bytes);
    }
    close_rig(&r);
    close_rig(&saved);
}

/* Sums that decimals round come back to the last bit: a resumed run adds to what the stopped one had. */
static void sums_are_exact(void **state)
{
    (void)state;
    static const double sum[] = {1.0 / 3, -0.1, -2.0 / 7, 123456789.123456789, 1e-300, 0x1.fffffffffffffp+1023, 0x1p-1074, -0.0};
    rig saved;
    save_a_run(&saved);
    siam_state s = state_of(&saved, "training state");
    for (int64_t i = 0; i < (int64_t)(sizeof sum / sizeof *sum); i++) {
        siam_err e = {0};
        saved.loss = sum[i];
        if (save_state(saved.run, &s, 13 + i, 3, &e))
            fail_msg("%s", e.msg);
        saved.loss = 9;
        if (siam_state_load(saved.run, &s, NULL, &e))
            fail_msg("%s", e.msg);
        assert_memory_equal(&saved.loss, &sum[i], sizeof saved.loss);
    }
    close_rig(&saved);
}

/* Numbers that a run does not come to: below 0, and an epoch that an int does not hold. */
static void impossible_counts_are_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t epoch;
        bool taken;
    } rows[] = {{0, true}, {INT32_MAX, true}, {-1, false}, {INT32_MAX + 1LL, false}, {(1LL << 32) + 1, false}, {INT64_MAX, false},
                {INT64_MIN, false}};
    rig saved;
    save_a_run(&saved);
    siam_run_close(&saved.run);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        siam_err e = {0};
        int64_t wide = rows[i].epoch;
        open_rig(&r, true, 9);
        siam_state s = state_of(&r, "training state");
        r.step = 5;
        r.field[1] = (siam_field){.key = "siam.epoch", .whole = &wide};
        if (save_state(r.run, &s, 12, 3, &e)) /* in the place of the only one there is */
            fail_msg("%s", e.msg);
        s = state_of(&r, "training state");
        r.step = 0;
        assert_int_equal(siam_state_load(r.run, &s, NULL, &e), rows[i].taken ? SIAM_OK : SIAM_E_DATA);
        if (!rows[i].taken)
            assert_has(e.msg, "its metadata 'siam.epoch' is '");
        assert_true(r.epoch == (rows[i].taken ? rows[i].epoch : 0) && r.step == (rows[i].taken ? 5 : 0));
        close_rig(&r);
    }
    close_rig(&saved);
}

/* Of another kind, of other settings: none of them is taken, and nothing has changed. */
static void others_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *key, *value, *says;
    } rows[] = {
        {"linear evaluation", NULL, NULL, "'r/checkpoints/step-00000012.safetensors' is not the state of such a run"},
        {"training", NULL, NULL, "is not the state of such a run"},
        {"", NULL, NULL, "is not the state of such a run"},
        {"training state", "train.lr", "0.5", "is of another run: its settings are not those in config.yaml"},
        {"training state", "train.batch", "33", "its settings are not those"},
        {"training state", "model.dim", "64", "its settings are not those"},
    };
    rig saved;
    save_a_run(&saved);
    siam_run_close(&saved.run);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        siam_err e = {0};
        siam_problems problems = {0};
        open_rig(&r, true, 9);
        if (rows[i].key)
            assert_true(siam_optset_set(&r.set, rows[i].key, rows[i].value, SIAM_FROM_CLI, NULL, &problems));
        const siam_state s = state_of(&r, rows[i].kind);
        assert_int_equal(siam_state_load(r.run, &s, NULL, &e), SIAM_E_DATA);
        assert_has(e.msg, rows[i].says);
        assert_true(r.step == 0 && r.epoch == 0 && r.params->value[0] == 9);
        close_rig(&r);
    }
    close_rig(&saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(comes_back),
        FOLDER_TEST(sums_are_exact),
        FOLDER_TEST(impossible_counts_are_refused),
        FOLDER_TEST(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
