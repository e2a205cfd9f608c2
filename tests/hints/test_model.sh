#!/bin/bash
# Hints about models: where one is looked for, what it holds, its names, what is written of it (src/model/encoder.c,
# identify.c, info.c, export.c, src/checkpoint, src/base).
. "$(dirname "$0")/lib.sh"
torch=$here/../data/torch
expect 0 simsiam train small.yaml --data $few --out run
expect 0 simsiam linear run --data $few --epochs 1 --batch 32 --threads 1 --out probe
one=(--data $few --split test --threads 1)

foreign run/model.safetensors foreign.safetensors
expect 0 simsiam knn foreign.safetensors --size 8 --data $few

# ---- where it is
for verb in "knn gone --data $few" "knn gone.pth --data $few" 'export gone.pth -o x.pth'; do
    hint 'a model file, the folder of a run, or a name of: simsiam list' 66 simsiam $verb
    pasted 'simsiam list'
    says out '^models'
done
instead 'a model file' simsiam export run/model.safetensors -o x.pth
instead 'the folder of a run' simsiam export run -o x2.pth
mkdir 'no run'
hint 'name a model file, or the folder of a run that has finished an epoch' 66 simsiam export 'no run' -o y.pth
instead 'name a model file' simsiam export x.pth -o y.pth
instead 'the folder of a run' simsiam export run -o y2.pth
hint 'simsiam train RECIPE --data PATH --out %s' 66 simsiam info 'no run'
pasted RECIPE=small.yaml PATH=$few
expect 0 simsiam info 'no run'
hint 'simsiam list' 2 simsiam info nothing
pasted
hint 'simsiam list' 2 simsiam info nothing --yaml
pasted
name=simsiam_resnet50_8xb32-coslr-100e_in1k
export SIMSIAM_MODELS=$work/models
hint 'simsiam fetch %s' 66 simsiam export $name -o y3.pth
[ "$said" = "simsiam fetch $name" ] || fail "another name is fetched" # fetch.sh does that
instead "$name" simsiam list $name

# ---- what it holds
rm -r 'no run/checkpoints'
hint 'the folder of a run that has finished an epoch' 66 simsiam extract 'no run' "${one[@]}" --layer z -o z1.npy
instead "$said" simsiam extract run "${one[@]}" --layer z -o z1.npy
hint 'the folder of the pretraining run' 65 simsiam extract probe "${one[@]}" --layer z -o z2.npy
instead "$said" simsiam extract run "${one[@]}" --layer z -o z2.npy
for layer in z p; do
    hint 'the folder of a pretraining run, or a pretraining checkpoint' 65 simsiam extract run/model.safetensors "${one[@]}" \
        --layer $layer -o $layer.npy
    instead 'the folder of a pretraining run' simsiam extract run "${one[@]}" --layer $layer -o $layer.npy
    instead 'a pretraining checkpoint' simsiam extract run/checkpoints/step-* "${one[@]}" --layer $layer -o $layer.csv
done
hint 'the folder of a pretraining run, or a pretraining checkpoint' 2 \
    simsiam extract random:resnet18 "${one[@]}" --layer z -o z3.npy
instead "${said%%,*}" simsiam extract run "${one[@]}" --layer z -o z3.npy
hint 'train one: simsiam linear %s --data PATH' 65 simsiam extract run "${one[@]}" --layer logits -o l.npy
pasted "simsiam linear run --data PATH" PATH="$few --epochs 1 --batch 32 --out probe2"
instead 'train one' simsiam extract probe2 "${one[@]}" --layer logits -o l.npy
hint 'train one: simsiam linear %s --data PATH' 2 \
    simsiam extract random:resnet20-cifar "${one[@]}" --layer logits -o l2.npy
pasted "simsiam linear random:resnet20-cifar --data PATH" PATH="$few --size 8 --width 4 --epochs 1 --batch 32 --out probe3"
instead 'train one' simsiam extract probe3 "${one[@]}" --layer logits -o l2.npy
foreign run/model.safetensors nan.safetensors
printf '\377\377\377\177' | dd of=nan.safetensors bs=1 seek=$(($(stat -c %s nan.safetensors) - 4)) conv=notrunc 2>/dev/null
hint 'a model of a run that went well' 65 simsiam knn nan.safetensors --size 8 --data $few
instead "$said" simsiam knn run/model.safetensors --data $few
hint "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225, which are ImageNet's" 2 \
    simsiam knn foreign.safetensors --size 8 --data $few --mean .5
again '--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225'
head -c 5000 run/model.safetensors >cut.safetensors
hint 'another copy of that file, or the --arch, --width and --stem that it has' 65 \
    simsiam knn cut.safetensors --data $few
after 'another copy of that file' cp run/model.safetensors cut.safetensors
hint 'another copy of that file, or the --arch, --width and --stem that it has' 65 \
    simsiam knn x.pth --size 8 --data $few --arch resnet34
again 'the --arch, --width and --stem that it has' --arch resnet18 --width 16 --stem imagenet
head -c 5000 run/model.safetensors >cut.safetensors
hint 'another copy of that file' 65 simsiam train small.yaml --data $few --init cut.safetensors --out init
after "$said" cp run/model.safetensors cut.safetensors
hint 'the --arch, --width and --stem that it has: simsiam info %s' 65 \
    simsiam train small.yaml --data $few --width 8 --init run --out init2
