/* A hash table of names. */
#include "data/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void siam_names_release(siam_names *s)
{
    free(s->text);
    free(s->at);
    free(s->slot);
    *s = (siam_names){0};
}

const char *siam_names_get(const siam_names *s, int number) { return s->text + s->at[number]; }

/* Where the name is, or would go. */
static int32_t *find(const siam_names *s, const char *name, size_t n)
{
    for (size_t i = siam_hash64(name, n);; i++) {
        int32_t *slot = &s->slot[i % s->slots];
        if (*slot == 0)
            return slot;
        const char *there = siam_names_get(s, *slot - 1);
        if (!strncmp(there, name, n) && there[n] == '\0')
            return slot;
    }
}

static int grow(siam_names *s)
{
    siam_names wider = *s;
    wider.slots = s->slots ? 2 * s->slots : 256;
    wider.slot = calloc(wider.slots, sizeof *wider.slot);
    if (!wider.slot)
        return -1;
    for (int i = 0; i < s->n; i++) {
        const char *name = siam_names_get(s, i);
        *find(&wider, name, strlen(name)) = i + 1;
    }
    free(s->slot);
    *s = wider;
    return 0;
}

int siam_names_number(siam_names *s, const char *name, size_t n)
{
    if (2 * (size_t)s->n >= s->slots && grow(s))
        return -1;
    int32_t *slot = find(s, name, n);
    if (*slot)
        return *slot - 1;
    if (s->room - s->used < n + 1) {
        const size_t room = 2 * s->room + n + 256;
        char *more = realloc(s->text, room);
        if (!more)
            return -1;
        s->text = more;
        s->room = room;
    }
    if (s->n == s->n_room) {
        const int room = 2 * s->n_room + 64;
        size_t *more = realloc(s->at, (size_t)room * sizeof *more);
        if (!more)
            return -1;
        s->at = more;
        s->n_room = room;
    }
    memcpy(s->text + s->used, name, n);
    s->text[s->used + n] = '\0';
    s->at[s->n] = s->used;
    s->used += n + 1;
    *slot = ++s->n;
    return s->n - 1;
}

static int by_name(const void *a, const void *b, void *names)
{
    return strcmp(siam_names_get(names, *(const int32_t *)a), siam_names_get(names, *(const int32_t *)b));
}

int32_t *siam_names_order(const siam_names *s)
{
    int32_t *sorted = malloc((size_t)s->n * sizeof *sorted + 1),
            *order = malloc((size_t)s->n * sizeof *order + 1);
    if (sorted && order) {
        for (int i = 0; i < s->n; i++)
            sorted[i] = i;
        qsort_r(sorted, (size_t)s->n, sizeof *sorted, by_name, (void *)(uintptr_t)s);
        for (int i = 0; i < s->n; i++)
            order[sorted[i]] = i;
    } else {
        free(order);
        order = NULL;
    }
    free(sorted);
    return order;
}
