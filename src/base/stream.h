/* stdio over a descriptor, whose reads and writes are those of base/io.h. */
#ifndef SIAM_BASE_STREAM_H
#define SIAM_BASE_STREAM_H

#include <stdio.h>

/* As fdopen; mode "r", "w" or "a". NULL: there is no memory; fd is open then. fileno() of it is -1. */
FILE *siam_stream(int fd, const char *mode);

#endif
