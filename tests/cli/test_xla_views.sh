#!/bin/bash
# --augment device: views that the plug-in of SIAM_PJRT_PLUGIN makes are the host's, bit for bit, so that what is learned from them is,
# too. Skipped without a plug-in.
[ -n "${SIAM_PJRT_PLUGIN-}" ] || exit 77
. "$(dirname "$0")/lib.sh"

printf '%s\n' 'data.size: 8' 'model.arch: resnet18' 'model.width: 4' 'model.dim: 16' 'train.batch: 8' 'train.epochs: 2' 'eval.every: 0' \
    'run.threads: 1' 'run.tuning: fixed' 'run.log_every: 1' 'run.device: xla-cpu' 'aug.crop_min: 0.2' >small.yaml
mkdir pictures
for name in cmyk.jpg grey8.png optimised.jpg orientation_2.jpg; do
    for copy in 1 2 3 4; do cp "$SIMSIAM_SOURCE/tests/data/codec/$name" "pictures/$copy-$name"; done
done
every=(--solarise_p 0.3 --vflip_p 0.5 --rot90_p 0.5 --rotate_p 0.5 --drop_p 0.3)
same() { # NAME OPTION...: trained both ways
    local name=$1
    shift
    expect 0 simsiam train small.yaml --out "$name-host" --augment host "$@"
    silent_about err '^views '
    expect 0 simsiam train small.yaml --out "$name-device" --augment device "$@"
    cmp "$name-host/model.safetensors" "$name-device/model.safetensors" || fail "$name: other bits of views that the device makes"
}

# ---- images that stay on the device, and crops of photographs ----
same set --data synth:train=24,test=8
says err '^views   made on the device, where all images stay \(4\.5 KiB\)$'
says err 'the compiled step .*; the images that stay there take another 4\.5 KiB$'
same every --data synth:train=24,test=8 "${every[@]}"
same parts --data synth:train=24,test=8 --accum 2
same crops --data pictures
says err '^views   made on the device, of crops that this machine decodes$'
same grey --data pictures --in_channels 1 "${every[@]}"

# ---- of two devices each makes its own ----
"$SIMSIAM_BINARY" knn random:resnet18 --width 4 --size 8 --data synth:train=8,test=8 --device xla-cpu --devices 2 >/dev/null 2>&1 </dev/null &&
    same two --data synth:train=24,test=8 --devices 2 --accum 2

# ---- images that stay on the device stay here, too: that is said before the first step ----
for where in host device; do
    expect 0 simsiam train small.yaml --out "large-$where" --augment $where --data synth:train=60000,test=8 --stop_step 1
    sed -nE 's/^memory  batch 8 needs about ([0-9.]+) MiB of this machine.s memory.*/\1/p' err >"needs-$where"
done
says err 'the images that stay there take another 11 MiB$'
paste -d ' ' needs-host needs-device | awk 'NF == 2 && $2 - $1 > 10 && $2 - $1 < 12 { ok = 1 } END { exit !ok }' ||
    fail "images that stay on the device are not in the memory that is needed: $(cat needs-host needs-device | tr '\n' ' ')MiB"

# ---- a run goes on the other way ----
expect 0 simsiam train small.yaml --out half --augment device --data synth:train=24,test=8 --stop_step 4
expect 0 simsiam train --out half --resume --augment host
cmp half/model.safetensors set-host/model.safetensors || fail "a run that goes on with the host's views ends with other bits"

# ---- what the host makes by itself, and what is refused ----
expect 0 simsiam train small.yaml --out auto --data synth:train=24,test=8 --stop_step 1
silent_about err '^views '
expect 78 simsiam train small.yaml --out none --augment device --device ref --data synth:train=24,test=8
says err "run.augment is device, but the network runs on this machine's own processors"
says err 'try: --augment host$'
expect 78 simsiam train small.yaml --out none --augment device --data pictures --depth 16
says err 'run.augment is device, but the images have 16 bits'
finish
