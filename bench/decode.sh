#!/bin/bash
# What --decode fast does to a model: the same pretraining on photographs from exact pixels and from smaller ones, and the kNN of both,
# for each seed. DATA has train/CLASS and val/CLASS, as bench/photographs.sh takes it.
#
#   bench/decode.sh SIMSIAM DATA OUT [EPOCHS [SEEDS [SIZE]]]      SEEDS: "0 1"; SIZE: the views' side, 64
#
# Prints a line for each seed and way: its kNN (k = 20, each image asked about all others), and how long it took.
set -eu
simsiam=$1 data=$2 out=$3 epochs=${4:-30} seeds=${5:-0 1} size=${6:-64}
mkdir -p "$out"
for seed in $seeds; do
    for decode in exact fast; do
        run=$out/$decode-$seed
        SECONDS=0
        "$simsiam" train folder-resnet18 --data "$data" --epochs "$epochs" --size "$size" --seed "$seed" --decode $decode --threads 1 --out "$run" >"$out/log" 2>&1 ||
            { cat "$out/log"; exit 1; }
        took=$SECONDS
        knn=$("$simsiam" knn "$run" --data "$data" --k 20 --leave_one_out --threads 1 --json | sed -E 's/.*"top1": *([0-9.]+).*/\1/')
        echo "seed $seed, $decode: kNN $knn after $epochs epochs, $took s"
    done
done
