#!/bin/sh
# Share of a training step spent waiting for data: trains a recipe for a while and prints what its metrics say, step by
# step, then the median and the largest as a JSON line.
#
#   bench/loader_wait.sh SIMSIAM SECONDS THREADS DATA [RECIPE]
#   DATA: the binary files of CIFAR-10; "" or nothing for the others: build/release/simsiam 170 2 cifar10-resnet18-800e
#
# OPTIONS="--batch 64" changes the recipe. The first step is left out: it waits for the first batch, once in a run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=${1:-$here/../build/release/simsiam} seconds=${2:-170} threads=${3:-2}
data=${4:?the folder of the binary files of CIFAR-10}
recipe=${5:-cifar10-resnet18-800e}
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
timeout -s INT "$seconds" "$simsiam" train "$recipe" --data "$data" --threads "$threads" --log_every 1 \
    ${OPTIONS:-} --out "$run/run" \
    >"$run/out" 2>&1 || [ $? = 124 ] || { cat "$run/out"; exit 1; }
python3 - "$run/run/metrics.jsonl" <<'END'
import json, statistics, sys
wait = []
for line in open(sys.argv[1]):
    r = json.loads(line)
    if r.get("data_wait") is not None and r.get("step") is not None:
        print(json.dumps({k: r.get(k) for k in ("step", "images_per_s", "data_wait")}))
        wait.append(r["data_wait"])
wait = wait[1:]
if not wait:
    sys.exit("not a second step in this time")
print(json.dumps({"steps": len(wait), "median_data_wait": statistics.median(wait), "max_data_wait": max(wait)}))
END
