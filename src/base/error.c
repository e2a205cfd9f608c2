/* Recording failures. Messages quote file names and file contents, so every byte that could move a cursor,
 * forge a line or reorder text on a terminal is replaced before it is stored: msg is printable as is. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

const char *siam_version(void) { return SIAM_VERSION; }

/* Replace what is not printable UTF-8 by '?', in place; the text never grows. */
static void sanitise(char *text)
{
    const size_t n = strlen(text);
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        unsigned c = 0;
        const size_t len = siam_utf8_decode(text + i, n - i, &c);
        if (len > 0 && siam_utf8_printable(c)) {
            memmove(text + out, text + i, len);
            out += len;
        } else {
            text[out++] = '?';
        }
        i += len ? len : 1;
    }
    text[out] = '\0';
}

/* Make room for "..." at the end of a text that was cut at n - 1 bytes, without splitting a character. */
static void mark_cut(char *text, size_t n)
{
    size_t end = n - 4;
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, "...", 4);
}

static void format(char *buf, size_t n, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));
static void format(char *buf, size_t n, const char *fmt, va_list ap)
{
    const int len = vsnprintf(buf, n, fmt, ap);
    if (len < 0)
        snprintf(buf, n, "(a message that could not be formatted)");
    else if ((size_t)len >= n)
        mark_cut(buf, n);
    sanitise(buf);
}

const char *siam_code_name(siam_code c)
{
    switch (c) {
    case SIAM_OK: return "SIAM_OK";
    case SIAM_E_USAGE: return "SIAM_E_USAGE";
    case SIAM_E_DATA: return "SIAM_E_DATA";
    case SIAM_E_NOTFOUND: return "SIAM_E_NOTFOUND";
    case SIAM_E_UNSUPPORTED: return "SIAM_E_UNSUPPORTED";
    case SIAM_E_BUG: return "SIAM_E_BUG";
    case SIAM_E_NOMEM: return "SIAM_E_NOMEM";
    case SIAM_E_EXISTS: return "SIAM_E_EXISTS";
    case SIAM_E_IO: return "SIAM_E_IO";
    case SIAM_E_CONFIG: return "SIAM_E_CONFIG";
    case SIAM_E_NUMERIC: return "SIAM_E_NUMERIC";
    case SIAM_E_CANCELLED: return "SIAM_E_CANCELLED";
    case SIAM_E_RANK: return "SIAM_E_RANK";
    }
    return "unknown code";
}

siam_code siam_fail(siam_err *e, siam_code c, const char *fmt, ...)
{
    if (!e || e->code)
        return c;
    va_list ap;
    va_start(ap, fmt);
    format(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    e->code = c;
    return c;
}

static siam_code code_of_errno(int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR: return SIAM_E_NOTFOUND;
    case ENOMEM: return SIAM_E_NOMEM;
    default: return SIAM_E_IO;
    }
}

siam_code siam_fail_errno(siam_err *e, int errno_value, const char *fmt, ...)
{
    const siam_code c = code_of_errno(errno_value);
    if (!e || e->code)
        return c;
    char what[sizeof e->msg], why[128];
    va_list ap;
    va_start(ap, fmt);
    format(what, sizeof what, fmt, ap);
    va_end(ap);
    /* The reason is what the reader needs most: it is the sentence in front that gets cut. */
    const int room = (int)(sizeof what - sizeof why - 3);
    if (strlen(what) > (size_t)room)
        mark_cut(what, (size_t)room);
    siam_fail(e, c, "%s: %s", what, strerror_r(errno_value, why, sizeof why));
    if (errno_value == EACCES || errno_value == EPERM || errno_value == EROFS)
        siam_hint(e, "give this user access to it, or name another place");
    else if (errno_value == ENOSPC || errno_value == EDQUOT)
        siam_hint(e, "free some space on that disk, or choose another place for the output");
    else if (errno_value == EFBIG)
        siam_hint(e, "a larger limit for files (ulimit -f), or another file system");
    return c;
}

siam_code siam_wrap(siam_err *e, siam_code c, const char *fmt, ...)
{
    if (!e)
        return c;
    char prefix[sizeof e->msg], inner[sizeof e->msg];
    va_list ap;
    va_start(ap, fmt);
    format(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    memcpy(inner, e->msg, sizeof inner);
    const bool filled = e->code != SIAM_OK;
    e->code = SIAM_OK;
    return filled ? siam_fail(e, c, "%s: %s", prefix, inner) : siam_fail(e, c, "%s", prefix);
}

void siam_hint(siam_err *e, const char *fmt, ...)
{
    if (!e || !e->code || e->hint[0])
        return;
    va_list ap;
    va_start(ap, fmt);
    format(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
}

void siam_hint_of(siam_err *e, const siam_err *cause)
{
    if (e && e->code && !e->hint[0])
        memcpy(e->hint, cause->hint, sizeof e->hint);
}

void siam_err_clear(siam_err *e)
{
    if (e) {
        e->code = SIAM_OK;
        e->msg[0] = e->hint[0] = '\0';
    }
}

int siam_exit_code(siam_code c)
{
    switch (c) {
    case SIAM_OK: return 0;
    case SIAM_E_USAGE: return 2;
    case SIAM_E_DATA: return 65;
    case SIAM_E_NOTFOUND: return 66;
    case SIAM_E_UNSUPPORTED: return 69;
    case SIAM_E_BUG: return 70;
    case SIAM_E_NOMEM: return 71;
    case SIAM_E_EXISTS: return 73;
    case SIAM_E_IO: return 74;
    case SIAM_E_CONFIG: return 78;
    case SIAM_E_NUMERIC: return 79;
    case SIAM_E_CANCELLED: return 130;
    case SIAM_E_RANK: return 76;
    }
    return 70;
}
