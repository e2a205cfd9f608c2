/* What a disk may hold after a power cut, from what record.h wrote down. Of each file: what it was when it was last synced,
 * and of what was written since, for each block of 512 or 4096 bytes the state before, after or between, with a size that
 * may be any of those, so that data comes without size and size without data (zeros). Of each folder: the names of its last
 * sync, and any of the changes since; a rename is one change. Nothing else is promised, so nothing else is held back. */
#ifndef TEST_FAULT_CRASH_H
#define TEST_FAULT_CRASH_H

#include "record.h"

#include <stdint.h>
#include <stdio.h>

enum { VERSIONS = 256, PENDING = 128 };

/* A file's bytes. */
typedef struct version {
    char *data;
    size_t n;
} version;

typedef struct disk_file {
    version at[VERSIONS]; /* 0: when it was last synced; then after each change */
    int n;
} disk_file;

/* The disk and what is on its way there. */
static struct {
    disk_file file[NODES];
    names in[NODES];      /* on the disk */
    int pending[PENDING]; /* changes of names that are not, oldest first */
    int npending;
    int saved;
} disk;

/* What fsync does not do, in a test of the test: nothing, for files, folders, or what has a name that begins so. */
typedef struct lie {
    const char *says;
    bool files, folders;
    const char *name; /* "": any; NULL: the folder around all */
} lie;

static inline bool lies(const lie *l, int node)
{
    if (!(rec.folder[node] ? l->folders : l->files))
        return false;
    if (!l->name || node == ROOT)
        return node == ROOT && (!l->name || !*l->name);
    for (int i = 0; i < rec.n; i++)
        if (rec.change[i].kind == NAME && rec.change[i].node == node && !strncmp(rec.change[i].name, l->name, strlen(l->name)))
            return true;
    return false;
}

static inline void disk_start(void)
{
    for (int i = 0; i < NODES; i++)
        for (int v = 0; v < disk.file[i].n; v++)
            free(disk.file[i].at[v].data);
    memset(&disk, 0, sizeof disk);
}

static inline version *next_version(disk_file *f, size_t n)
{
    static const version none = {0};
    if (!f->n)
        f->at[f->n++] = (version){calloc(1, 1), 0};
    assert(f->n < VERSIONS);
    const version *last = f->n ? &f->at[f->n - 1] : &none;
    version *v = &f->at[f->n++];
    *v = (version){calloc(1, n + 1), n};
    assert(v->data);
    memcpy(v->data, last->data, last->n < n ? last->n : n);
    return v;
}

static inline void apply_name(names *in, const change *c)
{
    if (c->old[0]) {
        const int i = lookup(in, c->old);
        if (i >= 0 && (c->kind == UNNAME || in->at[i].node == c->node))
            forget(in, c->old);
    }
    if (c->kind == NAME)
        bind(in, c->name, c->node);
}

static inline void sync_folder(int node)
{
    int kept = 0;
    for (int i = 0; i < disk.npending; i++) {
        const change *c = &rec.change[disk.pending[i]];
        if (c->dir == node)
            apply_name(&disk.in[node], c);
        else
            disk.pending[kept++] = disk.pending[i];
    }
    disk.npending = kept;
}

static inline void sync_file(disk_file *f)
{
    if (f->n < 2)
        return;
    for (int v = 0; v < f->n - 1; v++)
        free(f->at[v].data);
    f->at[0] = f->at[f->n - 1];
    f->n = 1;
}

/* One change more has been asked for. */
static inline void disk_change(int k, const lie *l)
{
    const change *c = &rec.change[k];
    disk_file *f = c->node >= 0 ? &disk.file[c->node] : NULL;
    switch (c->kind) {
    case NAME:
    case UNNAME:
        assert(disk.npending < PENDING);
        disk.pending[disk.npending++] = k;
        return;
    case BYTES: {
        const size_t end = (size_t)c->at + c->n, was = f->n ? f->at[f->n - 1].n : 0;
        memcpy(next_version(f, end > was ? end : was)->data + c->at, c->data, c->n);
        return;
    }
    case SIZE: next_version(f, (size_t)c->at); return;
    case SYNC:
        if (l && lies(l, c->node))
            return;
        if (rec.folder[c->node])
            sync_folder(c->node);
        else
            sync_file(f);
        return;
    case SAVED: disk.saved = c->node;
    }
}

/* ---- drawing a state ---- */

static uint64_t draw_state;

static inline uint32_t draw(uint32_t n) /* below n; xorshift64* */
{
    draw_state ^= draw_state >> 12;
    draw_state ^= draw_state << 25;
    draw_state ^= draw_state >> 27;
    return (uint32_t)((draw_state * 0x2545F4914F6CDD1DULL) >> 33) % n;
}

typedef enum bytes_way { NOTHING, ALL, ZEROS, CUT, TORN, WAYS } bytes_way;

