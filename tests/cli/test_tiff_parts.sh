#!/bin/bash
# Pages and tiles of TIFF files as images: trained on, judged, taken out, held out by file, resumed.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
small=(--size 16 --stem cifar --width 8 --dim 32 --batch 4 --epochs 2 --threads 1 --tuning fixed --eval.every 0 --log_every 1)
losses() { sed -nE 's/.*"step":([0-9]+),"loss":([^,]*),.*/\1 \2/p' "$1/metrics.jsonl"; }
mkdir -p in/a in/b
cp "$photos/pages.tif" in/a/p1.tif && cp "$photos/pages.tif" in/a/p2.tif
# scene FILE SEED [SAMPLES BITS]: 100 x 70 pixels, RGB or of so many samples, in one strip
short() { printf '\\0%03o\\0%03o' $(($1 & 255)) $(($1 >> 8)); }
entry() { echo -n "$(short $1)$(short $2)$(short $3)$(short 0)$(short $4)$(short 0)"; }
scene() {
    local samples=${3:-3} bits=${4:-8} bytes
    bytes=$((100 * 70 * samples * bits / 8))
    printf '%b' "II\0052\0000\0010\0000\0000\0000$(short 9)$(entry 256 3 1 100)$(entry 257 3 1 70)$(entry 258 3 1 $bits)$(entry 259 3 1 1)" \
        "$(entry 262 3 1 $((samples == 3 ? 2 : 1)))$(entry 273 4 1 122)$(entry 277 3 1 $samples)$(entry 278 3 1 70)$(short 279)$(short 4)$(short 1)$(short 0)$(short $bytes)$(short $((bytes >> 16)))$(short 0)$(short 0)" | tr -d ' ' >$1
    awk -v s=$2 -v n=$bytes 'BEGIN { for (i = 0; i < n; i++) printf "%c", 33 + int(i * s / 7) % 90 }' >>$1
}
for i in 1 2 3; do scene in/b/t$i.tif $i; done

