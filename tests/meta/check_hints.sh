#!/bin/bash
# Every `try:` line that the program can print has a test that does what it says: the formats of siam_hint in the source
# are those of the rows `hint 'FORMAT' ...` in shell tests and assert_hint(e, "FORMAT") in C tests (tests/hints/lib.sh).
# --list: print each format with its places in the source and in the tests.
set -u
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}" || exit 1
bad=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

formats() { # formats FUNCTION FOLDER
    find "$2" -name "*.[ch]" ! -path tests/hints/hint.h | sort | xargs awk -v call="$1" -f tests/hints/formats.awk
}
formats siam_hint src >"$tmp/source" || bad=1
formats assert_hint tests >"$tmp/rows" || bad=1
find tests -name '*.sh' | sort | xargs awk -v single="'" '
FNR == 1 { names = "hint" }
/^[a-z_]+\(\) \{ hint "\$1" / { names = names "|" substr($1, 1, length($1) - 2) } # a name for it in one file
match($0, "^ *(then=[0-9]+ )?(" names ") (\"[^\"]*\"|" single "[^" single "]*" single ")( |$)") {
    row = substr($0, RSTART, RLENGTH)
    gsub(/\\`/, "`", row) # as a shell reads it within ""
    match(row, "[\"" single "].*[\"" single "]")
    print substr(row, RSTART + 1, RLENGTH - 2) "\t" FILENAME ":" FNR
}' >>"$tmp/rows"
# Nothing else prints such a line or fills in a hint.
others=$(grep -rnE '"[^"]*try: |(\.|->)hint\b' src | grep -v '^src/base/error\.c:' |
    grep -vE '^src/cli/main\.c:.*(fprintf\(stderr, "  try: %s\\n", e->hint\);|if \(e->hint\[0\]\))$')
[ -z "$others" ] || { echo "a hint that does not come from siam_hint:"; echo "$others"; bad=1; }

for side in source rows; do
    cut -f 1 "$tmp/$side" | sort -u >"$tmp/$side.formats"
done
[ -s "$tmp/source.formats" ] || { echo "there are no hints in the source"; bad=1; }
if [ "${1:-}" = --list ]; then
    while IFS= read -r format; do
        echo "$format"
        for side in source rows; do
            awk -F '\t' -v side="${side/rows/test}" '
            NR == FNR { format = $0; next }
            $1 == format { print "    " side ": " $2 }' - "$tmp/$side" <<<"$format"
        done
    done <"$tmp/source.formats"
fi
comm -13 "$tmp/source.formats" "$tmp/rows.formats" >"$tmp/gone"
comm -23 "$tmp/source.formats" "$tmp/rows.formats" >"$tmp/untested"
if [ -s "$tmp/gone" ]; then
    echo "tests have rows for hints that are not in the source:"
    sed 's/^/    /' "$tmp/gone"
    bad=1
fi
if [ -s "$tmp/untested" ]; then
    echo "$(wc -l <"$tmp/untested") of $(wc -l <"$tmp/source.formats") hints have no test that does what they say:"
    sed 's/^/    /' "$tmp/untested"
    echo "(how to write one: the head of tests/hints/lib.sh)"
    bad=1
fi
[ $bad = 0 ] && echo "$(wc -l <"$tmp/source.formats") hints, $(wc -l <"$tmp/rows") rows in tests"
exit $bad
