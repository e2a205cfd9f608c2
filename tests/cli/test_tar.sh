#!/bin/bash
# Tar files of pictures and WebDataset's shards: trained on, judged and taken out where they lie; what is wrong with one is said.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
for split in train val; do
    for class in cat dog; do
        mkdir -p in/$split/$class
        for i in 1 2 3 4; do
            [ $class = cat ] && cp "$photos/rgb_420.jpg" in/$split/$class/$split$i.jpg || cp "$photos/rgb8.png" in/$split/$class/$split$i.png
        done
    done
done
small=(--size 16 --stem cifar --width 8 --dim 32 --batch 4 --epochs 1 --threads 1 --tuning fixed)
knn() { expect 0 simsiam knn raw --data "$1" --k 1 --size 16 --threads 1; }
halves() { # its 8 training and 8 held-out images are read, with their labels
    knn "$1"
    says out '8 test images against 8 training images'
    says out 'top-1 100\.00 %'
    silent_about out 'cannot be read'
}

# ---- archives of folders
tar cf whole.tar --sort=name -C in train val
halves whole.tar
tar cf deep.tar in # ./ and folders in front
halves deep.tar
tar cf dots.tar -C in ./train ./val
halves dots.tar
tar --format=pax --pax-option='comment=none' -cf pax.tar -C in train val
halves pax.tar
tar --format=v7 -cf old.tar -C in train val
halves old.tar
long=$(printf 'a%.0s' {1..120})
mkdir -p "far/$long/$long" && cp -r in/train in/val "far/$long/$long"
for format in gnu pax; do
    tar --format=$format -cf long.tar -C far "$long"
    halves long.tar
done
tar cf classes.tar -C in/train cat dog
knn classes.tar
says out 'each of 8 images against all the others'
tar cf flat.tar -C in/train/cat .
expect 78 simsiam knn raw --data flat.tar --size 16 --threads 1
says err 'tar, 4 training images, no labels'
expect 0 simsiam train folder-resnet18 --data flat.tar "${small[@]}" --out flat
expect 0 simsiam train folder-resnet18 --data whole.tar "${small[@]}" --out run
says run/train.log 'tar, 8 training images, 2 classes, labels from its folders'
expect 0 simsiam extract run --data whole.tar --split test -o tar.npy --threads 1
expect 0 simsiam extract run --data in --split test -o folder.npy --threads 1
cmp -s tar.npy folder.npy || fail "the archive gives other features than the folder"
expect 0 simsiam linear run --data whole.tar --epochs 1 --batch 4 --lr 1 --threads 1 --out probe
expect 0 simsiam test probe --data whole.tar --threads 1
says out '"?cat'
expect 0 simsiam knn raw --data classes.tar --val_share 0.25 --k 1 --size 16 --threads 1
says out 'held out \(val_share 0\.25\): 2 of the 8 training images'

