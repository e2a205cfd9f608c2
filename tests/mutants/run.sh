#!/bin/bash
# Mutants: faults put into the source one after another, to see whether a test notices (docs/TESTING.md).
#
#   tests/mutants/run.sh                      every line of `list`, with the tests of its room, then with all: hours
#   tests/mutants/run.sh --quick --room nn    the lines of src/nn, with the tests of the room alone: minutes
#   tests/mutants/run.sh --random 300 --seed 1
#
#   --room NAME      only files of src/NAME
#   --only ID        only this mutant
#   --quick          only the tests of the room (file `rooms`), not the others after them
#   --map FILE       which tests run which line, as tests/coverage.sh --map writes it: all those, quickest first, and no others
#   --random N       instead of the list, N mutants drawn by random.awk from all of src/
#   --seed S         which ones (default: 1)
#   --log FILE       results, a line each; mutants that are in it are not tried again
#   --dir FOLDER     keep the copy of the tree and its build there for the next time (default: a temporary one)
#   --without REGEX  leave tests out that fail on this machine without any mutant, too
#   --timeout S      the least time before a test counts as hanging (default: 20; else ten times what it usually takes)
#   --source FOLDER  the tree (default: the one of this script)
#   --check          try nothing: only see that every line still fits the source
#
# The tree itself is never touched. Exit status: 0 every mutant was killed or is known to change nothing, 1 one
# survived or a line is wrong, 2 the runner could not work.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../..
room='' only='' quick='' map='' random=0 seed=1 log='' dir='' without='' least=20 check=''

die() { echo "mutants: error: $*" >&2; exit 2; }

while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --check) check=1 ;;
    --room | --only | --map | --random | --seed | --log | --dir | --without | --timeout | --source)
        [ $# -gt 1 ] || die "$1 needs a value"
        case $1 in
        --room) room=$2 ;;
        --only) only=$2 ;;
        --map) map=$2 ;;
        --random) random=$2 ;;
        --seed) seed=$2 ;;
        --log) log=$2 ;;
        --dir) dir=$2 ;;
        --without) without=$2 ;;
        --timeout) least=$2 ;;
        --source) source=$2 ;;
        esac
        shift
        ;;
    -h | --help) sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) die "there is no option '$1'; try: $0 --help" ;;
    esac
    shift
done
for number in "$random" "$seed" "$least"; do
    case $number in '' | *[!0-9]*) die "'$number' is not a number" ;; esac
done
[ -z "$map" ] || map=$(realpath -e "$map") || die "there is no such map"
source=$(cd "$source" && pwd) || die "there is no such tree"
tables=$source/tests/mutants
export LC_ALL=C

