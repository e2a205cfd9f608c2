#!/bin/bash
# --device with a plug-in: what is said where there is none, or a wrong one.
. "$(dirname "$0")/lib.sh"

data=synth:train=64,test=32
printf '%s\n' "data.path: $data" 'data.size: 8' 'model.arch: resnet18' 'model.width: 4' 'model.dim: 16' 'train.batch: 16' \
    'train.epochs: 2' 'eval.every: 0' 'run.threads: 1' 'run.tuning: fixed' 'run.log_every: 1' >small.yaml

unset SIAM_PJRT_PLUGIN VIRTUAL_ENV CONDA_PREFIX
expect 0 simsiam train small.yaml --out host

# ---- another device of the host ----
expect 0 simsiam train small.yaml --out moved --stop_step 3
expect 0 simsiam train --out moved --resume --device ref
says err 'goes on with run.device = ref instead of auto: the same numbers but for rounding'
for device in nothing xla-cpus xla-cp auto:x; do
    expect 2 simsiam train small.yaml --out none --device $device
    says err "there is no device '$device'; known are: auto, cpu, .*xla-cpu"
done

# ---- the host is one device ----
for verb in demo 'train small.yaml --out none' "knn host --data $data" "extract host --data $data -o none.npy" 'bench --what step' "linear host --data $data --batch 16 --out none"; do
    expect 2 simsiam $verb --devices 2
    says err '^simsiam: error: --devices 2 needs devices behind a plug-in: the device auto is one, with its threads$'
    says err '^  try: --devices 1, or --device with one of: simsiam list$'
done
expect 2 simsiam knn host --data "$data" --devices 0
expect 2 simsiam knn host --data "$data" --devices 65

# ---- no plug-in ----
echo text >text.so
: >empty.so
for verb in 'train small.yaml --out none' "knn host --data $data" "extract host --data $data -o none.npy" 'bench --what step' \
    'bench --what infer --size 16'; do
    expect 66 simsiam $verb --device xla-cpu:nowhere.so
    says err "there is no plug-in 'nowhere.so'"
    for file in text.so empty.so; do
        expect 65 simsiam $verb --device xla-cpu:./$file
        says err "'./$file' cannot be loaded as a PJRT plug-in"
    done
    [ ! -e none.npy ] || fail "$verb left a file"
done
[ ! -d none/checkpoints ] || fail "a run without a device has checkpoints"
expect 1 simsiam doctor --device xla-cpu:nowhere.so
says out "^FAIL  device .*there is no plug-in 'nowhere.so'"
expect 1 simsiam doctor --device xla-cpu:./text.so
says out "^FAIL  device .*cannot be loaded as a PJRT plug-in"
expect 1 simsiam doctor --device xla
says out "^FAIL  device .*there is no device 'xla'"
expect 0 simsiam doctor --device ref
expect 1 simsiam doctor --devices 2
says out '^FAIL  device .*--devices 2 needs devices behind a plug-in'
says out '^ +fix: give --device one of simsiam list, or leave --devices out$'
expect 2 simsiam doctor --devices 0
expect 0 simsiam list xla
says out 'xla-cpu .*unproven'
expect 0 simsiam list cuda
says out '^  cuda +an NVIDIA GPU, through XLA \(unproven: compiled for, not yet run on a GPU[;)]'
HOME=$PWD expect 66 simsiam knn host --data "$data" --device xla-cpu
says err 'no plug-in for the device xla-cpu'
says err 'try: pip install xla-cpu-pjrt$'
for verb in "knn host --data $data" 'train small.yaml --out none' 'bench --what step'; do
    HOME=$PWD expect 66 simsiam $verb --device cuda
    says err 'there is no plug-in for the device cuda: '
    says err 'try: pip install "jax-cuda13-plugin\[with-cuda\]"$'
done
for row in 'xla-cpu xla-cpu-pjrt' 'cuda "jax-cuda13-plugin\[with-cuda\]"'; do
    HOME=$PWD expect 1 simsiam doctor --device "${row%% *}"
    says out "^ +fix: pip install ${row#* }, or give the path of another plug-in$"
done
finish
