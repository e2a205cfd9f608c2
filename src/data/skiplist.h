/* Images of a data set that could not be read: index and reason, once each, in the order of the indices. */
#ifndef SIAM_DATA_SKIPLIST_H
#define SIAM_DATA_SKIPLIST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct siam_skipped {
    int64_t index;
    char *why; /* one sentence */
} siam_skipped;

typedef struct siam_skiplist { /* {0} is empty */
    siam_skipped *row;
    int64_t n, room;
} siam_skiplist;

/* Add one; an index that is there already keeps its first reason. false: out of memory. */
bool siam_skiplist_add(siam_skiplist *s, int64_t index, const char *why);
bool siam_skiplist_add_all(siam_skiplist *s, const siam_skiplist *from);
void siam_skiplist_clear(siam_skiplist *s); /* keeps the room */
void siam_skiplist_release(siam_skiplist *s);

#endif
