#!/bin/bash
# The program and the shared library carry what compilers and linkers offer against faults: position independent, no stack
# that can run, tables of functions read-only and bound at the start, stacks and copies checked, marks for jumps on x86.
set -u
: "${SIMSIAM_BINARY:?is the program}" "${SIMSIAM_SHARED:?is libsiam.so}" "${SIMSIAM_STATIC:?is libsiam.a}"
command -v readelf >/dev/null || { echo "there is no readelf"; exit 77; }
[ -z "${SIMSIAM_SANITIZE:-}" ] || { echo "a build with sanitizers has their checks instead"; exit 77; }
bad=0
has() { # FILE WHAT PATTERN READELF-OPTION...
    local file=$1 what=$2 pattern=$3
    shift 3
    LC_ALL=C readelf -W "$@" "$file" 2>/dev/null | grep -qE -- "$pattern" || { echo "${file##*/} has no $what"; bad=1; }
}
for file in "$SIMSIAM_BINARY" "$SIMSIAM_SHARED"; do
    has "$file" "position independent code" 'Type: +DYN' -h
    has "$file" "read-only tables (relro)" 'GNU_RELRO' -l
    has "$file" "binding at the start (-z now)" '\(FLAGS(_1)?\).*NOW' -d
    has "$file" "stack without the right to run" 'GNU_STACK .* RW ' -l
    has "$file" "checked stacks" '__stack_chk_fail' --dyn-syms
    has "$file" "checked copies (FORTIFY)" '__[a-z]+_chk' --dyn-syms
    [ "$(LC_ALL=C readelf -W --dyn-syms "$file" | grep -cE '__(memcpy|memset|snprintf|vsnprintf|fprintf|vfprintf|strcpy|strcat|read|pread64?|realpath)_chk')" -ge 3 ] ||
        { echo "${file##*/} checks fewer than three kinds of copies"; bad=1; }
    LC_ALL=C readelf -W -l "$file" | grep -qE 'LOAD .* RWE ' && { echo "${file##*/} has memory that can be written and run"; bad=1; }
done
# The linker drops the marks for jumps where the system's own start files have none, so they are looked for in our objects.
case $(LC_ALL=C readelf -h "$SIMSIAM_BINARY" | sed -n 's/ *Machine: *//p') in
*X86-64*)
    marked=$(LC_ALL=C readelf -W -n "$SIMSIAM_STATIC" 2>/dev/null | grep -cE 'IBT.*SHSTK')
    objects=$(LC_ALL=C readelf -W -h "$SIMSIAM_STATIC" 2>/dev/null | grep -c '^ELF Header')
    [ "$objects" -gt 50 ] && [ "$marked" = "$objects" ] ||
        { echo "$marked of $objects objects have marks for indirect jumps (IBT, SHSTK)"; bad=1; }
    ;;
esac
exit $bad
