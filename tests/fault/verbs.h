/* What the fault harnesses share: small jobs of the command line, each run in a child process in a folder of its own, and what
 * must be true of that folder afterwards, whatever failed meanwhile. */
#ifndef TEST_FAULT_VERBS_H
#define TEST_FAULT_VERBS_H

#include <stdbool.h>
#include <stddef.h>

enum { VERB_PATH = 512, VERB_TEXT = 1 << 14 };

/* One job: a command line, and the files that it comes to. */
typedef struct verb {
    const char *name;
    const char *from;   /* the folder it starts from: "pictures", "half" (a run stopped inside an epoch), "trained" */
    const char *args;   /* divided by spaces */
    const char *resume; /* what goes on where the folder `run` of it holds a checkpoint; NULL: the same again */
    const char *run;    /* the run folder that it writes, or NULL */
    const char *out;    /* files that are the same after every undisturbed run, divided by spaces */
    bool answers;       /* what it prints is the same after every undisturbed run */
    unsigned tried;     /* WITH_IO, WITH_ALLOC: with what failing */
} verb;
enum { WITH_IO = 1, WITH_ALLOC = 2 };

extern const verb verbs[]; /* ends with a NULL name */

/* What a harness is asked for: --full, --verb V, --fault F, --stride N, --phase P, or --at and what follows. */
typedef struct plan {
    const char *verb, *fault; /* NULL: all */
    long stride;              /* 1: every one; 0: a sample */
    long phase;               /* the first of each stride, from 1; 0: any. The phases 1 ... N together are all */
    char **at;                /* the words behind --at, or NULL */
} plan;
plan plan_of(int argc, char **argv);
/* Now and then a line with what is left of a verb; began: 0 starts its clock. */
void tell_progress(const verb *v, long done, long total, long bad);
double seconds_of_verb(void); /* since its done was 0 */

/* What became of a child. */
typedef struct ending {
    int status;        /* of exit, or 128 + the signal */
    char say[VERB_TEXT], answer[VERB_TEXT]; /* its standard error and output */
} ending;

/* The harness's folder, with what the verbs start from made in it; removed by verbs_close. */
void verbs_open(void);
void verbs_close(void);
/* A fresh folder with what a verb starts from. */
void verb_begin(const verb *v);
/* Run the verb there in a child, which calls `arm` first; again: as one does after a failure. */
ending verb_run(const verb *v, bool again, void (*arm)(void));
/* Remember what an undisturbed run of the verb left: what all others are compared with. */
void verb_keep(const verb *v);
/* What is wrong with the folder, into why; true: nothing is. complete: the verb said that it was done. leftovers: temporary
 * files may be there, since taking them away failed. */
bool verb_whole(const verb *v, bool complete, bool leftovers, char why[VERB_TEXT]);
/* The folder is in every file and name what the verb started from. */
bool verb_untouched(const verb *v);
/* What is wrong with how it ended and what it said; true: nothing is. */
bool verb_spoke(const ending *is, char why[VERB_TEXT]);
/* Whether every checkpoint in a file of that kind can be read and has the sums that it was written with. Uses the library:
 * only in a child. */
bool verb_verifies(char why[VERB_TEXT]);

#endif
