#!/bin/bash
# The public header compiles alone, as C17 and as C++.
set -eu
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo '#include "siam.h"' | tee "$tmp/t.c" >"$tmp/t.cc"
${CC:-cc} -std=c17 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -Iinclude -fsyntax-only "$tmp/t.c"
echo "compiles as C"
compiler=${CXX:-c++}
if ! command -v "$compiler" >/dev/null; then
    echo "no C++ compiler here, that part is skipped"
    exit 77
fi
"$compiler" -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$tmp/t.cc"
echo "compiles as C++"
