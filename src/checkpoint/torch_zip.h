/* The zip container of PyTorch files: members that are stored, never compressed.
 * Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_ZIP_H
#define SIAM_CHECKPOINT_TORCH_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/infile.h"

typedef struct siam_zip_member {
    const char *name; /* name_n bytes of the directory, without a NUL */
    size_t name_n;
    size_t from, at, n; /* where its header begins, and its n bytes */
    uint32_t crc;
} siam_zip_member;

typedef struct siam_zip {
    siam_zip_member *member; /* sorted by name, no two of one name, no two of one place */
    size_t n;
    uint8_t *directory;
} siam_zip;

/* Reads the central directory. Refused: compressed or encrypted members, several members of one name, members that
 * overlap, a local header that disagrees with the directory, and anything between the directory and the end of the
 * file. */
siam_code siam_zip_open(siam_zip *z, const siam_infile *in, siam_err *e);
void siam_zip_close(siam_zip *z);
/* Call visit for each name of a directory that may hold anything (compressed members, several of one name), in its
 * order, until it returns false. A damaged one ends early, one that cannot be read has no names. */
void siam_zip_names(const siam_infile *in, bool (*visit)(void *user, const char *name, size_t name_n), void *user);
/* NULL = absent */
const siam_zip_member *siam_zip_find(const siam_zip *z, const char *name, size_t name_n);
/* Read the member's m->n bytes into dst; NULL: only look at them. SIAM_E_DATA when they differ from the checksum in the
 * directory. */
siam_code siam_zip_read(const siam_infile *in, const siam_zip_member *m, void *dst, siam_err *e);

#endif
