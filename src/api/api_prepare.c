/* siam_model_prepare_*: images become input tensors. Nothing of the model is written, so that several threads can prepare
 * images for it; buffers are the call's own. */
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "base/check.h"
#include "data/augment.h"
#include "image/codec.h"

static siam_code check(const siam_model *m, const void *image, const float *tensor, size_t count, siam_err *e)
{
    if (!m || !image || !tensor)
        return siam_misuse(e, "preparing an image needs a model, the image, and memory for the tensor");
    const size_t need = siam_model_input(m, NULL);
    if (count < need)
        return siam_misuse(e, "there is room for %zu numbers, and the model's input has %zu", count, need);
    return SIAM_OK;
}

static siam_code transform(const siam_model *m, const siam_image *im, float *tensor, siam_err *e)
{
    siam_image work = {0};
    siam_image_scratch scratch = {0};
    const siam_encoder *enc = m->encoder;
    const siam_code rc = siam_test_view(enc->cfg.size, im, &work, &scratch, &enc->norm, tensor, e);
    siam_image_release(&work);
    siam_image_scratch_release(&scratch);
    return rc;
}

static siam_code decode(const siam_model *m, const uint8_t *bytes, size_t n, float *tensor, siam_err *e)
{
    siam_image im = {0};
    siam_code rc = siam_image_decode_as(&im, &m->encoder->want, bytes, n, e);
    if (!rc && m->exif)
        rc = siam_image_orient(&im, siam_image_orientation(bytes, n), e);
    if (!rc)
        rc = transform(m, &im, tensor, e);
    siam_image_release(&im);
    return rc;
}

static siam_code copy_pixels(siam_image *im, const uint8_t *rgb, int width, int height, size_t stride, siam_err *e)
{
    if (width < 1 || height < 1 || width > SIAM_IMAGE_MAX_SIDE || height > SIAM_IMAGE_MAX_SIDE)
        return siam_misuse(e, "an image of %d x %d pixels is outside 1 x 1 to %d x %d", width, height,
                           SIAM_IMAGE_MAX_SIDE, SIAM_IMAGE_MAX_SIDE);
    const size_t row = (size_t)width * 3;
    if (stride && stride < row)
        return siam_misuse(e, "the stride is %zu bytes, less than a row of %d pixels", stride, width);
    SIAM_TRY(siam_image_resize_buffer(im, width, height, e));
    for (size_t y = 0; y < (size_t)height; y++)
        memcpy(im->px + y * row, rgb + y * (stride ? stride : row), row);
    return SIAM_OK;
}

/* Colours for what the model takes. */
static siam_code convert(const siam_model *m, siam_image *im, siam_err *e)
{
    const siam_image_want *want = &m->encoder->want;
    if (want->channels != 1 && want->channels != SIAM_IMAGE_CHANNELS)
        return siam_fail(e, SIAM_E_CONFIG, "the model's input has %d channels, and these images have %d", want->channels, SIAM_IMAGE_CHANNELS);
    return siam_image_convert(im, want->channels, want->depth, e);
}

siam_code siam_model_prepare_pixels(const siam_model *m, const uint8_t *rgb, int width, int height, size_t stride,
                                    float *tensor, size_t tensor_count, siam_err *e)
{
    siam_image im = {0};
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_code rc = check(m, rgb, tensor, tensor_count, e);
    if (!rc)
        rc = copy_pixels(&im, rgb, width, height, stride, e);
    if (!rc)
        rc = convert(m, &im, e);
    if (!rc)
        rc = transform(m, &im, tensor, e);
    siam_image_release(&im);
    siam_guard_leave(&g);
    return rc;
}

siam_code siam_model_prepare_memory(const siam_model *m, const void *bytes, size_t n, float *tensor,
                                    size_t tensor_count, siam_err *e)
{
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_code rc = check(m, bytes, tensor, tensor_count, e);
    if (!rc)
        rc = decode(m, bytes, n, tensor, e);
    siam_guard_leave(&g);
    return rc;
}

siam_code siam_model_prepare_file(const siam_model *m, const char *path, float *tensor, size_t tensor_count,
                                  siam_err *e)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_code rc = check(m, path, tensor, tensor_count, e);
    if (!rc)
        rc = siam_image_file(path, &bytes, &n, e);
    if (!rc) {
        rc = decode(m, bytes, n, tensor, e);
        free(bytes);
        if (rc)
            siam_wrap(e, rc, "reading image '%s'", path);
    }
    siam_guard_leave(&g);
    return rc;
}
