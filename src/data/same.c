/* Finding the files that are named more than once: a hash table of what identifies them. */
#include "data/same.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/hash.h"

enum { MAX_PATH = 4096 };

typedef struct identity {
    uint64_t place, number; /* device and inode; or a path's length and hash */
    bool path;              /* which of the two */
} identity;

static bool equal(const identity *a, const identity *b)
{
    return a->path == b->path && a->place == b->place && a->number == b->number;
}

/* Without "//", "/./" and a leading "./"; ".." stays, as the folder before it may be a link. */
static size_t plain_path(char *path)
{
    char *to = path;
    for (const char *at = path; *at;) {
        const bool start = to == path || to[-1] == '/';
        if (start && at[0] == '.' && at[1] == '/')
            at += 2;
        else if (*at == '/' && to > path && to[-1] == '/')
            at++;
        else
            *to++ = *at++;
    }
    *to = '\0';
    return (size_t)(to - path);
}

static identity identify(const siam_image_list *f, int64_t i, bool look)
{
    char path[MAX_PATH];
    struct stat st;
    if (!siam_image_list_full_path(f, i, path, sizeof path)) /* too long to be there */
        return (identity){.path = true,
                          .place = MAX_PATH,
                          .number = siam_hash64(siam_image_list_path(f, i), strlen(siam_image_list_path(f, i)))};
    if (look && !stat(path, &st))
        return (identity){.place = st.st_dev, .number = st.st_ino};
    const size_t n = plain_path(path);
    return (identity){.path = true, .place = n, .number = siam_hash64(path, n)};
}

siam_code siam_image_list_same(int64_t **first, int64_t *again, const siam_image_list *const *f, int n, siam_err *e)
{
    int64_t all = 0, k = 0;
    *again = 0;
    for (int j = 0; j < n; j++)
        all += f[j]->n;
    const size_t slots = 2 * (size_t)all + 1;
    identity *id = calloc((size_t)all + 1, sizeof *id);
    int64_t *slot = calloc(slots, sizeof *slot); /* a number + 1, 0 = free */
    *first = calloc((size_t)all + 1, sizeof **first);
    for (int j = 0; id && slot && *first && j < n; j++)
        for (int64_t i = 0; i < f[j]->n; i++, k++) {
            id[k] = identify(f[j], i, all <= SIAM_SAME_LOOKED_AT);
            const uint64_t key[2] = {id[k].place, id[k].number};
            size_t at = siam_hash64(key, sizeof key) % slots;
            while (slot[at] && !equal(&id[slot[at] - 1], &id[k]))
                at = (at + 1) % slots;
            slot[at] = slot[at] ? slot[at] : k + 1;
            (*first)[k] = slot[at] - 1;
            *again += slot[at] - 1 != k;
        }
    const bool ok = id && slot && *first;
    free(id);
    free(slot);
    if (ok)
        return SIAM_OK;
    free(*first);
    *first = NULL;
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for comparing %lld files", (long long)all);
}
