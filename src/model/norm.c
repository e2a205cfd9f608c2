/* Mean and standard deviation that are usual, and those that the user gives. */
#include "model/norm.h"

const siam_norm siam_imagenet_norm = {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

bool siam_norm_usual(siam_norm *norm, const siam_dataset *d)
{
    static const siam_norm small = {{0.4914f, 0.4822f, 0.4465f}, {0.2023f, 0.1994f, 0.2010f}};
    const bool tiny = d->info.width > 0 && d->info.width <= 64;
    *norm = tiny ? small : siam_imagenet_norm;
    return tiny;
}

static void channels_of(float v[3], const siam_list *l)
{
    for (int i = 0; i < 3 && l->n; i++)
        v[i] = (float)l->v[l->n == 3 ? i : 0];
}

bool siam_norm_given(siam_norm *norm, const siam_list *mean, const siam_list *std)
{
    channels_of(norm->mean, mean);
    channels_of(norm->std, std);
    return mean->n && std->n;
}
