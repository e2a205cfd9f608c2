#!/bin/bash
# Units of a room (a .c file with its header) that include each other, directly or by way of others: arrows that run back. Each
# makes it harder to read one without the other, so a room may have no more of them than it has now. Headers without a .c file,
# the private ones of several files, do not count.
#
#   tests/meta/check_circles.sh [--list]
set -eu
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}/src"
allowed="data:9"
find . -name '*.[ch]' | sort | xargs awk -v allowed="$allowed" -v list="${1:-}" '
function unit(path) { sub(/^\.\//, "", path); sub(/\.[ch]$/, "", path); return path }
function room(u,   p, n) { n = split(u, p, "/"); return p[1] }
BEGIN { n = split(allowed, a, " "); for (i = 1; i <= n; i++) { split(a[i], p, ":"); may[p[1]] = p[2] } }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, q, "\""); from = unit(FILENAME); to = unit(q[2])
    if (q[2] !~ /\.h$/ || from == to || room(from) != room(to)) next
    arrow[from, to]
}
FNR == 1 && FILENAME ~ /\.c$/ { code[unit(FILENAME)] }
# Whether `to` is reached from `from`
function reaches(from, to,   queue, first, last, seen, next_, m, i) {
    queue[last = 1] = from; first = 1
    while (first <= last) {
        m = split(out[queue[first++]], next_, " ")
        for (i = 1; i <= m; i++) {
            if (next_[i] == to) return 1
            if (!(next_[i] in seen)) { seen[next_[i]]; queue[++last] = next_[i] }
        }
    }
    return 0
}
END {
    for (pair in arrow) {
        split(pair, e, SUBSEP)
        if (!(e[1] in code) || !(e[2] in code)) delete arrow[pair]
        else out[e[1]] = out[e[1]] " " e[2]
    }
    for (pair in arrow) {
        split(pair, e, SUBSEP)
        if (!reaches(e[2], e[1])) continue
        back[room(e[1])]++
        if (list != "") print e[1] " -> " e[2]
    }
    for (r in back) {
        if (list != "") print r ": " back[r]
        if (back[r] > may[r] + 0) { print r " has " back[r] " arrows between units that include each other; it may have " may[r] + 0 "; try: tests/meta/check_circles.sh --list"; bad = 1 }
    }
    exit bad
}'
echo "no room has more circles than before"
