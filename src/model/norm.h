/* How inputs are normalised: x' = (x - mean) / std, per channel. */
#ifndef SIAM_MODEL_NORM_H
#define SIAM_MODEL_NORM_H

#include "base/option.h"
#include "data/dataset.h"

/* ImageNet's mean and standard deviation, for where nothing else is said. */
extern const float siam_imagenet_norm[2][3];

/* The usual mean and std for a model that does not say its own: CIFAR's for images of one size up to 64 px (returns
 * true), else ImageNet's. */
bool siam_usual_norm(const siam_dataset *d, float mean[3], float std[3]);
/* One number for all channels, or one each. */
void siam_channels_of(const siam_list *l, float v[3]);

#endif
