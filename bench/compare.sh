#!/bin/sh
# simsiam against PyTorch: time and peak memory of training steps and of feature extraction, measured alternately, so that
# what else the machine does hits both alike. Builds nothing.
#
#   bench/compare.sh [SIMSIAM [ROUNDS [THREADS]]]     default: build/release/simsiam 5 2
#
# CASES     "arch:size:batch:precision[:recompute]" for a training step, "infer:arch:size:batch:precision" for feature
#           extraction; precision fp32 or bf16, recompute as `simsiam bench --recompute` (without it the default, inner).
#           A case that this simsiam or this machine refuses is left out with a line that says why.
# PYTHON    interpreters with a PyTorch, each a peer; default: the active virtual environment's, else /usr/bin/python3
# FORMATS   variants of each peer: contiguous, channels_last, compiled (torch.compile; needs a C++ compiler). The fastest
#           counts. One that fails is left out with a line.
# LIBRARY   put into PyTorch's LD_LIBRARY_PATH, e.g. the folder of an OpenBLAS
# STEPS     steps of each side per round, after one or two to warm up; the fastest counts (3)
# WRAP      a command put in front of every measurement, e.g. "taskset -c 0,1"
# LOG       a file that the measurements are added to; those already there count, so that a run can be continued
# FORCE     put behind the options of simsiam bench, e.g. --force
#
# Measurements go to stderr as JSON lines; then a table and, as JSON lines again, the medians and ratios (bench/compare.py).
# Every measurement is a process of its own, so that its peak memory is its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=${1:-$here/../build/release/simsiam} rounds=${2:-5} threads=${3:-2}
: "${CASES:=resnet18:32:128:fp32 resnet50:224:16:fp32 infer:resnet50:224:32:fp32 resnet18:32:128:bf16
           resnet50:224:16:bf16 infer:resnet50:224:32:bf16 resnet18:32:128:fp32:blocks resnet50:224:16:fp32:blocks}"
: "${PYTHON:=${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python}}" "${FORMATS:=contiguous channels_last compiled}" "${STEPS:=3}"
: "${PYTHON:=/usr/bin/python3}" "${WRAP:=}" "${FORCE:=}"
tmp=$(mktemp -d)
: "${LOG:=$tmp/all}"
trap 'rm -rf "$tmp"' EXIT

# One measurement of a case, a JSON line in $LOG; $tmp/err says why not.
ours() {
    $WRAP "$simsiam" bench --what "$what" --json --floor false --arch "$arch" --size "$size" --batch "$batch" \
        --threads "$threads" --repeat "$STEPS" $precision_option $recompute_option $FORCE >"$tmp/out" 2>"$tmp/err" &&
        python3 "$here/compare.py" --case "$case" --ours "$tmp/out" >"$tmp/line"
}
theirs() { # PYTHON:FORMAT
    LD_LIBRARY_PATH=${LIBRARY:+$LIBRARY:}${LD_LIBRARY_PATH:-} $WRAP "${1%:*}" "$here/torch_step.py" --case "$case" \
        --what "$what" --arch "$arch" --size "$size" --batch "$batch" --precision "$precision" --threads "$threads" \
        --repeat "$STEPS" --format "${1##*:}" >"$tmp/line" 2>"$tmp/err"
}
keep() { tee -a "$LOG" <"$tmp/line" >&2; }
# The line of an error that says what is wrong.
why() { grep -E 'error: ' "$tmp/err" | head -n 1 || true; grep . "$tmp/err" | tail -n 1; }

for case in $CASES; do
    what=step rest=$case
    case $case in infer:*) what=infer rest=${case#infer:} ;; esac
    IFS=: read -r arch size batch precision recompute <<END
$rest
END
    precision_option= recompute_option=
    [ "$precision" = fp32 ] || precision_option="--precision $precision"
    [ -z "$recompute" ] || recompute_option="--recompute $recompute"
    peers=
    for python in $PYTHON; do
        for format in $FORMATS; do peers="$peers $python:$format"; done
    done
    for round in $(seq "$rounds"); do
        if ! ours; then
            echo "skipped: $case: $(why | head -n 1)" >&2
            break
        fi
        keep
        for peer in $peers; do
            if theirs "$peer"; then
                keep
            else
                echo "without $peer: $case: $(why | tail -n 1)" >&2
                peers=$(echo "$peers " | sed "s| $peer | |")
            fi
        done
    done
done
[ -s "$LOG" ] || { echo "nothing was measured" >&2; exit 1; }
python3 "$here/compare.py" "$LOG"
