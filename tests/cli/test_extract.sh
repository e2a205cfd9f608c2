#!/bin/bash
# simsiam extract: the three formats hold the same numbers, bad images are left out, nothing is lost or left behind.
. "$(dirname "$0")/lib.sh"
small=(--size 16 --width 16 --dim 64 --batch 16 --epochs 1 --threads 1 --tuning fixed)
photos=$here/../data/codec
mkdir -p pics/train/a pics/train/b pics/val/a
for i in 1 2 3; do cp "$photos/rgb_420.jpg" pics/train/a/$i.jpg && cp "$photos/rgb8.png" pics/train/b/$i.png; done
cp "$photos/rgb8.png" "pics/val/a/one, \"two\".png"
head -c 700 "$photos/rgb_420.jpg" >pics/train/b/9.jpg
expect 0 simsiam train folder-resnet18 --data synth:train=64,test=32 "${small[@]}" --out run

expect 0 simsiam extract run --data pics -o f.npy --max_bad 0.5 --threads 1
says out '^f.npy: 7 of pics images, 128 numbers each \(pool\); beside it f.index.csv, f.skipped.csv$'
[ "$(wc -l <f.index.csv)" = 8 ] || fail "not 7 rows in the index"
says f.index.csv '^train,0,"train/a/1.jpg",0,"a"$'
says f.index.csv '^test,0,"val/a/one, ""two"".png",0,"a"$'
says f.skipped.csv '^train,[0-9]+,"train/b/9.jpg",".+"$'
head -c 128 f.npy | grep -aq "'shape': (7, 128), }" || fail "the header of f.npy"
[ "$(stat -c %s f.npy)" = $((128 + 7 * 128 * 4)) ] || fail "the size of f.npy"

expect 0 simsiam extract run --data pics -o f.safetensors --max_bad 0.5 --threads 1 --replace
[ "$(tail -c $((7 * 128 * 4)) f.npy | cksum)" = "$(tail -c $((7 * 128 * 4 + 56)) f.safetensors | head -c $((7 * 128 * 4)) | cksum)" ] ||
    fail "f.safetensors holds other features than f.npy"
# The list of bad images is one of its files, too: not overwritten unasked, and not left behind by what is replaced.
expect 73 simsiam extract run --data pics -o f.csv --max_bad 0.5 --threads 1
says err "'f.skipped.csv' is there already"
expect 0 simsiam extract run --data pics -o g.npy --max_bad 0.5 --threads 1
expect 0 simsiam extract run --data pics --split test -o g.npy --replace --threads 1
[ -e g.skipped.csv ] && fail "the list of bad images of the replaced g.npy is still there"
expect 0 simsiam extract run --data pics -o f.csv --max_bad 0.5 --threads 1 --replace
[ "$(head -1 f.csv | tr , '\n' | wc -l)" = 133 ] || fail "not 133 columns"
first=$(tail -c +129 f.npy | head -c 4 | od -An -tf4 | tr -d ' ')
mine=$(sed -n 2p f.csv | cut -d, -f6)
awk -v a="$first" -v b="$mine" 'BEGIN { exit !(a - b < 1e-5 && b - a < 1e-5) }' || fail "f.csv says $mine, f.npy $first"

# Other layers; z and p only where there is a projector.
expect 0 simsiam extract run --data pics --layer z -o z.npy --split test --threads 1
says out '1 of pics images, 64 numbers each \(z\)'
expect 0 simsiam extract run --data pics --layer p -o p.npy --split test --threads 1
cmp -s z.npy p.npy && fail "p is z"
expect 0 simsiam extract run --data pics --layer layer4 -o m.npy --split test --threads 1
says out '128x[12]x[12] numbers each'
expect 65 simsiam extract run/model.safetensors --data pics --layer z -o q.npy --split test
says err 'without its projector'
expect 65 simsiam extract run --data pics --layer logits -o q.npy --split test
[ -e q.npy ] && fail "q.npy was written"

# One split alone.
for split in train test; do
    expect 0 simsiam extract run --data pics -o split-$split.npy --split $split --max_bad 0.5 --threads 1
    [ "$(tail -n +2 split-$split.index.csv | cut -d, -f1 | sort | uniq -c | tr -d ' \n')" = "$([ $split = train ] && echo 6train || echo 1test)" ] ||
        fail "--split $split: $(cat split-$split.index.csv)"
done

