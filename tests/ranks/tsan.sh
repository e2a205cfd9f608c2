#!/bin/bash
# ThreadSanitizer over two ranks that train: the threads of a rank (loader, saver, sums beside the computation, signs of life) against
# each other. Computing has one thread: gcc's OpenMP is not instrumented, and its barriers would look like races.
#
#   cmake --preset tsan && cmake --build --preset tsan && tests/ranks/tsan.sh [BUILD]       default: build/tsan
#
# tsan.supp leaves out what MPI and its libraries do among themselves. Exit status 77: there is no MPI.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${1:-$here/../../build/tsan}")
[ -e "$build/libsiam_mpi.so" ] && command -v mpirun >/dev/null || { echo "skipped: there is no MPI, or no build in $build"; exit 77; }
nm "$build/simsiam" | grep -q __tsan_init || { echo "$build/simsiam is not built with -fsanitize=thread"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMP_NUM_THREADS=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe XDG_CACHE_HOME=$work/cache
# The first race ends nothing: all are told, and the status is 66 then.
export TSAN_OPTIONS="suppressions=$here/tsan.supp log_path=$work/race exitcode=66"
bad=0
ranks() { # ARGUMENT...
    timeout 600 mpirun -n 2 "$build/simsiam" "$@" >told 2>&1
    local got=$?
    echo "[$got] 2 ranks: $*"
    [ $got = 0 ] || { tail -n 20 told; bad=1; }
}
small=(--data synth:train=96,test=32 --width 8 --size 8 --dim 32 --epochs 3 --batch 16 --tuning fixed --threads 1 --workers 2 --save_minutes 0.005)
ranks train demo "${small[@]}" --out a
ranks train demo "${small[@]}" --out b --stop_step 7
ranks train --out b --resume
ranks train demo "${small[@]}" --out c --sync_bn false --accum 2
n=$(cat race.* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer')
[ "$n" = 0 ] || { cat race.* | head -n 120; bad=1; }
echo "$n races"
exit $bad
