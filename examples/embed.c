/* How alike are two pictures to a model? Prints the cosine of their features: 1 is the same direction.
 *
 *     cc embed.c $(pkg-config --cflags --libs simsiam) -lm -o embed
 *     ./embed runs/a bird.jpg another.png */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <siam.h>

static int failed(const siam_err *e)
{
    fprintf(stderr, "embed: %s\n", e->msg);
    if (e->hint[0])
        fprintf(stderr, "  try: %s\n", e->hint);
    return 1;
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: embed MODEL IMAGE IMAGE\n");
        return 2;
    }
    siam_err e;
    siam_model *model;
    if (siam_model_open(&model, argv[1], NULL, &e))
        return failed(&e);

    /* Two input tensors, one behind the other, and their features. */
    const size_t input = siam_model_input(model, NULL), dim = siam_model_shape(model, SIAM_LAYER_POOL, NULL);
    float *images = malloc(2 * input * sizeof *images), *features = malloc(2 * dim * sizeof *features);
    int status = 1;
    if (!images || !features)
        fprintf(stderr, "embed: out of memory\n");
    else if (siam_model_prepare_file(model, argv[2], images, input, &e) ||
             siam_model_prepare_file(model, argv[3], images + input, input, &e) ||
             siam_model_extract(model, SIAM_LAYER_POOL, images, 2, features, 2 * dim, &e))
        failed(&e);
    else
        status = 0;
    if (status == 0)
        printf("%s, %zu features: cosine %.4f\n", siam_model_arch(model), dim,
               cosine(features, features + dim, dim));
    free(images);
    free(features);
    siam_model_close(&model);
    return status;
}
