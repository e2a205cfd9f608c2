#!/bin/bash
# --device xla-cpu with the plug-in that SIAM_PJRT_PLUGIN names: training, stopping, resuming here and on the host, and the verbs that use a
# model. Skipped without one.
[ -n "${SIAM_PJRT_PLUGIN-}" ] || exit 77
. "$(dirname "$0")/lib.sh"

data=synth:train=64,test=32
picture=$here/../data/codec/rgb8.png
printf '%s\n' "data.path: $data" 'data.size: 8' 'model.arch: resnet18' 'model.width: 4' 'model.dim: 16' 'train.batch: 16' \
    'train.epochs: 2' 'eval.every: 0' 'run.threads: 1' 'run.tuning: fixed' 'run.log_every: 1' >small.yaml

expect 0 simsiam train small.yaml --out host

# ---- what it is, and whether it computes rightly ----
expect 0 simsiam doctor --device xla-cpu
says out '^PASS  device  *xla-cpu \(unproven\): '
says out '^PASS  arithmetic  *xla-cpu: 9 operations agree with the reference'
says out "^PASS  programs  .* is kept in $work/cache/simsiam/programs\$"

expect 1 simsiam doctor --device cuda # the plug-in that the variable names is another one
says out '^FAIL  device .*is for processors, not for the device cuda'

# ---- training ----
expect 0 simsiam train small.yaml --out whole --device xla-cpu
says err "device  xla-cpu through .*unproven"
grep -q '"device": "xla-cpu:.*[.]so"' whole/run.json || { fail "run.json does not say on which device it was"; cat whole/run.json; }
says err '9 operations agree with the reference there, worst difference .*as compared before' # by doctor
expect 0 simsiam train small.yaml --out parts --device xla-cpu --stop_step 3
expect 0 simsiam train --out parts --resume
says err 'resumed after step 3 of 8'
cmp whole/model.safetensors parts/model.safetensors || fail "a resumed run on a device ends with other bits"

[ "$(ls cache/simsiam/programs/*.program | wc -l)" -ge 1 ] && [ -z "$(find cache/simsiam/programs -perm /077)" ] || { fail "programs are not kept, or not for their user alone"; ls -la cache/simsiam/programs; }
chmod g+w cache/simsiam/programs # others may write there: nothing is taken from it or put into it, and that is told
expect 0 simsiam doctor --device xla-cpu
says out "^WARN  programs  .*cannot be kept.*cache/simsiam/programs' is not this user's alone"
expect 0 simsiam train small.yaml --out unkept --device xla-cpu --stop_step 1
[ "$(grep -c "^warning: what the device's compiler made cannot be kept" err)" = 1 ] || { fail "not told once that programs are not kept"; cat err; }
expect 0 simsiam knn host --data "$data" --k 5 --device xla-cpu
says out "^warning: what the device's compiler made cannot be kept"
expect 0 simsiam bench --width 4 --dim 16 --size 16 --batch 8 --repeat 1 --threads 1 --what infer --device xla-cpu --json
says err "^warning: what the device's compiler made cannot be kept"
rm -r cache/simsiam/programs
expect 0 simsiam train small.yaml --out compiled --device xla-cpu
cmp whole/model.safetensors compiled/model.safetensors || fail "a program from the cache gives other bits than one that was compiled now"

losses() { sed -n 's/.*"kind":"step".*"step":\([0-9]*\),"loss":\([-0-9.e]*\),.*/\1 \2/p' "$1/metrics.jsonl"; }
near() { # RUN: its losses are those of the run on the host, but for rounding
    paste -d ' ' <(losses host) <(losses "$1") | awk -v most="$2" '$1 != $3 || ($2 - $4) ^ 2 > most ^ 2 { print; bad = 1 } END { exit bad || NR != 8 }' ||
        fail "the losses of $1 are not those of the host"
}
near whole 2e-2

# begun on the host, continued on the device, and the other way
expect 0 simsiam train small.yaml --out there --stop_step 4
expect 0 simsiam train --out there --resume --device xla-cpu
says err 'goes on with run.device = xla-cpu instead of auto: the same numbers but for rounding'
near there 2e-2
expect 0 simsiam train small.yaml --out back --stop_step 4 --device xla-cpu
expect 0 simsiam train --out back --resume --device auto
near back 2e-2

expect 0 simsiam train small.yaml --out accum --device xla-cpu --accum 2 --precision bf16
expect 0 simsiam linear whole --data "$data" --epochs 1 --batch 16 --out probe --device xla-cpu

# ---- its speed, and what it takes ----
tiny_bench=(--width 4 --dim 16 --size 16 --batch 8 --repeat 1 --threads 1)
expect 0 simsiam bench "${tiny_bench[@]}" --what step,infer --device xla-cpu
says out '^device xla-cpu \(unproven\), through '
says out 'a step there is one program: its operations and the limit are not measured'
[ "$(grep -cE '^on the device: ([0-9]+ MiB, [0-9]+ of them temporaries|the plug-in does not say)' out)" = 2 ] || { fail "bench does not say what the device needs"; cat out; }
expect 0 simsiam bench "${tiny_bench[@]}" --what step --device xla-cpu --precision bf16 --json
says out '"device": "xla-cpu"'

# ---- another of its devices ----
expect 66 simsiam knn host --data "$data" --k 5 --device xla-cpu:1000
says err "there is no device xla-cpu:1000: the plug-in '.*' has [0-9]+, and counts from 0"
last=$(sed -n 's/^ *try: --device xla-cpu:\([0-9]*\)$/\1/p' err)
expect 66 simsiam train small.yaml --out none --device xla-cpu:$((last + 1))
expect 0 simsiam train small.yaml --out last --device xla-cpu:$last
cmp whole/model.safetensors last/model.safetensors || fail "the plug-in's device $last gives other bits than its first"

# ---- a verb that only uses a model asks whether the device computes rightly, too, once ----
for verb in "extract host --data $data -o asked.npy" "predict probe $picture"; do
    rm -f cache/simsiam/device-*.json
    for times in 1 0; do
        rm -f asked.*
        expect 0 simsiam $verb --device xla-cpu
        [ "$(cat out err | grep -cE 'device xla-cpu: 9 operations agree with the reference there, .*\(compared now, once\)')" = $times ] ||
            { fail "not told $times times: $verb"; cat out err; }
    done
done

# ---- using a model ----
for device in auto xla-cpu; do
    expect 0 simsiam knn host --data "$data" --k 5 --device $device --json
    cp out knn.$device
    expect 0 simsiam extract host --data "$data" -o $device.npy --device $device
    expect 0 simsiam test probe --data "$data" --device $device --json
    od -An -v -t f4 -w4 -j 128 $device.npy >features.$device # behind the head of the file
done
paste -d ' ' features.auto features.xla-cpu | awk '{ off += ($1 - $2) ^ 2; all += $1 ^ 2 } END { exit !(NR > 1000 && all > 0 && off < 1e-8 * all) }' ||
    fail "the features of the device are not those of the host"
top1() { grep -oE '"top1": *[0-9.]+' "$1" | head -n 1 | grep -oE '[0-9.]+$'; }
awk -v a="$(top1 knn.auto)" -v b="$(top1 knn.xla-cpu)" 'BEGIN { exit !(a != "" && (a - b) ^ 2 <= 0.04 ^ 2) }' || # one image of 32
    fail "kNN is $(top1 knn.auto) on the host and $(top1 knn.xla-cpu) on the device"
finish
