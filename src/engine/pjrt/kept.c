/* Compiled programs in the user's cache. */
#include "engine/pjrt/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/io.h"

static const char FOLDER[] = "programs", MAGIC[] = "simsiam program 1\n", SUFFIX[] = ".program";
enum { KEY_MAX = SIAM_PATH_MAX + 2048, FILES_MAX = 64, NAME_LENGTH = 16, STALE_SECONDS = 3600 };
static const size_t LARGEST = (size_t)512 << 20, ALL_MAX = (size_t)2 << 30;

/* A file: this, the key, the program. */
typedef struct head {
    char magic[24];           /* the rest is 0 */
    uint64_t key, size, hash; /* bytes of either; of the program's bytes */
} head;

/* ---- what it is of ---- */

/* Code for processors depends on the processor, and the cache may be shared by machines. */
static uint64_t hash_of_processor(void)
{
    char line[8192], text[16384] = "";
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(line, sizeof line, f) && line[0] != '\n') /* the first one */
        if (!strncmp(line, "model name", 10) || !strncmp(line, "flags", 5) || !strncmp(line, "Features", 8)) {
            const size_t at = strlen(text);
            snprintf(text + at, sizeof text - at, "%s", line);
        }
    if (f)
        fclose(f);
    return siam_hash64(text, strlen(text));
}

/* What compilers behind plug-ins read from the environment. false: it is in a file, which may change. */
static bool hash_of_flags(uint64_t *hash)
{
    static const char *const name[] = {"XLA_FLAGS", "NVIDIA_TF32_OVERRIDE"};
    *hash = 0;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        const char *value = getenv(name[i]);
        if (!value || !*value)
            continue;
        if (i == 0 && *value != '-')
            return false;
        *hash = *hash * 31 + siam_hash64(value, strlen(value));
    }
    return true;
}

/* false: nobody can say what this program depends on. */
static bool key_of(siam_pjrt *x, const siam_devices *which, const char *text, size_t size, char key[KEY_MAX])
{
    char identity[SIAM_PATH_MAX + 1024];
    uint64_t flags;
    if (!hash_of_flags(&flags))
        return false;
    siam_pjrt_identity(x, which->plugin, identity, sizeof identity);
    snprintf(key, KEY_MAX, "%s | devices %d to %d | processor %016" PRIx64 " | flags %016" PRIx64 " | text %zu bytes %016" PRIx64, identity,
             which->first, which->first + siam_pjrt_devices(x) - 1, hash_of_processor(), flags, size, siam_hash64(text, size));
    return true;
}

static void name_of(const char *key, char name[NAME_LENGTH + sizeof SUFFIX])
{
    snprintf(name, NAME_LENGTH + sizeof SUFFIX, "%016" PRIx64 "%s", siam_hash64(key, strlen(key)), SUFFIX);
}

/* ---- the folder ---- */

enum { WRITTEN = S_IWGRP | S_IWOTH, SEEN = S_IRWXG | S_IRWXO }; /* by others */

/* It is this user's, and its mode has none of the bits `not`. */
static bool ours(const struct stat *st, mode_t not) { return st->st_uid == geteuid() && !(st->st_mode & not); }

/* Enter `name`, which is no link; its mode must have none of the bits `not`. create: make it, for its user alone, where it is not there. */
static siam_code enter(siam_folder *f, const siam_folder *in, const char *name, mode_t not, bool create, siam_err *e)
{
    struct stat st;
    if (create)
        siam_sys.mkdirat(in->fd, name, 0700);
    SIAM_TRY(siam_folder_enter(f, in, name, false, e));
    if (!siam_sys.fstat(f->fd, &st) && ours(&st, not))
        return SIAM_OK;
    siam_folder_close(f);
    return siam_fail(e, SIAM_E_UNSUPPORTED, "the folder '%s' is not this user's alone: others could put other code there", f->path);
}

/* The folder for programs: who may write to it, or to the one it is in, could put other code in its place; and who may look into it could
 * open a file before its rights are taken away. Fails where there is none that can be trusted. */
