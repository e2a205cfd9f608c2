/* ResNet-18/34/50/101/152 as torchvision's v1.5 (He et al. 2016; the 3x3 of a bottleneck carries the
 * stride). With the CIFAR stem the first convolution is 3x3 stride 1 and there is no max-pooling. */
#include "nn/backbone.h"

#include <stdio.h>

static const char *const variants[] = {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", NULL};

static const struct {
    bool bottleneck;
    int blocks[4];
} shape[] = {
    {false, {2, 2, 2, 2}}, {false, {3, 4, 6, 3}}, {true, {3, 4, 6, 3}}, {true, {3, 4, 23, 3}}, {true, {3, 8, 36, 3}},
};

typedef struct block {
    siam_graph *g;
    const char *prefix; /* "backbone.layer1.0." */
    bool zero_init;
} block;

static const char *join(siam_graph *g, char name[SIAM_NAME_MAX], const char *prefix, const char *leaf)
{
    if (snprintf(name, SIAM_NAME_MAX, "%s%s", prefix, leaf) >= SIAM_NAME_MAX)
        siam_fail(&g->err, SIAM_E_BUG, "layer name '%s%s' is too long", prefix, leaf);
    return name;
}

/* conv "<prefix>.<conv>" followed by batchnorm "<prefix>.<bn>" */
static siam_val conv_bn(const block *b, siam_val x, const char *conv, const char *bn, int channels, int kernel,
                        int stride, bool zero_gamma)
{
    char name[SIAM_NAME_MAX];
    x = siam_conv2d(b->g, x, join(b->g, name, b->prefix, conv), channels, kernel, stride, kernel / 2);
    return siam_batchnorm(b->g, x, join(b->g, name, b->prefix, bn), true, zero_gamma);
}

static siam_val residual_block(const block *b, siam_val x, int width, int stride, bool bottleneck, bool project)
{
    siam_val y;
    const int out = bottleneck ? 4 * width : width;
    if (bottleneck) {
        y = siam_relu(b->g, conv_bn(b, x, "conv1", "bn1", width, 1, 1, false));
        y = siam_relu(b->g, conv_bn(b, y, "conv2", "bn2", width, 3, stride, false));
        y = conv_bn(b, y, "conv3", "bn3", out, 1, 1, b->zero_init);
    } else {
        y = siam_relu(b->g, conv_bn(b, x, "conv1", "bn1", width, 3, stride, false));
        y = conv_bn(b, y, "conv2", "bn2", out, 3, 1, b->zero_init);
    }
    const siam_val shortcut =
        project ? conv_bn(b, x, "downsample.0", "downsample.1", out, 1, stride, false) : x;
    return siam_relu(b->g, siam_add(b->g, y, shortcut));
}

static siam_val build(siam_graph *g, siam_val x, const char *prefix, int variant, const siam_backbone_cfg *cfg)
{
    char name[SIAM_NAME_MAX], leaf[32];
    const bool bottleneck = shape[variant].bottleneck;

    join(g, name, prefix, "conv1");
    x = cfg->cifar_stem ? siam_conv2d(g, x, name, cfg->width, 3, 1, 1) : siam_conv2d(g, x, name, cfg->width, 7, 2, 3);
    x = siam_relu(g, siam_batchnorm(g, x, join(g, name, prefix, "bn1"), true, false));
    if (!cfg->cifar_stem)
        x = siam_maxpool(g, x, 3, 2, 1);

    int channels = cfg->width;
    for (int stage = 0; stage < 4; stage++) {
        const int width = cfg->width << stage, out = bottleneck ? 4 * width : width;
        for (int i = 0; i < shape[variant].blocks[stage]; i++) {
            const int stride = stage > 0 && i == 0 ? 2 : 1;
            snprintf(leaf, sizeof leaf, "layer%d.%d.", stage + 1, i);
            x = residual_block(&(block){g, join(g, name, prefix, leaf), cfg->zero_init}, x, width, stride, bottleneck,
                               stride != 1 || channels != out);
            channels = out;
        }
    }
    return siam_global_avgpool(g, x);
}

const siam_backbone siam_backbone_resnet = {
    .name = "resnet",
    .help = "ResNet v1.5 as torchvision's",
    .variants = variants,
    .build = build,
    .first = "conv1.weight",
    .shows = siam_backbone_shows_conv,
};
