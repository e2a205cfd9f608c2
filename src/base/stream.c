/* stdio over a descriptor. */
#include "base/stream.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/io.h"

static int fd_of(void *cookie) { return (int)(intptr_t)cookie; }

static ssize_t take(void *cookie, char *to, size_t n) { return siam_io_read(fd_of(cookie), to, n); }

/* stdio takes 0 for a failure, and what was written before it is not said. */
static ssize_t put(void *cookie, const char *from, size_t n)
{
    return siam_io_write(fd_of(cookie), from, n) == n ? (ssize_t)n : 0;
}

static int finish(void *cookie) { return siam_sys.close(fd_of(cookie)); }

FILE *siam_stream(int fd, const char *mode)
{
    return fopencookie((void *)(intptr_t)fd, mode, (cookie_io_functions_t){.read = take, .write = put, .close = finish});
}
