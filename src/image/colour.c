/* Colour operations, bit for bit as Pillow: ImageEnhance (a blend in float32, truncated), convert('L') and
 * the trip through 8-bit HSV. The HSV arithmetic is not Pillow's but gives its results for every
 * input; tests/unit/test_image.c holds it against the textbook form. */
#include "image/image.h"

#include "image/pixels.h"

static size_t pixels(const siam_image *im) { return (size_t)im->w * (size_t)im->h; }
static float clip_factor(float f) { return f > 65536.0f ? 65536.0f : f < -65536.0f ? -65536.0f : f; }

void siam_image_luma(uint8_t *dst, const siam_image *im) { siam_pixels_luma(dst, im->px, pixels(im)); }
void siam_image_to_hsv(uint8_t *dst, const siam_image *im) { siam_pixels_hsv(dst, im->px, pixels(im)); }

void siam_image_grayscale(siam_image *im) { siam_pixels_best()->grey(im->px, pixels(im)); }

void siam_image_brightness(siam_image *im, float factor)
{
    siam_pixels_best()->blend(im->px, pixels(im) * 3, 0, clip_factor(factor));
}

void siam_image_contrast(siam_image *im, float factor)
{
    const size_t n = pixels(im);
    const int mean = (int)((double)siam_pixels_best()->luma_sum(im->px, n) / (double)n + 0.5);
    siam_pixels_best()->blend(im->px, n * 3, mean, clip_factor(factor));
}

void siam_image_saturation(siam_image *im, float factor)
{
    siam_pixels_best()->saturate(im->px, pixels(im), clip_factor(factor));
}

/* torchvision: np_h += np.uint8(hue_factor * 255), truncated towards 0, then modulo 256. */
int siam_image_hue_steps(double factor) { return (int)(factor * 255.0); }

void siam_image_hue_by(siam_image *im, int steps) { siam_pixels_best()->hue(im->px, pixels(im), steps); }

void siam_image_hue(siam_image *im, double factor) { siam_image_hue_by(im, siam_image_hue_steps(factor)); }
