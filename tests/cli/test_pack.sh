#!/bin/bash
# pack: a folder or a list as tar shards that give back the same images and labels; smaller photographs; what is left out or there already.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir -p in/train/cat in/train/dog in/val/cat in/val/dog
for i in 1 2 3 4 5; do
    cp "$photos/rgb_420.jpg" in/train/cat/$i.jpg && cp "$photos/rgb8.png" "in/train/dog/a b.$i.png"
done
cp "$photos/orientation_6.jpg" in/val/cat/x.jpg && cp "$photos/lossless.webp" in/val/dog/y.webp
sums() { find "$@" -type f | while read -r f; do cksum <"$f"; done | LC_ALL=C sort; }
one=(--size 16 --threads 1)

# Files come out as they went in, with the label beside; the order is a matter of the seed; what is held out stays so.
expect 0 simsiam pack in -o p.tar
says out '^train +10 images in 1 shard$'
says out '^val +2 images in 1 shard$'
says out '^next +simsiam train folder-resnet18 --data p-train-000\.tar$'
mkdir train val
tar xf p-train-000.tar -C train && tar xf p-val-000.tar -C val
[ "$(sums train ! -name '*.cls')" = "$(sums in/train)" ] || fail "other training images came out"
[ "$(sums val ! -name '*.cls')" = "$(sums in/val)" ] || fail "other held-out images came out"
for f in train/*.cls val/*.cls; do
    case $(cat "$f")$(ls "${f%.cls}".[jpw]*) in cat*jpg | dog*png | dog*webp) ;; *) fail "$f says $(cat "$f")" ;; esac
done
[ "$(ls train/*-a_b.cls train/*-a_b.png | wc -l)" = 10 ] || fail "names are not those of the files: $(ls train)"
[ "$(tar tf p-train-000.tar | sed 's/\..*//' | sort -u | wc -l)" = 10 ] || fail "names up to the first dot are not those of ten samples"
[ "$(tar tf p-train-000.tar | grep -v cls)" != "$(tar tf p-train-000.tar | grep -v cls | LC_ALL=C sort -t- -k2)" ] || fail "the order is the folder's"
expect 0 simsiam pack in -o again.tar
cmp -s p-train-000.tar again-train-000.tar || fail "packed again it is another file"
expect 0 simsiam pack in -o other --seed 1
cmp -s p-train-000.tar other-train-000.tar && fail "another seed gives the same order"
expect 0 simsiam knn raw --data p-train-000.tar --k 1 "${one[@]}"
says out '2 test images against 10 training images'
cp out by_tar
expect 0 simsiam knn raw --data in --k 1 "${one[@]}"
[ "$(grep top-1 out)" = "$(grep top-1 by_tar)" ] || fail "neighbours in the shards are others than in the folder"

