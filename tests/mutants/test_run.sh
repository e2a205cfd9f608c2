#!/bin/bash
# The runner of the mutants on a tree of one small file: it tells apart what a test sees, what it cannot see, what hangs,
# what does not compile and what does not fit; and a second run with the same log tries nothing again.
set -u
here=$(cd "$(dirname "$0")" && pwd)
for tool in cmake ctest ninja cc sha1sum; do
    command -v $tool >/dev/null || { echo "there is no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/src/toy" "$tree/tests/mutants"
failures=0
fail() { failures=$((failures + 1)); echo "FAILED: $*"; }

echo 'int half(int x);' >"$tree/src/toy/builder.h" # no folder of builds, whatever its name begins with
cat >"$tree/src/toy/half.c" <<'END'
/* x > 0 in a comment is not the source. */
int half(int x);
int half(int x)
{
    int n = 0;
    if (x > 100)
        x = 100;
    while (x - n > n)
        n++;
    return n;
}
END
cat >"$tree/src/toy/main.c" <<'END'
#include "builder.h"
int main(void) { return half(10) == 5 && half(300) == 50 ? 0 : 1; }
END
cat >"$tree/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.20)
project(toy LANGUAGES C)
enable_testing()
add_executable(simsiam src/toy/half.c src/toy/main.c)
add_test(NAME toy COMMAND simsiam)
add_test(NAME blind COMMAND ${CMAKE_COMMAND} -E true)
END
printf 'src/toy toy\n' >"$tree/tests/mutants/rooms"
line() { local IFS=$'\t'; echo "$*"; } # its arguments as columns

mutants() { bash "$here/run.sh" --source "$tree" --dir "$work/dir" --timeout 2 "$@" >"$work/out" 2>&1; }
expect() { # STATUS, then what run.sh is given
    local want=$1 got
    shift
    mutants "$@"
    got=$?
    [ $got = "$want" ] || { fail "exit status $got, expected $want: $*"; cat "$work/out"; }
}
says() { grep -qE -- "$1" "$work/out" || { fail "'$1' is not in what it said:"; cat "$work/out"; }; }

list=$tree/tests/mutants/list
{
    echo '# a comment'
    line sees src/toy/half.c 'n = 0' 'n = 1000' 'the result is wrong'
    line hangs src/toy/half.c 'n++;' 'n--, n++;' 'it never ends'
    line same src/toy/half.c '    int n = 0;' '    int n = 0; /* and none */' 'equivalent: a comment'
    line edge src/toy/half.c 'x > 100' 'x > 102' 'equivalent: say nobody asks for 101'
} >"$list"
expect 0 --check
says '^4 mutants, 0 known survivors'
expect 0 --log "$work/log"
says 'sees killed \(toy\)'
says 'hangs killed \(toy hangs\)'
says '^toy +2 +0 +2 +0 +0$'
says '^2 killed, 0 survived, 2 equivalent$'
cmp -s "$tree/src/toy/half.c" "$work/dir/tree/src/toy/half.c" || fail "the copy is not as it was"

# What no test sees and no line explains; what does not compile; what a test sees although its line denies it.
{
    line lives src/toy/half.c 'x = 100' 'x = 101' 'half(300) would be 51'
    line broken src/toy/half.c 'return n;' 'return m;' 'nothing'
    line denied src/toy/half.c 'x - n' 'x + n' 'equivalent: it is not'
} >>"$list"
sed -i 's/half(300) == 50/half(300) >= 50/' "$tree/src/toy/main.c"
expect 1 --log "$work/log" --quick
says '^\[7/7'
! grep -q '] sees' "$work/out" || fail "a mutant of the log was tried again"
says '^survived: lives '
says '^wrong: broken .*does not compile'
says '^wrong: denied .*its line says equivalent, but a test sees it: toy hangs'
says '^2 killed, 1 survived, 2 equivalent$'

# Lines that do not fit are refused before anything is built.
refuse() { # what it says, then the columns
    local said=$1
    shift
    line "$@" >"$list"
    expect 1 --check
    says "$said"
    expect 1 --only stale
    says "$said"
}
refuse 'has its text 0 times, not once' stale src/toy/half.c 'x > 99' 'x > 98' why
refuse 'has its text 2 times, not once' stale src/toy/half.c 'int x' 'int y' why
refuse 'there is no file src/toy/third.c' stale src/toy/third.c a b why
refuse 'changes nothing' stale src/toy/half.c n++ n++ why
refuse 'has 4 columns for 5' stale src/toy/half.c n++ n--
refuse 'does not say why' stale src/toy/half.c n++ n-- ''

# A test that fails by itself says nothing about mutants.
line sees src/toy/half.c 'n = 0' 'n = 1000' 'the result is wrong' >"$list"
sed -i 's/half(10) == 5/half(10) == 6/' "$tree/src/toy/main.c"
expect 2 --only sees
says 'these fail without any mutant'
sed -i 's/half(10) == 6/half(10) == 5/' "$tree/src/toy/main.c"

# With a map the tests that run the line are tried, and no others: those of the line itself, or of the nearest around it.
{
    line start src/toy/half.c 'n = 0' 'n = 1000' 'the result is wrong'
    line bound src/toy/half.c 'x = 100' 'x = 0' 'half(300) would be 0'
} >"$list"
map() { # MUTANT STATUS WHAT-IT-SAYS, then lines of a map
    local mutant=$1 status=$2 said=$3
    shift 3
    printf '%s\n' "$@" >"$work/map"
    rm -f "$work/dir/log"
    expect "$status" --map "$work/map" --only "$mutant"
    says "$said"
}
map start 0 'start killed \(toy\)' "$(line src/toy/half.c 5 '0 2' 'blind toy')"
map start 1 '^survived: start ' "$(line src/toy/half.c 5 0 blind)" "$(line src/toy/half.c 6 0 toy)"
map start 1 '^survived: start ' "$(line src/toy/main.c 5 0 toy)"
map bound 0 'bound killed \(toy\)' "$(line src/toy/half.c 5 0 toy)" "$(line src/toy/half.c 9 0 blind)"
map bound 0 'bound killed \(toy\)' "$(line src/toy/half.c 5 0 blind)" "$(line src/toy/half.c 9 0 toy)"
map bound 1 '^survived: bound ' "$(line src/toy/half.c 4 0 toy)" "$(line src/toy/half.c 6 0 blind)" "$(line src/toy/half.c 9 0 blind)"
map bound 1 '^survived: bound ' "$(line src/toy/half.c 5 0 toy)" "$(line src/toy/half.c 7 0 blind)" "$(line src/toy/half.c 9 0 toy)"

# Random ones: the same for the same seed, none in comments; a survivor may be explained.
draw() { (cd "$tree" && awk -v seed="$1" -v n=99 -f "$here/random.awk" src/toy/half.c src/toy/main.c); }
[ "$(draw 1)" = "$(draw 1)" ] || fail "the same seed draws different mutants"
[ "$(draw 1)" != "$(draw 2)" ] || fail "two seeds draw the same mutants"
[ "$(draw 1 | cut -f 3-)" != "" ] && draw 1 | cut -f 4,5 | sort >"$work/drawn"
! grep -q comment "$work/drawn" || fail "a comment was changed"
grep -qxF "$(line '        x = 100;' '        x = 101;')" "$work/drawn" || fail "the bound is not among the mutants"
edge=$(draw 1 | awk -F '\t' '$5 == "        x = 101;" { print $1 }')
expect 1 --random 99 --only "$edge"
says '^survived: random-1-'
line src/toy/half.c 'x = 100;' 'x = 101;' 'the test asks for 50 and more' >"$tree/tests/mutants/random_known"
rm -f "$work/dir/log"
expect 0 --random 99 --only "$edge"
says '^0 killed, 0 survived, 1 equivalent$'

[ $failures = 0 ] && echo "all as expected" && exit 0
echo "$failures checks failed"
exit 1
