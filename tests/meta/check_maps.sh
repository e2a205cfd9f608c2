#!/bin/bash
# No file of a user's is mapped: one that becomes shorter would end the process by a signal (base/infile.h reads parts of
# files instead). extract alone maps a file, a temporary one of its own, to write it again in another format; elsewhere
# maps are memory (MAP_ANONYMOUS in the same line).
set -eu
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}"
grep -q 'mmap(' src/infer/feature_file.c || { echo "extract maps nothing any more: strike it from this check"; exit 1; }
if grep -rnE '\b(mmap|mmap64|fmemopen|remap_file_pages)[[:space:]]*\(' src --include='*.[ch]' |
    grep -vE '^src/infer/feature_file\.c:|MAP_ANONYMOUS'; then
    echo "these may map a file"
    exit 1
fi
echo "no file of a user's is mapped"
