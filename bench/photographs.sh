#!/bin/bash
# From a folder of photographs to an encoder and back: pretraining, kNN beside what it has to beat, linear evaluation,
# test, predict, extract. DATA has train/CLASS and val/CLASS.
#
#   bench/photographs.sh SIMSIAM DATA OUT [THREADS]
set -eu
simsiam=$1 data=$2 out=$3 threads=${4:-1}
mkdir -p "$out"
knn() { "$simsiam" knn "$@" --data "$data" --k 20 --leave_one_out --threads "$threads"; }
SECONDS=0
"$simsiam" train folder-resnet18 --data "$data" --threads "$threads" --out "$out/run"
echo "pretraining took $SECONDS s"
knn "$out/run"
knn raw --size 64
for seed in 0 1 2; do
    knn random:resnet18 --width 32 --stem imagenet --size 64 --seed $seed
done
"$simsiam" linear "$out/run" --data "$data" --cache-features --sweep-lr 0.01,0.1,1,10 --epochs 100 --batch 64 \
    --threads "$threads" --out "$out/probe"
"$simsiam" test "$out/probe" --data "$data" --threads "$threads"
find "$data/val" -type f | sort | head -n 3 | tr '\n' '\0' | xargs -0 "$simsiam" predict "$out/probe" --topk 2 --threads "$threads"
"$simsiam" extract "$out/run" --data "$data" -o "$out/features.npy" --threads "$threads"
