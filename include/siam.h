/* siam.h - the public interface of libsiam.
 *
 * Conventions: functions return siam_code (0 is success) and take a caller-owned siam_err last;
 * on failure every out-parameter is NULL or untouched and `msg` is a complete sentence. The
 * library never exits, prints or installs signal handlers. */
#ifndef SIAM_H
#define SIAM_H

#ifdef __cplusplus
extern "C" {
#endif

#define SIAM_VERSION "0.1.0"

/* What went wrong, in the terms a caller can act on. The program maps each to one exit code. */
typedef enum siam_code {
    SIAM_OK = 0,
    SIAM_E_USAGE,       /* bad option, value or recipe name                          exit 2 */
    SIAM_E_DATA,        /* empty, truncated, damaged or foreign file                 exit 65 */
    SIAM_E_NOTFOUND,    /* a path or checkpoint that is not there                    exit 66 */
    SIAM_E_UNSUPPORTED, /* the machine or this build cannot do it                    exit 69 */
    SIAM_E_BUG,         /* an invariant of ours was broken                           exit 70 */
    SIAM_E_NOMEM,       /* out of memory, or a plan that would be                    exit 71 */
    SIAM_E_EXISTS,      /* the output is there already                               exit 73 */
    SIAM_E_IO,          /* disk full or an I/O error                                 exit 74 */
    SIAM_E_CONFIG,      /* good values that do not fit together or the data          exit 78 */
    SIAM_E_NUMERIC,     /* NaN or infinity                                           exit 79 */
    SIAM_E_CANCELLED    /* stopped by the caller, state saved                        exit 130/143 */
} siam_code;

/* Owned by the caller; {0} means no error; holds no heap memory. */
typedef struct siam_err {
    siam_code code;
    char msg[2048]; /* complete sentence, printable as is */
    char hint[512]; /* a command or action to try, or empty */
} siam_err;

/* The version of the library at run time, e.g. "0.1.0". Never NULL; do not free. */
const char *siam_version(void);

#ifdef __cplusplus
}
#endif
#endif
