/* Hue, in whole numbers alone. */
#ifndef SIAM_VIEWS_HUE_H
#define SIAM_VIEWS_HUE_H

#include "views/op.h"

/* siam_image_hue_by of three planes, s32 [N, S, S]; steps: s32 [N]. */
void siam_views_hue(siam_hlo *w, const siam_hlo_val plane[3], siam_hlo_val steps, siam_hlo_val out[3]);

#endif
