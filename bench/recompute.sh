#!/bin/sh
# What --recompute costs and saves: milliseconds of a training step and MiB of the process's peak with each choice, alternately.
#
#   bench/recompute.sh [SIMSIAM [ROUNDS [ARCH SIZE BATCH]]]      default: build/release/simsiam 5 resnet18 32 128
set -eu
simsiam=${1:-$(dirname "$0")/../build/release/simsiam} rounds=${2:-5} arch=${3:-resnet18} size=${4:-32} batch=${5:-128}
for round in $(seq "$rounds"); do
    for choice in none inner norms blocks; do
        "$simsiam" bench --what step --json --floor false --arch "$arch" --size "$size" --batch "$batch" --recompute $choice |
            python3 -c '
import json, sys
r = json.load(sys.stdin)["bench"][0]
print(sys.argv[1], round(r["ms"]), "ms", round(r["peak_rss_bytes"] / 2**20), "MiB")' $choice
    done
done | tee /dev/stderr | python3 -c '
import collections, statistics, sys
ms, mib = collections.defaultdict(list), {}
for choice, t, _, peak, _ in map(str.split, sys.stdin):
    ms[choice].append(int(t))
    mib[choice] = peak
median = {c: statistics.median(t) for c, t in ms.items()}
for c in median:
    print(f"median {c}: {median[c]} ms, {median[c] / median['"'none'"']:.3f} of none, peak {mib[c]} MiB")'
