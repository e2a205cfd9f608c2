# Sourced by the command-line tests. Each runs in a folder of its own, with its own cache and without colours.
set -u
: "${SIMSIAM_BINARY:?is the program to test}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Threads that wait do not spin: tests run side by side.
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive NO_COLOR=1 LC_ALL=C.UTF-8
failures=0

simsiam() { "$SIMSIAM_BINARY" "$@"; }

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
}

# Run a command; its text goes to files out and err. It must end with the given status; a failing one must say so in
# exactly one `simsiam: error:` line and one `  try:` line, and no tool or sanitizer may have complained.
expect() {
    local want=$1 got
    shift
    "$@" >out 2>err </dev/null
    got=$?
    echo "[$got] ${*//$SIMSIAM_BINARY/simsiam}"
    [ "$got" = "$want" ] || { fail "exit status $got, expected $want: $*"; tail -n 20 out err; }
    if grep -qE 'Sanitizer|runtime error|simsiam: bug' err; then
        fail "it complained: $*"
        head -n 40 err
    fi
    case $want in
    0 | 1 | 75 | 129 | 130 | 143) ;;
    *)
        [ "$(grep -c '^simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: $*"; cat err; }
        [ "$(grep -c '^  try: ' err)" = 1 ] || { fail "not exactly one try line: $*"; cat err; }
        ;;
    esac
}

# The files out or err hold a pattern (extended regular expression), or do not.
says() { grep -qE -- "$2" "$1" || { fail "'$2' is not in $1:"; tail -n 20 "$1"; }; }
silent_about() { ! grep -qE -- "$2" "$1" || { fail "'$2' is in $1:"; tail -n 20 "$1"; }; }

finish() {
    [ "$failures" = 0 ] && echo "all as expected" && exit 0
    echo "$failures checks failed"
    exit 1
}

# A training run of about a second: tiny=(...) after `train demo`.
tiny=(--data synth:train=512,test=128 --width 16 --dim 64 --batch 64 --epochs 2 --threads 2)
