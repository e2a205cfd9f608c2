#!/bin/sh
# Time of a training step, simsiam against PyTorch, measured alternately: machine noise then hits both alike.
#
#   bench/compare_step.sh [SIMSIAM [ROUNDS [THREADS]]]     default: build/simsiam 3 2
#
# CASES="arch:size:batch ..." picks other cases; LIBRARY=DIR is put into PyTorch's LD_LIBRARY_PATH, e.g. the folder of
# an OpenBLAS. Prints every measurement, then medians and ratios as JSON lines (ratio > 1: simsiam is faster than the
# better of PyTorch's memory formats).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=${1:-$here/../build/simsiam} rounds=${2:-3} threads=${3:-2}
: "${CASES:=resnet18:32:128 resnet50:224:16}" "${PYTHON:=/usr/bin/python3}"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for case in $CASES; do
    arch=${case%%:*} size=${case#*:} batch=${case##*:}
    size=${size%%:*}
    for round in $(seq "$rounds"); do
        "$simsiam" bench --what step --json --arch "$arch" --size "$size" --batch "$batch" --threads "$threads" |
            "$PYTHON" -c '
import json, sys
for r in json.load(sys.stdin)["bench"]:
    print(json.dumps({k: r[k] for k in ("arch", "size", "batch", "ms", "images_per_s")} | {"format": "simsiam"}))
' | tee -a "$out"
        LD_LIBRARY_PATH=${LIBRARY:+$LIBRARY:}${LD_LIBRARY_PATH:-} "$PYTHON" "$here/torch_step.py" --arch "$arch" \
            --size "$size" --batch "$batch" --threads "$threads" | tee -a "$out"
    done
done
"$PYTHON" - "$out" <<'EOF'
import collections, json, statistics, sys
times = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1]):
    r = json.loads(line)
    times[r["arch"], r["size"], r["batch"]][r["format"]].append(r["ms"])
for (arch, size, batch), formats in times.items():
    median = {k: statistics.median(v) for k, v in formats.items()}
    torch = min(v for k, v in median.items() if k != "simsiam")
    print(json.dumps({"arch": arch, "size": size, "batch": batch, "median_ms": median,
                      "ratio": round(torch / median["simsiam"], 3)}))
EOF
