#!/bin/sh
# Two builds of bench/conv_layers.c (two versions of oneDNN, each in its own system) measured alternately: per layer and
# direction the fastest algorithm of each, and their ratio.
#
#   bench/compare_versions.sh "OLD COMMAND" "NEW COMMAND" [ROUNDS [THREADS [LAYER...]]]      default: 3 2, conv_layers' own layers
#
# e.g. with the older system here and the newer one in /srv/trixie:
#   bench/compare_versions.sh build/release/conv_layers "chroot /srv/trixie /src/build/release/conv_layers"
# LOG keeps the measurements.
set -eu
[ $# -ge 2 ] || { sed -n 2,10p "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
old=$1 new=$2 rounds=${3:-3} threads=${4:-2}
shift $(($# < 4 ? $# : 4))
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
: "${LOG:=$tmp/log}"
for round in $(seq "$rounds"); do
    $old "$threads" 3 "$@" | sed 's/^/old /' | tee -a "$LOG" >&2
    $new "$threads" 3 "$@" | sed 's/^/new /' | tee -a "$LOG" >&2
done
python3 "$here/compare_versions.py" "$LOG"