# ---- WebDataset
mkdir samples
shard() { # shard FILE FROM: 4 samples and their classes
    rm -f samples/*
    for i in 0 1 2 3; do
        key=samples/$(printf %05d $(($2 + i)))
        [ $((i % 2)) = 0 ] && cp "$photos/rgb_420.jpg" $key.jpg || cp "$photos/rgb8.png" $key.png
        eval "$sidecar"
    done
    tar cf "$1" --sort=name -C samples .
}
sidecar='echo $((i % 2 * 7)) >$key.cls'
shard web-train-000.tar 0 && shard web-train-001.tar 4 && shard web-val-000.tar 8 && shard web-val-001.tar 12
halves 'web-train-{000..001}.tar'
expect 0 simsiam train folder-resnet18 --data 'web-train-{000..001}.tar' "${small[@]}" --out web
says web/train.log 'tar, 8 training images, 8 classes, labels from its .cls or .json'
expect 0 simsiam extract web --data 'web-train-{000..001}.tar' -o web.npy --threads 1
[ "$(wc -l <web.index.csv)" = 17 ] || fail "not 16 images in four shards"
sidecar='printf "{\"label\": \"%s\", \"size\": [1, 2]}" "$([ $((i % 2)) = 0 ] && echo cat || echo dog)" >$key.json'
shard json-train-000.tar 0 && shard json-train-001.tar 4 && shard json-val-000.tar 8 && shard json-val-001.tar 12
halves 'json-train-{000..001}.tar'
sidecar='echo x >$key.txt; cp $key.[jp]* $key.mask.png'
shard plain.tar 0
expect 78 simsiam knn raw --data plain.tar --size 16 --threads 1
says err 'no labels'
expect 0 simsiam train folder-resnet18 --data plain.tar "${small[@]}" --out plain
says plain/train.log 'not read: 4 files \(4 \.txt\) in it'
says plain/train.log '4 of its samples have several images'

# Labels before all images, and one of none.
sidecar='echo $((i % 2 * 7)) >$key.cls'
shard sorted.tar 0
echo 3 >samples/lost.cls
(cd samples && tar cf ../apart.tar *.cls *.jpg *.png)
knn apart.tar
says out 'each of 4 images against all the others'
expect 0 simsiam train folder-resnet18 --data apart.tar "${small[@]}" --out apart
says apart/train.log '1 of the labels in it are of no image'
says apart/train.log '8 classes'

# ---- what is wrong
refused() { # refused FILE WORDS
    expect 65 simsiam knn raw --data "$1" --k 1 --size 16 --threads 1
    says err "$2"
}
sidecar='echo $i >$key.cls; [ $i = 2 ] && rm $key.cls'
shard gap.tar 0
expect 78 simsiam knn raw --data gap.tar --size 16 --threads 1
expect 0 simsiam train folder-resnet18 --data gap.tar "${small[@]}" --out gap
says gap/train.log "no labels: 1 of the images have none; the first: '00002\.jpg'"
sidecar='printf "a\nb" >$key.cls'
shard lines.tar 0 && refused lines.tar '00000\.cls. is no label'
sidecar='echo "{\"label\": [1]}" >$key.json'
shard array.tar 0 && refused array.tar '00000\.json. has a label that is neither a text nor a whole number'
sidecar='echo "{" >$key.json'
shard broken.tar 0 && refused broken.tar '00000\.json. is no JSON object'
sidecar='echo $((i + 3)) >$key.cls'
shard other-val-000.tar 0
sidecar='echo $i >$key.cls'
shard other-train-000.tar 0
refused 'other-train-{000..000}.tar' "has the label '[456]', which no training image has"
expect 66 simsiam knn raw --data 'web-train-{000..005}.tar' --threads 1
says err "there is no 'web-train-002\.tar', one of the shards"
size=$(stat -c %s classes.tar)
for n in $((size / 2 + 10)) $((size / 2 + 100)) 5000; do
    head -c $n classes.tar >cut.tar
    refused cut.tar 'cut short'
done
head -c 700 classes.tar >cut.tar && refused cut.tar 'cannot be read'
tar cf two.tar -C in/train cat/train1.jpg
first=$(( (512 + $(stat -c %s in/train/cat/train1.jpg) + 511) / 512 * 512 ))
head -c $first two.tar >one.tar && refused one.tar "ends without the zeros that end one: it may be cut short"
cp classes.tar bad.tar && printf 'X' | dd of=bad.tar bs=1 seek=$((size / 512 / 2 * 512 + 148)) conv=notrunc 2>/dev/null
expect 0 simsiam knn raw --data classes.tar --k 1 --size 16 --threads 1
cat classes.tar in/train/cat/train1.jpg >tail.tar # behind the zeros nothing is read
knn tail.tar
# An image in it that is broken is one image's trouble.
cp in/train/dog/train1.png spoilt.png && head -c 60 spoilt.png >in/train/dog/train1.png
tar cf spoilt.tar -C in/train cat dog
expect 0 simsiam knn raw --data spoilt.tar --k 1 --size 16 --threads 1 --max_bad 0.5
says out '1 of the images cannot be read'
expect 1 simsiam check spoilt.tar
says out 'dog/train1\.png'
finish
