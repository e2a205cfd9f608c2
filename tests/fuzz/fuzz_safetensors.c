/* Any bytes as a checkpoint, whatever their format: safetensors above all, and the containers of torch files.
 */
#include "fuzz_checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_checkpoint(data, n, false);
    return 0;
}
