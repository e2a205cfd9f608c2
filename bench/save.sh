#!/bin/bash
# What saving beside the computation costs: steps per second of a run with SAVES saves against one without, alternating.
#
#   bench/save.sh PROGRAM [ROUNDS]      ResNet-50 at 224 px, batch 16 (STEPS=60), synthetic images
#
# STEPS, SAVES (20), SIZE, WIDTH, ARCH, BATCH change the work: a save takes place every STEPS / SAVES steps. What else the machine does
# meets both alike when they take turns often: STEPS=18 SAVES=2 has one save in the 15 steps that are measured (the last is behind them), and 20
# rounds of it have 20. Prints steps/s of both of each round, how long steps were held up and saves took (metrics.jsonl), the median of the ratios,
# and the ratio of all steps.
set -eu
program=$(realpath "${1:?is the program}")
rounds=${2:-3}
: "${STEPS:=60}" "${SAVES:=20}" "${SIZE:=224}" "${WIDTH:=64}" "${ARCH:=resnet50}" "${BATCH:=16}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_WAIT_POLICY=passive
images=$((STEPS * BATCH))
run() { # OUT OPTION...
    local out=$1
    shift
    rm -rf "$out"
    "$program" train demo --data "synth:train=$images,test=16" --arch "$ARCH" --stem imagenet --width "$WIDTH" --size "$SIZE" \
        --dim 2048 --projector_layers 3 --pred_hidden 512 --batch "$BATCH" --epochs 1 --eval.every 0 --log_every 1 --out "$out" "$@" >/dev/null 2>&1
}
number() { sed -n "s/.*\"kind\":\"step\".*\"step\":$2,.*\"$3\":\([0-9.e+-]*\).*/\1/p" "$1/metrics.jsonl"; }
rate() { awk -v a="$(number "$1" 3 seconds)" -v b="$(number "$1" "$STEPS" seconds)" -v n="$((STEPS - 3))" 'BEGIN { print n / (b - a) }'; }
sum() { sed -n "s/.*\"kind\":\"step\".*\"$2\":\([0-9.e+-]*\).*/\1/p" "$1/metrics.jsonl" | awk '{ s += $1; n++ } END { printf "%d %.3f", n, n ? s / n : 0 }'; }
run warm --stop_step 3 --save_minutes 0 # kernels are timed once
each=$(awk -v s="$(awk -v a="$(number warm 2 seconds)" -v b="$(number warm 3 seconds)" 'BEGIN { print b - a }')" -v n="$STEPS" -v m="$SAVES" 'BEGIN { print s * n / m / 60 }')
for round in $(seq "$rounds"); do
    run without --save_minutes 0
    run with --save_minutes "$each"
    a=$(rate without) b=$(rate with)
    read -r saves held < <(sum with save_held; echo)
    read -r _ wrote < <(sum with save_wrote; echo)
    echo "round $round: $a steps/s without, $b with $saves saves, each held training for $held s and was written in $wrote s"
    awk -v a="$a" -v b="$b" 'BEGIN { print b / a, 1 / a, 1 / b }' >>ratios
done
sort -n ratios | awk '{ r[NR] = $1 } END { printf "median ratio %.3f, ", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2 }'
awk '{ a += $2; b += $3 } END { printf "of all steps %.3f\n", a / b }' ratios
