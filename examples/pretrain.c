/* Pretrain a small encoder on the embedded images, watch it, stop it with Ctrl-C, and look at a picture with it.
 *
 *     cc pretrain.c $(pkg-config --cflags --libs simsiam) -o pretrain
 *     ./pretrain runs/a [KEY=VALUE ...]        e.g. epochs=5 data=PATH */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <siam.h>

static siam_training *training; /* for the signal handler */

static void on_interrupt(int sig)
{
    (void)sig;
    siam_training_stop(training); /* the run saves its state and returns SIAM_E_CANCELLED */
}

static int on_report(void *user, const siam_training_report *r)
{
    (void)user;
    if (r->is_epoch)
        printf("epoch %lld of %lld: loss %.3f, gauge %.2f, kNN %.1f %%\n", (long long)r->epoch, (long long)r->epochs,
               r->loss, r->z_std_ratio, 100 * r->knn_top1);
    return 0;
}

/* Create the training: the recipe, then what is set here, then KEY=VALUE of the command line. */
static siam_code configure(int argc, char **argv, siam_err *e)
{
    siam_code rc = siam_training_create(&training, "demo", e);
    if (!rc)
        rc = siam_training_set(training, "data", "synth:train=512,test=128", e);
    if (!rc)
        rc = siam_training_set(training, "out", argv[1], e);
    for (int i = 2; !rc && i < argc; i++) {
        char key[64];
        const char *equals = strchr(argv[i], '=');
        snprintf(key, sizeof key, "%.*s", equals ? (int)(equals - argv[i]) : 0, argv[i]);
        rc = siam_training_set(training, key, equals ? equals + 1 : argv[i], e);
    }
    return rc ? rc : siam_training_on_report(training, on_report, NULL, e);
}

/* Features of a picture made here: a red disc on grey. */
static siam_code look(const char *run, siam_err *e)
{
    enum { SIDE = 48, MAX = 4096 };
    static unsigned char rgb[SIDE][SIDE][3];
    static float features[MAX];
    siam_model *model;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const int dx = x - SIDE / 2, dy = y - SIDE / 2, in = dx * dx + dy * dy < SIDE * SIDE / 9;
            memcpy(rgb[y][x], in ? "\xc8\x20\x20" : "\x80\x80\x80", 3);
        }
    siam_code rc = siam_model_open(&model, run, NULL, e);
    if (!rc)
        rc = siam_model_extract_pixels(model, SIAM_LAYER_POOL, &rgb[0][0][0], SIDE, SIDE, 0, features, MAX, e);
    if (!rc)
        printf("%s: %zu features, the first ones %.4f %.4f %.4f\n", siam_model_arch(model),
               siam_model_shape(model, SIAM_LAYER_POOL, NULL), features[0], features[1], features[2]);
    siam_model_close(&model);
    return rc;
}

int main(int argc, char **argv)
{
    siam_err e;
    if (argc < 2) {
        fprintf(stderr, "usage: pretrain FOLDER [KEY=VALUE ...]\n");
        return 2;
    }
    siam_code rc = configure(argc, argv, &e);
    signal(SIGINT, on_interrupt);
    if (!rc)
        rc = siam_training_run(training, &e);
    if (!rc)
        rc = look(siam_training_folder(training), &e);
    signal(SIGINT, SIG_DFL);
    siam_training_destroy(&training);
    if (rc)
        fprintf(stderr, "pretrain: %s\n", e.msg);
    return rc != SIAM_OK;
}
