/* Drawing one image of the embedded data set; see synth_draw.c for what the classes are. */
#ifndef SIAM_DATA_SYNTH_H
#define SIAM_DATA_SYNTH_H

#include <stdint.h>

#include "base/rng.h"

enum { SIAM_SYNTH_CLASSES = 10 };
extern const char *const siam_synth_names[SIAM_SYNTH_CLASSES];

/* Draw an image of class cls into rgb [size, size, 3]; everything random comes from the stream. The same
 * stream gives the same picture at every size, apart from the noise of single pixels. */
void siam_synth_draw(uint8_t *rgb, int size, int cls, siam_rng r);

#endif
