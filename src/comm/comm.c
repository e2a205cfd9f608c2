/* Where ranks are, of every communicator. */
#include "comm/comm.h"

#include <string.h>

int siam_comm_first_on_host(const siam_comm *c, int k)
{
    int first = 0;
    while (strcmp(c->type->host(c, first), c->type->host(c, k)))
        first++;
    return first;
}

int siam_comm_hosts(const siam_comm *c)
{
    int n = 0;
    for (int r = 0; r < c->size; r++)
        n += siam_comm_first_on_host(c, r) == r;
    return n;
}
