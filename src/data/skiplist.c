/* A sorted array: bad images are few, and are looked up only when another one is found. */
#include "data/skiplist.h"

#include <stdlib.h>
#include <string.h>

/* Where the index is, or would go. */
static int64_t place_of(const siam_skiplist *s, int64_t index)
{
    int64_t low = 0, high = s->n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (s->row[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool siam_skiplist_add(siam_skiplist *s, int64_t index, const char *why)
{
    const int64_t at = place_of(s, index);
    if (at < s->n && s->row[at].index == index)
        return true;
    if (s->n == s->room) {
        const int64_t room = s->room ? 2 * s->room : 8;
        siam_skipped *more = realloc(s->row, (size_t)room * sizeof *more);
        if (!more)
            return false;
        s->row = more;
        s->room = room;
    }
    char *copy = strdup(why);
    if (!copy)
        return false;
    memmove(s->row + at + 1, s->row + at, (size_t)(s->n - at) * sizeof *s->row);
    s->row[at] = (siam_skipped){index, copy};
    s->n++;
    return true;
}

bool siam_skiplist_add_all(siam_skiplist *s, const siam_skiplist *from)
{
    for (int64_t i = 0; i < from->n; i++)
        if (!siam_skiplist_add(s, from->row[i].index, from->row[i].why))
            return false;
    return true;
}

void siam_skiplist_clear(siam_skiplist *s)
{
    for (int64_t i = 0; i < s->n; i++)
        free(s->row[i].why);
    s->n = 0;
}

void siam_skiplist_release(siam_skiplist *s)
{
    siam_skiplist_clear(s);
    free(s->row);
    *s = (siam_skiplist){0};
}
