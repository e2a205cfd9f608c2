/* Renaming by rules, as in sed: "s/FROM/TO/", several separated by spaces or ';', each applied to what the
 * one before it left.
 *
 * FROM is a POSIX extended regular expression (so "^module\." and "encoder_q" both do what they look like);
 * its first match in a name becomes TO, in which & is the match and \1 to \9 are its groups. "s/FROM/TO/g"
 * replaces every match. Any other punctuation may stand for the slash. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_RENAME_H
#define SIAM_CHECKPOINT_RENAME_H

#include <stdbool.h>

#include "base/error.h"

typedef struct siam_rename siam_rename;

/* Text that is not a rule, or is empty, is SIAM_E_USAGE. */
siam_code siam_rename_create(siam_rename **out, const char *rules, siam_err *e);
void siam_rename_destroy(siam_rename **r);
/* *out: the new name, to be freed; NULL when no rule fits. */
siam_code siam_rename_apply(siam_rename *r, const char *name, char **out, siam_err *e);
/* The text of the first rule that has fitted no name yet, NULL = every one has. */
const char *siam_rename_unused(const siam_rename *r);

#endif
