#!/bin/bash
# What the tests take of src/, with gcov: the branches of each room, and which tests run each line.
#
#   tests/coverage.sh [--map FILE] [CTEST-OPTION...]        default: all tests but the slow ones (-LE slow)
#
# Builds in build/coverage with little optimisation and runs every test alone, two at a time. Prints a row per room, then the files
# of which less than LEAST (85) per cent of the branches are taken.
# --map FILE         a line per line of source that is run: path, number, seconds of the tests in their order, the tests that run
#                    it, quickest first; tests/mutants/run.sh takes it
# SIMSIAM_SOURCE_OF  another checkout, to compare with (its build folder is used)
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
top=${SIMSIAM_SOURCE_OF:-$here}
: "${LEAST:=85}"
map=
if [ "${1:-}" = --map ]; then
    map=$(realpath "${2:?--map needs a file}")
    shift 2
fi
[ $# -gt 0 ] || set -- -LE slow
cd "$top"
cmake -S . -B build/coverage -G Ninja -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS="--coverage -O1 -fno-inline -fprofile-update=atomic" >/dev/null
cmake --build build/coverage | tail -n 1
export BUILD=$top/build/coverage
export NOTES=$BUILD/CMakeFiles/siam.dir/src TOP=$top
work=$BUILD/tests-alone
rm -rf "$work"
mkdir -p "$work"

# one TEST FOLDER: what it runs, as lines "path line" and "path line branch"; and how long it takes, as a first line.
one() {
    local to=$2/$1
    mkdir -p "$to"
    export GCOV_PREFIX=$to
    local from=${EPOCHREALTIME/[.,]/}
    ctest --test-dir "$BUILD" -R "^$1\$" --timeout 1800 >"$to.log" 2>&1 || echo "coverage: $1 fails" >&2
    local seconds=$(((${EPOCHREALTIME/[.,]/} - from) / 1000000))
    local counts=$to$NOTES
    if [ -d "$counts" ]; then
        (cd "$NOTES" && find . -name '*.gcno') | while IFS= read -r note; do
            [ ! -f "$counts/${note%.gcno}.gcda" ] || cp "$NOTES/$note" "$counts/$note"
        done
        (cd "$BUILD" && find "$counts" -name '*.gcda' -print0 | xargs -0 gcov -b -c -t -s "$TOP" 2>/dev/null) | awk -v test="$1" -v seconds="$seconds" '
            BEGIN { print test, seconds }
            / 0:Source:/ { file = $0; sub(/^.*:Source:/, "", file); sub(/^.*\/src\//, "src/", file); ours = file ~ /^src\// }
            !ours { next }
            /^ *[0-9#=-]+\*?: *[0-9]+:/ { split($0, part, ":"); count = part[1] + 0; line = part[2] + 0
                if (line && count > 0) print file, line }
            /^branch / { print file, line, $2, ($3 == "taken" && $4 + 0 > 0) + 0 }' >"$to.run"
    fi
    rm -rf "$to"
}
export -f one
ctest --test-dir "$BUILD" -N "$@" | sed -n 's/^ *Test *#[0-9]*: *\([^ ]*\)$/\1/p' | grep -vE '^(mutants|meta)_' >"$work/tests"
xargs -P "$(nproc)" -I @ bash -c 'one @ "$0"' "$work" <"$work/tests"

cat "$work"/*.run | awk -v least="$LEAST" '
    NF == 4 { all[$1 " " $2 " " $3] = 1; if ($4) hit[$1 " " $2 " " $3] = 1 }
    END {
        for (key in all) { split(key, p, " "); split(p[1], part, "/"); room = part[2]
            n[p[1]]++; rooms[room]++; if (key in hit) { took[p[1]]++; roomtook[room]++ } }
        for (r in rooms) printf "%-12s %6d branches %5.1f %%\n", r, rooms[r], 100 * roomtook[r] / rooms[r] | "sort"
        close("sort")
        for (f in n) if (100 * took[f] / n[f] < least)
            printf "below: %-40s %5d branches %5.1f %%\n", f, n[f], 100 * took[f] / n[f] | "sort"
    }'
[ -z "$map" ] || for run in $(for r in "$work"/*.run; do echo "$(head -n 1 "$r" | cut -d ' ' -f 2) $r"; done | sort -n | cut -d ' ' -f 2); do
    awk 'NR == 1 { test = $1; seconds = $2; next } NF == 2 { print $1 "\t" $2 "\t" seconds "\t" test }' "$run"
done | awk -F '\t' -v OFS='\t' '
    { key = $1 OFS $2; if (!(key in tests)) order[++n] = key; took[key] = took[key] " " $3; tests[key] = tests[key] " " $4 }
    END { for (i = 1; i <= n; i++) print order[i], substr(took[order[i]], 2), substr(tests[order[i]], 2) }' >"$map"
