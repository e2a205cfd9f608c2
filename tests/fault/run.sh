#!/bin/bash
# Faults of the machine, in full: what ctest tries in small (fault_*). Minutes to hours; the last line of each part is what
# docs/RELIABILITY.md says of it.
#
#   tests/fault/run.sh               all parts
#   tests/fault/run.sh io            every call of a file of every verb that writes fails, in nine ways, once and from then on
#   tests/fault/run.sh alloc         every allocation of every verb fails, once and from then on (of jansson's every 16th)
#   tests/fault/run.sh power         power cuts: every state a disk may be in while a run saves
#   tests/fault/run.sh kill          kill -9 at any instant, half of the times inside a save
#   tests/fault/run.sh ranks         a rank of several is killed or stopped
#
#   --build FOLDER    the build to try (default: build/release)
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$source/build/release
all=(io alloc power kill ranks)
parts=()

die() { echo "fault: error: $*" >&2; exit 2; }

while [ $# -gt 0 ]; do
    case $1 in
    --build) [ $# -gt 1 ] || die "--build needs a value"; build=$2; shift ;;
    -h | --help) sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) [[ " ${all[*]} " == *" $1 "* ]] || die "there is no part '$1'; try: $0 --help"; parts+=("$1") ;;
    esac
    shift
done
[ -x "$build/simsiam" ] || die "there is no program in $build; try: cmake --preset release && cmake --build --preset release"
build=$(realpath "$build")
export SIMSIAM_SOURCE=$source SIMSIAM_BINARY=$build/simsiam OMP_WAIT_POLICY=passive

part_io() { "$build/tests/fault/fault_io" --full; }
part_alloc() { "$build/tests/fault/fault_alloc" --full; }
part_power() { "$build/tests/fault/fault_power" 120000; }
part_kill() { "$build/tests/fault/kill_chain" 2000 200; }
part_ranks() { "$here/ranks.sh" 200; }

bad=0
for part in "${parts[@]:-${all[@]}}"; do
    echo "== $part, $(date -u +%F), $(git -C "$source" describe --always --dirty 2>/dev/null || echo 'no commit')"
    "part_$part" || { echo "== $part FAILED"; bad=1; }
done
exit $bad
