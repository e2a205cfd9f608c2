#!/bin/sh
# What transparent huge pages bring: milliseconds of a training step with the pages that simsiam asks for and without any,
# alternately.
#
#   bench/huge_pages.sh [SIMSIAM [ROUNDS [ARCH SIZE BATCH]]]      default: build/release/simsiam 3 resnet18 32 128
set -eu
simsiam=${1:-$(dirname "$0")/../build/release/simsiam} rounds=${2:-3} arch=${3:-resnet18} size=${4:-32} batch=${5:-128}
step() {
    "$@" "$simsiam" bench --what step --json --floor false --arch "$arch" --size "$size" --batch "$batch" |
        grep -oE '"ms":[ ]*[0-9.]+' | head -n 1 | grep -oE '[0-9.]+$'
}
# prctl 41: PR_SET_THP_DISABLE, which a program inherits
small() { step python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])'; }
for round in $(seq "$rounds"); do
    echo "huge pages $(step env) ms, small pages $(small) ms"
done
