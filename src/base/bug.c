/* The one place of the library that prints and aborts: going on with a broken invariant could write a bad
 * checkpoint over a good one. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

_Noreturn void siam_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "simsiam: bug: %s:%d: %s does not hold; please report this\n", file, line, what);
    abort();
}
