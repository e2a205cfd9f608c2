/* The words around options: collected problems, the nearest name, strict numbers. */
#include "base/option.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void siam_problem(siam_problems *p, const char *fmt, ...)
{
    static const char more[] = "; ...";
    char one[sizeof p->text];
    va_list ap;
    va_start(ap, fmt);
    const int written = vsnprintf(one, sizeof one, fmt, ap);
    va_end(ap);
    p->n++;
    const size_t have = strlen(p->text), len = written < 0 ? 0 : strlen(one);
    if (p->n == 1) {
        memcpy(p->text, one, len + 1);
        return;
    }
    /* Every sentence but the last leaves room to say that there are more. */
    if (have + 2 + len + sizeof more <= sizeof p->text) {
        memcpy(p->text + have, "; ", 2);
        memcpy(p->text + have + 2, one, len + 1);
        return;
    }
    if (have + sizeof more <= sizeof p->text && (have < 5 || strcmp(p->text + have - 5, more)))
        memcpy(p->text + have, more, sizeof more);
}

siam_code siam_problems_fail(const siam_problems *p, siam_err *e)
{
    if (p->n == 0)
        return SIAM_OK;
    if (p->n == 1)
        return siam_fail(e, SIAM_E_USAGE, "%s", p->text);
    return siam_fail(e, SIAM_E_USAGE, "%d problems: %s", p->n, p->text);
}

enum { WORD_MAX = 96 };

/* Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap two neighbours.
 * d[i][j] of the prefixes of lengths i and j needs the rows i, i - 1 and i - 2. Case does not count. */
static int distance(const char *a, const char *b)
{
    const int na = (int)strlen(a), nb = (int)strlen(b);
    int row[3][WORD_MAX + 1];
    for (int i = 0; i <= na; i++) {
        int *d = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        d[0] = i;
        for (int j = 1; j <= nb; j++) {
            if (i == 0) {
                d[j] = j;
                continue;
            }
            const int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            int best = up[j - 1] + (ca != cb);
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = d[j - 1] + 1 < best ? d[j - 1] + 1 : best;
            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                cb == tolower((unsigned char)a[i - 2]) && up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            d[j] = best;
        }
    }
    return row[na % 3][nb];
}

const char *siam_nearest(const char *word, const char *const *names, int n)
{
    const size_t len = strlen(word);
    if (len > WORD_MAX)
        return NULL;
    const int limit = len / 3 > 2 ? (int)(len / 3) : 2;
    const char *best = NULL;
    int least = limit + 1;
    for (int i = 0; i < n; i++) {
        const size_t other = strlen(names[i]);
        if (other > WORD_MAX)
            continue;
        const int d = distance(word, names[i]), longer = (int)(len > other ? len : other);
        /* d = longer: not one letter in common, as between "k" and "lr". */
        if (d < least && d < longer) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

bool siam_parse_f64(const char *s, double *out)
{
    /* Digits, point, exponent and signs only: strtod would also take spaces, hexadecimal, inf and nan. */
    if (!*s || s[strspn(s, "0123456789+-.eE")])
        return false;
    /* A host program may have set a locale with a decimal comma. */
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return false;
    char *end;
    const double v = strtod_l(s, &end, c);
    freelocale(c);
    if (end == s || *end || !isfinite(v))
        return false;
    *out = v;
    return true;
}

bool siam_parse_i64(const char *s, int64_t *out)
{
    if (!*s || s[strspn(s, "0123456789+-")])
        return false;
    char *end;
    errno = 0;
    const long long v = strtoll(s, &end, 10);
    if (end == s || *end || errno)
        return false;
    *out = v;
    return true;
}
