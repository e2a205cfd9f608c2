/* The ranks' beginning, in bounded time. MPI itself waits for ever: in MPI_Init for a process that hangs or never starts, in the
 * first message for a network that is closed. */
#ifndef SIAM_COMM_MPI_MEET_H
#define SIAM_COMM_MPI_MEET_H

#include <mpi.h>
#include <stdbool.h>

#include "comm/plugin.h"

enum { SIAM_MEET_TEXT = 64 };

/* What a rank says of itself. */
typedef struct siam_card {
    char host[SIAM_MEET_TEXT], version[SIAM_MEET_TEXT];
} siam_card;

/* Ranks wait for each other so many seconds: SIMSIAM_CONNECT_SECONDS, or 120.
 *
 * A thread that ends this process (siam_comm_lent.late) unless siam_meet_over is called in time: for calls of MPI that do not
 * return. NULL: it cannot be started. */
typedef struct siam_meet siam_meet;
siam_meet *siam_meet_begin(const siam_launch *as, const siam_comm_lent *lent);
void siam_meet_begun(siam_meet *m); /* MPI_Init is over: all ranks are there */
void siam_meet_over(siam_meet *m);

/* Exchange cards with all ranks, over MPI_COMM_WORLD, whose errors are returned. SIAM_E_RANK names those that have not answered
 * in time; MPI cannot be left in an orderly way then. */
siam_code siam_meet_all(siam_card *all, int rank, int size, const siam_comm_lent *lent, siam_err *e);

#endif
