/* Names numbered in the order in which they come, and then in that of the alphabet. */
#ifndef SIAM_DATA_NAMES_H
#define SIAM_DATA_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct siam_names { /* {0} is empty */
    char *text;             /* each with its end */
    size_t used, room;
    size_t *at; /* [n], offsets in text */
    int n, n_room;
    int32_t *slot; /* a hash table of number + 1, 0 = free; twice as many as names at least */
    size_t slots;
} siam_names;

/* The number of a name (n bytes without zeros), which is added when it is new; -1: out of memory. */
int siam_names_number(siam_names *s, const char *name, size_t n);
const char *siam_names_get(const siam_names *s, int number);
/* order[number] = its place among the names sorted byte by byte; free(). NULL: out of memory. */
int32_t *siam_names_order(const siam_names *s);
void siam_names_release(siam_names *s);

#endif
