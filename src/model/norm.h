/* Mean and standard deviation that are usual, and those that the user gives. */
#ifndef SIAM_MODEL_NORM_H
#define SIAM_MODEL_NORM_H

#include "base/option.h"
#include "data/dataset.h"
#include "image/image.h"

/* ImageNet's mean and standard deviation, for where nothing else is said. */
extern const siam_norm siam_imagenet_norm;

/* The usual mean and std for a model that does not say its own: CIFAR's for images of one size up to 64 px (returns
 * true), else ImageNet's. */
bool siam_norm_usual(siam_norm *norm, const siam_dataset *d);
/* Take what the user gives: one number for all channels, or one each; an empty list changes nothing. Returns whether both
 * are given. */
bool siam_norm_given(siam_norm *norm, const siam_list *mean, const siam_list *std);

#endif
