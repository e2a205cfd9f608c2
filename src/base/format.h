/* Numbers as people read them. Each function fills buf (32 bytes hold any of them) and returns it, so that
 * calls nest in a printf. */
#ifndef SIAM_BASE_FORMAT_H
#define SIAM_BASE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "45 s" "12m05s" "3h12m" "5d03h"; not finite or negative: "?". */
const char *siam_format_duration(char *buf, size_t n, double seconds);
/* "23.1 s" below a minute, then as siam_format_duration. */
const char *siam_format_seconds(char *buf, size_t n, double seconds);
/* "812 B" "5.1 GiB" */
const char *siam_format_bytes(char *buf, size_t n, uint64_t bytes);
/* "812B" "5.1G": the same in powers of 1024, for narrow lines. */
const char *siam_format_bytes_short(char *buf, size_t n, uint64_t bytes);
/* "50,000" */
const char *siam_format_count(char *buf, size_t n, int64_t v);
/* Learning rates: ".0299" ".5" "1.2" "4.9e-06" */
const char *siam_format_rate(char *buf, size_t n, double v);
/* A word of a shell's command line: as it is, or in quotes where a shell would take it apart. buf holds the
 * text and 2 bytes more, and 3 more per quote in it; where it does not, the word is "...", which no shell takes for more. */
const char *siam_format_word(char *buf, size_t n, const char *text);
/* A text of Python: the name in quotes, or 'FILE' where it does not fit or is not plain. */
const char *siam_format_python(char *buf, size_t n, const char *name);
/* A name that comes from a file or a disk, safe on a terminal: '?' for each byte that is not printable UTF-8, "..." at the
 * end of one that does not fit (n > 3). */
const char *siam_format_printable(char *buf, size_t n, const char *text);
/* The same, but with \xe9 for each byte that is not, so that the name can be found. */
const char *siam_format_escaped(char *buf, size_t n, const char *text);
/* UTF-8 without control characters: fit for a file with a name on each line. */
bool siam_format_is_text(const char *text);
/* A quoted CSV field as RFC 4180 has it: what stands between the quotes is the text, byte for byte, so that names of files
 * can be joined with other tables. */
void siam_format_csv(FILE *out, const char *text);
/* Length of the first record of CSV text with its line end; a quoted field may hold lines. */
size_t siam_format_csv_record(const char *text);

/* Seconds of "90s", "45m", "8h", "2d" or "90"; false: it is something else. "" is 0. */
bool siam_parse_seconds(const char *text, double *seconds);

#endif
