#!/bin/sh
# What --recompute costs and saves: milliseconds of a training step and MiB of the process's peak with each choice, alternately.
#
#   bench/recompute.sh [SIMSIAM [ROUNDS [ARCH SIZE BATCH]]]      default: build/release/simsiam 5 resnet18 32 128
set -eu
simsiam=${1:-$(dirname "$0")/../build/release/simsiam} rounds=${2:-5} arch=${3:-resnet18} size=${4:-32} batch=${5:-128}
for round in $(seq "$rounds"); do
    for choice in none norms blocks; do
        "$simsiam" bench --what step --json --floor false --arch "$arch" --size "$size" --batch "$batch" --recompute $choice |
            python3 -c 'import json, sys; r = json.load(sys.stdin)["bench"][0]
print(sys.argv[1], round(r["ms"]), "ms", round(r["peak_rss_bytes"] / 2**20), "MiB")' $choice
    done
done | awk '{ print; fflush() } { n[$1]++; v[$1, n[$1]] = $2; m[$1] = $4 }
    END { # medians
        for (c in n) {
            for (i = 1; i <= n[c]; i++)
                for (j = i + 1; j <= n[c]; j++)
                    if (v[c, j] < v[c, i]) { t = v[c, i]; v[c, i] = v[c, j]; v[c, j] = t }
            mid[c] = (v[c, int((n[c] + 1) / 2)] + v[c, int((n[c] + 2) / 2)]) / 2
        }
        printf "median: none %d ms, norms %.3f of it, blocks %.3f; peak %d, %d, %d MiB\n", mid["none"],
            mid["norms"] / mid["none"], mid["blocks"] / mid["none"], m["none"], m["norms"], m["blocks"]
    }'
