/* Finding the files that are named more than once, by sorting what identifies them. */
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
    int64_t index;
} identity;

static int compare(const identity *a, const identity *b)
{
    if (a->path != b->path)
        return a->path ? 1 : -1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_identity(const void *x, const void *y)
{
    const identity *a = x, *b = y;
    const int order = compare(a, b);
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
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

static identity identify(const siam_files *f, int64_t i, bool look)
{
    char path[MAX_PATH];
    struct stat st;
    if (!siam_files_full_path(f, i, path, sizeof path)) /* too long to be there */
        return (identity){.path = true, .place = MAX_PATH, .number = siam_hash64(siam_files_path(f, i), strlen(siam_files_path(f, i)))};
    if (look && !stat(path, &st))
        return (identity){.place = st.st_dev, .number = st.st_ino};
    const size_t n = plain_path(path);
    return (identity){.path = true, .place = n, .number = siam_hash64(path, n)};
}

siam_code siam_files_same(int64_t **first, int64_t *again, const siam_files *const *f, int n, siam_err *e)
{
    int64_t all = 0, k = 0;
    *again = 0;
    for (int j = 0; j < n; j++)
        all += f[j]->n;
    identity *id = calloc((size_t)all + 1, sizeof *id);
    *first = calloc((size_t)all + 1, sizeof **first);
    if (!id || !*first) {
        free(id);
        free(*first);
        *first = NULL;
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for comparing %lld files", (long long)all);
    }
    for (int j = 0; j < n; j++)
        for (int64_t i = 0; i < f[j]->n; i++, k++) {
            id[k] = identify(f[j], i, all <= SIAM_SAME_LOOKED_AT);
            id[k].index = k;
        }
    qsort(id, (size_t)all, sizeof *id, by_identity);
    for (int64_t i = 0, head = 0; i < all; i++) {
        if (compare(&id[i], &id[head]))
            head = i;
        (*first)[id[i].index] = id[head].index;
        *again += i != head;
    }
    free(id);
    return SIAM_OK;
}
