#!/bin/bash
# What a machine with a GPU is asked in its first ten minutes, in the order of worth: does it compute rightly, how fast, is it the same
# twice. Each stage has its own time and writes its result at once, so that whatever ends the script leaves what came before.
#
#   scripts/gpu_day.sh                              --device cuda, ten minutes, results in gpu_day/
#   scripts/gpu_day.sh --device xla-cpu --small     a rehearsal on a processor
#   scripts/gpu_day.sh --kit simsiam-kit.tar.xz     pack the program, its libraries and this script for a machine that has none of them
#
#   --binary FILE    the program (default: that of the kit, else build/release/simsiam)
#   --out FOLDER     results: summary.tsv (stage, status, seconds, what it said last), and all that each stage said
#   --minutes N      for all stages together
#
# The plug-in is found as simsiam finds it: SIAM_PJRT_PLUGIN, or the site-packages of a Python that has it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
device=cuda out=gpu_day minutes=10 small="" kit="" binary=""
while [ $# -gt 0 ]; do
    case $1 in
    --device) device=$2 && shift ;;
    --out) out=$2 && shift ;;
    --minutes) minutes=$2 && shift ;;
    --binary) binary=$2 && shift ;;
    --kit) kit=$2 && shift ;;
    --small) small=1 ;;
    *) sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p}' "$0" && exit 2 ;;
    esac
    shift
done
[ -n "$binary" ] || { [ -x "$here/bin/simsiam" ] && binary=$here/bin/simsiam; } || binary=$here/../build/release/simsiam
[ -x "$binary" ] || { echo "gpu_day: there is no program '$binary'; scripts/build makes it, --binary names another" >&2; exit 66; }

# The C library and its loader stand apart: a machine's own ones are used where the program runs with them.
pack() {
    local folder library
    folder=$(mktemp -d)
    mkdir -p "$folder/kit/bin" "$folder/kit/lib" "$folder/kit/libc"
    cp "$binary" "$0" "$folder/kit/bin/"
    mv "$folder/kit/bin/gpu_day.sh" "$folder/kit/"
    ldd "$binary" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
        case ${library##*/} in
        ld-linux* | libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so*) cp -L "$library" "$folder/kit/libc/" ;;
        *) cp -L "$library" "$folder/kit/lib/" ;;
        esac
    done
    tar -C "$folder" -cJf "$kit" kit
    rm -rf "$folder"
    echo "gpu_day: $kit has $(($(wc -c <"$kit") >> 20)) MiB; on the other machine: tar xf $(basename "$kit") && kit/gpu_day.sh"
}
if [ -n "$kit" ]; then pack; exit; fi

mkdir -p "$out/runs"
out=$(cd "$out" && pwd)
run_simsiam=("$binary")
if [ -d "$here/lib" ]; then
    run_simsiam=(env "LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$binary")
    "${run_simsiam[@]}" version >/dev/null 2>&1 ||
        run_simsiam=(env OMP_WAIT_POLICY=passive "$(echo "$here"/libc/ld-linux*)" --library-path "$here/lib:$here/libc" "$binary")
fi
simsiam() { "${run_simsiam[@]}" "$@"; }

began=$SECONDS number=0
printf 'stage\tstatus\tseconds\tsaid last\n' >"$out/summary.tsv"

# stage NAME SECONDS FUNCTION: its text goes to NN-NAME.txt as it comes; 124: its time was over; what is behind it goes on.
stage() {
    local name=$1 most=$((patience * $2)) left=$((60 * minutes - (SECONDS - began))) from=$SECONDS file status child watch
    number=$((number + 1))
    file=$out/$(printf %02d $number)-$name.txt
    if [ $left -lt 5 ]; then
        printf '%s\t-\t0\tno time was left\n' "$name" >>"$out/summary.tsv"
        return
    fi
    [ $left -lt "$most" ] && most=$left
    set -m # a group of its own, which ends with it
    (cd "$out/runs" && "$3") >"$file" 2>&1 </dev/null &
    child=$!
    set +m
    (
        sleep "$most"
        touch "$file.over"
        kill -TERM -- -$child
        sleep 5
        kill -KILL -- -$child
    ) >/dev/null 2>&1 &
    watch=$!
    wait $child 2>/dev/null
    status=$?
    kill $watch 2>/dev/null
    [ -e "$file.over" ] && status=124 && rm -f "$file.over"
    printf '%s\t%s\t%s\t%s\n' "$name" $status $((SECONDS - from)) "$(grep . "$file" | tail -n 1 | tr '\t' ' ' | cut -c 1-160)" >>"$out/summary.tsv"
    sync "$out/summary.tsv" "$file" 2>/dev/null
    tail -n 1 "$out/summary.tsv"
}

if [ -n "$small" ]; then
    cifar=(--arch resnet18 --size 16 --width 8 --dim 64 --batch 16 --repeat 1)
    imagenet=(--arch resnet50 --size 72 --width 4 --dim 64 --batch 4 --repeat 1)
    views_cifar=(16 --data "synth:train=256,test=16" --size 16 --width 8 --dim 64 --stop_step 24)
    views_imagenet=(4 --data "synth:train=32,test=16" --size 72 --width 4 --dim 64 --stop_step 12)
    pictures=synth:train=256,test=64 epochs=1 patience=5 # a processor compiles slowly
