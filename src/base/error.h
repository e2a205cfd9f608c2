/* Errors: the innermost function writes a complete sentence (which object, what was found, what
 * was expected), outer ones prefix it. `e` may be NULL everywhere. */
#ifndef SIAM_BASE_ERROR_H
#define SIAM_BASE_ERROR_H

#include "siam.h"

/* Record a failure and return `c`. The first (innermost) failure wins: a filled `e` is kept. */
siam_code siam_fail(siam_err *e, siam_code c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As siam_fail, and appends ": " strerror(errno_value). ENOSPC, EDQUOT, EFBIG and other I/O errors
 * become SIAM_E_IO, ENOENT/ENOTDIR SIAM_E_NOTFOUND, ENOMEM SIAM_E_NOMEM. */
siam_code siam_fail_errno(siam_err *e, int errno_value, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put context in front of the recorded message: "reading 'x': <message>". Returns `c`. */
siam_code siam_wrap(siam_err *e, siam_code c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Set the `try:` line of a recorded failure, unless an inner function already set one: a command that works when it is
 * copied, options that make the same command work, or an action in words. `fmt` is written out in the call:
 * tests/meta/check_hints.sh reads it there and asks for a test that does what it says (tests/hints/lib.sh). */
void siam_hint(siam_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Take over the `try:` line of a failure that is reported within this one. */
void siam_hint_of(siam_err *e, const siam_err *cause);

/* Forget a recorded failure, for callers that carry on. */
void siam_err_clear(siam_err *e);

/* Process exit code of a failure (see the table in siam.h). SIAM_E_CANCELLED maps to 130. */
int siam_exit_code(siam_code c);

#endif
