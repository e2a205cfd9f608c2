/* Mean and standard deviation that are usual, and those that the user gives. */
#include "model/norm.h"

/* Channels beyond colours, of models of others that say nothing, are brought from 0 to 1 to -2 to 2. */
#define OTHER_MEANS 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f
#define OTHER_STDS 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f
const siam_norm siam_imagenet_norm = {{0.485f, 0.456f, 0.406f, OTHER_MEANS}, {0.229f, 0.224f, 0.225f, OTHER_STDS}};

bool siam_norm_usual(siam_norm *norm, const siam_dataset *d)
{
    static const siam_norm small = {{0.4914f, 0.4822f, 0.4465f, OTHER_MEANS}, {0.2023f, 0.1994f, 0.2010f, OTHER_STDS}};
    const bool tiny = d->info.width > 0 && d->info.width <= 64;
    *norm = tiny ? small : siam_imagenet_norm;
    return tiny;
}

static void channels_of(float v[SIAM_IMAGE_MOST], const siam_list *l)
{
    for (int i = 0; i < SIAM_IMAGE_MOST && (l->n == 1 || i < l->n); i++)
        v[i] = (float)l->v[l->n == 1 ? 0 : i];
}

bool siam_norm_given(siam_norm *norm, const siam_list *mean, const siam_list *std)
{
    channels_of(norm->mean, mean);
    channels_of(norm->std, std);
    return mean->n && std->n;
}
