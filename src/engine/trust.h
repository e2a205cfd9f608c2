/* Whether a device behind a plug-in was seen to compute as the reference does. That takes seconds to a minute, so it is done once for
 * each device, driver, plug-in and version of this program; what came of it is kept in the user's cache, one file for each of these. Only
 * agreement is kept: a device that was wrong is tried again. */
#ifndef SIAM_ENGINE_TRUST_H
#define SIAM_ENGINE_TRUST_H

#include "engine/pjrt/plugin.h"
#include "engine/place.h"

typedef struct siam_trust {
    bool before;    /* an earlier one was kept; the next two are its */
    int operations; /* that agree */
    double worst;   /* difference, relative to the largest entry of its tensor */
    bool unkept;    /* the cache cannot be written: it is done again the next time */
} siam_trust;

/* Refuse a plug-in for processors where p is another kind of device: SIAM_PJRT_PLUGIN may name the wrong one. */
siam_code siam_trust_platform(const siam_place *p, siam_pjrt *device, siam_err *e);
/* Compare every operation on the device with ref, unless that was kept. SIAM_E_UNSUPPORTED: one gives wrong numbers; the message names it.
 * p: of a device. */
siam_code siam_trust_device(siam_trust *t, const siam_place *p, siam_err *e);
/* What came of it in words: "9 operations agree with the reference there, worst difference 2e-06 (compared now, once)". */
const char *siam_trust_text(const siam_trust *t, char *buf, size_t n);
/* Keep what somebody else's comparison on `device`, of p, came to: all agree. Sets unkept. */
void siam_trust_keep(siam_trust *t, const siam_place *p, siam_pjrt *device);

#endif
