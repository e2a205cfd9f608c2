/* Headers of 512 bytes, each followed by its member's bytes, filled up to 512. */
#include "data/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SIZE = 12, SUM_AT = 148, SUM = 8, TYPE_AT = 156, MAGIC_AT = 257, PREFIX_AT = 345, PREFIX = 155 };
enum { MAX_EXTENDED = 1 << 20 }; /* bytes of a pax header */

static siam_code damaged(const siam_tar *t, const char *why, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "the archive '%s' cannot be read at byte %zu: %s", t->file->path, t->next, why);
    siam_hint(e, "a tar file that is whole: tar tf lists one to its end");
    return SIAM_E_DATA;
}

/* Some write no zeros at the end, but so does a download that stops between two members: a data set must not shrink in silence. */
static siam_code no_end(const siam_tar *t, siam_err *e)
{
    char word[2 * SIAM_TAR_NAME];
    siam_fail(e, SIAM_E_DATA, "the archive '%s' ends without the zeros that end one: it may be cut short", t->file->path);
    siam_hint(e, "head -c 1024 /dev/zero >>%s, if all of it is there", siam_format_word(word, sizeof word, t->file->path));
    return SIAM_E_DATA;
}

/* Octal digits between blanks, or, where the first bit is set, bytes; false: neither, or more than a file holds. */
static bool number(const uint8_t *field, size_t n, uint64_t *v)
{
    size_t i = 0;
    *v = 0;
    if (field[0] & 0x80) {
        for (i = 0; i < n; i++) {
            if (*v >> 54)
                return false;
            *v = *v << 8 | (i ? field[i] : field[i] & 0x7f);
        }
        return true;
    }
    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
        *v = *v << 3 | (uint64_t)(field[i] - '0');
    return i == n || field[i] == ' ' || field[i] == '\0';
}

static bool sum_fits(const uint8_t block[BLOCK])
{
    uint64_t want;
    int64_t sum = 0, with_sign = 0; /* some summed bytes with a sign */
    for (int i = 0; i < BLOCK; i++) {
        const uint8_t b = i >= SUM_AT && i < SUM_AT + SUM ? ' ' : block[i];
        sum += b;
        with_sign += (int8_t)b;
    }
    return number(block + SUM_AT, SUM, &want) && ((int64_t)want == sum || (int64_t)want == with_sign);
}

static bool is_zero(const uint8_t block[BLOCK])
{
    for (int i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

/* The name in a header; prefix and name in one of POSIX's. */
static void plain_name(char name[SIAM_TAR_NAME], const uint8_t block[BLOCK])
{
    const bool posix = !memcmp(block + MAGIC_AT, "ustar\0", 6);
    const size_t prefix = posix ? strnlen((const char *)block + PREFIX_AT, PREFIX) : 0, n = strnlen((const char *)block, NAME);
    memcpy(name, block + PREFIX_AT, prefix);
    name[prefix] = '/';
    memcpy(name + prefix + (prefix > 0), block, n);
    name[prefix + (prefix > 0) + n] = '\0';
}

/* What headers in front of a member say of it, in place of its own. */
typedef struct extended {
    char name[SIAM_TAR_NAME]; /* "" = nothing */
    bool has_size;
    uint64_t size;
} extended;

/* A record of a pax header: "LENGTH key=value\n", the length that of all of it. Gives its length, 0 = it is none. */
static size_t take_record(extended *x, const char *at, size_t n)
{
    size_t length = 0, i = 0;
    for (; i < n && i < 7 && at[i] >= '0' && at[i] <= '9'; i++)
        length = 10 * length + (size_t)(at[i] - '0');
    if (i == 0 || i == n || at[i] != ' ' || length > n || length < i + 3 || at[length - 1] != '\n')
        return 0;
    const char *key = at + i + 1, *end = at + length - 1, *equals = memchr(key, '=', (size_t)(end - key));
    if (!equals)
        return 0;
    const size_t value = (size_t)(end - equals) - 1;
    if (equals - key == 4 && !memcmp(key, "path", 4)) {
        if (value >= sizeof x->name || memchr(equals + 1, '\0', value))
            return 0;
        memcpy(x->name, equals + 1, value);
        x->name[value] = '\0';
    } else if (equals - key == 4 && !memcmp(key, "size", 4)) {
        x->has_size = true;
        x->size = 0;
        for (size_t k = 1; k <= value; k++) {
            if (equals[k] < '0' || equals[k] > '9' || x->size > UINT64_MAX / 100)
                return 0;
            x->size = 10 * x->size + (uint64_t)(equals[k] - '0');
        }
    }
    return length;
}

/* The bytes of a header that is about the next member: 'x' of pax, 'L' a name of GNU's. */
static siam_code take_extended(siam_tar *t, extended *x, char type, size_t at, size_t n, siam_err *e)
{
    if (n > MAX_EXTENDED || (type == 'L' && n > sizeof x->name))
        return damaged(t, "the name of a member is too long", e);
    char *text = malloc(n + 1);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for reading '%s'", t->file->path);
    siam_code rc = siam_infile_read(t->file, at, text, n, e);
    text[n] = '\0';
    if (!rc && type == 'L') {
        const size_t length = strnlen(text, n);
        if (length < sizeof x->name)
            memcpy(x->name, text, length + 1);
        else
            rc = damaged(t, "the name of a member is too long", e);
    }
    for (size_t i = 0, record; !rc && type == 'x' && i < n; i += record)
        if (!(record = take_record(x, text + i, n - i)))
            rc = damaged(t, "a pax header is damaged", e);
    free(text);
    return rc;
}

siam_code siam_tar_next(siam_tar *t, bool *more, siam_err *e)
{
    uint8_t block[BLOCK];
    extended x = {.name = ""};
    uint64_t size;
    *more = false;
    for (;;) {
        const size_t left = t->file->n - t->next;
        if (left == 0)
            return no_end(t, e);
        if (left < BLOCK)
            return damaged(t, "it is cut short", e);
        SIAM_TRY(siam_infile_read(t->file, t->next, block, BLOCK, e));
        if (is_zero(block))
            return SIAM_OK;
        const char type = (char)block[TYPE_AT];
        if (!sum_fits(block) || !number(block + SIZE_AT, SIZE, &size))
            return damaged(t, "there is no header of a member", e);
        const bool about_next = type == 'x' || type == 'L' || type == 'K' || type == 'g';
        size = x.has_size && !about_next ? x.size : size;
        if (size > left - BLOCK)
            return damaged(t, "it is cut short", e);
        const size_t at = t->next + BLOCK, filled = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
        if (type == 'x' || type == 'L')
            SIAM_TRY(take_extended(t, &x, type, at, (size_t)size, e));
        const bool regular = type == '0' || type == '\0' || type == '7';
        if (regular) {
            plain_name(t->name, block);
            if (x.name[0])
                memcpy(t->name, x.name, sizeof t->name);
            t->at = at;
            t->n = (size_t)size;
        }
        t->next = filled > left - BLOCK ? t->file->n : at + filled;
        if (!about_next)
            x = (extended){.name = ""};
        if (!regular)
            continue;
        if (!strncmp(t->name, "./", 2))
            memmove(t->name, t->name + 2, strlen(t->name + 2) + 1);
        *more = true;
        return SIAM_OK;
    }
}
