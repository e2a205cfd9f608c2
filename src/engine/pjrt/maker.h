/* A device that makes views itself: a program of views/, compiled, with what it needs in the device's memory. */
#ifndef SIAM_ENGINE_PJRT_MAKER_H
#define SIAM_ENGINE_PJRT_MAKER_H

#include "engine/engine.h"
#include "engine/pjrt/deal.h"
#include "engine/pjrt/plugin.h"

typedef struct siam_maker siam_maker;

/* The device, and v's program, are borrowed; deal->views * deal->share views are that program's. *out is NULL on failure.
 * taken, anew: as of siam_kept_compile. */
siam_code siam_maker_open(siam_maker **out, bool *taken, siam_pjrt *device, const siam_devices *which, const siam_engine_views *v,
                          const siam_deal *deal, bool anew, siam_err *e);
void siam_maker_close(siam_maker **m); /* *m may be NULL */
size_t siam_maker_set(const siam_maker *m); /* bytes of the images that stay on each device; 0: none do */
/* Ask for the views of part `part`: [views * share, C, H, W] on each device, the caller's to drop. raw may be overwritten once it has returned. */
siam_code siam_maker_run(siam_maker *m, const siam_raw_views *raw, int part, siam_pjrt_buffer **views, siam_err *e);

#endif
