/* The zip container of PyTorch files: members that are stored, never compressed, used where they lie.
 * Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_ZIP_H
#define SIAM_CHECKPOINT_TORCH_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct siam_zip_member {
    const char *name; /* name_n bytes of the file, without a NUL */
    size_t name_n;
    const uint8_t *data;
    size_t n;
    uint32_t crc;
} siam_zip_member;

typedef struct siam_zip {
    siam_zip_member *member; /* sorted by name, no two of one name */
    size_t n;
} siam_zip;

/* Reads the central directory of the n bytes at `data`, which the members keep pointing into. Refused:
 * compressed or encrypted members, several members of one name, a local header that disagrees with the
 * directory, and anything between the directory and the end of the file. `path` is for messages. */
siam_code siam_zip_open(siam_zip *z, const uint8_t *data, size_t n, const char *path, siam_err *e);
void siam_zip_close(siam_zip *z);
/* Call visit for each name of a directory that may hold anything (compressed members, several of one name), in its
 * order, until it returns false. A damaged one ends early. */
void siam_zip_names(const uint8_t *data, size_t n, bool (*visit)(void *user, const char *name, size_t name_n), void *user);
/* NULL = absent */
const siam_zip_member *siam_zip_find(const siam_zip *z, const char *name, size_t name_n);
/* SIAM_E_DATA when the member's bytes differ from the checksum in the directory. */
siam_code siam_zip_verify(const siam_zip_member *m, const char *path, siam_err *e);

#endif
