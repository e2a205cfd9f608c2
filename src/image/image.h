/* Images and the operations of the augmentation pipeline, those of 8-bit RGB bit for bit as Pillow computes them
 * (SPEC 1.2). Images are packed H x W x C, of 1 to 16 channels of 8 or 16 bits. Nothing here draws random numbers. */
#ifndef SIAM_IMAGE_IMAGE_H
#define SIAM_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

enum { SIAM_IMAGE_CHANNELS = 3 /* of RGB */, SIAM_IMAGE_MOST = 16 /* channels */ };

/* Which part of a picture an image is where what nobody looks at was left out: each of its pixels is shrink x shrink of the picture's,
 * the first one from (x, y) on. {0}: it is all of it, as it is. */
typedef struct siam_image_part {
    int w, h;   /* of the whole picture */
    int x, y;   /* in its pixels; below 0 where a side that is no multiple of `shrink` was turned */
    int shrink; /* 1, 2, 4 or 8 */
} siam_image_part;

/* A reusable buffer: px grows on demand and is kept between uses. {0} is an empty image. */
typedef struct siam_image {
    int w, h;
    int channels, depth; /* depth: bytes of a sample, 1 or 2; two have this machine's order */
    uint8_t *px;         /* h rows of w * channels samples, no padding */
    size_t cap;          /* bytes allocated */
    siam_image_part part; /* of a picture that was asked for with a siam_image_use (image/codec.h) */
} siam_image;

/* The sides of the picture that it is, or is a part of. */
static inline int siam_image_width(const siam_image *im) { return im->part.shrink ? im->part.w : im->w; }
static inline int siam_image_height(const siam_image *im) { return im->part.shrink ? im->part.h : im->h; }

static inline bool siam_image_is_rgb8(const siam_image *im) { return im->channels == SIAM_IMAGE_CHANNELS && im->depth == 1; }
static inline size_t siam_image_pixel(const siam_image *im) { return (size_t)im->channels * (size_t)im->depth; } /* bytes */
static inline size_t siam_image_bytes(const siam_image *im) { return siam_image_pixel(im) * (size_t)im->w * (size_t)im->h; }

static inline int siam_image_white(const siam_image *im) { return im->depth == 2 ? 65535 : 255; }

/* Sample i of packed ones of that depth, which need not be aligned. An int, as vector units make floats of those. */
static inline int siam_sample_get(const uint8_t *px, size_t i, int depth)
{
    uint16_t wide;
    if (depth == 1)
        return px[i];
    memcpy(&wide, px + 2 * i, 2);
    return wide;
}

static inline void siam_sample_put(uint8_t *px, size_t i, int depth, unsigned v)
{
    const uint16_t wide = (uint16_t)v;
    if (depth == 1)
        px[i] = (uint8_t)v;
    else
        memcpy(px + 2 * i, &wide, 2);
}

/* What a network takes of an image: floats [channels, height, width]. */
typedef struct siam_image_shape {
    int channels, height, width;
} siam_image_shape;

static inline size_t siam_image_floats(siam_image_shape s)
{
    return (size_t)s.channels * (size_t)s.height * (size_t)s.width;
}

siam_code siam_image_resize_buffer(siam_image *im, int w, int h, siam_err *e); /* RGB of 8 bits; contents undefined */
siam_code siam_image_shape_buffer(siam_image *im, int w, int h, int channels, int depth, siam_err *e);
/* The same picture with so many channels and so deep. One channel of three is the luma, three of one are equal; else the
 * number of channels must stay. */
siam_code siam_image_convert(siam_image *im, int channels, int depth, siam_err *e);
void siam_image_release(siam_image *im);

/* Scratch memory of the operations, one per thread; {0} is empty. Grown on first use for a size, then
 * reused, so that a steady pipeline does not allocate. */
typedef struct siam_image_scratch {
    uint8_t *bytes;
    size_t byte_cap;
    int32_t *coeff;
    size_t coeff_cap;
    int32_t *bound;
    size_t bound_cap;
} siam_image_scratch;
void siam_image_scratch_release(siam_image_scratch *s);

/* PIL.Image.resize(BILINEAR, box) of the crop [x, x+w) x [y, y+h) of src (whole pixels) to out_w x out_h:
 * crop first, then the anti-aliased two-pass resize, horizontal first, rounding to uint8 in between. Of a part of a picture the crop
 * is in the picture's pixels: the box may then have fractions, and what lies outside of the pixels that it touches does not count. */
