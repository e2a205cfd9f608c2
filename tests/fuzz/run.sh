#!/bin/bash
# tests/fuzz/run.sh SECONDS [TARGET...]: fuzzes each target for so much processor time (on a busy machine that takes longer),
# one after the other, in one process of low priority.
# Starts from its seeds, what earlier runs found (build/fuzz/corpus), and the hostile files of ../shared where they are.
# Needs clang with its runtime: apt-get install clang libclang-rt-14-dev libomp-dev
# An input that fails is kept in build/fuzz/found; the exit status then is 1.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
[ $# -gt 0 ] || set -- jpeg png tiff webp bmp gif pnm list config cifar idx tar run safetensors torch_zip torch_legacy
cmake --preset fuzz >/dev/null
ninja -C build/fuzz "${@/#/fuzz_}" | tail -n 1
# A request for more memory than there is must fail as it does without the sanitizer.
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1} OMP_NUM_THREADS=1
mkdir -p build/fuzz/found
bad=0
for target in "$@"; do
    corpus=build/fuzz/corpus/$target log=build/fuzz/$target.log
    mkdir -p "$corpus"
    seeds=(tests/fuzz/corpus/"$target") words=()
    case $target in jpeg | png | tiff | webp | bmp | gif | pnm) seeds+=(tests/data/codec) ;; esac
    [ ! -e "tests/fuzz/$target.dict" ] || words=(-dict="tests/fuzz/$target.dict")
    [ -d ../shared/data/hostile ] && seeds+=(../shared/data/hostile)
    result="no finding" used=0 round=0
    : >"$log"
    # libFuzzer counts the seconds on the wall: rounds of it, until enough were spent on the processor.
    while [ "$used" -lt "$seconds" ] && [ "$result" = "no finding" ]; do
        left=$((seconds - used))
        round=$((round + 1))
        TIMEFORMAT='processor %U %S'
        { time nice -n 15 "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time=$((left < 300 ? left : 300)) -timeout=100 \
            -rss_limit_mb=2560 -max_len=65536 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" "${words[@]}" \
            "$corpus" "${seeds[@]}"; } >>"$log" 2>&1 || { result="FAILED, see $log and build/fuzz/found"; bad=1; }
        used=$(awk '/^processor / { s += $2 + $3 } END { printf "%d", s + 0.5 }' "$log")
        [ $round -lt 1000 ] || break
    done
    awk -v target="$target" -v result="$result" -v used="$used" '
    /^stat::number_of_executed_units:/ { n += $2 }
    / cov: [0-9]+ / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
    END { printf "%-13s %9d executions in %d s, %d edges: %s\n", target, n, used, cov, result }' "$log"
done
exit $bad
