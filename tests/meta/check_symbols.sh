#!/bin/bash
# What the libraries show and what they use: the shared one exports siam.h's functions and nothing else; the archive defines
# nothing outside the prefix; nothing in it can end the process, print, or change what belongs to the whole process; and
# nothing in it is a writable variable.
set -u
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}" || exit 1
: "${SIMSIAM_SHARED:?is libsiam.so}" "${SIMSIAM_STATIC:?is libsiam.a}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
complain() { echo "$1"; sed 's/^/    /' "$2"; bad=1; }

sed -n 's/^SIAM_API .*\b\(siam_[a-z0-9_]*\)(.*/\1/p' include/siam.h | sort >"$tmp/declared"
[ "$(grep -c 'SIAM_API ' include/siam.h)" = $(($(wc -l <"$tmp/declared") + 1)) ] || # one more: its definition
    { echo "a declaration of siam.h does not have its name in the line of SIAM_API"; bad=1; }
# Tools put marks of their own into a build with sanitizers; theirs begin with two underscores.
nm -D --defined-only "$SIMSIAM_SHARED" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | grep -v '^__' | sort >"$tmp/exported"
[ -s "$tmp/exported" ] || { echo "$SIMSIAM_SHARED exports nothing"; bad=1; }
comm -23 "$tmp/declared" "$tmp/exported" >"$tmp/diff"
[ -s "$tmp/diff" ] && complain "declared in siam.h and not exported by libsiam.so:" "$tmp/diff"
comm -13 "$tmp/declared" "$tmp/exported" >"$tmp/diff"
[ -s "$tmp/diff" ] && complain "exported by libsiam.so and not declared in siam.h:" "$tmp/diff"

nm -g --defined-only "$SIMSIAM_STATIC" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(siam_|_*(asan|odr_asan|ubsan|tsan))/ {print $3}' |
    sort -u >"$tmp/foreign"
[ -s "$tmp/foreign" ] && complain "libsiam.a defines these global names without siam_ in front:" "$tmp/foreign"

# bug.c alone may abort, saying where on stderr: a broken invariant.
nm -A -u "$SIMSIAM_STATIC" 2>/dev/null | sed 's/^.*:\([^:]*\.o\): *U */\1 /' | awk '
BEGIN {
    n = split("exit _exit _Exit quick_exit atexit abort raise kill __assert_fail printf vprintf puts putchar perror " \
              "stdout stderr stdin getchar scanf signal sigaction sigprocmask alarm setlocale setenv putenv unsetenv " \
              "chdir fchdir umask system popen fork vfork execv execve execvp execl posix_spawn setrlimit " \
              "rand srand random strtok strerror localtime gmtime asctime ctime getopt getopt_long tmpnam " \
              "__printf_chk __vprintf_chk", names, " ")
    for (i = 1; i <= n; i++) forbidden[names[i]] = 1
}
{ sub(/@.*/, "", $2) }
$2 in forbidden && !($1 == "bug.c.o" && ($2 == "abort" || $2 == "stderr")) { print $1 ": " $2 }' >"$tmp/uses"
[ -s "$tmp/uses" ] && complain "a library must not use these:" "$tmp/uses"

if ! nm -u "$SIMSIAM_STATIC" 2>/dev/null | grep -qE '__(asan|tsan|ubsan)_'; then # they add variables of their own
    size -A "$SIMSIAM_STATIC" | awk '$2 == "(ex" {file = $1}
        $1 ~ /^\.(data|bss|tdata|tbss)(\.|$)/ && $1 !~ /rel\.ro/ && $2 > 0 {print file ": " $2 " bytes of " $1}' >"$tmp/data"
    [ -s "$tmp/data" ] && complain "writable variables outside functions:" "$tmp/data"
fi
[ $bad = 0 ] && echo "$(wc -l <"$tmp/exported") functions are exported, all of siam.h and nothing else"
exit $bad
