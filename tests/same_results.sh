#!/bin/bash
# Two builds of simsiam must give the same bytes: weights, metrics (but for times), features and tables.
#
#   tests/same_results.sh OLD NEW            minutes; STEPS=100 of the longest run
#
# For changes that are to change no number. Kernels are chosen by rule, or timed by OLD and taken over by NEW from the cache, as
# another choice may round differently. The exit status is 1 where something differs; what does is named.
set -u
[ $# = 2 ] || { sed -n 2,8p "$0" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")
: "${STEPS:=100}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
unset SIMSIAM_MODELS
data=synth:train=2000,test=500
bad=0 same=0

# each WHAT COMMAND...: the same in the folder of either side; a run that was told to stop ends with 0 or 75
each() {
    local what=$1 side rc
    shift
    for side in old new; do
        mkdir -p "$work/$side"
        (cd "$work/$side" && "${!side}" "$@" >"$what.out" 2>"$what.err")
        rc=$?
        echo "$rc" >"$work/$side/$what.status"
        case $rc in 0 | 75) ;; *) echo "$side $what ends with $rc: $(tail -n 1 "$work/$side/$what.err")"; bad=1 ;; esac
    done
}

# without what is measured with a clock or says where and by whom
plain() { sed -E 's/"(seconds|images_per_s|data_wait|save_held|save_wrote|time|eta|rss)": ?[0-9.e+-]+,? ?//g; s/[0-9.]+ (img\/s|ms|s)\b//g'; }

# the numbers of a safetensors file: a checkpoint's header has times, too
tensors() { tail -c "+$(($(od -An -tu8 -N8 "$1") + 9))" "$1"; }

# equal FILE...: in both folders
equal() {
    local file
    for file; do
        if [ ! -f "$work/old/$file" ]; then
            echo "the old build made no $file"
            bad=1
        elif case $file in
            *.jsonl | *.out | *.csv) cmp -s <(plain <"$work/old/$file") <(plain <"$work/new/$file") ;;
            */checkpoints/*) cmp -s <(tensors "$work/old/$file") <(tensors "$work/new/$file") ;;
            *) cmp -s "$work/old/$file" "$work/new/$file" ;;
            esac then
            same=$((same + 1))
        else
            echo "differs: $file"
            bad=1
        fi
    done
}

each demo train demo --data $data --epochs 2 --plan fixed --threads 2 --seed 5 --out demo
equal demo/model.safetensors demo/metrics.jsonl demo/config.yaml
each quick train cifar10-resnet18-quick --data $data --stop_step "$STEPS" --plan fixed --threads 2 --out quick
equal quick/metrics.jsonl
for file in "$work"/old/quick/checkpoints/*.safetensors; do
    [ ! -f "$file" ] || equal "quick/checkpoints/$(basename "$file")"
done
each linear linear demo --data $data --epochs 3 --plan fixed --threads 2 --out linear
equal linear/model.safetensors linear/metrics.jsonl
each crops linear demo --data $data --epochs 1 --cache_features false --optimizer lars --plan fixed --threads 2 --out crops
equal crops/model.safetensors crops/metrics.jsonl
each knn knn demo --data $data --json --threads 2
each extract extract demo --data $data --threads 2 -o features.npy
each test test linear --data $data --threads 2
equal knn.out features.npy features.index.csv test.out
echo "$same files are the same"
exit $bad