pasted 'simsiam info run'
says out 'width 16'
again 'the --arch, --width and --stem that it has' --width 16

# ---- architecture and names
hint "simsiam list 'resnet*'" 2 simsiam export x.pth --arch resnet17 -o y4.pth
pasted
says out 'resnet50'
for verb in "train small.yaml --data $few --arch resnet17" 'bench --arch resnet17' "knn random:resnet17 --data $few"; do
    hint 'simsiam list' 2 simsiam $verb
    pasted
    says out 'resnet152'
done
foreign run/model.safetensors odd.safetensors 's/"conv1[.]weight"/"konv1.weight"/; s/"bn1[.]running_var"/"bm1.running_var"/'
hint "--rename 's/FROM/TO/' if its names differ from one of those in a part" 65 \
    simsiam knn odd.safetensors --size 8 --data $few
again "--rename 's/FROM/TO/'" --rename 's/^konv1/conv1/ s/^bm1/bn1/'
for before in 'module.encoder_q.' 'net.' 'a-b.c_1.'; do
    foreign run/model.safetensors moco.safetensors "s/\"((conv1|bn1|layer.[.][0-9])[.])/\"$before\\1/g"
    expect 0 simsiam knn moco.safetensors --size 8 --data $few
done
for rule in 'x/a/b/' 's/a' 's/a/b/x' 's//b/'; do
    hint "a rule like --rename 's/^module\.encoder_q\.//'" 2 \
        simsiam knn moco.safetensors --size 8 --data $few --rename "$rule"
    again 'a rule like' --rename 's/^a-b.c_1\.//'
done
hint 'a backslash before each of . [ ( * + ? { | ^ $ that means itself' 2 simsiam knn moco.safetensors --size 8 --data $few \
    --rename 's/^(a-b.c_1.//'
again 'a backslash before each' --rename 's/^(a-b\.c_1\.)//'
hint 'a rule without {numbers}, and without \1 in FROM: * or +, or the names spelled out' 2 \
    simsiam knn moco.safetensors --size 8 --data $few --rename 's/^.{1,30000}_1\.//'
again '* or +' --rename 's/^.+_1\.//'
hint 'leave that rule out, or correct it' 2 \
    simsiam knn moco.safetensors --size 8 --data $few --rename 's/^a-b.c_1.// s/^nothing//'
again 'leave that rule out' --rename 's/^a-b.c_1.//'
hint 'leave that rule out, or correct it' 2 simsiam knn foreign.safetensors --size 8 --data $few --rename 's/^zz//'
again 'leave that rule out' ~--rename=
hint "--arch NAME with --width and --stem shows what differs; simsiam list 'resnet*' shows the names" 65 \
    simsiam knn foreign.safetensors --size 8 --data $few --rename 's/^b.//'
then=65 again '--arch NAME with --width and --stem' --arch resnet18 --width 16 --stem imagenet
says err 'bn1'
pasted "simsiam list 'resnet*'"
for f in object object_inside; do
    hint "in Python, where that class is installed: torch.save(torch.load(FILE, weights_only=False).state_dict(), 'weights.pth')" 65 \
        simsiam info "$torch/$f.pth"
    instead 'state_dict' simsiam info "$torch/tiny.pth" # as such a call writes it
done
touch sys_info pickle tensors storages && tar cf old.pth sys_info pickle tensors storages
hint "in Python: torch.save(torch.load(%s, weights_only=False), 'new.pth')" 69 simsiam info old.pth
instead "torch.save" simsiam info "$torch/tiny.pth"

# ---- what is written
hint '-o model.pth, or -o model.safetensors' 2 simsiam export run -o model.onnx
again '-o model.pth'
again '-o model.safetensors'
hint 'another name after -o, or --replace' 73 simsiam export run -o model.pth
again 'another name after -o' -o model2.pth
again '--replace'
for path in new/model.pth 'a new/folder/model.safetensors' ./third/m.pth; do
    hint 'mkdir -p %s' 66 simsiam export run -o "$path"
    pasted
    after 'mkdir -p' true
done
as_owner=() # without what lets root write everywhere
[ "$(id -u)" != 0 ] || as_owner=(setpriv --bounding-set -dac_override,-dac_read_search)
if "${as_owner[@]}" true 2>/dev/null; then
    mkdir closed && chmod a-w closed
    hint 'give this user access to it, or name another place' 74 \
        "${as_owner[@]}" "$SIMSIAM_BINARY" export run -o closed/m.pth
    after 'give this user access to it' chmod u+w closed
    again 'name another place' -o open.pth
fi
limited() { (ulimit -f 8 && simsiam export run -o big.pth); }
hint 'a larger limit for files (ulimit -f), or another file system' 74 limited
instead 'a larger limit for files (ulimit -f)' simsiam export run -o big.pth
mkdir disk
if mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    trap 'umount "$work/disk"; rm -rf "$work"' EXIT
    head -c 60000 /dev/zero >disk/filler
    hint 'free some space on that disk, or choose another place for the output' 74 simsiam export run -o disk/m.pth
    again 'choose another place for the output' -o not-full.pth
    after 'free some space on that disk' mount -o remount,size=16m none disk
fi
if [ -w /dev/full ]; then
    to_full() { simsiam list >/dev/full; }
    hint 'free some space, or send the output elsewhere' 74 to_full
    instead 'send the output elsewhere' simsiam list
fi
finish_hints
