/* BODY for 16 and for 8 lanes. No include guard on purpose. */
#define LANES 16
#include BODY
#undef LANES
#define LANES 8
#include BODY
#undef LANES
