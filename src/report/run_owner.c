/* Processes as a lock names them, and which file systems' locks are to be believed. */
#include "report/run_owner.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"

/* All lines have one length: what is written over another one is cut off as the old or as the new, never as both. */
enum { WIDTH = 180 };

/* The first line of a file of /proc; "" where there is none. */
static void first_line(const char *path, char *text, size_t n)
{
    text[0] = '\0';
    FILE *f = fopen(path, "r");
    if (!f)
        return;
    if (!fgets(text, (int)n, f))
        text[0] = '\0';
    fclose(f);
    text[strcspn(text, "\n")] = '\0';
}

/* When a process started (proc(5): the 22nd number of its stat, behind a name that may hold anything); 0: it cannot be seen. */
static unsigned long long start_of(long pid)
{
    char path[64], text[1024];
    unsigned long long started = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    first_line(path, text, sizeof text);
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at && sscanf(at, "%llu", &started) == 1 ? started : 0;
}

/* A word, as a lock holds them. */
static void as_word(char *text)
{
    for (; *text; text++)
        if (!isgraph((unsigned char)*text))
            *text = '?';
}

void siam_owner_self(siam_owner *o)
{
    struct stat st;
    *o = (siam_owner){.pid = (long)getpid()};
    if (gethostname(o->host, sizeof o->host - 1) || !o->host[0])
        strcpy(o->host, "?");
    first_line("/proc/sys/kernel/random/boot_id", o->boot, sizeof o->boot);
    if (!o->boot[0])
        strcpy(o->boot, "?");
    as_word(o->host);
    as_word(o->boot);
    if (!stat("/proc/self/ns/pid", &st))
        o->space = (unsigned long long)st.st_ino;
    o->started = start_of(o->pid);
}

bool siam_owner_same(const siam_owner *a, const siam_owner *b)
{
    return a->pid == b->pid && a->space == b->space && a->started == b->started && !strcmp(a->boot, b->boot);
}

void siam_owner_format(const siam_owner *o, char text[SIAM_OWNER_TEXT])
{
    char line[WIDTH + 1];
    snprintf(line, sizeof line, "%ld %s %s %llu %llu", o->pid, o->host, o->boot, o->space, o->started);
    snprintf(text, SIAM_OWNER_TEXT, "%-*s\n", WIDTH, line);
}

bool siam_owner_parse(siam_owner *o, const char *text)
{
    int end = 0;
    *o = (siam_owner){0};
    const size_t digits = strspn(text, "0123456789");
    if (!*text)
        return true;
    if (!digits || digits > 18)
        return false;
    if (!strcmp(text + digits, "\n") || !text[digits]) /* as earlier versions wrote it */
        return sscanf(text, "%ld", &o->pid) == 1;
    return sscanf(text, "%18ld %64s %39s %20llu %20llu%n", &o->pid, o->host, o->boot, &o->space, &o->started, &end) == 5 &&
           !strcmp(text + end + strspn(text + end, " "), "\n");
}

siam_owner_is siam_owner_look(const siam_owner *o, const siam_owner *here)
{
    if (!o->pid)
        return SIAM_OWNER_GONE;
    if (o->host[0] && (strcmp(o->boot, here->boot) || o->space != here->space))
        return SIAM_OWNER_ELSEWHERE;
    const unsigned long long started = start_of(o->pid);
    if (!started) /* no such process, or no descriptors, no rights, no /proc: the kernel knows */
        return getpgid((pid_t)o->pid) < 0 && errno == ESRCH ? SIAM_OWNER_GONE : SIAM_OWNER_ALIVE;
    return o->started && started != o->started ? SIAM_OWNER_GONE : SIAM_OWNER_ALIVE;
}

bool siam_locks_are_local(int fd)
{
    /* linux/magic.h; those that it lacks have their own source's. */
    static const long local[] = {
        0xEF53 /* ext2, 3, 4 */, 0x58465342 /* xfs */, 0x9123683E /* btrfs */, 0x01021994 /* tmpfs */, 0x858458F6 /* ramfs */,
        0x794C7630 /* overlayfs */, 0x2FC12FC1 /* zfs */, 0xF2F52010 /* f2fs */, 0xCA451A4E /* bcachefs */,
        0x3153464A /* jfs */, 0x52654973 /* reiserfs */, 0x4D44 /* vfat */, 0x2011BAB0 /* exfat */, 0x7366746E /* ntfs3 */};
    struct statfs st;
    if (siam_sys.fstatfs(fd, &st))
        return false;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if ((unsigned long)st.f_type == (unsigned long)local[i])
            return true;
    return false;
}
