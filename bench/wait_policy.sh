#!/bin/bash
# What waiting OpenMP threads should do: images/s of a training step with spinning (the runtime's default) and with
# sleeping threads, alone and beside one busy process, alternately.
#
#   bench/wait_policy.sh [SIMSIAM [ROUNDS]]      default: build/release/simsiam 3
set -eu
simsiam=${1:-$(dirname "$0")/../build/release/simsiam} rounds=${2:-3}
step() { "$simsiam" bench --what step --json --arch resnet18 --size 32 --batch 32 | grep -oE '"images_per_s":[ ]*[0-9.]+' | grep -oE '[0-9.]+$'; }
for load in alone busy; do
    if [ $load = busy ]; then
        (while :; do :; done) & busy=$!
        trap 'kill $busy' EXIT
    fi
    for round in $(seq "$rounds"); do
        echo "$load: spinning $(GOMP_SPINCOUNT=300000 step), sleeping $(OMP_WAIT_POLICY=passive step) images/s"
    done
done
