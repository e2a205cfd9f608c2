/* Between the program and a communicator that is loaded when it is needed: libsiam_mpi.so, which links MPI so that the program
 * need not. Both are of one build; the version keeps others apart. */
#ifndef SIAM_COMM_PLUGIN_H
#define SIAM_COMM_PLUGIN_H

#include "comm/comm.h"

#define SIAM_COMM_PLUGIN_VERSION "simsiam " SIAM_VERSION " comm 1"
#define SIAM_COMM_PLUGIN_SYMBOL "siam_comm_plugin"

/* What the program lends. */
typedef struct siam_comm_lent {
    siam_code (*fail)(siam_err *e, siam_code c, const char *fmt, ...);
} siam_comm_lent;

typedef struct siam_comm_plugin_type {
    const char *version;
    /* Join the others. expected: ranks that the launcher has started, 0 = it does not say. */
    siam_code (*open)(siam_comm **out, int expected, const siam_comm_lent *lent, siam_err *e);
} siam_comm_plugin_type;

#endif
