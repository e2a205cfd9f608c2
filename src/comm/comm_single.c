/* One process alone. */
#include <string.h>

#include "comm/comm.h"

static siam_code keep_floats(const siam_comm *c, float *x, size_t n, siam_err *e)
{
    (void)c;
    (void)x;
    (void)n;
    (void)e;
    return SIAM_OK;
}

static siam_code keep_doubles(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    (void)c;
    (void)x;
    (void)n;
    (void)e;
    return SIAM_OK;
}

static siam_code broadcast(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e)
{
    (void)c;
    (void)root;
    (void)x;
    (void)bytes;
    (void)e;
    return SIAM_OK;
}

static siam_code gather(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    (void)c;
    (void)e;
    memcpy(all, mine, bytes);
    return SIAM_OK;
}

static siam_code barrier(const siam_comm *c, siam_err *e)
{
    (void)c;
    (void)e;
    return SIAM_OK;
}

static void abandon(const siam_comm *c, const char *why)
{
    (void)c;
    (void)why;
}

static const char *host(const siam_comm *c, int rank)
{
    (void)c;
    (void)rank;
    return "this machine";
}

static const char *about(const siam_comm *c)
{
    (void)c;
    return "one process";
}

static const siam_comm_type single = {
    .name = "single",
    .help = "one process alone",
    .sum_floats = keep_floats,
    .sum_doubles = keep_doubles,
    .max_doubles = keep_doubles,
    .broadcast = broadcast,
    .gather = gather,
    .barrier = barrier,
    .abort = abandon,
    .host = host,
    .about = about,
};

const siam_comm siam_comm_single = {.type = &single, .rank = 0, .size = 1};