static siam_code open_folder(siam_folder *f, bool create, siam_err *e)
{
    char path[SIAM_PATH_MAX];
    siam_folder root, cache;
    if (!siam_path_cache(path, sizeof path, ""))
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no folder for them: neither XDG_CACHE_HOME nor HOME names one");
    char *end = strrchr(path, '/'); /* ".../simsiam/" */
    *end = '\0';
    end = strrchr(path, '/');
    if (!end)
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no folder for them: HOME is no path");
    if (create)
        SIAM_TRY(siam_mkdirs_for(path, e));
    const char *name = end + 1;
    *end = '\0';
    SIAM_TRY(siam_folder_open(&root, *path ? path : "/", e));
    siam_code rc = enter(&cache, &root, name, WRITTEN, create, e);
    siam_folder_close(&root);
    SIAM_TRY(rc);
    rc = enter(f, &cache, FOLDER, SEEN, create, e);
    siam_folder_close(&cache);
    return rc;
}

/* ---- taking one ---- */

/* The file as it is, or NULL. */
static char *read_file(const siam_folder *f, const char *name, size_t *n)
{
    struct stat st;
    int fd;
    if (siam_folder_file(&fd, &st, f, name, O_RDONLY, NULL))
        return NULL;
    const size_t size = (size_t)st.st_size;
    char *data = ours(&st, WRITTEN) && size > sizeof(head) && size <= LARGEST + KEY_MAX ? malloc(size) : NULL;
    for (*n = 0; data && *n < size;) {
        const ssize_t got = siam_io_read(fd, data + *n, size - *n);
        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    if (data && *n == size) {
        siam_sys.futimens(fd, NULL); /* the least used go first */
    } else {
        free(data);
        data = NULL;
    }
    siam_sys.close(fd);
    return data;
}

/* The program in it, where it is of this key and whole. */
static const char *program_in(const char *data, size_t n, const char *key, size_t *size)
{
    head h;
    const size_t keyed = strlen(key);
    memcpy(&h, data, sizeof h);
    if (memcmp(h.magic, MAGIC, sizeof MAGIC) || h.key != keyed || n - sizeof h < keyed || h.size != n - sizeof h - keyed)
        return NULL;
    if (memcmp(data + sizeof h, key, keyed) || h.hash != siam_hash64(data + sizeof h + keyed, h.size))
        return NULL;
    *size = h.size;
    return data + sizeof h + keyed;
}

static bool take(siam_pjrt_program **out, siam_pjrt *x, const char *key)
{
    char name[NAME_LENGTH + sizeof SUFFIX];
    siam_folder f;
    size_t n = 0, size = 0;
    if (open_folder(&f, false, NULL))
        return false;
    name_of(key, name);
    char *data = read_file(&f, name, &n);
    const char *program = data ? program_in(data, n, key, &size) : NULL;
    const siam_code rc = program ? siam_pjrt_load(out, x, program, size, NULL) : SIAM_E_DATA;
    if (data && rc && rc != SIAM_E_NOMEM) /* a device that is full says nothing of the file */
        siam_folder_remove(&f, name);
    free(data);
    siam_folder_close(&f);
    return !rc;
}

/* ---- keeping one ---- */

typedef struct oldest {
    const siam_folder *f;
    int n;
    size_t bytes; /* of all */
    struct timespec at;
    char name[256];
} oldest;

static bool is_program(const char *name)
{
    const size_t n = strlen(name), end = sizeof SUFFIX - 1;
    return n > end && !strcmp(name + n - end, SUFFIX);
}

static bool look(void *user, const char *name)
{
    oldest *o = user;
    struct stat st;
    if (strlen(name) >= sizeof o->name || siam_sys.fstatat(o->f->fd, name, &st, AT_SYMLINK_NOFOLLOW))
        return true;
    if (!strncmp(name, ".tmp-", 5) && st.st_mtim.tv_sec + STALE_SECONDS < time(NULL)) /* of a process that was killed */
        siam_folder_remove(o->f, name);
    if (!is_program(name))
        return true;
    const bool older = st.st_mtim.tv_sec < o->at.tv_sec || (st.st_mtim.tv_sec == o->at.tv_sec && st.st_mtim.tv_nsec < o->at.tv_nsec);
    o->bytes += (size_t)st.st_size;
    if (!o->n++ || older) {
        o->at = st.st_mtim;
        snprintf(o->name, sizeof o->name, "%s", name);
    }
    return true;
}

/* Room for one more of that size. */
static void forget_oldest(const siam_folder *f, size_t size)
{
    for (int i = 0; i < 2 * FILES_MAX; i++) { /* more than one where several processes keep theirs */
        oldest o = {.f = f};
        if (siam_folder_list(f, look, &o, NULL) || !o.n || (o.n < FILES_MAX && o.bytes + size <= ALL_MAX))
            return;
        siam_folder_remove(f, o.name);
    }
}

static siam_code write_file(const siam_folder *f, const char *key, const char *program, size_t size, siam_err *e)
{
    char name[NAME_LENGTH + sizeof SUFFIX];
    siam_atomic a;
    head h = {.magic = "", .key = strlen(key), .size = size, .hash = siam_hash64(program, size)};
    memcpy(h.magic, MAGIC, sizeof MAGIC);
    name_of(key, name);
    SIAM_TRY(siam_folder_atomic(&a, f, name, e));
    siam_code rc = siam_sys.fchmod(a.fd, 0600) ? siam_fail(e, SIAM_E_IO, "a file in '%s' cannot be made this user's alone", f->path) : SIAM_OK;
    if (!rc)
        rc = siam_atomic_write(&a, &h, sizeof h, e);
    if (!rc)
        rc = siam_atomic_write(&a, key, h.key, e);
    if (!rc)
        rc = siam_atomic_write(&a, program, size, e);
    if (!rc)
        return siam_atomic_commit(&a, e);
    siam_atomic_abort(&a);
    return rc;
}

static siam_code keep(siam_pjrt *x, const siam_pjrt_program *p, const char *key, siam_err *e)
{
    siam_folder f;
    char *program;
    size_t size;
    SIAM_TRY(siam_pjrt_store(&program, &size, x, p, e));
    siam_code rc = size && size < LARGEST ? open_folder(&f, true, e)
                                          : siam_fail(e, SIAM_E_UNSUPPORTED, "the plug-in gives a program of %zu bytes to keep", size);
    if (!rc) {
        forget_oldest(&f, size);
        rc = write_file(&f, key, program, size, e);
        siam_folder_close(&f);
    }
    free(program);
    return rc;
}

static void forget(const char *key)
{
    char name[NAME_LENGTH + sizeof SUFFIX];
    siam_folder f;
    if (open_folder(&f, false, NULL))
        return;
    name_of(key, name);
    siam_folder_remove(&f, name);
    siam_folder_close(&f);
}

siam_code siam_kept_compile(siam_pjrt_program **out, siam_kept *kept, siam_pjrt *x, const siam_devices *which, const char *text, size_t size,
                            bool anew, siam_err *e)
{
    char key[KEY_MAX];
    siam_err why = {0};
    const bool known = key_of(x, which, text, size, key);
    *kept = (siam_kept){.taken = known && !anew && take(out, x, key)};
    if (kept->taken)
        return SIAM_OK;
    if (known && anew)
        forget(key);
    SIAM_TRY(siam_pjrt_compile(out, x, text, size, e));
    if (!known)
        siam_fail(&why, SIAM_E_UNSUPPORTED, "XLA_FLAGS names a file, which may change");
    else
        keep(x, *out, key, &why);
    snprintf(kept->unkept, sizeof kept->unkept, "%.*s", (int)sizeof kept->unkept - 1, why.msg);
    return SIAM_OK;
}

siam_code siam_kept_folder(char path[SIAM_FOLDER_PATH], siam_err *e)
{
    siam_folder f;
    siam_atomic a;
    SIAM_TRY(open_folder(&f, true, e));
    const siam_code rc = siam_folder_atomic(&a, &f, "trial", e);
    if (!rc)
        siam_atomic_abort(&a);
    memcpy(path, f.path, sizeof f.path);
    siam_folder_close(&f);
    return rc;
}
