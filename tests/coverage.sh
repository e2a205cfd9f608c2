#!/bin/bash
# Branch coverage by room of src/, with gcov: of the branches of each file how many were taken at least once by the tests.
#
#   tests/coverage.sh [CTEST-OPTION...]        default: all tests but the slow ones (-LE slow)
#
# Builds in build/coverage without optimisation. Prints a row per room, then the files below LEAST (85) per cent.
# SIMSIAM_SOURCE_OF  another checkout, to compare with (its build folder is used)
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
top=${SIMSIAM_SOURCE_OF:-$here}
: "${LEAST:=85}"
[ $# -gt 0 ] || set -- -LE slow
cd "$top"
build=build/coverage
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="--coverage -O0 -fno-inline -fprofile-update=atomic" >/dev/null
cmake --build $build | tail -n 1
find $build -name '*.gcda' -delete
ctest --test-dir $build -j "$(nproc)" --timeout 1800 "$@" | tail -n 8
cd $build
# "File '.../src/ROOM/x.c'", then "Branches executed" and "Taken at least once:P% of N"; a file built twice counts with its best.
find . -path './CMakeFiles/siam.dir/src/*' -name '*.gcda' -print0 | xargs -0 gcov -b -c -n -s "$top" 2>/dev/null |
    awk -v least="$LEAST" '
    /^File / { file = $2; gsub(/\x27/, "", file); sub(/^.*src\//, "src/", file) }
    /^Taken at least once:/ && file ~ /^src\/.*\.c$/ {
        match($0, /:[0-9.]+%/); share = substr($0, RSTART + 1, RLENGTH - 2)
        match($0, /of [0-9]+/); n = substr($0, RSTART + 3)
        if (!(file in all) || share > best[file]) { best[file] = share; all[file] = n }
    }
    END {
        for (f in all) { split(f, p, "/"); room = p[2]; sum[room] += all[f]; hit[room] += all[f] * best[f] / 100 }
        for (r in sum) printf "%-12s %6d branches %5.1f %%\n", r, sum[r], 100 * hit[r] / sum[r] | "sort"
        close("sort")
        for (f in all) if (best[f] < least) printf "below: %-40s %5d branches %5.1f %%\n", f, all[f], best[f] | "sort"
    }'
