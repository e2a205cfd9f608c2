#!/bin/bash
# --val_share: a run, what resumes it and what measures it hold out the same images.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
for class in cat dog; do
    for group in 1 2 3 4 5 6; do
        mkdir -p in/$class/s$group
        for i in 1 2 3 4; do
            [ $class = cat ] && cp "$photos/rgb_420.jpg" in/$class/s$group/$i.jpg || cp "$photos/rgb8.png" in/$class/s$group/$i.png
        done
    done
done
small=(--size 8 --stem cifar --width 4 --dim 16 --batch 8 --epochs 2 --threads 1 --tuning fixed)
training() { simsiam train folder-resnet18 --data in "${small[@]}" "$@"; }
held='held out \(val_share 0\.25, split_seed 3\): 8 of the 48 training images, 2 of 12 groups'
split=(--val_share 0.25 --group_by folder --split_seed 3)

expect 0 training "${split[@]}" --out run
says run/train.log "$held"
says run/train.log 'folder, 40 training images, 2 classes, labels from folders'
says run/config.yaml 'val_share: 0\.25 '
expect 0 training "${split[@]}" --stop_after 1 --out halves
expect 0 simsiam train --out halves --resume --threads 1 --tuning fixed
says halves/train.log "$held"
cmp -s run/model.safetensors halves/model.safetensors || fail "a resumed run has another model"
expect 0 training "${split[@]}" --stop_after 1 --out other
expect 78 simsiam train --out other --resume --val_share 0.5
says err 'val_share'
expect 78 simsiam train --out other --resume --split_seed 4
says err 'split_seed'

# Who is asked about the run knows what it has not seen; each says so.
same() { # the held-out images of the files in index.csv are those of the first
    cut -d, -f3 "$1" | sort >"$1.held"
    cmp -s "$1.held" "${reference:=$1.held}" || fail "$1 has other held-out images than $reference"
}
expect 0 simsiam extract run --data in --split test -o run.npy --threads 1
[ "$(wc -l <run.index.csv)" = 9 ] || fail "not 8 images are held out"
same run.index.csv
expect 0 simsiam export run -o exported.safetensors
expect 0 simsiam extract exported.safetensors --data in --split test -o exported.npy --threads 1
same exported.index.csv
expect 0 simsiam extract random:resnet20-cifar --data in --split test "${split[@]}" -o random.npy --threads 1
same random.index.csv
expect 0 simsiam extract run --data in --split test --val_share 0.25 --group_by folder --split_seed 6 -o seed.npy --threads 1
cmp -s <(cut -d, -f3 seed.index.csv | sort) run.index.csv.held && fail "another seed holds out the same images"
expect 0 simsiam knn run --data in --k 1 --threads 1
says out "$held"
says out '8 test images against 40 training images'
expect 0 simsiam knn run --data in --val_share 0 --k 1 --threads 1
says out 'each of 48 images against all the others'
expect 0 simsiam linear run --data in --epochs 1 --batch 8 --lr 1 --threads 1 --out probe
says probe/train.log "$held"
expect 0 simsiam test probe --data in --threads 1
says out "$held"
expect 0 simsiam knn run --data synth:train=40,test=16 --k 1 --threads 1 # which has held-out images of its own
says out '16 test images against 40 training images'
expect 0 simsiam info run
says out 'siam.val_share +"?0\.25'

# A leak across the parts is found where it is; groups prevent it.
cp -r in alike
for class in cat dog; do for group in 1 2 3 4 5 6; do for i in 1 2 3 4; do
    # each group is one picture in four files
    printf 'P5 32 32 255\n' >"alike/$class/s$group/$i.pgm"
    awk -v s="$class$group" 'BEGIN { srand(length(s) * 7 + (s ~ /cat/) * 100 + substr(s, 4)); for (i = 0; i < 1024; i++) printf "%c", 33 + int(rand() * 90) }' \
        >>"alike/$class/s$group/$i.pgm"
    rm -f "alike/$class/s$group/$i.jpg" "alike/$class/s$group/$i.png"
done; done; done
expect 1 simsiam check alike --val_share 0.25
says out 'leak'
expect 1 simsiam check alike --val_share 0.25 --group_by folder
silent_about out 'leak'
expect 78 simsiam check alike --val_share 0.01 --group_by folder
finish
