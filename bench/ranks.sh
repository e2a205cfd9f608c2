#!/bin/bash
# Several ranks on one machine: 2 ranks of 1 thread against 1 process of 2 threads, the same global batch, alternating; and SyncBN on
# against off.
#
#   bench/ranks.sh PROGRAM [ROUNDS]      default: 5 rounds of ResNet-18 (CIFAR, batch 128) and of ResNet-50 (224 px, batch 16)
#
# WORK="resnet18" or "resnet50" alone; RANKS and THREADS change the split (threads of the one process: their product). Prints
# steps/s of each, the share of a step in which a rank waits for the others (rank_wait), the bytes that it sends in a step
# (rank_bytes), and the medians of the ratios.
set -eu
program=$(realpath "${1:?is the program}")
rounds=${2:-5}
: "${WORK:=resnet18 resnet50}" "${RANKS:=2}" "${THREADS:=1}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
median() { sort -n "$1" | awk '{ r[NR] = $1 } END { printf "%.3f", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2 }'; }
number() { sed -n "s/.*\"kind\":\"step\".*\"step\":$2,.*\"$3\":\([0-9.e+-]*\).*/\1/p" "$1/metrics.jsonl"; }
rate() { awk -v a="$(number "$1" 3 seconds)" -v b="$(number "$1" "$steps" seconds)" -v n="$((steps - 3))" 'BEGIN { print n / (b - a) }'; }
mean() { sed -n "s/.*\"kind\":\"step\".*\"$2\":\([0-9.e+-]*\).*/\1/p" "$1/metrics.jsonl" | awk -v f="${3:-1}" '{ s += $1 } END { print f * s / NR }'; }
for arch in $WORK; do
    case $arch in
    resnet18) steps=12 batch=128 size=32 net=(--stem cifar --width 64 --projector_layers 2) ;;
    resnet50) steps=8 batch=16 size=224 net=(--stem imagenet --width 64 --projector_layers 3) ;;
    *) echo "ranks.sh: there is no work '$arch'" >&2; exit 2 ;;
    esac
    options=(--data "synth:train=$((steps * batch)),test=16" --arch "$arch" "${net[@]}" --size "$size" --dim 2048 --batch "$batch" --epochs 1
        --eval.every 0 --log_every 1 --save_minutes 0)
    one() { rm -rf one && "$program" train demo "${options[@]}" --threads $((RANKS * THREADS)) --out one >/dev/null 2>&1; }
    many() { local out=$1; shift; rm -rf "$out" && mpirun -n "$RANKS" "$program" train demo "${options[@]}" --threads "$THREADS" --out "$out" "$@" >/dev/null 2>&1; }
    rm -f over_one over_off
    one && many many && many off --sync_bn false # kernels are timed once
    for round in $(seq "$rounds"); do
        one && many many && many off --sync_bn false
        a=$(rate one) b=$(rate many) c=$(rate off)
        echo "$arch round $round: 1 x $((RANKS * THREADS)) $a steps/s, $RANKS x $THREADS $b (waits $(mean many rank_wait 100) %, $(mean many rank_bytes 1e-6) MB a step), SyncBN off $c"
        awk -v a="$a" -v b="$b" 'BEGIN { print b / a }' >>over_one
        awk -v a="$c" -v b="$b" 'BEGIN { print b / a }' >>over_off
    done
    echo "$arch: $RANKS ranks of $THREADS thread over one process $(median over_one), SyncBN on over off $(median over_off) (medians of $rounds)"
done
