#!/bin/bash
# How long one prediction takes from a cold start, ResNet-50: `simsiam predict` and the same in Python with PyTorch and
# torchvision, the import included. Both sides take turns, so that what else the machine does meets both; the files are in
# the page cache. Prints every run, the medians and their ratio.
#
#   bench/predict_cold.sh [PHOTO [RUNS [THREADS]]]      needs build/release and python3-torch, python3-torchvision
set -eu
cd "$(dirname "$0")/.."
photo=${1:-tests/data/codec/rgb_420.jpg} runs=${2:-7} threads=${3:-1}
simsiam=${SIMSIAM:-build/release/simsiam}
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=$threads LC_ALL=C
"$python" - "$work/resnet50.pth" <<'PY'
import sys, torch, torchvision
torch.manual_seed(0)
torch.save(torchvision.models.resnet50(weights=None).state_dict(), sys.argv[1])
PY

# seconds NAME COMMAND...: append wall-clock and processor seconds to a file
seconds() {
    local name=$1
    shift
    /usr/bin/env bash -c 'TIMEFORMAT="%R %U %S"; time "$@" >"$0.out" 2>/dev/null' "$work/$name" "$@" 2>>"$work/$name.times"
    echo "$name $(tail -n 1 "$work/$name.times") s (wall, user, system)"
}
median() { awk -v c="$1" '{ print c == 1 ? $1 : $2 + $3 }' "$2" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

for i in $(seq 0 "$runs"); do
    seconds simsiam "$simsiam" predict "$work/resnet50.pth" "$photo" --threads "$threads"
    seconds python "$python" bench/torch_predict.py "$work/resnet50.pth" "$photo" "$threads"
    [ "$i" != 0 ] || : >"$work/simsiam.times" >"$work/python.times" # the first round only fills the page cache
done
first() { sed -n "s/^ *\([0-9]\.[0-9]*\) .*/\1/p" "$work/$1.out" | head -n 1; }
[ "$(first simsiam)" = "$(first python)" ] || { echo "the two disagree: $(first simsiam) and $(first python)" >&2; exit 1; }
for c in 1 2; do
    a=$(median $c "$work/simsiam.times") b=$(median $c "$work/python.times")
    [ $c = 1 ] && what="wall-clock" || what="processor"
    awk -v a="$a" -v b="$b" -v w="$what" -v n="$runs" 'BEGIN { printf "median of %d, %s: simsiam %.3f s, python %.3f s, ratio %.1f\n", n, w, a, b, b / a }'
done
