#!/bin/bash
# The demonstration on a device behind a plug-in beside the host: SimSiam with several seeds on either, kNN compared by their means, since
# rounding alone drives single runs a point or two apart; and without the stop-gradient, which must be found out on both.
#
#   tests/demo_device.sh [DEVICE [SEED...]]      default: xla-cpu 0 1 2; minutes for each seed, BUILD=build/release
#
# A row is printed as soon as it is known, and RESULTS=FILE keeps them: what is in it is not run again. Exit status 1: the means are more
# than one point apart, or a collapse was not found; 77: there is no such device.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
simsiam=$(realpath "${BUILD:-$here/build/release}")/simsiam
device=${1:-xla-cpu}
[ $# = 0 ] || shift
seeds=(${*:-0 1 2})
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=$(realpath "${RESULTS:-$work/results}")
touch "$results"
cd "$work" || exit 2
why=$("$simsiam" knn random:resnet18 --width 4 --data synth:train=32,test=32 --device "$device" 2>&1) || { echo "skipped: $(grep error: <<<"$why")"; exit 77; }

# run DEVICE SEED STOP-GRADIENT: a row "device seed stop-gradient kNN gauge rank loss seconds verdict"
run() {
    local row
    row=$(grep -F "$1 $2 $3 " "$results")
    if [ -z "$row" ]; then
        rm -rf run
        "$simsiam" train demo --data synth --device "$1" --seed "$2" --stop_gradient "$3" --eval.every 2 --out run >out 2>err ||
            { echo "$1, seed $2: $(grep error: err)"; exit 2; }
        row="$1 $2 $3 $(grep '"kind":"epoch"' run/metrics.jsonl | tail -n 1 | sed -E \
            's/.*"loss":([-0-9.e]*).*"z_std_ratio":([0-9.e-]*).*"z_rank":([0-9.e-]*).*"knn_top1":([0-9.e-]*).*"seconds":([0-9.e]*).*/\4 \2 \3 \1 \5/') \
$(sed -nE 's/^(collapsing|healthy|too early)[: ].*/\1/p' err | tail -n 1 | tr -d ' ')"
        echo "$row" >>"$results"
    fi
    awk '{ printf "%-10s seed %s  %-20s kNN %5.1f %%  std %.2f  rank %5.1f  loss %.4f  %5.0f s  %s\n", $1, $2,
           $3 == "true" ? "SimSiam" : "no stop-gradient", 100 * $4, $5, $6, $7, $8, $9 }' <<<"$row"
}

for where in auto "$device"; do run "$where" "${seeds[0]}" false; done
for seed in "${seeds[@]}"; do
    for where in auto "$device"; do run "$where" "$seed" true; done
done
awk -v device="$device" -v seeds=" ${seeds[*]} " '
    !index(seeds, " " $2 " ") || ($1 != "auto" && $1 != device) { next }
    $3 == "false" { wrong += $9 != "collapsing"; next }
    { wrong += $9 != "healthy"; knn[$1 == device, $2] = 100 * $4; if ($1 == device) list[n++] = $2 }
    END {
        for (i = 0; i < n; i++) { d[i] = knn[1, list[i]] - knn[0, list[i]]; mean += d[i] / n; a += knn[0, list[i]] / n }
        for (i = 0; i < n; i++) square += (d[i] - mean) ^ 2
        printf "kNN of %d seeds: %.1f %% on the host, %.1f %% on %s: %+.2f points", n, a, a + mean, device, mean
        if (n > 1) printf " (standard error %.2f)", sqrt(square / (n - 1) / n)
        print wrong ? "; " wrong " verdicts are wrong" : "; collapse is found without the stop-gradient, and nowhere else"
        exit wrong > 0 || mean ^ 2 > 1
    }' "$results"
