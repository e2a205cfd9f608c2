/* The CRC-32 of zip and gzip. */
#ifndef SIAM_BASE_CRC32_H
#define SIAM_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* That of what `crc` is of and the n bytes behind it; it begins with 0. */
uint32_t siam_crc32(uint32_t crc, const void *data, size_t n);

#endif
