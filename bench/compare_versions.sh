#!/bin/sh
# Two builds of bench/conv_layers.c (two versions of oneDNN, each in its own system) measured alternately, layer by layer: per
# layer and direction the fastest algorithm of each, and their ratio.
#
#   bench/compare_versions.sh "OLD COMMAND" "NEW COMMAND" [ROUNDS [THREADS [LAYER...]]]      default: 5 2 and the layers below
#
# e.g. with the older system here and the newer one in /srv/trixie:
#   bench/compare_versions.sh build/release/conv_layers "chroot /srv/trixie /src/build/release/conv_layers"
# LOG keeps the measurements.
set -eu
[ $# -ge 2 ] || { sed -n 2,9p "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
old=$1 new=$2 rounds=${3:-5} threads=${4:-2}
shift $(($# < 4 ? $# : 4))
[ $# -gt 0 ] || set -- 256,64,32,64,1 256,128,16,128,1 256,256,8,256,1 256,512,4,512,1 \
    256,64,32,128,2 256,128,16,256,2 256,256,8,512,2 256,3,32,64,1 256,64,32,128,2,1 \
    32,64,56,64,1 32,128,28,128,1 32,256,14,256,1 32,512,7,512,1 32,128,56,128,2 32,512,14,512,2 \
    32,3,224,64,2,7 32,64,56,256,1,1 32,256,56,64,1,1 32,512,28,128,1,1 32,2048,7,512,1,1 32,256,56,512,2,1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
: "${LOG:=$tmp/log}"
for layer in "$@"; do
    for round in $(seq "$rounds"); do
        $old "$threads" 3 "$layer" | sed 's/^/old /' | tee -a "$LOG" >&2
        $new "$threads" 3 "$layer" | sed 's/^/new /' | tee -a "$LOG" >&2
    done
done
python3 "$here/compare_versions.py" "$LOG"
