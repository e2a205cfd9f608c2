#!/bin/bash
# A resumed run goes on with the images it began with, wherever they are now; with others it is refused in words.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
small=(--size 16 --width 2 --dim 8 --batch 4 --threads 1 --workers 1 --tuning fixed --eval.every 0)

pictures() { # pictures FOLDER
    mkdir -p $1/train/cat $1/train/dog $1/val/cat $1/val/dog
    for i in 1 2 3 4; do
        cp "$photos/rgb_420.jpg" $1/train/cat/$i.jpg
        cp "$photos/rgb8.png" $1/train/dog/$i.png
    done
    cp $1/train/cat/1.jpg $1/val/cat
    cp $1/train/dog/1.png $1/val/dog
}
# The state of a run as an earlier version left it: without a fingerprint (and without the hash that would see the change).
forget() { sed -i 's/siam\.data\./siam.dota./g; s/siam\.held_out\./siam.hold_out./g; s/payload_xxh3/poyload_xxh3/; s/header_xxh3/hoader_xxh3/' $1/checkpoints/step-*.safetensors; }

pictures x
expect 0 simsiam train folder-resnet18 --data x "${small[@]}" --epochs 2 --out begun --stop_step 1
begin() { # begin NAME: a run begun on x, and a copy of x to be changed
    rm -rf run now
    cp -r begun run
    cp -r x now
}
refused() { # refused WORDS [OPTION...]
    local words=$1
    shift
    cp -r run before
    expect 78 simsiam train --out run --resume --data now "$@"
    says err "images of 'now' are not those this run began with: .*$words"
    says err "try: --data with the data set of the run as it was, or a new run: simsiam "
    cmp run/config.yaml before/config.yaml || fail "a refused resume changed the run: $words"
    diff -r run/checkpoints before/checkpoints || fail "a refused resume changed the checkpoints: $words"
    rm -rf before
}
begin && cp x/val/cat/1.jpg now/train/cat/zz.jpg && refused 'began with 8, now there are 9'
begin && rm now/train/dog/4.png && refused 'began with 8, now there are 7'
begin && mv now/train/dog/2.png now/train/dog/9.png && refused 'as many but not the same'
begin && mv now/train/dog/2.png now/train/cat/ && refused 'as many but not the same'
begin && mv now/train/dog now/train/ape && refused 'as many but not the same'
begin && expect 0 simsiam train --out run --resume --data now # another place
begin && rm -r now/val && expect 0 simsiam train --out run --resume --data now # not what is learned from
begin && forget run && cp x/val/cat/1.jpg now/train/cat/zz.jpg && expect 0 simsiam train --out run --resume --data now

# Lists: their order counts, and their labels; paths may be written in another way.
(cd x && printf '%s 0\n' train/cat/* && printf '%s 1\n' train/dog/*) >x/train.list
expect 0 simsiam train folder-resnet18 --data x/train.list "${small[@]}" --epochs 2 --out listed --stop_step 1
list() { # list SED-PROGRAM: the list with a change
    rm -rf run
    cp -r listed run
    sed "$1" x/train.list >x/now
}
list_refused() {
    expect 78 simsiam train --out run --resume --data x/now
    says err "are not those this run began with: .*$1"
}
list '1{h;d};$G' && list_refused 'the same in another order'
list '3s/0$/1/' && list_refused 'other labels'
list '2d' && list_refused 'began with 8, now there are 7'
list 's/dog.3/dog\/4/' && list_refused 'as many but not the same'
list 's/ 1$/ 2/' && list_refused 'other labels'
list "s,^,$PWD/x/," && expect 0 simsiam train --out run --resume --data x/now

# The embedded images: another seed.
expect 0 simsiam train demo --data synth:train=16,seed=1 "${small[@]}" --epochs 2 --out drawn --stop_step 1
expect 78 simsiam train --out drawn --resume --data synth:train=16,seed=2
says err 'as many but not the same'
expect 0 simsiam train --out drawn --resume

# A linear evaluation: the images it is measured on, too.
probe=(--size 16 --batch 4 --threads 1 --workers 1 --tuning fixed)
expect 0 simsiam linear random:resnet20-cifar --data x "${probe[@]}" --epochs 2 --out probed --stop_step 1
probe() { rm -rf run now && cp -r probed run && cp -r x now; }
probe && rm now/train/dog/4.png && expect 78 simsiam linear --out run --resume --data now
says err "the training images of 'now' .*began with 8, now there are 7"
probe && cp x/train/dog/2.png now/val/dog && expect 78 simsiam linear --out run --resume --data now
says err "the held-out images of 'now' .*began with 2, now there are 3"
probe && forget run && cp x/train/dog/2.png now/val/dog && expect 0 simsiam linear --out run --resume --data now
probe && expect 0 simsiam linear --out run --resume --data now
finish
