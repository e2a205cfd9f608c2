/* Whole runs against PyTorch in float64: what siam_train leaves behind after 30 steps, as make_trajectory_golden.py stored
 * it: loss, gauge and rate of every step, rank and kNN of every epoch, every tensor and running statistic at the end.
 *
 *   test_trajectory FILE BACKEND     compares FILE, trajectory.json, with the runs of one backend
 *
 * Neither images nor initial weights are stored; the script's first lines say how both sides make them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_run.h"
#include "train/train.h"

static char **argument;

/* ---- what it left behind ---- */

/* What is measured of every step: in metrics.jsonl, in the file. */
static const char *const key[2][2] = {{"loss", "loss"}, {"z_std_ratio", "std"}};

static void compare_step(golden *g, const json_t *got, const json_t *want, int64_t at)
{
    for (int i = 0; i < 2; i++) {
        const double limit = golden_tolerance(g, key[i][1]);
        g->worst[i] = fmax(g->worst[i], golden_compare_metric(g, "step", at, got, key[i][0], want, key[i][1], limit));
    }
    golden_compare_metric(g, "step", at, got, "lr", want, "lr", golden_tolerance(g, "lr") * golden_number(want, "lr"));
}

static void compare_epoch(golden *g, const json_t *got, const json_t *want, int64_t at)
{
    const double limit = golden_tolerance(g, "rank") * golden_number(want, "rank");
    golden_compare_metric(g, "epoch", at, got, "z_rank", want, "rank", limit);
    golden_compare_metric(g, "epoch", at, got, "knn_top1", want, "knn", 1e-6);
    /* Loss and gauge of an epoch are the means over its steps. */
    const json_t *step = golden_member(g->one, "step");
    const int64_t last = (int64_t)golden_number(got, "step"), steps = last / at;
    for (int i = 0; i < 2; i++) {
        double sum = 0;
        for (int64_t k = last - steps; k < last; k++)
            sum += golden_number(json_array_get(step, (size_t)k), key[i][1]);
        const double mean = sum / (double)steps, have = golden_number(got, key[i][0]);
        if (!(fabs(have - mean) <= golden_tolerance(g, key[i][1])))
            fail_msg("epoch %d: %s is %.9g, the mean of its %d steps %.9g", (int)at, key[i][0], have, (int)steps, mean);
    }
}

/* All tensors of the last step, and those of the encoder in the model for others. */
static void compare_tensors(golden *g)
{
    siam_ckpt *state, *model;
    const char *name, *most = "";
    json_t *want;
    double worst = 0;
    OK(siam_ckpt_open(&state, "run/checkpoints/step-00000030.safetensors", &golden_err));
    OK(siam_ckpt_open(&model, "run/model.safetensors", &golden_err));
    json_object_foreach((json_t *)(uintptr_t)golden_member(g->one, "tensor"), name, want) /* not changed */
    {
        int64_t n, same;
        float *x = golden_read_tensor(state, name, &n);
        const double share = golden_compare_tensor(g, name, want, x, n);
        if (share > worst) {
            worst = share;
            most = name;
        }
        if (!strncmp(name, "backbone.", 9)) {
            float *y = golden_read_tensor(model, name + 9, &same);
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

static void run_case(golden *g)
{
    g->seed = strtoull(golden_string(golden_member(g->one, "set"), "train.seed"), NULL, 10);
    golden_write_data(g);
    golden_configure(g, siam_config_options);
    const siam_aug_cfg aug = siam_config_aug(&g->cfg);
    golden_compare_pixels(g, 2, true, &aug);
    OK(siam_train(&g->set, NULL, &(siam_watch){0}, NULL, &golden_err));
    golden_compare_metrics(g, compare_step, compare_epoch);
    print_message("  losses: %.3f, gauges: %.3f of their tolerances at most\n", g->worst[0], g->worst[1]);
    compare_tensors(g);
}

static void trajectories(void **state)
{
    (void)state;
    const int bad = golden_run_cases(argument[1], "simsiam-trajectory-1", "case", argument[2], run_case);
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