# Images that cannot be read shift nothing, wherever they stand: the rows are those of the same set without them, under the
# files, classes and labels of their own images, with the same numbers in every format.
draw=(random:resnet18 --stem cifar --width 2 --size 16 --threads 1 --split train)
pictures=(rgb8.png rgb_420.jpg grey.jpg palette8.png la8.png rgb16.png cmyk.jpg)
for class in a b; do
    mkdir -p good/train/$class
    for i in 0 1 2 3 4 5 6; do
        place=$([ $class = a ] && echo $i || echo $((6 - i)))
        cp "$photos/${pictures[place]}" good/train/$class/1$i.${pictures[place]##*.}
    done
done
expect 0 simsiam extract "${draw[@]}" --data good -o good.npy
numbers() { od -An -v -tf4 -w4 | tr -d ' '; }
for bad in "a/13x" "a/000" "b/999" "a/13x a/13y b/10x" "a/000 a/11x b/000 b/13x b/13y b/13z b/999"; do
    rm -rf with
    cp -r good with
    for name in $bad; do echo 'no picture' >with/train/$name.png; done
    for form in npy safetensors csv; do
        expect 0 simsiam extract "${draw[@]}" --data with -o with.$form --max_bad 0.5 --replace
        says out '^with.* 14 of with images'
    done
    cmp -s good.npy with.npy || fail "bad images $bad: other features than without them"
    cmp -s <(tail -c +129 with.npy | numbers) <(tail -c $((14 * 24 * 4)) good.npy | numbers) && fail "not 16 numbers an image"
    (cd with && k=0 && for f in train/*/*; do
        class=$(basename "$(dirname $f)")
        grep -q picture $f || echo "train,$k,\"$f\",$([ $class = a ] && echo 0 || echo 1),\"$class\""
        k=$((k + 1))
    done) >index
    for table in with.index.csv with.csv; do
        cmp -s index <(tail -n +2 $table | cut -d, -f1-5) || fail "bad images $bad: $table names others: $(diff index <(tail -n +2 $table | cut -d, -f1-5))"
    done
    paste <(tail -c +129 with.npy | numbers) <(tail -n +2 with.csv | cut -d, -f6- | tr , '\n') |
        awk '{ off = $1 - $2; most = 1e-7 * ($1 < 0 ? -$1 : $1) } NF != 2 || off > most || -off > most { bad = 1 } END { exit bad || NR != 14 * 16 }' ||
        fail "bad images $bad: CSV has other numbers"
    cmp -s <(tail -c $((14 * 16 * 4 + 14 * 8)) with.safetensors | head -c $((14 * 16 * 4))) <(tail -c +129 with.npy) ||
        fail "bad images $bad: safetensors has other features"
    cmp -s <(tail -c $((14 * 8)) with.safetensors | od -An -v -td8 -w8 | tr -d ' ') <(cut -d, -f4 index) ||
        fail "bad images $bad: safetensors has other labels"
done
# One that can be read is enough, wherever it is.
for at in 00 14 29; do
    rm -rf few
    mkdir -p few/train/a few/train/b
    for i in $(seq -w 0 29); do echo 'no picture' >few/train/a/$i.png; done
    cp "$photos/rgb8.png" few/train/a/$at.png
    echo 'no picture' >few/train/b/1.png
    expect 0 simsiam extract "${draw[@]}" --data few -o few.npy --max_bad 0.99 --replace
    says out '^few.npy: 1 of few images'
done

# What nobody said of a model's normalisation is what is usual for the data: CIFAR's for small images of one size, ImageNet's.
cifar=(--mean 0.4914,0.4822,0.4465 --std 0.2023,0.1994,0.2010) imagenet=(--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225)
for data in synth:train=20,test=5 good; do
    [ $data = good ] && usual=("${imagenet[@]}") other=("${cifar[@]}") || usual=("${cifar[@]}") other=("${imagenet[@]}")
    expect 0 simsiam extract "${draw[@]}" --data $data -o unsaid.npy --replace
    expect 0 simsiam extract "${draw[@]}" --data $data -o said.npy --replace "${usual[@]}"
    expect 0 simsiam extract "${draw[@]}" --data $data -o another.npy --replace "${other[@]}"
    cmp -s unsaid.npy said.npy || fail "$data is not normalised as usual"
    cmp -s unsaid.npy another.npy && fail "normalisation makes no difference"
done

# Held-out images alone; a folder to make first; a classifier has no projector.
mkdir -p held/val/a held/val/b
cp pics/train/a/1.jpg held/val/a && cp pics/train/b/1.png held/val/b
expect 0 simsiam extract run --data held --split test -o held.npy --threads 1
expect 65 simsiam extract run --data held -o q.npy
says err 'try: --data held/val, or training images'
mkdir -p alone/train && cp -r held/val/* alone/train
expect 78 simsiam extract run --data alone --split test -o q.npy
says err 'try: --split train'
expect 66 simsiam extract run --data held --split test -o "no folder/q.npy" --threads 1
says err "try: mkdir -p 'no folder'"
expect 2 simsiam extract random:resnet18 --data held --layer z -o q.npy
says err 'try: the folder of a pretraining run'

# Misuse.
expect 73 simsiam extract run --data pics -o z.npy --split test
expect 2 simsiam extract run --data pics -o z.parquet
expect 2 simsiam extract run --data pics
expect 2 simsiam extract run -o z.npy
expect 65 simsiam extract run --data pics -o q.npy --max_bad 0
expect 66 simsiam extract nowhere --data pics -o q.npy
expect 66 simsiam extract run --data nowhere -o q.npy
ls -a | grep -E '^q|tmp' && fail "something was left behind"
finish
