/* ImageNet-1k's classes, as the models trained on it number them. */
#ifndef SIAM_DATA_IMAGENET_H
#define SIAM_DATA_IMAGENET_H

enum { SIAM_IMAGENET_CLASSES = 1000 };

/* "house finch, linnet, Carpodacus mexicanus" of class 12; NULL outside [0, 1000). */
const char *siam_imagenet_name(int cls);
/* "n01532829" of class 12, the name of its folder; NULL outside [0, 1000). */
const char *siam_imagenet_wnid(int cls);
/* The class of a WordNet id, or -1. */
int siam_imagenet_class(const char *wnid);

#endif
