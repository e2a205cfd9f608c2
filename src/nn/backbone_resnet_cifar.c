/* The ResNets of He et al. 2016, section 4.2, for 32-pixel images: a 3x3 convolution, then three stages of n
 * basic blocks with 16, 32 and 64 channels, halving the image at the start of the second and third; 6n + 2
 * layers with the classifier. Shortcuts there: "-cifar" subsamples and adds channels of zeros (option A, as
 * in the paper), "-cifar-b" has a 1x1 convolution (option B). */
#include "nn/backbone.h"

#include <stdio.h>

static const char *const variants[] = {"resnet20-cifar",
                                       "resnet32-cifar",
                                       "resnet44-cifar",
                                       "resnet56-cifar",
                                       "resnet110-cifar",
                                       "resnet20-cifar-b",
                                       "resnet32-cifar-b",
                                       "resnet44-cifar-b",
                                       "resnet56-cifar-b",
                                       "resnet110-cifar-b",
                                       NULL};

static const struct {
    int blocks; /* of each stage */
    bool project;
} shape[] = {{3, false}, {5, false}, {7, false}, {9, false}, {18, false},
             {3, true},  {5, true},  {7, true},  {9, true},  {18, true}};

enum { STAGES = 3, CHANNELS = 16, PUBLISHED = 64 /* siam_backbone_cfg.width of the paper's channels */ };

typedef struct block {
    siam_graph *g;
    char prefix[SIAM_NAME_MAX]; /* "backbone.layer1.0." */
} block;

/* conv "<prefix><conv>" followed by batchnorm "<prefix><bn>" */
static siam_val conv_bn(const block *b, siam_val x, const char *conv, const char *bn, int channels,
                        int kernel, int stride, bool zero_gamma)
{
    char name[2][SIAM_NAME_MAX + 16];
    snprintf(name[0], sizeof name[0], "%s%s", b->prefix, conv);
    snprintf(name[1], sizeof name[1], "%s%s", b->prefix, bn);
    x = siam_conv2d(b->g, x, name[0], channels, kernel, stride, kernel / 2);
    return siam_batchnorm(b->g, x, name[1], true, zero_gamma);
}

/* The shortcut is built first, so that the second convolution's operation can take the sum and the ReLU into
 * it. */
static siam_val residual_block(const block *b, siam_val x, int channels, int stride, bool project,
                               bool zero_init)
{
    siam_val shortcut = x;
    if (stride != 1)
        shortcut = project ? conv_bn(b, x, "downsample.0", "downsample.1", channels, 1, stride, false)
                           : siam_shortcut_a(b->g, x, channels, stride);
    siam_val y = siam_relu(b->g, conv_bn(b, x, "conv1", "bn1", channels, 3, stride, false));
    y = conv_bn(b, y, "conv2", "bn2", channels, 3, 1, zero_init);
    return siam_relu(b->g, siam_add(b->g, y, shortcut));
}

static siam_val build(siam_graph *g, siam_val x, const char *prefix, int variant,
                      const siam_backbone_cfg *cfg)
{
    const int width = cfg->width * CHANNELS / PUBLISHED;
    if (width * PUBLISHED != cfg->width * CHANNELS || width < 1) {
        siam_fail(&g->err, SIAM_E_CONFIG,
                  "'%s' at width %d would not have a whole number of channels (width / 4)", variants[variant],
                  cfg->width);
        return (siam_val){-1};
    }
    block b = {.g = g};
    snprintf(b.prefix, sizeof b.prefix, "%s", prefix);
    x = siam_relu(g, conv_bn(&b, x, "conv1", "bn1", width, 3, 1, false));
    for (int stage = 0; stage < STAGES; stage++)
        for (int i = 0; i < shape[variant].blocks; i++) {
            snprintf(b.prefix, sizeof b.prefix, "%slayer%d.%d.", prefix, stage + 1, i);
            x = residual_block(&b, x, width << stage, stage > 0 && i == 0 ? 2 : 1, shape[variant].project,
                               cfg->zero_init);
        }
    return siam_global_avgpool(g, x);
}

static bool shows(siam_backbone_shown *shown, const siam_desc *first)
{
    if (!siam_backbone_shows_conv(shown, first))
        return false;
    shown->width = shown->width * PUBLISHED / CHANNELS;
    return true;
}

const siam_backbone siam_backbone_resnet_cifar = {
    .name = "resnet_cifar",
    .help = "ResNet of 16, 32 and 64 channels for 32-pixel images (He et al. 2016, 4.2)",
    .variants = variants,
    .build = build,
    .first = "conv1.weight",
    .shows = shows,
};
