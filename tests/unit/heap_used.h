/* Bytes in use on the heap. AddressSanitizer counts them to the byte; glibc's number also has its headers,
 * caches and gaps. */
#ifndef SIAM_TESTS_HEAP_USED_H
#define SIAM_TESTS_HEAP_USED_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void);
static inline size_t heap_used(void) { return __sanitizer_get_current_allocated_bytes(); }
#else
#include <malloc.h>
static inline size_t heap_used(void)
{
    const struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}
#endif

#endif
