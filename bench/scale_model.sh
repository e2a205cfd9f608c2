#!/bin/bash
# How long a step takes on 1 to 4,096 ranks: a model of what docs/SCALE.md describes, from the time of computing, the latency and the
# bandwidth.
#
#   bench/scale_model.sh [NAME=VALUE...]         prints the table
#   bench/scale_model.sh --check PROGRAM [NAME=VALUE...]
#                        measures all of it on this machine with 2 ranks of 1 thread, and compares the predicted step with a real one
#
#   net=resnet50        or resnet18 (CIFAR): what is sent
#   batch=512           images of a step, of all ranks
#   image_ms=80         computing of one image (two views, forward and backward) on one rank
#   step_ms=60          of a step beside its images: the optimiser, say
#   latency_us=20       of a small collective on two ranks ("a number in", simsiam doctor under a launcher)
#   overhead_us=1       of each further message that a rank sends in it
#   bandwidth=1.2       GB/s with which one rank sends
#   ranks="1 2 4 ..."   the rows
set -eu
net=resnet50 batch=512 image_ms=80 step_ms=60 latency_us=20 overhead_us=1 bandwidth=1.2 ranks="1 2 4 8 16 32 64 128 256 512 1024 2048 4096"
program=
if [ "${1:-}" = --check ]; then
    program=$(realpath "${2:?is the program}")
    shift 2
fi
for set in "$@"; do
    case $set in
    net=* | batch=* | image_ms=* | step_ms=* | latency_us=* | overhead_us=* | bandwidth=* | ranks=*) declare "$set" ;;
    *) sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2 ;;
    esac
done
# What the program counts (simsiam bench --what ranks): parameters, messages of gradients, layers of BatchNorm and their channels.
case $net in
resnet50) size=224 floats=38215744 sums=23 layers=57 channels=33216 ;;
resnet18) size=32 floats=18532414 sums=11 layers=23 channels=9408 ;;
*) echo "scale_model.sh: there is no net '$net'" >&2; exit 2 ;;
esac

# RANKS -> a row. A rank sends 2 (R-1)/R of the gradients while backward, two thirds of computing, goes on; what is left of it then, and
# the last message, is waited for. The statistics of each layer go whole to every other rank, forward and backward, and are waited for.
model() {
    awk -v R="$1" -v batch="$batch" -v image="$image_ms" -v rest="$step_ms" -v lat="$latency_us" -v over="$overhead_us" -v bw="$bandwidth" \
        -v G="$floats" -v sums="$sums" -v L="$layers" -v C="$channels" '
        function ms(bytes) { return bytes / bw / 1e6 }
        BEGIN {
            share = batch / R
            if (share < 1) exit
            compute = share * image
            call = R > 1 ? (lat + (R - 2) * over) / 1e3 : 0
            gradients = R > 1 ? 2 * sums * call + ms(8 * G * (R - 1) / R) : 0
            last = R > 1 ? 2 * call + ms(8 * 5e5 * (R - 1) / R) : 0
            open = gradients - compute * 2 / 3
            open = open < last ? last : open
            statistics = R > 1 ? (2 * L + 2) * call + 2 * ms(32 * C * (R - 1)) : 0
            step = rest + compute + statistics + open
            alone = rest + batch * image
            printf "%6d %8.1f %10.1f %10.2f %10.1f %10.1f %10.1f %10.1f %9.0f %%\n", R, share, compute, statistics, gradients, open, step,
                1e3 * batch / step, 100 * alone / R / step
        }'
}
table() {
    printf '%6s %8s %10s %10s %10s %10s %10s %10s %11s\n' ranks images 'compute ms' 'stats ms' 'sums ms' 'unhidden' 'step ms' 'images/s' efficiency
    for r in $ranks; do model "$r"; done
}
if [ -z "$program" ]; then
    echo "$net, batch $batch: $image_ms ms an image and $step_ms ms a step, $latency_us us + $overhead_us us a message, $bandwidth GB/s"
    table
    exit
fi

# ---- measured here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
number() { sed -nE "s/.*\"$2\": *([0-9.e+-]+).*/\\1/p" "$1" | head -n 1; }
step() { # IMAGES: ms of a step of one process, while another does the same
    local pid
    "$program" bench --what step --arch "$net" --size "$size" --batch "$1" --threads 1 --floor false --json >"$work/other" &
    pid=$!
    "$program" bench --what step --arch "$net" --size "$size" --batch "$1" --threads 1 --floor false --json >"$work/step"
    wait "$pid"
    number "$work/step" ms
}
mpirun -n 2 "$program" doctor >"$work/doctor"
read -r bandwidth latency_us < <(sed -nE 's/^PASS  sum +[0-9]+ KiB in [0-9.e+]+ ms \(([0-9.e+]+) GB\/s\), a number in ([0-9.e+]+) us.*/\1 \2/p' "$work/doctor")
bandwidth=$(awk -v b="$bandwidth" 'BEGIN { print b }')
small=$((batch / 4)) large=$((batch / 2))
a=$(step $small) b=$(step $large)
image_ms=$(awk -v a="$a" -v b="$b" -v n=$((large - small)) 'BEGIN { printf "%.3f", (b - a) / n }')
step_ms=$(awk -v b="$b" -v i="$image_ms" -v n="$large" 'BEGIN { printf "%.3f", b - n * i }')
mpirun -n 2 "$program" bench --what ranks --arch "$net" --size "$size" --batch "$batch" --threads 1 --json >"$work/ranks"
echo "$net, batch $batch, measured here: $image_ms ms an image and $step_ms ms a step, $latency_us us, $bandwidth GB/s"
ranks="1 2" table
awk -v want="$(model 2 | awk '{ print $7 }')" -v got="$(number "$work/ranks" ms)" -v bytes="$(number "$work/ranks" bytes)" \
    -v messages="$(number "$work/ranks" messages)" -v mb="$(awk -v G="$floats" -v C="$channels" 'BEGIN { print 4 * G + 2 * 32 * C }')" \
    -v m="$((2 * sums + 2 * layers + 2))" -v waited="$(number "$work/ranks" waited_ms)" 'BEGIN {
        printf "a step of 2 ranks: predicted %.1f ms, measured %.1f ms (%+.1f %%), of which %.1f ms waited\n", want, got, 100 * (want / got - 1), waited
        printf "a rank sends: predicted %.2f MB in %d messages, counted %.2f MB in %d\n", mb / 1e6, m, bytes / 1e6, messages }'
