/* simsiam fetch: bring the file of a named model here. The only code of the program that uses the network. */
#ifndef SIAM_TASKS_FETCH_H
#define SIAM_TASKS_FETCH_H

#include <signal.h>
#include <stdio.h>

#include "base/error.h"

typedef struct siam_fetch_request {
    const char *model; /* a name of model/zoo.h */
    const char *from;  /* an http, https or file URL; "" or NULL: the model's own */
    FILE *out, *say;   /* the result; what is going on (usually stderr, NULL = silent). Borrowed */
    const volatile sig_atomic_t *stop; /* or NULL */
} siam_fetch_request;

/* Puts the file where siam_zoo_path says, if it is not there already: bytes go to PATH.part, where a later
 * call goes on after a break, and only a file with the right checksum gets the final name.
 * SIAM_E_UNSUPPORTED: the server cannot be reached or refuses; SIAM_E_NOTFOUND: it has no such file;
 * SIAM_E_IO: the transfer broke off or the disk failed; SIAM_E_DATA: it is another file; SIAM_E_CANCELLED:
 * stopped. */
siam_code siam_fetch(const siam_fetch_request *r, siam_err *e);

#endif
