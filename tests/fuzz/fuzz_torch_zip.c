/* Any bytes as the pickle of a PyTorch zip archive with right checksums and two storages, 256 and 8 bytes
 * long. (fuzz_safetensors opens archives as they are.) */
#include <zlib.h>

#include "fuzz_checkpoint.h"

static void add_number(fuzz_bytes *b, uint32_t v, size_t n) { fuzz_add(b, &v, n); }

/* What local header and directory have in common, from the flags to the length of the name. */
static void add_fields(fuzz_bytes *b, const char *name, const uint8_t *data, size_t n)
{
    add_number(b, 0, 4); /* flags, method */
    add_number(b, 0, 4); /* time, date */
    add_number(b, (uint32_t)crc32(0, data, (uInt)n), 4);
    add_number(b, (uint32_t)n, 4);
    add_number(b, (uint32_t)n, 4);
    add_number(b, (uint32_t)strlen(name), 4); /* and no extra field */
}

static void add_member(fuzz_bytes *b, fuzz_bytes *directory, const char *name, const uint8_t *data, size_t n)
{
    const size_t at = b->n;
    fuzz_add(b, "PK\3\4\0\0", 6);
    add_fields(b, name, data, n);
    fuzz_add(b, name, strlen(name));
    fuzz_add(b, data, n);
    fuzz_add(directory, "PK\1\2\0\0\0\0", 8);
    add_fields(directory, name, data, n);
    fuzz_add(directory, "\0\0\0\0\0\0\0\0\0", 10); /* comment, part, attributes */
    add_number(directory, (uint32_t)at, 4);
    fuzz_add(directory, name, strlen(name));
}

static void add_zip(fuzz_bytes *b, const uint8_t *data, size_t n)
{
    fuzz_bytes directory = {0};
    uint8_t storage[256];
    for (size_t i = 0; i < sizeof storage; i++)
        storage[i] = (uint8_t)i;
    add_member(b, &directory, "x/data/0", storage, sizeof storage);
    add_member(b, &directory, "x/data/1", storage, 8);
    add_member(b, &directory, "x/data.pkl", data, n);
    const size_t at = b->n;
    fuzz_add(b, directory.at, directory.n);
    fuzz_add(b, "PK\5\6\0\0\0\0\3\0\3\0", 12);
    add_number(b, (uint32_t)directory.n, 4);
    add_number(b, (uint32_t)at, 4);
    add_number(b, 0, 2);
    free(directory.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_bytes b = {0};
    add_zip(&b, data, n);
    fuzz_checkpoint(b.at, b.n, true);
    free(b.at);
    return 0;
}
