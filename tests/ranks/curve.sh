#!/bin/bash
# Whether several ranks train as one process does: the losses of the first steps of a recipe, and the kNN of a short run. Minutes.
#
#   tests/ranks/curve.sh PROGRAM [DATA]      DATA: CIFAR-10's archive or folder; default: drawn images
#
# STEPS (100), RANKS ("2 4") and RECIPE (cifar10-resnet18-quick) change the work. Prints the largest relative difference of a loss
# from one process's, and the kNN after two epochs of `demo`; fails beyond 1e-3 and 0.5 points. What one process with other kernels
# differs by is printed beside it: with a recipe's large rate, rounding alone leads float32 to other losses within tens of steps.
set -eu
program=$(realpath "${1:?is the program}")
data=${2:-synth:train=$((100 * 512)),test=512}
[ "${data#synth}" != "$data" ] || data=$(realpath "$data")
: "${STEPS:=100}" "${RANKS:=2 4}" "${RECIPE:=cifar10-resnet18-quick}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
many() { mpirun --bind-to none -n "$1" "$program" "${@:2}" >/dev/null 2>err || { cat err >&2; exit 1; }; }
losses() { sed -nE 's/.*"kind":"step".*"step":([0-9]*),"loss":([-0-9.e]*).*/\1 \2/p' "$1/metrics.jsonl"; }
knn() { sed -nE 's/.*"kind":"epoch".*"knn_top1":([0-9.]*).*/\1/p' "$1/metrics.jsonl" | tail -n 1; }
bad=0
curve=(train "$RECIPE" --data "$data" --stop_step "$STEPS" --log_every 1 --eval.every 0 --save_minutes 0)
demo=(train demo --data synth --epochs 2)
"$program" "${curve[@]}" --out one >/dev/null 2>&1
"$program" "${demo[@]}" --out demo-one >/dev/null 2>&1
"$program" "${curve[@]}" --tuning fixed --out fixed >/dev/null 2>&1
paste -d ' ' <(losses one) <(losses fixed) | awk '
    { d = ($4 - $2) / $2; d = d < 0 ? -d : d; if (d > most) { most = d; at = $1 } }
    END { printf "1 process with other kernels: the largest relative difference %.2g (step %d)\n", most, at }'
echo "1 process: loss of step 1 $(losses one | head -n 1 | cut -d ' ' -f 2), of step $(losses one | tail -n 1); demo: kNN $(knn demo-one)"
for n in $RANKS; do
    many "$n" "${curve[@]}" --out "curve-$n"
    many "$n" "${demo[@]}" --out "demo-$n"
    paste -d ' ' <(losses one) <(losses "curve-$n") | awk -v n="$n" -v steps="$STEPS" '
        { d = ($4 - $2) / $2; d = d < 0 ? -d : d; if (d > most) { most = d; at = $1 } }
        $1 != $3 { bad = 1 }
        END { printf "%d ranks: %d losses, the largest relative difference %.2g (step %d)\n", n, NR, most, at; exit bad || NR != steps || most > 1e-3 }' || bad=1
    awk -v n="$n" -v a="$(knn demo-one)" -v b="$(knn "demo-$n")" 'BEGIN {
        d = 100 * (b - a); printf "%d ranks: demo kNN %s, %+.2f points\n", n, b, d; exit d > 0.5 || d < -0.5 }' || bad=1
done
exit $bad
