/* Rows of the list of hints in C tests (see lib.sh): the failure has a hint of this format, written as in the source.
 * What follows in the test does what the hint says. */
#ifndef SIAM_TESTS_HINT_H
#define SIAM_TESTS_HINT_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The format as an extended regular expression: letters of a conversion stand for any text. */
static inline bool hint_fits(const char *hint, const char *format)
{
    char pattern[2048] = "^";
    size_t n = 1;
    for (const char *p = format; *p && n + 4 < sizeof pattern; p++) {
        if (*p == '%' && p[1] == '%') {
            pattern[n++] = *p++;
        } else if (*p == '%') {
            p += strcspn(p, "sdiuxgfe");
            memcpy(pattern + n, ".*", 2);
            n += 2;
        } else {
            if (strchr("[].*^$+?(){}|\\", *p))
                pattern[n++] = '\\';
            pattern[n++] = *p;
        }
    }
    memcpy(pattern + n, "$", 2);
    regex_t r;
    if (regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB))
        return false;
    const bool fits = !regexec(&r, hint, 0, NULL, 0);
    regfree(&r);
    return fits;
}

#define assert_hint(e, format)                                                          \
    do {                                                                                \
        if (!hint_fits((e)->hint, format))                                              \
            fail_msg("the hint \"%s\" is not \"%s\"", (e)->hint, format);               \
    } while (0)

#endif
