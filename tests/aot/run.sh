#!/bin/bash
# What NVIDIA's compiler makes of a training step and of its views, for GPUs that are not there: `compile_for` reads the optimised program.
# Nothing is run and nothing is said of speed. Minutes; the plug-in and two libraries of CUDA (180 MB) come by pip, pinned, into build/plugins.
#
#   tests/aot/run.sh                      all GPUs and networks, as a table; every row must keep within the budgets below
#   tests/aot/run.sh GPU [NETWORK]        one of h200, a100, rtx4090, b200; cifar, imagenet, cifar-views or imagenet-views
#   tests/aot/run.sh --here [GPU ...]     the same, but where the plug-in is not there already nothing is fetched: exit status 77
#
#   --build FOLDER    the build (default: build/release)
set -u
source=$(cd "$(dirname "$0")/../.." && pwd)
cd "$source" || exit 2
build=build/release here='' gpus=() networks=()
. tests/aot/gpus.sh
. scripts/plugins.sh
while [ $# -gt 0 ]; do
    case $1 in
    --here) here=1 ;;
    --build) [ $# -gt 1 ] || { echo "aot: error: --build needs a value" >&2; exit 2; }; build=$2; shift ;;
    -h | --help) sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    cifar | imagenet | cifar-views | imagenet-views) networks+=("$1") ;;
    *) [[ " $gpu_names " == *" $1 "* ]] || { echo "aot: error: there is no GPU '$1'; known are: $gpu_names" >&2; exit 2; }; gpus+=("$1") ;;
    esac
    shift
done
[ ${#gpus[@]} -gt 0 ] || read -ra gpus <<<"$gpu_names"
[ ${#networks[@]} -gt 0 ] || networks=(cifar imagenet cifar-views imagenet-views)
if [ -n "$here" ]; then
    plugin_is_here jax-cuda13-pjrt && plugin_is_here nvidia-cuda-runtime && plugin_is_here nvidia-nvjitlink || exit 77
fi
fetch_plugin nvidia-cuda-runtime && runtime=$plugin && fetch_plugin nvidia-nvjitlink && linker=$plugin && fetch_plugin jax-cuda13-pjrt || exit 77
export LD_LIBRARY_PATH=${runtime%/*}:${linker%/*}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} TF_CPP_MIN_LOG_LEVEL=3
[ -x "$build/tests/aot/compile_for" ] || { echo "aot: error: there is no $build/tests/aot/compile_for: build it first" >&2; exit 2; }

work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
bad=0
complain() { echo "FAILED: $*"; bad=1; }

# compile GPU NETWORK BATCH DEVICES: sets is[WORD] to the numbers that compile_for prints
declare -A is
compile() {
    local gpu=$1 network=$2 line
    rm -rf "$work/dump"
    mkdir "$work/dump"
    describe "$gpu" >"$work/gpu.txtpb"
    line=$("$build/tests/aot/compile_for" "$plugin" "$work/gpu.txtpb" "$network" "$3" "$4" "$work/dump" 2>"$work/err" | grep '^forward ') ||
        { complain "$gpu $network is not compiled: $(grep -m 1 'compile_for: error' "$work/err" || tail -n 1 "$work/err")"; return 1; }
    local words=($line) i
    for ((i = 0; i < ${#words[@]}; i += 2)); do is[${words[i]}]=${words[i + 1]}; done
    [ "${is[scatter]}${is[sort]}" = 00 ] || complain "$gpu $network: ${is[scatter]} scatters, ${is[sort]} sorts"
}

within() { awk -v a="${is[temporaries]}" -v b="$1" -v c="${is[traffic]}" -v d="$2" 'BEGIN { exit !(a <= b && c <= d) }' ||
    complain "more than $1 MB of temporaries, or than $2 MB of traffic an image"; }

# try GPU NETWORK BATCH DEVICES CONVOLUTIONS TEMPORARIES TRAFFIC: convolutions, MB and MB an image that may not be exceeded
try() {
    local gpu=$1 network=$2 batch=$3 devices=$4 convolutions=$5
    compile "$@" || return
    printf '%-8s %-9s %5d x %d  convolutions %d+%d+%d  temporaries %8.1f MB  traffic %6.1f MB/image  kernels %d\n' "$gpu" "$network" "$batch" "$devices" \
        "${is[forward]}" "${is[input]}" "${is[filter]}" "${is[temporaries]}" "${is[traffic]}" "${is[kernels]}"
    [ $((is[forward] + is[input] + is[filter])) = "$convolutions" ] || complain "$((is[forward] + is[input] + is[filter])) convolutions, not $convolutions"
    [ "${is[handed]}" -ge "${is[state]}" ] || complain "of ${is[state]} bytes of parameters and momentum only ${is[handed]} stay in their place"
    [ "$devices" = 1 ] || [ "${is[allreduce]}" -gt 0 ] || complain "nothing is summed over the devices"
    within "$6" "$7"
}

# views GPU NETWORK BATCH TEMPORARIES TRAFFIC: their pixels are the host's, so no instruction may round in a way of its own
views() {
    compile "$1" "$2" "$3" 1 || return
    printf '%-8s %-14s %5d  temporaries %8.1f MB  traffic %6.1f MB/image  kernels %d\n' "$1" "$2" "$3" "${is[temporaries]}" "${is[traffic]}" \
        "${is[kernels]}"
    [ "${is[fused]}${is[divided]}" = 00 ] || complain "$1 $2: ${is[fused]} products are fused with sums, ${is[divided]} floats are divided"
    within "$4" "$5"
}

for gpu in "${gpus[@]}"; do
    for network in "${networks[@]}"; do
        case $network in # 20 and 53 convolutions, three ways; that of the images has no backward-data
        cifar) try "$gpu" cifar 512 1 59 2560 46 ;;
        cifar-views) views "$gpu" cifar-views 512 "$([ "$gpu" = b200 ] && echo 30 || echo 26)" 1.2 ;;
        imagenet-views)
            case $gpu in # for b200 the compiler fuses less
            b200) views "$gpu" imagenet-views 256 800 45 ;;
            *) views "$gpu" imagenet-views 256 480 34 ;;
            esac
            ;;
        imagenet)
            case $gpu in
            rtx4090) try "$gpu" imagenet 64 1 158 5350 790 ;;
            *) try "$gpu" imagenet 256 1 158 21600 790 ;;
            esac
            ;;
        esac
    done
done
[ "${#networks[@]}" = 1 ] || [ "${gpus[0]}" != h200 ] || try h200 cifar 512 8 59 2860 47.5
exit $bad