siam_code siam_image_crop_resize(siam_image *dst, const siam_image *src, int x, int y, int w, int h, int out_w,
                                 int out_h, siam_image_scratch *s, siam_err *e);
/* The part [x, x+w) x [y, y+h) of src resized to out_w x out_h: the same pixels as resizing all of it and cropping then,
 * without the work and the memory for the rest. */
siam_code siam_image_resize_crop(siam_image *dst, const siam_image *src, int out_w, int out_h, int x, int y, int w,
                                 int h, siam_image_scratch *s, siam_err *e);
/* How it weighs pixels, for those who do it elsewhere: pixel i of `out` along an axis is the sum of those from part[i][0] on, weighted with
 * part[i][1], part[i][2] ... in SIAM_WEIGHT_BITS of fixed point (across.h), of `in` pixels from `from` on. part: [out][1 + taps]; taps: as
 * many as siam_image_taps says, or more, which are 0 then. */
int siam_image_taps(int in, int out);
void siam_image_weights(int32_t *part, int taps, int from, int in, int out);
/* Operations on colours, of 8-bit RGB alone. torchvision adjust_* on PIL images = PIL ImageEnhance. In place. */
void siam_image_brightness(siam_image *im, float factor);
void siam_image_contrast(siam_image *im, float factor);
void siam_image_saturation(siam_image *im, float factor);
/* factor in [-0.5, 0.5]; through PIL's HSV. */
void siam_image_hue(siam_image *im, double factor);
/* The same in two parts: what is added to the 8-bit hue, and adding it. */
int siam_image_hue_steps(double factor);
void siam_image_hue_by(siam_image *im, int steps);
/* ITU-601 luma replicated to three channels. */
void siam_image_grayscale(siam_image *im);
/* The operations below are for all images. PIL ImageFilter.GaussianBlur(radius = sigma): three extended box blurs per axis. */
siam_code siam_image_gaussian_blur(siam_image *im, float sigma, siam_image_scratch *s, siam_err *e);
/* The same in two parts: one of the boxes, and running all of them. sigma: 0 to 32. */
typedef struct siam_image_box {
    int radius;            /* 2 * radius + 1 pixels ... */
    uint32_t inner, outer; /* ... have one weight, the two beyond them another, in 24-bit fixed point */
} siam_image_box;
siam_image_box siam_image_box_of_sigma(float sigma);
siam_code siam_image_box_blur(siam_image *im, siam_image_box box, siam_image_scratch *s, siam_err *e);
void siam_image_hflip(siam_image *im);
void siam_image_vflip(siam_image *im);
/* Turned left by so many quarters, 0 to 3; and by an angle about the middle, where what comes in at the edges repeats them. */
siam_code siam_image_quarters(siam_image *dst, const siam_image *src, int quarters, siam_err *e);
siam_code siam_image_rotate(siam_image *dst, const siam_image *src, double degrees, siam_err *e);
typedef struct siam_image_angle {
    double cosine, sine;
} siam_image_angle;
siam_image_angle siam_image_angle_of(double degrees);
siam_code siam_image_turn(siam_image *dst, const siam_image *src, siam_image_angle by, siam_err *e); /* rotate, by one that is known */
/* PIL.ImageOps.solarize: samples from that part of white on are inverted. */
void siam_image_solarise(siam_image *im, double from);
/* Every sample of a channel becomes the channel's mean. */
void siam_image_flatten(siam_image *im, int channel);
/* How inputs are normalised: x' = (x - mean) / std, per channel, in units where white is 1. */
typedef struct siam_norm {
    float mean[SIAM_IMAGE_MOST], std[SIAM_IMAGE_MOST];
} siam_norm;
/* torchvision ToTensor + Normalize: dst [channels, h, w] planar = (x/white - mean) / std in float32; white is 255 or 65535. */
void siam_image_normalise(float *dst, const siam_image *im, const siam_norm *norm);

/* Building blocks, public for the tests. luma: PIL convert('L'); hsv: convert('HSV'), 3 bytes a pixel. */
void siam_image_luma(uint8_t *dst, const siam_image *im);
void siam_image_to_hsv(uint8_t *dst, const siam_image *im);

#endif
