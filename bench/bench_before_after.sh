#!/bin/bash
# Two builds of simsiam side by side in `simsiam bench`: training steps, features and the loader, alternating.
#
#   bench/bench_before_after.sh OLD NEW [ROUNDS]      default: 5 rounds
#
# WORK    which of: resnet18 (CIFAR stem, 32 px, batch 128: step, infer, load), resnet50 (224 px, batch 16: step)
# REPEAT  measurements of each round; the best counts (3)
# Per kind of work: the least milliseconds of both, their ratio, and the median of the ratios of each round. Other work on the machine
# only adds to a time: where the two ratios disagree, the machine was busy.
set -eu
[ $# -ge 2 ] || { sed -n 2,9p "$0" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2") rounds=${3:-5}
: "${WORK:=resnet18 resnet50}" "${REPEAT:=3}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

measure() { # PROGRAM SIDE ROUND ARCH: rows "work side round ms"
    local size=32 what=step,infer,load
    [ "$4" = resnet18 ] || size=224 what=step
    "$1" bench --arch "$4" --size "$size" --what "$what" --floor false --repeat "$REPEAT" --json 2>"$work/err" |
        awk -v name="$4" -v side="$2" -v round="$3" '
            /"what":/ { gsub(/[",]/, ""); what = $2 }
            /^      "ms":/ { sub(/,/, ""); print name " " what, side, round, $2 }' >>"$work/rows" || { cat "$work/err" >&2; exit 1; }
}

for arch in $WORK; do
    for round in $(seq "$rounds"); do
        if [ $((round % 2)) = 1 ]; then
            measure "$old" old "$round" "$arch"
            measure "$new" new "$round" "$arch"
        else
            measure "$new" new "$round" "$arch"
            measure "$old" old "$round" "$arch"
        fi
    done
done
echo "| work | old, ms (least) | new, ms (least) | new / old | median of rounds |"
echo "|---|---|---|---|---|"
awk '
function median(v, n,   i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
{
    name = $1 " " $2
    if (!(name in seen)) { seen[name]; names[++n_names] = name }
    if (!((name, $3) in least) || $5 < least[name, $3]) least[name, $3] = $5
    ms[name, $3, $4] = $5
    if ($4 > rounds) rounds = $4
}
END {
    for (i = 1; i <= n_names; i++) {
        name = names[i]
        for (r = 1; r <= rounds; r++) ratio[r] = ms[name, "new", r] / ms[name, "old", r]
        printf "| %s | %.1f | %.1f | %.3f | %.3f |\n", name, least[name, "old"], least[name, "new"], least[name, "new"] / least[name, "old"], median(ratio, rounds)
    }
}' "$work/rows"
