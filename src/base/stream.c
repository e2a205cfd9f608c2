/* stdio over a descriptor. */
#include "base/stream.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/io.h"

static int fd_of(void *cookie) { return (int)(intptr_t)cookie; }

static ssize_t take(void *cookie, char *to, size_t n)
{
    ssize_t got;
    do
        got = siam_sys.read(fd_of(cookie), to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* stdio takes 0 for a failure, and what was written before it is not said. */
static ssize_t put(void *cookie, const char *from, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const ssize_t put = siam_sys.write(fd_of(cookie), from + done, n - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return 0;
        done += (size_t)put;
    }
    return (ssize_t)n;
}

static int finish(void *cookie) { return siam_sys.close(fd_of(cookie)); }

FILE *siam_stream(int fd, const char *mode)
{
    return fopencookie((void *)(intptr_t)fd, mode, (cookie_io_functions_t){.read = take, .write = put, .close = finish});
}