else
    cifar=(--arch resnet18 --size 32 --batch 512 --repeat 5)
    imagenet=(--arch resnet50 --size 224 --batch 256 --repeat 3)
    views_cifar=(512 --data "synth:train=50000,test=100" --precision bf16 --stop_step 200)
    views_imagenet=(256 --data "synth:train=2560,test=100" --precision bf16 --stop_step 40)
    pictures=synth epochs=20 patience=1
fi
tiny=(demo --data synth:train=320,test=32 --size 16 --width 4 --dim 16 --batch 32 --threads 2 --tuning fixed --log_every 1)
losses() { sed -n 's/.*"kind":"step".*"step":\([0-9]*\),"loss":\([-0-9.e]*\),.*/\1 \2/p' "$1/metrics.jsonl"; }

# ---- the stages ----
machine() {
    uname -a
    simsiam version
    nvidia-smi 2>&1 || cat /proc/driver/nvidia/version 2>&1
    simsiam list "$device"
}
first() { simsiam train "${tiny[@]}" --epochs 1 --eval.every 0 --out first --device "$device"; } # compares every operation, too
operations() { simsiam doctor --device "$device" | grep -E "$device|arithmetic"; }
trajectory() {
    local d
    for d in ref "$device"; do simsiam train "${tiny[@]}" --lr 0.0005 --epochs 5 --eval.every 0 --out "path-$d" --device "$d" || return; done
    paste -d ' ' <(losses path-ref) <(losses "path-$device") |
        awk '{ d = $2 - $4; d = d < 0 ? -d : d; most = d > most ? d : most } END { printf "%d steps, worst difference of a loss from that of ref %.2g\n", NR, most; exit !(NR == 50 && most < 1e-3) }'
}
speed_cifar() { simsiam bench "${cifar[@]}" --what step,infer --precision bf16 --device "$device"; }
speed_cifar_fp32() { simsiam bench "${cifar[@]}" --what step --precision fp32 --device "$device"; }
speed_imagenet() { simsiam bench "${imagenet[@]}" --what step,infer --precision bf16 --device "$device"; }
# rate RUN BATCH: images/s of the second half of its steps, and how much of all steps' time they waited for views
rate() {
    sed -n 's/.*"kind":"step".*"data_wait":\([-0-9.e]*\),"seconds":\([-0-9.e]*\).*/\1 \2/p' "$1/metrics.jsonl" |
        awk -v batch="$2" '{ at[NR] = $2; wait += $1 * ($2 - at[NR - 1]) }
            END { half = int(NR / 2); printf "%.0f (%.0f %%)", batch * (NR - half) / (at[NR] - at[half]), 100 * wait / at[NR] }'
}
# views RECIPE BATCH OPTION...: the same training with views made on this machine and on the device, in turns, and whether both learn the same
views() {
    local turn where said=""
    for turn in 1 2; do
        for where in host device; do
            simsiam train "$1" --batch "$2" "${@:3}" --augment $where --out "views-$1-$where$turn" --device "$device" --eval.every 0 --log_every 1 \
                --save_every 1000 --tuning fixed || return
            said="$said$where $(rate "views-$1-$where$turn" "$2"), "
        done
    done
    if cmp "views-$1-host1/model.safetensors" "views-$1-device1/model.safetensors"; then said="${said}the same bits"; else said="${said}OTHER BITS"; fi
    echo "images/s (time waiting for views): $said"
}
views_of_cifar() { views cifar10-resnet18-800e "${views_cifar[@]}"; }
views_of_imagenet() { views simsiam_resnet50_8xb32-coslr-100e_in1k "${views_imagenet[@]}"; }
twice() {
    local run
    for run in a b; do simsiam train "${tiny[@]}" --epochs 2 --eval.every 0 --out $run --device "$device" || return; done
    simsiam train "${tiny[@]}" --epochs 2 --eval.every 0 --out c --stop_step 7 --device "$device" || return
    simsiam train --out c --resume || return
    cmp a/model.safetensors b/model.safetensors && echo "two runs end with the same bits" || return
    cmp a/model.safetensors c/model.safetensors && echo "two runs and a resumed one end with the same bits"
}
too_large() { # is to fail with one sentence
    simsiam bench --arch resnet50 --size 224 --batch 8192 --what step --repeat 1 --device "$device"
    local status=$?
    echo "status $status, expected 71"
    [ $status = 71 ]
}
learns() { simsiam train demo --data "$pictures" --epochs $epochs --precision bf16 --out learns --device "$device"; }
stage machine 20 machine
stage first 60 first
stage operations 120 operations
stage trajectory 60 trajectory
stage speed_cifar 120 speed_cifar
stage views_cifar 60 views_of_cifar
stage speed_imagenet 150 speed_imagenet
stage views_imagenet 60 views_of_imagenet
stage twice 60 twice
[ -n "$small" ] || stage too_large 60 too_large
stage speed_cifar_fp32 60 speed_cifar_fp32
stage learns 120 learns
echo "gpu_day: $out/summary.tsv"
