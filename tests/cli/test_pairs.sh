#!/bin/bash
# Lists of pairs: training takes one view of each image of a row, all else the first of the two.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir a b
for i in 1 2 3 4 5 6; do
    cp "$photos/rgb_420.jpg" a/$i.jpg
    cp "$photos/rgb8.png" b/$i.png
done
train=(--batch 3 --epochs 2 --width 8 --dim 16 --size 16 --threads 1 --eval.every 0 --log_every 1 --seed 3)
run() { expect 0 simsiam train folder-resnet18 --data "$1" "${train[@]}" --out "${1%.*}" "${@:2}"; }
losses() { sed -nE 's/.*"step":([0-9]+),"loss":([^,]*),.*/\1 \2/p' "$1/metrics.jsonl"; }
list() { for i in 1 2 3 4 5 6; do echo "$1/$i.*" "$2/$i.*"; done | sed -E 's/(a\/[0-9])\.\*/\1.jpg/g; s/(b\/[0-9])\.\*/\1.png/g'; }

# An image with itself is a pair that trains as the image alone does; another image makes a difference, and which is first, too.
list a a | cut -d' ' -f1 >single.txt
list a a >same.txt
list a b | tr ' ' ',' >ab.csv
list b a | sed 's/ /\t/; 1s/^/image_1\timage_2\n/' >ba.tsv
run single.txt
silent_about err 'names two images'
run same.txt
says err 'data    list, 6 training images'
says err 'each row names two images: training takes a view of each, all else takes the first'
run ab.csv
run ba.tsv
[ -n "$(losses single)" ] || fail "there are no losses"
[ "$(losses single)" = "$(losses same)" ] || fail "pairs of an image with itself train otherwise than the image"
for other in ab ba; do
    [ "$(losses single)" != "$(losses $other)" ] || fail "$other: the second image makes no difference"
done
[ "$(losses ab)" != "$(losses ba)" ] || fail "it makes no difference which image is the first"
# Everything else takes the first.
for what in ab.csv ba.tsv; do
    expect 0 simsiam extract same --data $what -o ${what%.*}.npy --threads 1
    [ "$(cut -d, -f3 ${what%.*}.index.csv | grep -cE "^\"${what:0:1}/")" = 6 ] || fail "$what: features of others than the first images: $(cat ${what%.*}.index.csv)"
done
says out 'all else takes the first'
expect 0 simsiam predict "$here/../data/classifier/tiny.pth" ab.csv --threads 1
says err 'only the first is read'
[ "$(grep -cE '^a/[0-9].jpg' out)" = 6 ] || fail "not the first images of six pairs are predicted: $(cat out)"

# The run goes on with the same pairs, and not with others; a share held out keeps its pairs.
expect 0 simsiam train folder-resnet18 --data ab.csv "${train[@]}" --out parts --stop_step 3
list a a | tr ' ' ',' >other.csv
expect 78 simsiam train --out parts --resume --data other.csv
expect 0 simsiam train --out parts --resume
[ "$(losses parts)" = "$(losses ab)" ] || fail "a resumed run of pairs differs"
for i in 1 2 3 4 5 6; do
    echo "a/$i.jpg,a/$i.jpg,0" && echo "b/$i.png,b/$i.png,1"
done | sort -t, -k3 >labelled.csv
cut -d, -f2,3 labelled.csv >share1.csv
cp labelled.csv share2.csv
run share1.csv --val_share 0.34
run share2.csv --val_share 0.34
says err 'names two images'
[ "$(losses share1)" = "$(losses share2)" ] || fail "where a share is held out images have the mates of others"

echo 'path,path2' | cat - ab.csv >headed.csv && echo a/1.jpg, >>headed.csv
expect 65 simsiam train folder-resnet18 --data headed.csv "${train[@]}" --out none
says err "line 8 of the list 'headed.csv' has no path of a second image"

# A second image that is broken or gone is one that cannot be trained on, like a first.
head -c 100 b/1.png >b/2.png
rm b/5.png
head -c 300 b/1.png >a/3.jpg
run ab.csv --out broken --max_bad 0.6
says broken/skipped.csv 'b/2\.png'
says broken/skipped.csv 'b/5\.png'
says broken/skipped.csv 'a/3\.jpg'
[ "$(grep -c '^[0-9]' broken/skipped.csv)" = 3 ] || fail "not three images are skipped: $(cat broken/skipped.csv)"
finish
