#!/bin/bash
# Hints about files of models (src/checkpoint, src/model/encoder.c, identify.c, classify.c), and what is said about
# models of others: parts, names, what is not read.
. "$(dirname "$0")/lib.sh"
photo=$here/../data/codec/rgb8.png
expect 0 simsiam export random:resnet18 --width 2 -o plain.safetensors
expect 0 simsiam export random:resnet18 --width 2 --seed 1 -o other.safetensors
expect 0 simsiam export random:resnet18 --width 2 --names lightly -o numbers.safetensors

# The header of a safetensors file, without our metadata too, and what stands behind it.
header() { tail -c +9 "$1" | head -c "$(od -An -tu8 -N8 "$1")"; }
bare() { header "$1" | sed -E 's/"__metadata__":\{[^}]*\},?//; s/,\}/}/'; }
data() { tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"; }
with_header() { # FILE, its header and data from stdin
    local text=$1 n bytes=
    n=$(printf '%016x' "$(LC_ALL=C printf %s "$text" | wc -c)")
    for ((i = 14; i >= 0; i -= 2)); do bytes+=\\x${n:i:2}; done
    printf "$bytes"
    printf %s "$text"
}
bare() { header "$1" | sed -E 's/"__metadata__":\{[^}]*\},?//; s/,\}/}/'; }
features() { # features FILE [OPTION...]: of one photo, to a checksum
    rm -f f.npy f.index.csv
    simsiam extract "$1" --data list.txt -o f.npy --size 32 --mean 0.5 --std 0.25 --threads 1 "${@:2}" >said 2>&1 ||
        { fail "extract $*"; cat said; }
    cksum <f.npy
}
printf '%s 0\n' "$photo" "$here/../data/codec/rgb_420.jpg" >list.txt
truth=$(features plain.safetensors) other=$(features other.safetensors)
[ "$truth" != "$other" ] || fail "two encoders have the same features"
names='s/"(conv1|bn1|layer[1-4])\./"BEFORE\1./g'

# ---- other names of the same encoder
n=0
for before in module. _orig_mod. module._orig_mod. _orig_mod.module. module._orig_mod.encoder. net. model. encoder_q.; do
    foreign plain.safetensors x.safetensors "${names/BEFORE/$before}"
    [ "$(features x.safetensors)" = "$truth" ] || fail "$before: other features"
    n=$((n + 1))
done
for before in '' f. encoder. module. features. model.backbone.; do
    foreign numbers.safetensors x.safetensors "s/\"backbone\./\"$before/g"
    [ "$(features x.safetensors)" = "$truth" ] || fail "numbers under '$before': other features"
done
foreign plain.safetensors compiled.safetensors "${names/BEFORE/_orig_mod.}"
expect 0 simsiam train small.yaml --data $few --width 2 --init compiled.safetensors --out started
says err '_orig_mod\.conv1\. -> backbone\.conv1\.'

# ---- a rule that is offered works, for every verb and for --init
foreign plain.safetensors undotted.safetensors "${names/BEFORE/net_}"
hint "--rename '%s'" 65 simsiam export undotted.safetensors -o u.pth
again "$said"
hint "--rename '%s'" 65 simsiam train small.yaml --data $few --width 2 --init undotted.safetensors --out undotted
again "$said"
foreign plain.safetensors slashes.safetensors ':a; s/("(conv1|bn1|layer)[^".]*)\./\1\//; ta'
hint "--rename '%s'" 65 simsiam export slashes.safetensors -o s.pth
again "$said"
hint "--rename '%s'" 65 simsiam export undotted.safetensors -o u2.pth --rename 's/layer4/layer5/ s/layer5/layer4/'
again "$said"
hint "--rename 's/FROM/TO/' if its names differ from one of those in a part" 65 \
    simsiam export plain.safetensors -o p.pth --rename 's/^conv1/conv/'
again '--rename' --rename 's/^conv1/conv/ s/^conv[.]/conv1./'
stages0='s/"layer1\./"stages.0./; s/"layer2\./"stages.1./; s/"layer3\./"stages.2./; s/"layer4\./"stages.3./'
for change in 's/"layer([1-4])\./"stage\1./g' 's/"layer/"blocks./g' 's/"layer/"layer_/g' "${stages0//;/g;}g" \
    "${stages0//;/g;}g; s/(stages\.[0-3]\.)/\1blocks./g; s/bn([12])/norm\1/g" 's/"layer1/"res2/g; s/"layer2/"res3/g; s/"layer3/"res4/g; s/"layer4/"res5/g' \
    's/"conv1\./"stem.0./g; s/"bn1\./"stem.1./g' 's/"(conv1|bn1)\./"stem.\1./g' 's/"conv1\./"conv1.0./g' \
    's/"conv1\./"conv1.0./g; s/"bn1\./"conv1.1./g' 's/bn([12])\./batch_norm\1./g' 's/(conv|bn)([12])\./\1_\2./g' \
    's/downsample/skip/g' 's/downsample\.0/downsample.conv/g; s/downsample\.1/downsample.bn/g' \
    's/running_(mean|var)/moving_\1/g' 's/"layer([1-4])\./"net.stage\1./g; s/"(conv1|bn1)\./"net.\1./g'; do
    foreign plain.safetensors guessed.safetensors "$change"
    grep -qaF '"conv1.weight"' guessed.safetensors && grep -qaF '"layer1.0.conv1.weight"' guessed.safetensors &&
        grep -qaF '"layer2.0.downsample.0.weight"' guessed.safetensors && grep -qaF '"layer1.0.bn1.running_mean"' guessed.safetensors &&
        fail "$change changes no name"
    rm -f g.pth
    hint "--rename '%s'" 65 simsiam export guessed.safetensors -o g.pth
    again "$said"
    rule=${said#--rename \'}
    [ "$(features guessed.safetensors --rename "${rule%\'}")" = "$truth" ] || fail "$change: other features"
done
foreign plain.safetensors deep.safetensors 's/"conv1\./"conv1.0./; s/"bn1\./"conv1.1./g; s/"layer1\.0\.conv2\./"conv1.3./'
hint "a ResNet whose stem is one convolution: simsiam list 'resnet*'" 65 simsiam export deep.safetensors -o d.pth
says err "stem 'conv1\.0\.weight'"
pasted "simsiam list 'resnet*'"
foreign plain.safetensors vgg.safetensors 's/conv/c/g; s/bn/b/g; s/layer/stage/g'
hint "a ResNet, which this is not by its names: simsiam list 'resnet*'" 65 simsiam export vgg.safetensors -o d.pth
pasted "simsiam list 'resnet*'"

# ---- parts
two() { # two BEFORE BEFORE FILE: both encoders in one file
    local text size a b
    size=$(data plain.safetensors | wc -c)
    a=$(bare plain.safetensors | sed -E "${names/BEFORE/$1}")
    b=$(bare other.safetensors | sed -E "${names/BEFORE/$2}" |
        awk -v size="$size" '{
            while (match($0, /"data_offsets":\[[0-9]+,[0-9]+\]/)) {
                split(substr($0, RSTART + 16, RLENGTH - 17), at, ",")
                out = out substr($0, 1, RSTART + 15) at[1] + size "," at[2] + size "]"
                $0 = substr($0, RSTART + RLENGTH)
            }
            print out $0
        }')
    text="$(sed -E 's/\} *$//' <<<"$a"),$(sed -E 's/^ *\{//' <<<"$b")"
    { with_header "$text"; data plain.safetensors; data other.safetensors; } >"$3"
}
two student.backbone. teacher.backbone. dino.safetensors
hint '--part %s' 65 simsiam export dino.safetensors -o part.pth
says err 'student, teacher'
again '--part teacher'
for verb in 'info dino.safetensors' 'knn dino.safetensors --data '$few \
    "linear dino.safetensors --data $few --epochs 1 --batch 32 --out never" "predict dino.safetensors $here/../data/codec/rgb8.png" \
    "test dino.safetensors --data $few"; do
    hint '--part %s' 2 simsiam $verb --part nobody
    says err "no part 'nobody'; its networks are: student, teacher"
    unfollowed=
done
[ "$(features dino.safetensors --part student)" = "$truth" ] || fail "the student is another"
[ "$(features dino.safetensors --part teacher)" = "$other" ] || fail "the teacher is another"
expect 0 simsiam train small.yaml --data $few --width 2 --init dino.safetensors --part teacher --out taught
says err "'teacher' of the networks in the file \(student, teacher\)"
two module.encoder_q. module.encoder_k. moco.safetensors
[ "$(features moco.safetensors)" = "$truth" ] || fail "MoCo's encoder is not encoder_q"
says said "'encoder_q' of the networks in the file \(encoder_q, encoder_k\), which --part chooses"
[ "$(features moco.safetensors --part encoder_k)" = "$other" ] || fail "encoder_k is another"

# ---- classifiers, and what is not read
head_at=$(data plain.safetensors | wc -c)
with_head() { # with_head NAME FILE: three classes
    local text
    text=$(bare plain.safetensors | sed -E 's/\} *$//')
    text+=",\"$1.weight\":{\"dtype\":\"F32\",\"shape\":[3,16],\"data_offsets\":[$head_at,$((head_at + 192))]}"
    text+=",\"$1.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[$((head_at + 192)),$((head_at + 204))]}}"
    { with_header "$text"; data plain.safetensors; head -c 204 /dev/zero; } >"$2"
}
for name in head last_linear classifier heads.head fc1 model.fc linear; do
    with_head $name h.safetensors
    expect 0 simsiam predict h.safetensors "$here/../data/codec/rgb8.png" --threads 1
    says err "$name\. -> fc\."
done
with_head projection h.safetensors
hint "--rename '%s', if its %s is one" 78 simsiam predict h.safetensors "$photo" --threads 1
says err 'not read: projection\.weight, projection\.bias \(2 tensors\)'
again "${said%%, if*}"
for verb in "export h.safetensors -o left.pth" "info h.safetensors" "knn h.safetensors --data $few --k 1" \
    "extract h.safetensors --data list.txt -o left.npy" "linear h.safetensors --data $few --epochs 1 --batch 32 --out left" \
    "train small.yaml --data $few --width 2 --init h.safetensors --out left2"; do
    expect 0 simsiam $verb
    cat out >>err
    says err 'not read: +projection\.weight, projection\.bias \(2 tensors\)'
done

# ---- tensors that only code could rebuild
hint 'in Python, save plain tensors of floats: .to_dense() of a sparse one, .dequantize() of a quantized one, .full_tensor() of a DTensor, torch.from_numpy() of an array, .float() of integers, .resolve_neg() of a negated one' \
    65 simsiam export "$here/../data/torch/unread.pth" -o t.pth --rename 's/^sparse$/conv1.weight/'
says err "its 'conv1\.weight' cannot be read: it is a sparse tensor"
instead 'save plain tensors' simsiam export plain.safetensors -o t.pth
for kind in csr:sparse quantized:quantized meta:meta array:NumPy class:Wrapped float8:type listed.weight:list none.bias:None; do
    expect 65 simsiam export "$here/../data/torch/unread.pth" -o t2.pth --rename "s/^${kind%:*}\$/conv1.weight/"
    says err "its 'conv1\.weight' cannot be read: it is .*${kind#*:}"
done

# ---- archives
expect 0 simsiam export plain.safetensors -o plain.pth
mkdir checkpoint && cp plain.pth checkpoint/
tar cf model.pth.tar checkpoint/plain.pth
hint 'unpack it, and name the model in it: %s %s' 65 simsiam info model.pth.tar
says err "holds 'checkpoint/plain\.pth'"
rm checkpoint/plain.pth
pasted 'tar xf model.pth.tar'
expect 0 simsiam info checkpoint/plain.pth
tar cf texts.tar list.txt small.yaml
hint 'another file: no member of the archive has the name of a model' 65 simsiam info texts.tar
instead 'another file' simsiam info plain.pth
if command -v zip >/dev/null; then
    zip -q model.zip checkpoint/plain.pth
    hint 'unpack it, and name the model in it: %s %s' 65 simsiam info model.zip
    rm checkpoint/plain.pth
    pasted 'unzip model.zip'
    expect 0 simsiam info checkpoint/plain.pth
fi

# ---- folders of other programs
mkdir 'hub model' && cp plain.pth 'hub model/pytorch_model.bin'
hint 'name the file: %s' 66 simsiam export 'hub model' -o c.pth
instead "'hub model/pytorch_model.bin'" simsiam export 'hub model/pytorch_model.bin' -o c.pth
mkdir sharded && touch sharded/.metadata sharded/__0_0.distcp
hint 'python3 -m torch.distributed.checkpoint.format_utils dcp_to_torch %s model.pth' 66 simsiam export sharded -o c2.pth
instead 'model.pth' simsiam export plain.pth -o c2.pth
foreign plain.safetensors flat.safetensors 's/"conv1\.weight"/"_flat_param"/; s/"layer/"_xayer/g; s/"bn1/"_n1/g'
hint "in Python, where the model is: torch.save(torch.distributed.checkpoint.state_dict.get_model_state_dict(model, options=torch.distributed.checkpoint.state_dict.StateDictOptions(full_state_dict=True)), 'new.pth')" \
    65 simsiam export flat.safetensors -o c3.pth
instead 'new.pth' simsiam export plain.pth -o c3.pth

# ---- one part of several, and the checkpoint of a linear evaluation
for ending in bin safetensors; do
    foreign plain.safetensors model-00001-of-00002.$ending 's/"layer4\./"_/g'
done
hint "in Python, put the parts together: torch.save({k: v for f in glob.glob('%s-*-of-*%s') for k, v in torch.load(f).items()}, 'model.pth')" \
    65 simsiam export model-00001-of-00002.bin -o m.pth
says err 'part 1 of 2'
instead 'put the parts together' simsiam export plain.safetensors -o m.pth
hint "in Python, put the parts together: torch.save({k: v for f in glob.glob('%s-*-of-*%s') for k, v in safetensors.torch.load_file(f).items()}, 'model.pth')" \
    65 simsiam export model-00001-of-00002.safetensors -o m2.pth
instead 'put the parts together' simsiam export plain.safetensors -o m2.pth
expect 0 simsiam linear plain.safetensors --data $few --epochs 1 --batch 32 --out 'the probe' --size 16
state=$(ls 'the probe'/checkpoints/step-*)
hint 'the folder of the run: %s' 65 simsiam predict "$state" "$photo"
instead "'the probe'" simsiam predict 'the probe' "$photo"
hint 'name the file: %s' 66 simsiam export 'the probe/checkpoints' -o c4.pth
instead "model.safetensors" simsiam export 'the probe/checkpoints/../model.safetensors' -o c4.pth
cp "$state" state.safetensors
hint 'the folder of that run, or its model.safetensors' 65 simsiam predict state.safetensors "$photo"
says err 'the checkpoint of a linear evaluation'
instead 'model.safetensors' simsiam predict 'the probe/model.safetensors' "$photo"

# ---- files that are no models, and models that are no pictures
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 133\n' >pointer
hint 'git -C %s lfs pull' 65 simsiam info pointer
after 'git -C . lfs pull' cp plain.pth pointer
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 133\n' >pointer.jpg
hint 'git lfs pull, in the repository that the file is from' 65 simsiam predict 'the probe' pointer.jpg
after 'git lfs pull' cp "$photo" pointer.jpg
for file in plain.pth plain.safetensors; do
    cp $file picture.jpg
    expect 65 simsiam predict 'the probe' picture.jpg
    says err 'a model \('
done
printf '%%PDF-1.7\n' >paper.pth
cp 'the probe/config.yaml' config.pth
printf '\x93NUMPY\1\0v\0' >array.pth
for verb in 'info paper.pth' "predict config.pth $photo" "knn array.pth --data $few" 'export list.txt -o never.pth'; do
    hint 'a model: the folder of a run, a .safetensors file, or a state dict that torch.save wrote' 65 simsiam $verb
    instead 'the folder of a run' simsiam info 'the probe'
done
cp "$photo" model.pth
expect 65 simsiam info model.pth
says err 'a PNG image'
finish_hints
