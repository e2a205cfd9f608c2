#!/bin/sh
# Two augmented 224-px views of each photograph per core, from its file: one worker of simsiam's loader against torchvision in
# one thread, on PIL images and on tensors, measured alternately.
#
#   bench/compare_photos.sh SIMSIAM ROUNDS DATA     DATA: a folder of JPEG files; "" for the others: build/release/simsiam 5
#
# simsiam is measured as training reads photographs (--decode fast), and with exact pixels. SIZE is the views' side (224; peers take no other).
# KIND=tiff16 makes TIFF files of 16 bits and 512 px of them in a temporary folder and measures those, KIND=webp WebP files.
# PYTHON names the interpreter (python3), PEERS the ways of torch_photos.py (pillow v2 opencv torchcodec; of TIFF files tifffile, of WebP
# pillow; one that is not installed is left out, and said). Prints every measurement, then medians and ratios as JSON lines (ratio > 1: simsiam is faster).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=${1:-$here/../build/release/simsiam} rounds=${2:-5} data=${3:?a folder of JPEG files}
: "${PYTHON:=python3}" "${SIZE:=224}" "${KIND:=jpeg}"
case $KIND in
jpeg) : "${PEERS=pillow v2 opencv torchcodec}" ;;
tiff16) : "${PEERS=tifffile}" ;;
webp) : "${PEERS=pillow}" ;;
*) echo "KIND is jpeg, tiff16 or webp" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
out=$work/rates
if [ "$KIND" != jpeg ]; then
    mkdir "$work/made"
    "$PYTHON" "$here/torch_photos.py" --data "$data" --make "$KIND" --to "$work/made"
    data=$work/made
fi
ours() { # WORKERS NAME DECODE
    "$simsiam" bench --what load --json --size "$SIZE" --decode "$3" --batch 16 --data "$data" --workers "$1" --threads "$1" --repeat 5 |
        "$PYTHON" -c '
import json, sys
for r in json.load(sys.stdin)["bench"]:
    print(json.dumps({"peer": sys.argv[1], "images_per_s": round(r["images_per_s"], 1)}))
' "$2" | tee -a "$out"
}
for round in $(seq "$rounds"); do
    ours 1 simsiam fast
    [ "$KIND" != jpeg ] || ours 1 "simsiam, exact" exact # of others it is the same
    ours 2 "simsiam, 2 workers" fast
    for peer in $PEERS; do
        if rate=$("$PYTHON" "$here/torch_photos.py" --data "$data" --peer "$peer" 2>"$work/why"); then
            echo "$rate" | tee -a "$out"
        else
            echo "$peer is left out: $(tail -n 1 "$work/why")" >&2
        fi
    done
done
"$PYTHON" - "$out" <<'EOF'
import collections, json, statistics, sys
rates = collections.defaultdict(list)
for line in open(sys.argv[1]):
    r = json.loads(line)
    rates[r["peer"]].append(r["images_per_s"])
ours = statistics.median(rates.pop("simsiam"))
for peer, rate in rates.items():
    print(json.dumps({"peer": peer, "images_per_s": statistics.median(rate), "simsiam_images_per_s": ours,
                      "ratio": round(ours / statistics.median(rate), 2)}))
EOF
