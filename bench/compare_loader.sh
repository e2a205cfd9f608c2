#!/bin/sh
# Two augmented views of each CIFAR-10 image per core: one worker of simsiam's loader against torchvision on PIL images
# in one thread, with the operations of the recipe cifar10-resnet18-800e, measured alternately.
#
#   bench/compare_loader.sh SIMSIAM ROUNDS DATA     DATA: its binary files; "" for the others: build/release/simsiam 5
#
# PYTHONS="python ..." picks the interpreters of PyTorch, each a peer of its own. Prints every measurement, then medians
# and ratios as JSON lines (ratio > 1: simsiam is faster).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=${1:-$here/../build/release/simsiam} rounds=${2:-5} data=${3:?the folder of the binary files of CIFAR-10}
: "${PYTHONS:=/usr/bin/python3}"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for round in $(seq "$rounds"); do
    "$simsiam" bench --what load --json --size 32 --data "$data" --workers 1 --threads 1 --repeat 3 |
        python3 -c '
import json, sys
for r in json.load(sys.stdin)["bench"]:
    rate = r["images_per_s"]
    print(json.dumps({"format": "simsiam", "images_per_s": round(rate, 1), "us_per_view": round(5e5 / rate, 2)}))
' | tee -a "$out"
    for python in $PYTHONS; do
        "$python" "$here/torch_loader.py" --data "$data" --seconds 0.5 | tee -a "$out"
    done
done
python3 - "$out" <<'EOF'
import collections, json, statistics, sys
views = collections.defaultdict(list)
for line in open(sys.argv[1]):
    r = json.loads(line)
    versions = f" {r['torchvision']}, Pillow {r['pillow']}" if "pillow" in r else ""
    views[r["format"] + versions].append(r["us_per_view"])
ours = statistics.median(views.pop("simsiam"))
for peer, us in views.items():
    print(json.dumps({"peer": peer, "us_per_view": statistics.median(us), "simsiam_us_per_view": ours,
                      "ratio": round(statistics.median(us) / ours, 1)}))
EOF
