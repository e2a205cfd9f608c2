/* Between the program and a communicator that is loaded when it is needed: libsiam_mpi.so, which links MPI so that the program
 * need not. Both are of one build; the version keeps others apart. */
#ifndef SIAM_COMM_PLUGIN_H
#define SIAM_COMM_PLUGIN_H

#include "comm/comm.h"

#define SIAM_COMM_PLUGIN_VERSION "simsiam " SIAM_VERSION " comm 2"
#define SIAM_COMM_PLUGIN_SYMBOL "siam_comm_plugin"

/* What the launcher says of this process. */
typedef struct siam_launch {
    const char *launcher; /* "srun" */
    int rank, ranks;
    void (*end)(const siam_err *e); /* launch.h */
} siam_launch;

/* What the program lends. */
typedef struct siam_comm_lent {
    const char *version; /* its own SIAM_COMM_PLUGIN_VERSION */
    siam_code (*fail)(siam_err *e, siam_code c, const char *fmt, ...);
    /* End this process, which MPI does not return to: the others have not come in time. */
    void (*late)(const siam_launch *as, const char *why);
} siam_comm_lent;

typedef struct siam_comm_plugin_type {
    const char *version;
    void (*library)(char *text, size_t n); /* which MPI it links: "Open MPI v4.1.4" */
    /* Join the others. Of a failure that all have, the first rank says why, and the others' has no text. */
    siam_code (*open)(siam_comm **out, const siam_launch *as, const siam_comm_lent *lent, siam_err *e);
} siam_comm_plugin_type;

#endif
