#!/bin/bash
# The binary interface of plug-ins as we have it agrees with a plug-in's own header, which one of them brings in a folder beside
# itself. Skipped where SIAM_PJRT_PLUGIN is not such a one.
set -eu
header=$(dirname "${SIAM_PJRT_PLUGIN:-.}")/include
[ -f "$header/pjrt_c_api.h" ] || exit 77
here=$(cd "$(dirname "$0")" && pwd)
"${CC:-cc}" -std=gnu17 -Wall -Werror -fsyntax-only -I "$here/../../src" -isystem "$header" "$here/check_abi.c"
echo "every place and every member is where the plug-in has it"
