#!/bin/bash
# export: a run and other people's checkpoints under every project's names, in both formats, and back again.
. "$(dirname "$0")/lib.sh"

expect 0 simsiam train demo "${tiny[@]}" --out run
knn() { simsiam knn "$1" --data synth:train=256,test=64 --k 5 --threads 1 --json | grep -o '"top1": *[0-9.]*'; }
truth=$(knn run)
[ -n "$truth" ] || fail "kNN of the run says nothing"

expect 0 simsiam export run -o tv.pth
says out '^wrote tv\.pth: 120 tensors, 700,176 parameters, names of torchvision: resnet18 encoder$'
[ "$(wc -l <out)" = 1 ] || fail "more than one line was said"
expect 0 simsiam export run -o mm.pth --names mmpretrain
says out 'names of mmpretrain: resnet18 encoder, projector and predictor$'
expect 0 simsiam export run --out fb.pth.tar --names facebook
says out 'names of facebook: resnet18 encoder, projector and predictor$'
expect 0 simsiam export run -o ly.safetensors --names lightly
expect 0 simsiam export run -o tv.safetensors --names torchvision
for f in tv.pth tv.safetensors; do
    [ "$(knn $f)" = "$truth" ] || fail "kNN of $f differs from that of the run: $(knn $f), $truth"
done
for f in mm.pth fb.pth.tar ly.safetensors tv.safetensors; do
    expect 0 simsiam export $f -o again.pth
    cmp tv.pth again.pth || fail "the encoder of $f is not that of the run"
    rm again.pth
done

# What the model knows of itself goes along, in every format: its epochs and normalisation; a classifier's names. What it
# does not know is not made up: nobody gave a normalisation of this classifier.
for f in tv.pth mm.pth fb.pth.tar ly.safetensors tv.safetensors; do
    expect 0 simsiam export $f -o knows.safetensors --replace
    expect 0 simsiam info knows.safetensors
    says out '^siam.epoch +"2"'
    says out '^siam.mean +"0.5,0.5,0.5"'
    says out '^siam.data +"synth, 512 training images'
done
classifier=$here/../data/classifier/tiny.pth picture=$here/../data/codec/rgb8.png
simsiam predict "$classifier" "$picture" --topk 6 --threads 1 >told 2>/dev/null
says told ' fox$'
for names in torchvision mmpretrain facebook; do
    for format in pth safetensors; do
        expect 0 simsiam export "$classifier" -o told-$names.$format --names $names
        says out 'encoder and classifier$'
        expect 0 simsiam predict told-$names.$format "$picture" --topk 6 --threads 1
        cmp -s out told || fail "told-$names.$format predicts something else: $(diff out told | head -n 3)"
        says err "as the model says none"
    done
done

# What came from one project goes to the next, and the way back gives the same bytes.
expect 0 simsiam export mm.pth -o fb2.pth.tar --names facebook
expect 0 simsiam export fb2.pth.tar -o mm2.pth --names mmpretrain
cmp mm.pth mm2.pth || fail "mmpretrain -> facebook -> mmpretrain changed the file"
expect 0 simsiam export ly.safetensors -o tv2.pth
cmp tv.pth tv2.pth || fail "lightly -> torchvision is not what the run gives"

# An encoder has no projector to give.
expect 0 simsiam export tv.pth -o encoder.pth --names facebook
says out ' 120 tensors, 700,176 '
says out 'resnet18 encoder$'
expect 0 simsiam export random:resnet18 --width 8 --stem cifar -o random.pth --names mmpretrain
says out 'resnet18 encoder$'

# Nothing is overwritten unasked, and nothing is left behind by what failed.
cp tv.pth before
expect 73 simsiam export run -o tv.pth --names mmpretrain
says err "'tv.pth' is there already"
says err '--replace'
cmp -s tv.pth before || fail "a refused export changed the file"
expect 0 simsiam export run -o tv.pth --names mmpretrain --replace
cmp -s tv.pth mm.pth || fail "--replace did not replace the file"
mkdir folder.pth
expect 73 simsiam export run -o folder.pth --replace
expect 2 simsiam export run
expect 2 simsiam export run -o model.onnx
says err '\.safetensors, \.pth'
expect 2 simsiam export run -o model
expect 2 simsiam export run -o .pth
expect 2 simsiam export run -o x.pth --names timm
expect 2 simsiam export run -o x.pth --rename 's/a'
expect 2 simsiam export run -o
expect 66 simsiam export nowhere -o x.pth
expect 66 simsiam export run -o nowhere/x.pth
head -c 5000 mm.pth >cut.pth
expect 65 simsiam export cut.pth -o x.pth
if [ -e /dev/full ]; then
    (failures=0; ulimit -f 8; expect 74 simsiam export run -o x.pth; exit $failures) || fail "a full disk"
fi
[ ! -e x.pth ] || fail "a failed export left a file"
[ -z "$(ls -A | grep -E '^\.|tmp')" ] || fail "a failed export left a temporary file: $(ls -A)"

# Names of nobody's, brought into somebody's.
expect 0 simsiam export mm.pth -o x.pth --rename 's/^/x./'
cmp -s x.pth tv2.pth || fail "a prefix changes the encoder"
expect 65 simsiam export mm.pth -o y.pth --rename 's/conv1/c1/g'
says err "rename 's/FROM/TO/'"
expect 0 simsiam export mm.pth -o y.pth --names mmpretrain --rename 's/^backbone/tower/ s/^tower/backbone/'
cmp -s y.pth mm.pth || fail "renaming there and back changed the file"
finish