# A list's numbers stay numbers; shards of a size; no labels, no .cls.
(cd in/train && ls -d */* | awk '{ print $0 "," (/cat/ ? 7 : 11) }') >in/train/list.csv
expect 0 simsiam pack in/train/list.csv -o l.tar --json
says out '"shards":\[1,0\],"images":\[10,0\],"smaller":0,"kept":0,"skipped":0'
tar xf l-train-000.tar -O --wildcards '*.cls' | grep -q '^7' || fail "the labels are no numbers: $(tar xf l-train-000.tar -O --wildcards '*.cls')"
expect 0 simsiam knn raw --data l-train-000.tar --leave_one_out --k 1 "${one[@]}"
says out 'top-1 100\.00 %'
sed -i '$a cat/gone.jpg,7' in/train/list.csv # one that is not there is left out, as training does
expect 0 simsiam pack in/train/list.csv -o l.tar --replace
says out '^train +10 images'
says err "^left out: 'cat/gone\.jpg': cannot open "
mkdir flat && printf 'P6 490 490 255\n' >flat/1.ppm && head -c 720300 /dev/zero | tr '\0' 5 >>flat/1.ppm # two of them in 2 MiB
for i in 2 3 4 5; do cp flat/1.ppm flat/$i.ppm; done
expect 0 simsiam pack flat -o s.tar --shard_mib 2
says out '^train +5 images in 3 shards$'
says out "^next +simsiam train folder-resnet18 --data 's-train-\{000\.\.002\}\.tar'$"
tar tf s-train-000.tar | grep -q cls && fail "there are labels where there are none"
expect 0 simsiam extract random:resnet20-cifar --data 's-train-{000..002}.tar' -o s.npy "${one[@]}"
says out '5 of s-train-\{000\.\.002\}\.tar images'

# Photographs are made smaller and keep their orientation; others are not.
cp "$photos/rgb16_big.tif" flat/deep.tif && head -c 100 "$photos/rgb8.png" >flat/broken.png && cp "$photos/orientation_6.jpg" flat/turned.jpg
expect 0 simsiam pack flat -o m.tar --max_side 10 --quality 80
says out '^6 of them made smaller: 10 px at most, JPEG of quality 80$'
says out '^1 larger ones are as they were'
says out '^1 left out$'
says err "^left out: 'broken\.png': the PNG data"
[ "$(stat -c %s m-train-000.tar)" -lt 20000 ] || fail "it is not smaller"
mkdir small && tar xf m-train-000.tar -C small
expect 1 simsiam check small --examples 9
[ "$(grep -cE "^  tiny .*[123]\.jpg': 10 x 10 pixels" out)" = 3 ] || fail "three squares are not 10 x 10 now"
says out "turned\.jpg': (10 x [0-9]|[0-9] x 10) pixels"
cmp -s <(cat small/*deep*) flat/deep.tif || fail "an image of 16 bits is not as it was"

# Images without files become PNGs with the same pixels, numbered as they were; a tar's come out as they are; joined ones together.
word() { printf '\\0000\\0000\\0000\\0%03o' "$1"; }
mkdir mnist
for part in train:6 t10k:2; do
    n=${part#*:} && part=mnist/${part%:*}
    printf '%b' "\\0000\\0000\\0010\\0003$(word $n)$(word 12)$(word 12)" >$part-images-idx3-ubyte
    awk -v n=$((144 * n)) 'BEGIN { for (i = 0; i < n; i++) printf "%c", 65 + i % 61 }' >>$part-images-idx3-ubyte
    printf '%b' "\\0000\\0000\\0010\\0001$(word $n)$(printf '\\0001\\0000%.0s' 1 2 3 | head -c $((5 * n)))" >$part-labels-idx1-ubyte
done
for set in synth:train=12,test=4 mnist p-train-000.tar; do
    expect 0 simsiam pack $set -o q.tar --replace
    expect 1 simsiam check "$set" q-train-000.tar --examples 0 --json
    n=$(for part in train val; do tar tf q-$part-000.tar; done | grep -cv '\.cls$')
    [ "$n" -ge 8 ] && [ "$(grep '"file":"q-' out | grep -c '"is pixel for pixel ')" = "$n" ] || fail "$set: not $n images with the same pixels come out: $(cat out)"
    silent_about out '"kind":"conflict"'
    numbers=$(sed -nE 's/.*-synth-([0-9]+)\.png","detail":"is pixel for pixel [a-z-]+ image ([0-9]+)".*/\1 \2/p' out)
    [ $set = mnist ] || [ $set = p-train-000.tar ] || [ "$(grep -cE '^([0-9]+) \1$' <<<"$numbers")" = $n ] || fail "images have other numbers than they had: $numbers"
done
[ "$(tar tf q-train-000.tar | grep -c -- '-a_b.png$')$(tar tf q-train-000.tar | grep -c '\.jpg$')" = 55 ] || fail "a tar's files have other names: $(tar tf q-train-000.tar)"
expect 0 simsiam pack mnist in -o j.tar
says out '^train +16 images in 1 shard$'
tar tf j-train-000.tar | grep -qE '^[0-9]{8}-idx-5\.png$' || fail "what has no name has no number: $(tar tf j-train-000.tar)"
tar xf j-train-000.tar -O --wildcards '*-idx-0.png' | head -c 26 | tail -c 2 | od -An -tx1 | grep -q '08 00' || fail "grey images do not stay grey"
expect 0 simsiam pack synth:train=9,test=3 -o y.tar --max_side 20
says out '^12 of them made smaller: 20 px at most'

# Nothing is written over, and nothing half done stays.
expect 73 simsiam pack in -o p.tar
says err "'p-train-000\.tar' is there already"
expect 0 simsiam pack in -o p.tar --replace
expect 2 simsiam pack in
expect 66 simsiam pack nowhere -o none.tar
expect 66 simsiam pack in -o nowhere/p.tar
[ -z "$(ls | grep -E '^none|tmp')" ] || fail "something is left: $(ls)"
finish
