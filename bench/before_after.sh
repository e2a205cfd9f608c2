#!/bin/bash
# Two builds of simsiam side by side: what a user waits for apart from the training itself. Per job the two run alternately, and
# the table has the medians, the least times, and the median of the ratios of each pair.
#
#   bench/before_after.sh OLD NEW [PAIRS [THREADS]]      default: 15 2
#
# JOBS    which of: version (nothing but the program's own start), predict (one picture, by a small classifier), start (a run of two
#         steps), resume (one more), open (the encoder of a ResNet-50, one picture of it), knn, extract, linear (one epoch)
# CLOCK   wall, or cpu: what all threads of the program took of the processors, which other work disturbs less
# Other work on the machine only adds to a time: where the two columns of ratios disagree, the machine was busy.
set -eu
[ $# -ge 2 ] || { sed -n 2,10p "$0" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2") pairs=${3:-15} threads=${4:-2}
: "${CLOCK:=wall}" "${JOBS:=version predict start resume open knn extract linear}"
picture=$(realpath "$(dirname "$0")/../tests/data/codec/rgb_420.jpg")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache
few=(--data synth:train=512,test=128 --width 8 --dim 32 --batch 64 --epochs 2 --eval.every 0 --threads "$threads")
# The files of both sides are made by the older one: what it writes both can read.
"$old" train demo "${few[@]}" --out run >/dev/null 2>&1
"$old" export random:resnet50 -o big.safetensors >/dev/null 2>&1
"$old" linear run --data synth:train=512,test=128 --epochs 1 --batch 128 --threads "$threads" --out classifier >/dev/null 2>&1
big=big.safetensors

job() { # NAME SIMSIAM SIDE
    case $1 in
    version) "$2" version ;;
    predict) "$2" predict classifier "$picture" --threads "$threads" ;;
    start) rm -rf "$3" && "$2" train demo "${few[@]}" --stop_step 2 --out "$3" ;;
    resume) rm -rf "$3" && cp -r stopped "$3" && "$2" train --out "$3" --resume --stop_step 3 ;;
    open) "$2" extract --replace "$big" --data synth:train=1,test=1 --size 32 --threads "$threads" -o "$3.npy" ;;
    knn) "$2" knn run --data synth:train=4096,test=1024 --threads "$threads" ;;
    extract) "$2" extract --replace run --data synth:train=4096,test=16 --threads "$threads" -o "$3.npy" ;;
    linear) rm -rf "$3" && "$2" linear run --data synth:train=1024,test=256 --epochs 1 --batch 128 --threads "$threads" --out "$3" ;;
    esac
}

timed() { # NAME SIMSIAM SIDE: milliseconds, in hundredths
    local TIMEFORMAT='%U %S' from=${EPOCHREALTIME/[.,]/} rc=0
    { time job "$@" >log 2>&1; } 2>took || rc=$?
    local to=${EPOCHREALTIME/[.,]/}
    case $rc in
    0 | 75) [ "$CLOCK" = cpu ] && awk '{ print 1e5 * ($1 + $2) }' took || echo $(((to - from) / 10)) ;;
    *) echo "before_after: error: '$2' ended with $rc in the job $1: $(tail -n 1 log)" >&2; exit 1 ;;
    esac
}

"$old" train demo "${few[@]}" --stop_step 2 --out stopped >/dev/null 2>&1 || [ $? = 75 ]
echo "| job | old, ms (least) | new, ms (least) | new / old: least | median of pairs |"
echo "|---|---|---|---|---|"
for name in $JOBS; do
    timed "$name" "$old" old >/dev/null
    timed "$name" "$new" new >/dev/null
    for _ in $(seq "$pairs"); do
        a=$(timed "$name" "$old" old)
        b=$(timed "$name" "$new" new)
        echo "$a $b"
    done >pairs
    awk -v name="$name" '
        function median(v, n) { return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }
        function sorted(v, n,   i, j, t) { for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t } }
        { a[NR] = $1 / 100; b[NR] = $2 / 100; r[NR] = $2 / $1 }
        END { sorted(a, NR); sorted(b, NR); sorted(r, NR)
              printf "| %s | %.1f (%.1f) | %.1f (%.1f) | %.3f | %.3f |\n", name, median(a, NR), a[1], median(b, NR), b[1], b[1] / a[1], median(r, NR) }' pairs
done
