/* Visiting the images below folders, each file once. */
#ifndef SIAM_DATA_WALK_H
#define SIAM_DATA_WALK_H

#include "data/image_list.h"
#include "data/describe.h"

/* ---- one folder ---- */

typedef enum siam_entry_kind {
    SIAM_ENTRY_FILE,
    SIAM_ENTRY_FOLDER,
    SIAM_ENTRY_HIDDEN, /* an image or a folder whose name begins with a dot; other hidden files are not visited */
    SIAM_ENTRY_SYSTEM, /* a folder that a system or a program keeps for itself: @eaDir, lost+found */
} siam_entry_kind;

typedef struct siam_entry {
    const char *name;
    siam_entry_kind kind; /* a link counts as what it leads to; one that leads nowhere as a file, which cannot be read then */
    bool link;
    uint64_t inode; /* of the file or folder itself, 0 = not known; comes with the listing, no file is looked at for it */
} siam_entry;
typedef bool siam_entry_fn(void *user, const siam_entry *entry); /* false: stop */
siam_code siam_list_folder(const char *path, siam_entry_fn *visit, void *user, siam_err *e);

/* ---- folders at any depth ---- */

/* Things of one sort: how many, and the name that strcmp puts first, printable. */
typedef struct siam_some {
    int64_t n;
    char first[160];
} siam_some;
void siam_some_add(siam_some *s, const char *name);

/* What a walk met and did not take. Paths are those below the root. */
typedef struct siam_walk_tally {
    siam_description others;    /* visible files that are no images by their names */
    siam_some other;       /* the same, with the first */
    siam_some hidden, system;
    siam_some known;       /* links to folders that are read anyway */
    siam_some barred;      /* links into a folder that was barred */
    siam_some same;        /* files that are one with another that was taken: "a.jpg, which is b.jpg" */
    int64_t contradicting; /* of these, with another label */
    siam_some held_out;    /* folders that were entered although they are called like a split of held-out images */
} siam_walk_tally;

typedef struct siam_walk siam_walk;
/* Images go to `f`, which is borrowed, with paths below its root. */
siam_code siam_walk_open(siam_walk **out, siam_image_list *f, siam_err *e);
/* Do not follow links to this folder below the root or to those that lie in it: they are another split's. */
siam_code siam_walk_bar(siam_walk *w, const char *sub, siam_err *e);
/* Take the images below the folder `sub` with this label, at any depth, hidden entries left out. Links to folders wait for
 * siam_walk_finish, so that what lies in a folder is taken from there. An unreadable folder is an error: a data set must
 * not shrink in silence. */
siam_code siam_walk_below(siam_walk *w, const char *sub, int label, siam_err *e);
/* Follow the links, each folder once; leave out files that are one with another (the one that is not reached by a link
 * stays, else the first by path); sort. */
siam_code siam_walk_finish(siam_walk *w, siam_err *e);
const siam_walk_tally *siam_walk_met(const siam_walk *w);
/* The tally in sentences. */
void siam_walk_remark(const siam_walk_tally *t, siam_dataset_info *info);
void siam_walk_close(siam_walk **w);

/* Whether there is an image at any depth below root/sub; gives up (false) after `limit` entries, 0 = never. What is there
 * is counted in `others` (may be NULL), all of it when there is no image. */
siam_code siam_has_image(bool *has, const char *root, const char *sub, int64_t limit, siam_description *others, siam_err *e);

#endif
