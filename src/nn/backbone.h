/* Backbones: one file + one row per family. */
#ifndef SIAM_NN_BACKBONE_H
#define SIAM_NN_BACKBONE_H

#include "nn/graph.h"

enum siam_stem { SIAM_STEM_IMAGENET, SIAM_STEM_CIFAR }; /* siam_backbone_cfg.cifar_stem, as a choice */

/* What any backbone may be asked for; a family refuses what it cannot do, in its build(). */
typedef struct siam_backbone_cfg {
    int width;         /* of every layer, in 64ths of the published number of channels; a ResNet's first stage */
    bool cifar_stem;   /* 3x3 stride-1 convolution, no pooling (instead of 7x7/2 + maxpool 3x3/2); a family made for
                          small images has no other and does not ask */
    bool zero_init;    /* last BN of every residual branch starts at 0 */
} siam_backbone_cfg;

/* What its first tensor shows of a backbone that somebody built. */
typedef struct siam_backbone_shown {
    int in_channels;
    int width;       /* as siam_backbone_cfg has it */
    bool cifar_stem;
} siam_backbone_shown;

typedef struct siam_backbone {
    const char *name, *help;
    const char *const *variants; /* what the user types: "resnet18" ..., NULL-terminated */
    /* x -> pooled features [1, C]; parameter names follow torchvision below `prefix` ("backbone."). */
    siam_val (*build)(siam_graph *g, siam_val x, const char *prefix, int variant, const siam_backbone_cfg *cfg);
    /* For files that do not say what they hold: the name of the tensor that build() makes first, below the prefix, and
     * what it shows; false when it is none of this family's. */
    const char *first;
    bool (*shows)(siam_backbone_shown *shown, const siam_desc *first);
} siam_backbone;

extern const siam_backbone *const siam_backbones[]; /* NULL-terminated, from backbones.def */

/* shows() of families that begin with a convolution of `width` channels; a kernel of 3x3 is the CIFAR stem's. */
bool siam_backbone_shows_conv(siam_backbone_shown *shown, const siam_desc *first);

/* Look an architecture up; NULL if unknown. */
const siam_backbone *siam_backbone_find(const char *arch, int *variant);

#endif