# Pages: each is an image; without it the first is.
expect 1 simsiam check tiff:pages=all:in --examples 0
says out '^TIFF pages, [0-9]+ training images, 2 classes, labels from folders, none held out$'
says out '^they are parts of 5 TIFF files$'
pages=$(sed -nE 's/^TIFF pages, ([0-9]+) .*/\1/p' out)
[ "$pages" -gt 5 ] || fail "there are $pages pages in 5 files"
expect 0 simsiam extract random:resnet20-cifar --data tiff:pages=all:in -o p.npy --size 16 --threads 1
[ "$(grep -c '"a/p1.tif#2"' p.index.csv)" = 1 ] || fail "pages have other names: $(cat p.index.csv)"
expect 0 simsiam extract random:resnet20-cifar --data in -o f.npy --size 16 --threads 1
said='of TIFF files with several pages the first is read; tiff:pages=all:PATH reads all of them'
says out "^$said"
for what in 'check in --examples 0' 'preview in -o first.png --size 16' 'train folder-resnet18 --data in --out first --stop_step 1'; do
    read -ra words <<<"$what"
    [ "${words[0]}" != train ] || words+=("${small[@]}")
    simsiam "${words[@]}" >out 2>err
    got=$?
    [ $got = 0 ] || [ "${words[0]} $got" = "check 1" ] || { fail "${words[0]} ends with $got"; cat err; }
    [ "$(cat out err | grep -cF "$said")" = 1 ] || { fail "${words[0]} does not say, once, that pages are left out"; cat out err; }
done
expect 1 simsiam check tiff:pages=all:in --examples 0
silent_about out 'the first is read'
tar cf flat.tar in/b && simsiam pack in/b -o shards.tar >/dev/null 2>&1
tar cf mixed.tar in && simsiam pack in -o parts.tar >/dev/null 2>&1
for set in mixed.tar parts-train-000.tar; do
    expect 1 simsiam check $set --examples 0
    says out '^of TIFF files with several pages the first is read; unpacked with tar xf, tiff:pages=all:FOLDER reads all of them$'
done
for set in flat.tar shards-train-000.tar; do
    simsiam check $set --examples 0 >out 2>err
    says out '3 training images'
    silent_about out 'the first is read'
done
mkdir unpacked && tar xf mixed.tar -C unpacked # as it is said
expect 1 simsiam check tiff:pages=all:unpacked --examples 0
says out "^TIFF pages, $pages training images"
[ "$(wc -l <f.index.csv)" = 6 ] || fail "without asking there is more than a page of each file: $(cat f.index.csv)"

# Tiles, in a run, what resumes it and what measures it.
expect 0 simsiam train folder-resnet18 --data tiff:tile=32:in "${small[@]}" --val_share 0.4 --out run
says run/train.log 'TIFF tiles of 32 px, [0-9]+ training images, 2 classes'
says run/config.yaml 'path: "?tiff:tile=32:in'
expect 0 simsiam train folder-resnet18 --data tiff:tile=32:in "${small[@]}" --val_share 0.4 --out parts --stop_step 1
expect 78 simsiam train --out parts --resume --data tiff:tile=48:in
expect 0 simsiam train --out parts --resume
[ -n "$(losses run)" ] && [ "$(losses run)" = "$(losses parts)" ] || fail "a resumed run on tiles differs"
expect 0 simsiam extract run --data tiff:tile=32:in --split test -o t.npy --threads 1
cut -d, -f3 t.index.csv | sed 's/#.*//; s/"//g; 1d' | sort -u >held
expect 0 simsiam extract run --data tiff:tile=32:in --split train -o u.npy --threads 1
cut -d, -f3 u.index.csv | sed 's/#.*//; s/"//g; 1d' | sort -u >trained
[ -s held ] && [ -z "$(comm -12 held trained)" ] || fail "tiles of a file are on both sides: $(cat held trained)"
expect 0 simsiam knn run --data tiff:tile=32:in --k 3 --threads 1
expect 0 simsiam extract run --data tiff:tile=32:in/b/t1.tif --data in/a -o j.npy --threads 1
expect 0 simsiam preview tiff:tile=32:in -o grid.png --size 16

# Packed they are pictures of their own with the same pixels, whatever channels and bits they have; floats would not be.
expect 0 simsiam pack tiff:tile=32:in/b -o w.tar
says out '^images that are no files of their own: 36 written as PNG, 0 as TIFF, without loss$'
tar tf w-train-000.tar | grep -qE '^[0-9]{8}-t1.*\.png$' || fail "tiles are packed as something else: $(tar tf w-train-000.tar)"
mkdir -p deep/tiles3 deep/tiles4 && scene deep/tiles3/t.tif 5 3 16 && scene deep/tiles4/t.tif 6 4 16
for f in tiles3 tiles4 bands1_16 bands2_16 bands4_16 bands5_8 bands13_16 rgb16_big rgba16; do
    [ -d deep/$f ] || { mkdir deep/$f && cp "$photos/$f.tif" deep/$f; }
    expect 0 simsiam pack "tiff:pages=all,tile=32:deep/$f" -o $f.tar
    n=$(tar tf $f-train-000.tar | grep -cE '^[0-9]{8}-.*\.tif$')
    says out "^images that are no files of their own: 0 written as PNG, $n as TIFF, without loss\$"
    expect 1 simsiam check "tiff:pages=all,tile=32:deep/$f" $f-train-000.tar --examples 0 --json
    [ "$n" = "$([[ $f = tiles* ]] && echo 12 || echo 1)" ] && [ "$(grep "\"file\":\"$f-train" out | grep -c '"is pixel for pixel ')" = "$n" ] || { fail "$f: not $n parts with the same pixels come out"; cat out; }
done
expect 0 simsiam pack tiff:pages=all:deep -o mixed.tar --json
says out '"skipped":0,"made":\[0,9\]'
mkdir floats && cp "$photos/float32.tif" floats
expect 78 simsiam pack tiff:pages=all:floats -o floats.tar
says err 'have floats, numbers with a sign or of 32 bits, and parts of files are packed with 8 or 16 bits'
# Three samples of 8 bits that are no colours would be read as if they were: left out, and why is said. Two of 16 bits with alpha are not.
mkdir bands alphas many
scene bands/three.tif 1 3 8 && scene bands/two.tif 2 3 8 && scene alphas/two.tif 3 3 16
for f in bands/three.tif bands/two.tif alphas/two.tif; do printf '\001' | dd of=$f bs=1 seek=66 conv=notrunc status=none; done # grey
for f in bands/two.tif alphas/two.tif; do # the last of them is alpha, in place of the rows in a strip
    printf '\122\001\003\000\002\000\000\000\000\000\002\000' | dd of=$f bs=1 seek=94 conv=notrunc status=none
done
expect 0 simsiam pack tiff:pages=all:bands -o bands.tar
says err "^left out: 'three\.tif#1': it has 3 samples of 8 bits a pixel that are no colours"
says err "^left out: 'two\.tif#1': it has 3 samples of 8 bits"
says out '^2 left out$'
silent_about out '^next'
expect 0 simsiam pack tiff:pages=all:alphas -o alphas.tar
says out '0 written as PNG, 1 as TIFF, without loss'
# More channels than any network takes are refused by whoever reads them.
scene many/a.tif 1 20 8 && scene many/b.tif 2 20 8
expect 1 simsiam check many
says out 'has 20 channels; up to 16 are read'
expect 78 simsiam train folder-resnet18 --data many --out many-run "${small[@]}"
says err "the images of 'many' have 20 channels; up to 16 are read"
expect 78 simsiam bench --what load --data many --size 32 --batch 2
says err "the images of 'many' have 20 channels; up to 16 are read"

# A damaged file is an image that cannot be read, like any other.
head -c 300 in/b/t1.tif >in/b/cut.tif
expect 0 simsiam train folder-resnet18 --data tiff:tile=32:in "${small[@]}" --max_bad 0.5 --out bad
says bad/skipped.csv 'b/cut\.tif'
expect 2 simsiam knn raw --data tiff:tile=7:in
expect 2 simsiam knn raw --data tiff:in
finish
