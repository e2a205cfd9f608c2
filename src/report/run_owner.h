/* Who works in a run folder: what its lock says, and whether that process may still be there. Beside flock, since that lies
 * on some network file systems: two machines then both get the lock. For run_lock.c. */
#ifndef SIAM_REPORT_RUN_OWNER_H
#define SIAM_REPORT_RUN_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SIAM_OWNER_TEXT = 256 };

/* A process anywhere. Times are of the kernel it runs on. */
typedef struct siam_owner {
    long pid;                   /* 0: nobody */
    char host[65];              /* "": of a version that wrote its number only */
    char boot[40];              /* the kernel's /proc/sys/kernel/random/boot_id */
    unsigned long long space;   /* of process numbers (a container has its own) */
    unsigned long long started; /* in ticks since boot, which a later process of that number does not share */
} siam_owner;

/* What cannot be found out is "?" or 0: to be asked once, while the process still has descriptors and memory. */
void siam_owner_self(siam_owner *o);
bool siam_owner_same(const siam_owner *a, const siam_owner *b);
/* As a line of the lock, and back; false: the text is something else. An empty one is nobody's. */
void siam_owner_format(const siam_owner *o, char text[SIAM_OWNER_TEXT]);
bool siam_owner_parse(siam_owner *o, const char *text);

typedef enum siam_owner_is {
    SIAM_OWNER_GONE,    /* nobody, or a process of this machine that is not there any more */
    SIAM_OWNER_ALIVE,   /* a process of this machine that is there, as far as can be seen */
    SIAM_OWNER_ELSEWHERE /* of another machine, another container, or of before this machine started: cannot be seen from here */
} siam_owner_is;
/* here: this process (siam_owner_self). */
siam_owner_is siam_owner_look(const siam_owner *o, const siam_owner *here);

/* Whether the file system of fd is of this machine alone, so that its locks can be believed. One that is not known is not. */
bool siam_locks_are_local(int fd);

#endif
