/* Mean and standard deviation that are usual, and those that the user gives. */
#include "model/norm.h"

#include <string.h>

const float siam_imagenet_norm[2][3] = {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

bool siam_usual_norm(const siam_dataset *d, float mean[3], float std[3])
{
    static const float small[2][3] = {{0.4914f, 0.4822f, 0.4465f}, {0.2023f, 0.1994f, 0.2010f}};
    const bool tiny = d->info.width > 0 && d->info.width <= 64;
    memcpy(mean, tiny ? small[0] : siam_imagenet_norm[0], sizeof small[0]);
    memcpy(std, tiny ? small[1] : siam_imagenet_norm[1], sizeof small[1]);
    return tiny;
}

void siam_channels_of(const siam_list *l, float v[3])
{
    for (int i = 0; i < 3; i++)
        v[i] = (float)l->v[l->n == 3 ? i : 0];
}
