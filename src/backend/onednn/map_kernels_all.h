/* The map kernels of one instruction set: both types, both widths. No include guard on purpose. */
#define BODY "backend/onednn/map_kernels_body.h"
#define BF16 0
#include "backend/onednn/each_width.h"
#undef BF16
#define BF16 1
#include "backend/onednn/each_width.h"
#undef BF16
#undef BODY
