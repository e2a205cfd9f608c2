/* Instead of libFuzzer: runs a target on every file named and below every folder named, once, without clang.
 * A path that is not there is said and left out; an input that takes longer than half a minute ends the
 * program, as a fault does. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LIMIT_SECONDS = 30 };

static int run(const char *path)
{
    siam_err e = {0};
    char *data;
    size_t n;
    if (siam_file_read(path, (size_t)1 << 26, &data, &n, &e)) {
        puts(e.msg);
        exit(1);
    }
    /* Exactly its size, so that a read behind its end is seen. */
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, data, n);
    free(data);
    fprintf(stderr, "%s\n", path); /* the last one is the one that failed */
    alarm(LIMIT_SECONDS);
    LLVMFuzzerTestOneInput(copy, n);
    alarm(0);
    free(copy);
    return 1;
}

static int walk(const char *path)
{
    if (!siam_path_is_dir(path))
        return run(path);
    struct dirent **entry;
    int runs = 0;
    const int n = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char below[4096];
        if (entry[i]->d_name[0] != '.' && siam_path_join(below, sizeof below, path, entry[i]->d_name))
            runs += walk(below);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return runs;
}

int main(int argc, char **argv)
{
    int runs = 0;
    for (int i = 1; i < argc; i++) {
        const int n = siam_path_exists(argv[i]) ? walk(argv[i]) : 0;
        printf("%d inputs of %s%s\n", n, argv[i], n ? "" : " (nothing there)");
        runs += n;
    }
    return runs ? 0 : 77;
}
