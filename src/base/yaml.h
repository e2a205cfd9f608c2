/* Restricted YAML: block maps, scalars and flow or block lists of scalars. Aliases, anchors, tags, several
 * documents, duplicate keys, depth > 8 and files over 1 MiB are refused. The only file that sees yaml.h. */
#ifndef SIAM_BASE_YAML_H
#define SIAM_BASE_YAML_H

#include <stddef.h>

#include "base/error.h"

/* Called once per leaf in file order: key is dotted ("train.lr"), a list's value is joined with commas,
 * where is "NAME:line:col". A failure stops the reading. */
typedef siam_code siam_yaml_fn(void *user, const char *key, const char *value, const char *where, siam_err *e);

/* `name` is what messages call the text (a path or a recipe). Syntax errors: SIAM_E_USAGE with name:line:col. */
siam_code siam_yaml_read(const char *name, const char *text, size_t n, siam_yaml_fn *fn, void *user, siam_err *e);

#endif