/* A state that a file may be in. */
static inline version draw_bytes(const disk_file *f, bytes_way way)
{
    static const version none = {0};
    const version *old = f->n ? &f->at[0] : &none, *full = f->n ? &f->at[f->n - 1] : &none;
    const size_t block = draw(2) ? 512 : 4096;
    size_t n = way == NOTHING ? old->n : full->n;
    if (way == CUT || way == TORN) {
        full = f->n ? &f->at[draw((uint32_t)f->n)] : &none;
        n = f->n ? f->at[draw((uint32_t)f->n)].n : 0;
        if (draw(2)) /* to the end of a block */
            n = (old->n / block + draw((uint32_t)(n / block) + 2)) * block;
    }
    size_t least = old->n, most = old->n;
    for (int v = 0; v < f->n; v++) {
        least = f->at[v].n < least ? f->at[v].n : least;
        most = f->at[v].n > most ? f->at[v].n : most;
    }
    n = n < least ? least : n < most ? n : most; /* no shorter or longer than it ever was */
    version s = {calloc(1, n + 1), n};
    assert(s.data);
    for (size_t at = 0; at < n; at += block) {
        const version *from = way == ALL || way == CUT ? full : old;
        if (way == TORN && f->n)
            from = draw(3) ? draw(2) ? old : full : &f->at[draw((uint32_t)f->n)];
        const size_t end = at + block < n ? at + block : n;
        if (from->n > at)
            memcpy(s.data + at, from->data + at, (end < from->n ? end : from->n) - at);
    }
    return s;
}

/* Which of the pending changes of names are on the disk: a bit each, of the first 64; the others all or none. */
static inline uint64_t draw_names(void)
{
    if (!disk.npending)
        return 0;
    switch (draw(4)) {
    case 0: return draw(2) ? ~0ull : 0;
    case 1: return (1ull << draw(disk.npending < 63 ? (uint32_t)disk.npending + 1 : 63)) - 1; /* a journal keeps their order */
    default: return (uint64_t)draw(1u << 31) << 32 | (uint64_t)draw(1u << 31) << 1 | draw(2);
    }
}

static inline bool has_name(uint64_t set, int i) { return set >> (i < 64 ? i : 63) & 1; }

static inline uint64_t hash_bytes(uint64_t h, const void *data, size_t n) /* FNV-1a, eight at a time */
{
    const unsigned char *p = data;
    uint64_t word;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x100000001b3ull;
        h ^= h >> 29;
    }
    for (; n; n--)
        h = (h ^ *p++) * 0x100000001b3ull;
    return h ^ h >> 31;
}

/* A state: what names there are, and the bytes of every file that has one. */
typedef struct crash {
    names in[NODES];
    version file[NODES];
    uint64_t hash;
} crash;

static crash now;

static inline int by_name(const void *a, const void *b) { return strcmp(((const named *)a)->name, ((const named *)b)->name); }

/* way: for all files the same, or WAYS: for each another one. */
static inline void crash_below(int node, bytes_way way)
{
    names *in = &now.in[node];
    qsort(in->at, (size_t)in->n, sizeof *in->at, by_name);
    for (int i = 0; i < in->n; i++) {
        const int k = in->at[i].node;
        now.hash = hash_bytes(now.hash, in->at[i].name, strlen(in->at[i].name) + 1);
        if (rec.folder[k]) {
            crash_below(k, way);
        } else if (!now.file[k].data) {
            now.file[k] = draw_bytes(&disk.file[k], way == WAYS ? (bytes_way)draw(WAYS) : way);
            now.hash = hash_bytes(now.hash ^ now.file[k].n, now.file[k].data, now.file[k].n);
        }
        now.hash = (now.hash ^ 0xff) * 0x100000001b3ull;
    }
}

static inline void crash_make(uint64_t set, bytes_way way)
{
    for (int i = 0; i < rec.nodes; i++) {
        free(now.file[i].data);
        now.file[i] = (version){0};
        now.in[i].n = disk.in[i].n;
        memcpy(now.in[i].at, disk.in[i].at, (size_t)disk.in[i].n * sizeof *disk.in[i].at);
    }
    for (int i = 0; i < disk.npending; i++)
        if (has_name(set, i))
            apply_name(&now.in[rec.change[disk.pending[i]].dir], &rec.change[disk.pending[i]]);
    now.hash = 0xcbf29ce484222325ull + (uint64_t)disk.saved;
    crash_below(ROOT, way);
}

/* Put it below the folder `dir`. */
static inline void crash_write(int dir, int node)
{
    for (int i = 0; i < now.in[node].n; i++) {
        const named *it = &now.in[node].at[i];
        if (rec.folder[it->node]) {
            mkdirat(dir, it->name, 0777);
            const int fd = openat(dir, it->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            assert(fd >= 0);
            crash_write(fd, it->node);
            close(fd);
            continue;
        }
        const version *v = &now.file[it->node];
        const int fd = openat(dir, it->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        const ssize_t put = fd < 0 ? -1 : write(fd, v->data, v->n);
        assert(put == (ssize_t)v->n);
        (void)put;
        close(fd);
    }
}

#endif
