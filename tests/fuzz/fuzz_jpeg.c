/* Any bytes as a JPEG file: refused in words, or decoded and turned upright without a fault. */
#include "fuzz_image.h"

extern const siam_codec siam_codec_jpeg;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_image(&siam_codec_jpeg, data, n); }
