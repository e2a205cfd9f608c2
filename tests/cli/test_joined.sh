#!/bin/bash
# Several --data are one data set: for every verb, with the same results as a folder that holds all of it, and for --resume.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir -p one/train/cat one/train/dog one/val/cat one/val/dog two/dog two/eel
for i in 1 2 3 4 5 6; do
    cp "$photos/rgb_420.jpg" one/train/cat/$i.jpg
    cp "$photos/rgb8.png" one/train/dog/$i.png
    cp "$photos/rgb8.png" two/dog/$i.png
    cp "$photos/rgb_444.jpg" two/eel/$i.jpg
done
cp one/train/cat/1.jpg one/val/cat
cp one/train/dog/1.png one/val/dog
train=(--batch 4 --epochs 2 --width 8 --dim 16 --size 16 --threads 1 --tuning fixed --eval.every 0 --log_every 1 --seed 3)
losses() { sed -nE 's/.*"step":([0-9]+),"loss":([^,]*),.*/\1 \2/p' "$1/metrics.jsonl"; }

# As a list of the same images in the same order.
ls -d one/train/*/* two/*/* >all.txt
expect 0 simsiam train folder-resnet18 --data one --data two "${train[@]}" --out joined
says err 'data    folder \+ folder, 24 training images, 3 classes, labels from the sets, joined by name'
says err "'two' is folder, 12 training images, 2 classes, labels from folders, none held out"
says joined/config.yaml 'path: "?one \+ two'
expect 0 simsiam train folder-resnet18 --data all.txt "${train[@]}" --out listed
[ -n "$(losses joined)" ] || fail "there are no losses"
[ "$(losses joined)" = "$(losses listed)" ] || fail "joined data sets train otherwise than a list of their images"
for other in 'data=one --data two' '--data=one --data.path two' '--data one+two'; do
    case $other in *one+two) set -- --data 'one + two' ;; *) set -- $other ;; esac
    expect 0 simsiam train folder-resnet18 "$@" "${train[@]}" --out again
    cmp -s joined/model.safetensors again/model.safetensors || fail "$*: another model"
    rm -r again
done

# The run goes on with these, and not with one of them, or another order.
expect 0 simsiam train folder-resnet18 --data one --data two "${train[@]}" --out parts --stop_step 3
for wrong in '--data one' '--data two --data one' '--data one --data two --data two'; do
    expect 78 simsiam train --out parts --resume $wrong
    says err 'are not those this run began with'
done
expect 0 simsiam train --out parts --resume
[ "$(losses parts)" = "$(losses joined)" ] || fail "a resumed run of joined data sets differs"
mkdir moved && cp -r one two moved
expect 0 simsiam train folder-resnet18 --data one --data two "${train[@]}" --out parts2 --stop_step 3
expect 0 simsiam train --out parts2 --resume --data moved/one --data moved/two

# Every verb that takes a data set.
expect 0 simsiam knn joined --data one --data two --threads 1
says out '2 test images against 24 training images'
expect 0 simsiam extract joined --data one --data two -o f.npy --threads 1
[ "$(cut -d, -f1 f.index.csv | sort | uniq -c | xargs)" = "1 split 2 test 24 train" ] || fail "other images are extracted: $(cat f.index.csv)"
grep -q '^train,23,"two/eel/6.jpg",2,"eel"$' f.index.csv || fail "names do not say which set a file is of: $(cat f.index.csv)"
expect 0 simsiam linear joined --data one --data two --out probe --epochs 1 --batch 8 --threads 1
expect 0 simsiam test probe --data one --data two --threads 1
expect 1 simsiam check one two --examples 0 # copies
says out "^3 classes of"
expect 0 simsiam preview one two -o grid.png --size 16
says out 'folder \+ folder, 24 training images'
expect 0 simsiam bench --what load --data one --data two --size 16 --batch 4 --repeat 1 --threads 1
expect 66 simsiam knn joined --data one --data nix
says err "there is no 'nix'"
: >two/eel/0.jpg
expect 0 simsiam train folder-resnet18 --data one --data two "${train[@]}" --max_bad 0.1 --out bad
says bad/skipped.csv 'two/eel/0\.jpg'
finish