# The columns of a line into the array F; empty ones count.
columns() {
    local rest=$1$'\t'
    F=()
    while [ -n "$rest" ]; do
        F+=("${rest%%$'\t'*}")
        rest=${rest#*$'\t'}
    done
}

# ---- the tables ------------------------------------------------------------------------------------------------------

rows() { grep -vE '^(#|$)' "$1" 2>/dev/null; } # without comments

check_tables() {
    (cd "$source" && awk -F '\t' '
    function complain(text) { print table ": " text; bad = 1 }

    # Occurrences of the text in the file, also several in one line; -1: there is no such file
    function how_often(file, text,    n, at, got, line) {
        n = 0
        while ((got = getline line <file) > 0)
            for (; (at = index(line, text)); line = substr(line, at + length(text)))
                n++
        close(file)
        return got < 0 ? -1 : n
    }
    FNR == 1 { table = FILENAME; sub(/.*\//, "", table) }
    /^#/ || $0 == "" { next }
    table == "rooms" { split($0, word, " "); beginning[word[1]] = 1; next }
    table == "list" && NF != 5 { complain("this line has " NF " columns for 5 (id, file, text, replacement, why): " $0); next }
    table == "list" {
        mutants++
        if ($1 in seen) complain("there are two mutants " $1)
        seen[$1] = 1
        if ($5 == "") complain($1 " does not say why it matters")
        if ($3 == $4) complain($1 " changes nothing")
        n = how_often($2, $3)
        if (n < 0) complain($1 ": there is no file " $2)
        else if (n != 1) complain($1 ": " $2 " has its text " n " times, not once: " $3)
        tests = 0
        for (b in beginning)
            tests += index($2, b) == 1
        if (!tests) complain($1 ": rooms has no tests for " $2)
    }
    table == "random_known" && (NF != 4 || $4 == "") {
        complain("this line does not have 4 columns (file, line, mutated line, why): " $0)
        next
    }
    table == "random_known" {
        known++
        if (how_often($1, $2) < 1) complain($1 " has no such line any more: " $2)
    }
    END {
        if (!bad)
            print mutants + 0 " mutants, " known + 0 " known survivors of random ones: every line fits the source"
        exit bad
    }' tests/mutants/rooms tests/mutants/list $([ ! -f tests/mutants/random_known ] || echo tests/mutants/random_known))
}

# The tests of a file, quickest first: the row with the longest beginning of its path.
tests_of() {
    rows "$tables/rooms" | FILE=$1 awk '
    index(ENVIRON["FILE"], $1) == 1 && length($1) > length(best) { best = $1; $1 = ""; tests = $0 }
    END { sub(/^ +/, "", tests); print tests }'
}

# The tests that run a line, quickest first. What is no statement of its own (a continued line, a row of a table) has those of
# the nearest lines around it.
tests_of_line() { # FILE NUMBER
    FILE=$1 NUMBER=$2 awk -F '\t' '
    BEGIN { number = ENVIRON["NUMBER"] + 0 }
    $1 != ENVIRON["FILE"] { next }
    $2 + 0 <= number && $2 + 0 > above { above = $2 + 0; row[above] = $3 "\t" $4 }
    $2 + 0 >= number && (!below || $2 + 0 < below) { below = $2 + 0; row[below] = $3 "\t" $4 }
    END {
        if (above == number) below = 0
        for (line in row) {
            if (line + 0 != above && line + 0 != below) continue
            split(row[line], part, "\t"); n = split(part[1], took, " "); split(part[2], test, " ")
            for (i = 1; i <= n; i++) print took[i], test[i]
        }
    }' "$map" | sort -n | awk '!($2 in seen) { seen[$2]; print $2 }' | paste -sd ' '
}

room_of() { local rest=${1#src/}; echo "${rest%%/*}"; }

trim() { sed 's/^ *//; s/ *$//'; }

# Why a random mutant is known to survive.
known_why() { # FILE LINE MUTATED
    local line
    while IFS= read -r line; do
        columns "$line"
        [ "${F[0]}" = "$1" ] && [ "${F[1]}" = "$2" ] && [ "${F[2]}" = "$3" ] && { echo "${F[3]}"; return; }
    done < <(rows "$tables/random_known")
}

if [ -n "$check" ]; then
    check_tables
    exit
fi

# ---- the copy --------------------------------------------------------------------------------------------------------

for tool in cmake ctest ninja awk sha1sum; do
    command -v $tool >/dev/null || die "there is no $tool"
done
if [ -n "$dir" ]; then
    mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || die "there is no folder '$dir'"
else
    dir=$(mktemp -d "${TMPDIR:-/tmp}/simsiam-mutants.XXXXXX") || die "there is no room for a temporary folder"
    trap 'rm -rf "$dir"' EXIT
fi
copy=$dir/tree build=$dir/build original=$dir/original
mkdir -p "$copy" "$dir/home" "$dir/tmp"
# What a mutant writes to where users keep things must not get there, and it must not fill the disk.
export HOME=$dir/home XDG_CACHE_HOME=$dir/home/cache TMPDIR=$dir/tmp
unset SIMSIAM_MODELS CDPATH
ulimit -S -f 8388608 -c 0

files_below() {
    (cd "$1" && find . -name .git -prune -o -path './build*' -prune -o -path ./runs -prune -o -type f -print | sort)
}

sync_tree() {
    local file
    files_below "$source" >"$dir/files"
    files_below "$copy" | comm -13 "$dir/files" - | while IFS= read -r file; do rm -f "$copy/$file"; done
    while IFS= read -r file; do
        cmp -s "$source/$file" "$copy/$file" && continue
        mkdir -p "$copy/${file%/*}"
        cp "$source/$file" "$copy/$file" || return 1
        [ ! -x "$source/$file" ] || chmod +x "$copy/$file"
    done <"$dir/files"
}

# All that the program is made of; tests are left out.
objects() { find "$build" -name '*.o' -not -path '*/tests/*' -print0 | sort -z | xargs -0 cat | sha1sum; }

compile() { ninja -C "$build" "$@" >"$dir/build.out" 2>&1; }

# Which target each test needs: its own program, or the simsiam that a script runs.
find_targets() {
    (cd "$build" && ctest -N -V) | BUILD=$build/ awk '
    /^[0-9]+: Test command: / {
        program = $4; gsub(/"/, "", program)
        at = index(program, ENVIRON["BUILD"])
        target = at == 1 ? substr(program, length(ENVIRON["BUILD"]) + 1) : "simsiam"
    }
    /^ *Test +#[0-9]+: / { print $NF "\t" target }' >"$dir/targets"
}

target_of() { awk -F '\t' -v t="$1" '$1 == t { print $2; exit }' "$dir/targets"; }

names() { tr ' ' '\n' | sed '/^$/d' | paste -sd '|'; } # of tests, as ctest wants them

# The tests that count, and how long each takes: a test that fails without any mutant says nothing.
measure_tests() { # NAME... or nothing for all
    local sum which=()
    sum=$(cd "$copy" && grep -vE '^\./(tests/mutants|docs)/' "$dir/files" | xargs -d '\n' sha1sum | sha1sum)
    [ "$(head -n 1 "$dir/times" 2>/dev/null)" = "$sum $* $without" ] && return
    [ $# = 0 ] || which=(-R "^($(names <<<"$*"))\$")
    echo "without a mutant: building and running the tests"
    compile all || { tail -n 20 "$dir/build.out"; die "the tree does not build"; }
    (cd "$build" && ctest "${which[@]}" -E "^mutants_${without:+|$without}" -j 2 --timeout 600) >"$dir/tests.out" 2>&1 ||
        { sed -n '/The following tests FAILED/,$p' "$dir/tests.out"; die "these fail without any mutant; try: --without REGEX"; }
    {
        echo "$sum $* $without"
        sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) .* Passed *\([0-9.]*\) sec.*/\1 \2/p' "$dir/tests.out"
    } >"$dir/times"
}

limit_of() { # TEST: seconds after which it hangs; nothing for a test that does not count
    awk -v t="$1" -v least="$least" 'NR > 1 && $1 == t { x = 10 * $2; print int(x > least ? x + 1 : least) }' "$dir/times"
}

# ---- one mutant ------------------------------------------------------------------------------------------------------

hangs() { ! grep -q '\*\*\*Timeout' "$dir/tests.out" || echo ' hangs'; }

# Builds what each test needs and runs it; the name of the first that fails.
first_to_fail() {
    local test limit
    for test; do
        limit=$(limit_of "$test")
        [ -n "$limit" ] || continue
        compile "$(target_of "$test")" || { echo 'does not link'; return; }
        (cd "$build" && ctest -R "^$test\$" --timeout "$limit") >"$dir/tests.out" 2>&1 || { echo "$test$(hangs)"; return; }
    done
}

any_to_fail() { # all but those that ran; LIMIT is that of the slowest
    local limit
    limit=$(awk -v least="$least" 'NR > 1 { x = 10 * $2; most = x > most ? x : most } END { print int(most > least ? most + 1 : least) }' "$dir/times")
    (cd "$build" && ctest -E "^mutants_|^($(names <<<"$*"))\$${without:+|$without}" -j 2 --stop-on-failure --timeout "$limit") >"$dir/tests.out" 2>&1 && return
    sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) .*\*\*\*\(Failed\|Timeout\|Exception\).*/\1/p' "$dir/tests.out" | head -n 1
}

# try_built FILE NUMBER: sets result and by
try_built() {
    local tests
    if [ -n "$map" ]; then tests=$(tests_of_line "$1" "$2"); else tests=$(tests_of "$1"); fi
    # The map has only what is in the library, not the command line.
    case $1 in src/cli/*) tests=$(tests_of "$1") ;; esac
    if ! compile simsiam; then
        result=broken by='does not compile'
        return
    fi
    if [ "$(objects)" = "$before" ]; then
        result=same by='the same machine code'
        return
    fi
    result=killed
    # shellcheck disable=SC2086 # words
    by=$(first_to_fail $tests)
    if [ -z "$by" ] && [ -z "$quick$map" ]; then
        # shellcheck disable=SC2086
        if compile all; then by=$(any_to_fail $tests); else by='does not link'; fi
    fi
    [ -n "$by" ] || result=survived
    rm -rf "$dir/home" "$dir/tmp"
    mkdir -p "$dir/home" "$dir/tmp"
}

# What a result means for the line that made it: sets verdict.
judge() { # WHY RANDOM
    verdict=$result
    case $result:$1 in
    survived:equivalent:*) verdict=equivalent ;;
    killed:equivalent:*) verdict=wrong by="its line says equivalent, but a test sees it: $by" ;;
    same:*) verdict=equivalent ;;
    broken:*) [ -n "$2" ] || verdict=wrong ;;
    survived:?*) [ -z "$2" ] || verdict=equivalent ;;
    esac
}

# ---- all of them -----------------------------------------------------------------------------------------------------

# Mutants to try: id, file, line number (0: by text), text, replacement, why.
if [ "$random" -gt 0 ]; then
    (cd "$source" && find src -name '*.[ch]' | sort | xargs awk -v seed="$seed" -v n="$random" -f "$here/random.awk") >"$dir/todo"
else
    check_tables >"$dir/check" || { cat "$dir/check"; exit 1; }
    rows "$tables/list" | awk -F '\t' -v OFS='\t' '{ print $1, $2, 0, $3, $4, $5 }' >"$dir/todo"
fi
awk -F '\t' -v room="$room" -v only="$only" '
(room == "" || index($2, "src/" room "/") == 1) && (only == "" || $1 == only)' "$dir/todo" >"$dir/chosen"
[ -s "$dir/chosen" ] || die "there is no such mutant"

sync_tree || die "the tree cannot be copied"
[ -f "$build/build.ninja" ] || cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$dir/build.out" 2>&1 ||
    { tail -n 20 "$dir/build.out"; die "the tree cannot be configured"; }
compile all || { tail -n 20 "$dir/build.out"; die "the tree does not build"; }
find_targets
if [ -n "$quick" ]; then
    # shellcheck disable=SC2046
    measure_tests $(cut -f 2 "$dir/chosen" | sort -u | while IFS= read -r file; do tests_of "$file"; done | tr ' ' '\n' | sort -u)
else
    measure_tests
fi
before=$(objects)

touch "${log:=$dir/log}"
total=$(wc -l <"$dir/chosen") done=0 tried=0 start=$SECONDS
while IFS= read -r row; do
    columns "$row"
    id=${F[0]} file=${F[1]} number=${F[2]} text=${F[3]} replacement=${F[4]} why=${F[5]:-}
    done=$((done + 1))
    cut -f 1 "$log" | grep -qxF -- "$id" && continue
    cp "$copy/$file" "$original"
    NUMBER=$number TEXT=$text NEW=$replacement awk '
    BEGIN { number = ENVIRON["NUMBER"] + 0; text = ENVIRON["TEXT"]; new = ENVIRON["NEW"] }
    number ? FNR == number : (at = index($0, text)) {
        if (number) $0 = new
        else $0 = substr($0, 1, at - 1) new substr($0, at + length(text))
    }
    { print }' "$original" >"$copy/$file"
    began=$SECONDS
    line=$number
    [ "$number" != 0 ] || line=$(grep -nF -- "$text" "$original" | head -n 1 | cut -d : -f 1)
    try_built "$file" "$line"
    cp "$original" "$copy/$file"
    random_id=''
    if [ "$number" != 0 ]; then
        random_id=1
        text=$(trim <<<"$text") replacement=$(trim <<<"$replacement")
        why=$(known_why "$file" "$text" "$replacement")
    fi
    judge "$why" "$random_id"
    tried=$((tried + 1))
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$id" "$(room_of "$file")" "$verdict" "$by" "$((SECONDS - began))" "$file" "$text" "$replacement" >>"$log"
    printf '[%d/%d, %d s, about %d min left] %s %s%s\n' "$done" "$total" "$((SECONDS - began))" \
        "$(((SECONDS - start) * (total - done) / tried / 60))" "$id" "$verdict" "${by:+ ($by)}"
done <"$dir/chosen"

# ---- what came of it -------------------------------------------------------------------------------------------------

cut -f 1 "$dir/chosen" | awk -F '\t' 'NR == FNR { chosen[$1]; next } $1 in chosen' - "$log" >"$dir/results"
echo
awk -F '\t' '
{ n[$2, $3]++; rooms[$2] }
END {
    printf "%-12s %7s %9s %11s %7s %6s\n", "room", "killed", "survived", "equivalent", "broken", "wrong"
    for (r in rooms)
        printf "%-12s %7d %9d %11d %7d %6d\n", r, n[r, "killed"], n[r, "survived"], n[r, "equivalent"], n[r, "broken"], n[r, "wrong"] | "sort"
    close("sort")
}' "$dir/results"
awk -F '\t' '$3 == "survived" || $3 == "wrong" { print $3 ": " $1 " " $6 ($4 == "" ? "" : " (" $4 ")"); print "    " $7; print "    " $8 }' "$dir/results"
awk -F '\t' '
{ n[$3]++ }
END {
    printf "%d killed, %d survived, %d equivalent\n", n["killed"], n["survived"], n["equivalent"]
    exit n["survived"] + n["wrong"] > 0
}' "$dir/results"
