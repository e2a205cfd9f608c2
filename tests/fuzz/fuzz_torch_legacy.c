/* Any bytes as the pickles and storages of PyTorch's older stream, behind the three pickles that it begins
 * with: they would keep random bytes from the interpreter. */
#include "fuzz_checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char head[] = "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
                               "\x80\2M\xe9\3."
                               "\x80\2}.";
    fuzz_bytes b = {0};
    fuzz_add(&b, head, sizeof head - 1);
    fuzz_add(&b, data, n);
    fuzz_checkpoint(b.at, b.n, false);
    free(b.at);
    return 0;
}
