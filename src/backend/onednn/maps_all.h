/* The map kernels of one instruction set: both widths, both types. No include guard on purpose. */
#define LANES 16
#define BF16 0
#include "backend/onednn/maps_body.h"
#undef BF16
#define BF16 1
#include "backend/onednn/maps_body.h"
#undef BF16
#undef LANES
#define LANES 8
#define BF16 0
#include "backend/onednn/maps_body.h"
#undef BF16
#define BF16 1
#include "backend/onednn/maps_body.h"
#undef BF16
#undef LANES
