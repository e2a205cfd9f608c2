#!/bin/bash
# --devices: several devices of the plug-in that SIAM_PJRT_PLUGIN names share each batch. Skipped without one, or where it has one only.
[ -n "${SIAM_PJRT_PLUGIN-}" ] || exit 77
. "$(dirname "$0")/lib.sh"

data=synth:train=64,test=32
printf '%s\n' "data.path: $data" 'data.size: 8' 'model.arch: resnet18' 'model.width: 4' 'model.dim: 16' 'train.batch: 16' \
    'train.epochs: 2' 'eval.every: 1' 'run.threads: 1' 'run.tuning: fixed' 'run.log_every: 1' 'run.device: xla-cpu' >small.yaml
"$SIMSIAM_BINARY" knn random:resnet18 --width 4 --size 8 --data "$data" --device xla-cpu --devices 64 >out 2>err </dev/null
there=$(sed -nE 's/.*there are no 64 devices from xla-cpu:0 on: .* has ([0-9]+), and counts from 0.*/\1/p' err)
[ -n "$there" ] || { fail "64 devices are not refused"; cat err; }
says err "try: --devices $there\$"
[ "$there" -gt 1 ] || exit 77

losses() { sed -n 's/.*"kind":"step".*"step":\([0-9]*\),"loss":\([-0-9.e]*\),"z_std_ratio":\([-0-9.e]*\),.*/\1 \2 \3/p' "$1/metrics.jsonl"; }
near() { # RUN RUN: losses and gauges are the same, but for rounding
    paste -d ' ' <(losses "$1") <(losses "$2") | awk '$1 != $4 || ($2 - $5) ^ 2 > 1e-3 ^ 2 || ($3 - $6) ^ 2 > 1e-3 ^ 2 { print; bad = 1 } END { exit bad || NR != 8 }' ||
        fail "the losses of $2 are not those of $1"
}

# ---- whether they compute rightly, together ----
expect 0 simsiam doctor --device xla-cpu --devices 2
says out '^PASS  device  *xla-cpu \(unproven\): 2 of its devices: '
says out '^PASS  arithmetic  *xla-cpu: 9 operations agree with the reference on each, and so do sums over them'
expect 0 simsiam knn random:resnet18 --width 4 --size 8 --data "$data" --device xla-cpu --devices 2
grep -q 'compared now' out && fail "what doctor found of two devices is not kept"
expect 1 simsiam doctor --device xla-cpu --devices 64
says out '^FAIL  device .*there are no 64 devices from xla-cpu:0 on'
says out '^ +fix: give --device, and --devices, a number that is there$'

# ---- the same as one device ----
expect 0 simsiam train small.yaml --out one
expect 0 simsiam train small.yaml --out two --devices 2
says err '^        2 of its devices share each batch, SyncBN on$'
says err 'the compiled step takes .* on each device'
near one two
expect 0 simsiam train small.yaml --out twice --devices 2
cmp two/model.safetensors twice/model.safetensors || fail "two devices give other bits the second time"
expect 0 simsiam train small.yaml --out parts2 --devices 2 --accum 2
expect 0 simsiam train small.yaml --out parts1 --accum 2
near parts1 parts2

# ---- stopped, and on as many devices, or as another number, or on the host ----
expect 0 simsiam train small.yaml --out parts --devices 2 --stop_step 3
expect 0 simsiam train --out parts --resume
cmp two/model.safetensors parts/model.safetensors || fail "a resumed run on two devices ends with other bits"
expect 0 simsiam train small.yaml --out moved --devices 2 --stop_step 3
expect 0 simsiam train --out moved --resume --devices 1
says err 'goes on with run.devices = 1 instead of 2: the same numbers but for rounding'
near one moved
expect 0 simsiam train small.yaml --out home --devices 2 --stop_step 3
expect 2 simsiam train --out home --resume --device ref
says err "--devices 2 needs devices behind a plug-in: the device ref is one"
expect 0 simsiam train --out home --resume --device ref --devices 1
near one home

# ---- statistics of each device's own images: another model, and their number is part of it ----
expect 0 simsiam train small.yaml --out own --devices 2 --sync_bn false --stop_step 5
says err '2 of its devices share each batch, SyncBN off$'
paste -d ' ' <(losses one) <(losses own) | awk 'NF == 6 && ($2 - $5) ^ 2 > 1e-3 ^ 2 { n++ } END { exit n < 3 }' || fail "SyncBN off changes nothing"
expect 78 simsiam train --out own --resume --devices 1
says err 'run.devices = 1 instead of 2'
expect 0 simsiam train --out own --resume

# ---- what cannot be divided ----
expect 78 simsiam train small.yaml --out none --devices 3
says err 'a batch of 16 images cannot be divided among 3 devices'
says err 'try: --batch 15$'
expect 78 simsiam train small.yaml --out none --devices 4 --accum 8
says err 'cannot be divided among 4 devices in 8 parts each'
expect 78 simsiam train small.yaml --out none --devices 2 --batch 2 --sync_bn false
says err 'with two images or more for the statistics of each'
expect 78 simsiam bench --what step --width 4 --size 16 --batch 7 --repeat 1 --device xla-cpu --devices 2
says err '7 images at once cannot be divided among 2 devices'
[ ! -d none/checkpoints ] || fail "a refused run leaves checkpoints"

# ---- using a model ----
expect 0 simsiam linear two --data "$data" --epochs 1 --batch 16 --out probe --device xla-cpu --devices 2
for n in 1 2; do
    expect 0 simsiam knn two --data "$data" --k 5 --device xla-cpu --devices $n --json
    grep -oE '"top1": *[0-9.]+' out >knn.$n
    expect 0 simsiam extract two --data "$data" -o $n.npy --device xla-cpu --devices $n
    expect 0 simsiam test probe --data "$data" --device xla-cpu --devices $n --json
    grep -oE '"right": *[0-9]+' out >right.$n
    od -An -v -t f4 -w4 -j 128 $n.npy >features.$n # behind the head of the file
done
cmp knn.1 knn.2 || fail "kNN is $(cat knn.2) of two devices"
cmp right.1 right.2 || fail "other images are right on two devices"
paste -d ' ' features.1 features.2 | awk '{ off += ($1 - $2) ^ 2; all += $1 ^ 2 } END { exit !(NR > 1000 && all > 0 && off < 1e-10 * all) }' ||
    fail "the features of two devices are not those of one"
expect 0 simsiam bench --what step,infer --width 4 --size 16 --batch 8 --repeat 1 --device xla-cpu --devices 2
says out '^2 of its devices share each batch$'
says out '^on each device: '
finish
