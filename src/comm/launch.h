/* How this process was started: alone, or as one of several ranks by mpirun, mpiexec or srun. */
#ifndef SIAM_COMM_LAUNCH_H
#define SIAM_COMM_LAUNCH_H

#include "comm/comm.h"

/* Ranks that a launcher's environment shows; 1: alone. *launcher (may be NULL): its name. */
int siam_launch_ranks(const char **launcher);

/* What would join ranks here: 1: text names the MPI; 0: nothing is installed; -1: what is there cannot be used. text says why. */
int siam_comm_library(char *text, size_t n);

/* The communicator of this process: siam_comm_single when it is alone, else MPI's, from libsiam_mpi.so. SIAM_E_UNSUPPORTED: it
 * is one of several ranks, and that cannot be had. To be closed by siam_comm_close.
 * end: says why and ends the process, from another thread, where others have not come in time and MPI waits for ever. */
siam_code siam_comm_open(const siam_comm **out, void (*end)(const siam_err *e), siam_err *e);

#endif
