#!/bin/bash
# The golden models' ten steps by ranks that are processes, over MPI: the global batch of one process, SyncBN, the golden tolerances.
#
#   tests/golden/mpi.sh TEST_GOLDEN PLUGIN DIR RANKS...
set -u
test=$1 plugin=$2 golden=$3
shift 3
[ -e "$plugin" ] && command -v mpirun >/dev/null || { echo "skipped: there is no MPI (libopenmpi-dev, openmpi-bin)"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMP_WAIT_POLICY=passive OMP_NUM_THREADS=1
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps what it has until the process ends
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$test" "$plugin" "$work" || exit 1 # the library is looked for beside the program
for n in "$@"; do
    timeout 300 mpirun -n "$n" "$work/test_golden" "$golden" onednn mpi >"$work/out" 2>&1 </dev/null
    status=$?
    grep -E '^rank|tolerance' "$work/out"
    [ $status = 0 ] && [ "$(grep -c ": 0 comparisons failed$" "$work/out")" = "$n" ] || { cat "$work/out"; exit 1; }
done
