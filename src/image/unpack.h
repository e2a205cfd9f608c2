/* What decoders share: numbers of files, and stored samples as 8-bit RGB with Pillow's arithmetic. */
#ifndef SIAM_IMAGE_UNPACK_H
#define SIAM_IMAGE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t siam_le16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint16_t siam_be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t siam_le32(const uint8_t *p) { return siam_le16(p) | (uint32_t)siam_le16(p + 2) << 16; }
static inline uint32_t siam_be32(const uint8_t *p) { return (uint32_t)siam_be16(p) << 16 | siam_be16(p + 2); }
static inline uint64_t siam_le64(const uint8_t *p) { return siam_le32(p) | (uint64_t)siam_le32(p + 4) << 32; }
static inline uint64_t siam_be64(const uint8_t *p) { return (uint64_t)siam_be32(p) << 32 | siam_be32(p + 4); }

/* The colours of indices. One that a file does not define is the grey of its number. */
typedef struct siam_palette {
    uint8_t rgb[256][3];
} siam_palette;

void siam_palette_init(siam_palette *p); /* all grey */
/* n indices to colours. They may be the last n of the 3 * n bytes at rgb: writing from the left never passes the index
 * that is read. */
void siam_palette_expand(uint8_t *rgb, const uint8_t *index, size_t n, const siam_palette *p);

/* Whole numbers of 1, 2 or 4 bits, the first in the highest bits, to one byte each. */
void siam_unpack_bits(uint8_t *dst, const uint8_t *src, size_t n, unsigned bits);

/* n pixels of four inks, stored inverted (255 is none), mixed without a profile: nk = 255 - K, then nk - C * nk / 255. */
void siam_mix_inks(uint8_t *rgb, const uint8_t *ink, size_t n);

#endif
