/* What ranks find out together, so that all of them go on or none. To be called by all ranks; alone, all of these are what they
 * are alone. */
#ifndef SIAM_COMM_AGREE_H
#define SIAM_COMM_AGREE_H

#include "comm/comm.h"

/* Each with what came of its part: fails on all when one has failed. Of those that did, the first is what is told: by rank 0,
 * whose sentence names that rank; the failures of the others have no text. */
siam_code siam_comm_agree(const siam_comm *c, siam_code rc, siam_err *e);
/* Refuse ranks whose number is not that of rank 0: SIAM_E_CONFIG names the first that "has `what` than rank 0". Fails on all. */
siam_code siam_comm_alike(const siam_comm *c, uint64_t mine, const char *what, siam_err *e);
/* Ranks on this machine, this one included, that share processors with it: a launcher that binds each to its own leaves one. */
siam_code siam_comm_sharers(const siam_comm *c, int *n, siam_err *e);

#endif
