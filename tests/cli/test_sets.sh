#!/bin/bash
# Data sets of a few large files: MNIST's IDX files and STL-10, trained on, judged and taken out.
. "$(dirname "$0")/lib.sh"
small=(--size 16 --stem cifar --width 8 --dim 32 --batch 16 --epochs 1 --threads 1 --tuning fixed)

# idx FILE N SEED: N images of 12 x 12 px, stripes whose width is the class.
word() { printf '\\0000\\0000\\0000\\0%03o' "$1"; }
idx() {
    local octal
    octal=$(awk -v n="$2" -v seed="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) { dx = int(rand() * 8); for (y = 0; y < 12; y++) for (x = 0; x < 12; x++)
            printf "\\0%03o", (int((x + dx) / (i % 3 + 1)) % 2 ? 200 : 20) + int(rand() * 50) }
    }')
    printf '%b' "\\0000\\0000\\0010\\0003$(word "$2")$(word 12)$(word 12)$octal" >"$1"
}
labels() {
    printf '%b' "\\0000\\0000\\0010\\0001$(word "$2")$(awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "\\0%03o", i % 3 }')" >"$1"
}
mkdir -p mnist/raw
idx mnist/raw/train-images-idx3-ubyte 48 1
labels mnist/raw/train-labels-idx1-ubyte 48
idx mnist/raw/t10k-images-idx3-ubyte 24 2
labels mnist/raw/t10k-labels-idx1-ubyte 24
mkdir packed && cp mnist/raw/* packed && gzip packed/*

expect 0 simsiam train folder-resnet18 --data mnist "${small[@]}" --out digits
says digits/train.log "MNIST's format \(IDX\), 48 training images, 12x12 px, 3 classes"
says digits/config.yaml 'in_channels: 3'
for set in mnist packed packed/train-images-idx3-ubyte.gz mnist/raw/train-images-idx3-ubyte; do
    expect 0 simsiam knn digits --data $set --k 3 --threads 1 --json
    top1=$(grep -oE '"top1": *[0-9.]+' out)
    [ -n "$top1" ] && [ "$top1" = "${first:=$top1}" ] || fail "$set gives another result: $top1 after ${first-}"
done
expect 0 simsiam extract digits --data packed --split test -o f.npy --threads 1
expect 0 simsiam train folder-resnet18 --data packed --in_channels 1 "${small[@]}" --out grey
says grey/train.log '1 channel of 8 bits, read as they are'
expect 0 simsiam knn grey --data mnist --k 3 --threads 1
expect 0 simsiam linear digits --data mnist --epochs 2 --batch 16 --lr 1 --threads 1 --out probe
expect 1 simsiam check mnist
says out 'training image 0: 12 x 12 pixels'
head -c 4000 mnist/raw/train-images-idx3-ubyte >packed/train-images-idx3-ubyte
expect 65 simsiam train folder-resnet18 --data packed "${small[@]}" --out none
says err 'train-images-idx3-ubyte.* has 4000 bytes, which is not what its header says'
rm packed/train-images-idx3-ubyte packed/train-labels-idx1-ubyte.gz
expect 65 simsiam knn digits --data packed --threads 1
says err "'packed' has no train-labels-idx1-ubyte\.gz, which is a part of MNIST's"

# STL-10: classes are shades.
stl() { # FILE N
    local i
    for ((i = 0; i < $2; i++)); do head -c 27648 /dev/zero | tr '\0' "\\$(printf %03o $((20 + 60 * (i % 4) + i % 7)))"; done >"$1"
}
stl_labels() { printf '%b' "$(awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "\\0%03o", i % 4 + 1 }')" >"$1"; }
mkdir stl10_binary
stl stl10_binary/test_X.bin 8
stl_labels stl10_binary/test_y.bin 8
stl stl10_binary/train_X.bin 16
stl_labels stl10_binary/train_y.bin 16
stl stl10_binary/unlabeled_X.bin 24
printf '%s\n' airplane bird car cat deer dog horse monkey ship truck >stl10_binary/class_names.txt
tar czf stl.tar.gz stl10_binary
expect 0 simsiam train folder-resnet18 --data stl10_binary "${small[@]}" --out stl
says stl/train.log 'STL-10, 16 training images, 96x96 px, 10 classes'
says stl/train.log 'not read: unlabeled_X.bin, which has no labels; --data stl10_binary/unlabeled_X.bin trains on it'
expect 0 simsiam train folder-resnet18 --data stl10_binary/unlabeled_X.bin "${small[@]}" --out free
says free/train.log 'STL-10, 24 training images, 96x96 px, no labels'
expect 0 simsiam knn free --data stl.tar.gz --k 1 --threads 1
says out '8 test images against 16 training images'
expect 0 simsiam extract free --data stl10_binary/unlabeled_X.bin -o u.npy --threads 1
expect 0 simsiam extract free --data stl.tar.gz --split test -o a.npy --threads 1
expect 0 simsiam extract free --data stl10_binary --split test -o b.npy --threads 1
cmp -s a.npy b.npy || fail "the archive has other images than the folder"
expect 78 simsiam knn free --data stl10_binary/unlabeled_X.bin --threads 1
says err 'needs labels'
head -c -1000 stl.tar.gz >cut.tar.gz
head -c 800 stl.tar.gz >short.tar.gz
for set in cut short; do expect 65 simsiam knn free --data $set.tar.gz --threads 1; done
finish
