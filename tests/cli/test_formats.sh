#!/bin/bash
# A folder of every image format: trained on, measured, taken out and recognised; formats that are not read are named with what
# to do, whatever they are called; half files of each format are listed and nothing else suffers.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
small=(--size 16 --width 4 --dim 16 --batch 8 --epochs 1 --threads 1 --tuning fixed)
good=(rgb_420.jpg rgb8.png rgb_lzw.tif rgb_jpeg.tif bigtiff.tif grey16_big.tif lossy.webp lossless.webp animated.webp rgb.bmp rle8.bmp
    animated.gif interlaced.gif rgb.ppm rgb16.ppm bits.pbm grey_text.pgm rgb_alpha.pam)
for class in a b; do
    mkdir -p mixed/train/$class mixed/val/$class
    for f in "${good[@]}"; do
        cp "$photos/$f" "mixed/train/$class/$f"
        cp "$photos/$f" "mixed/val/$class/$f"
    done
done
n=$((2 * ${#good[@]}))
expect 0 simsiam train folder-resnet18 --data mixed --max_bad 0 --out run "${small[@]}"
says run/train.log "folder, $n training images, 2 classes"
[ ! -e run/skipped.csv ] || fail "an image was not read: $(cat run/skipped.csv)"
expect 0 simsiam knn run --data mixed --k 1 --max_bad 0 --threads 1
expect 0 simsiam extract run --data mixed --split train -o all.npy --max_bad 0 --threads 1
says out "$n of mixed images"
expect 0 simsiam linear run --data mixed --max_bad 0 --epochs 1 --batch 8 --threads 1 --out linear
expect 0 simsiam predict linear "${good[@]/#/mixed/val/a/}" --threads 1
for f in "${good[@]}"; do says out "$f"; done

# What an image is decides its content: the same pixels under other names give the same features.
mkdir -p plain odd
for f in "${good[@]}"; do cp "$photos/$f" "plain/$f" && cp "$photos/$f" "odd/$f.jpg"; done
expect 0 simsiam extract run --data plain -o plain.npy --threads 1
expect 0 simsiam extract run --data odd -o odd.npy --threads 1
cmp -s plain.npy odd.npy || fail "features depend on the files' names"

# Half of a file of each format among whole ones: named, one line each, and the others as before.
cp -r plain half
for f in "${good[@]}"; do head -c $(($(stat -c %s "$photos/$f") / 2)) "$photos/$f" >"half/x-$f"; done
expect 0 simsiam extract run --data half -o half.npy --threads 1 --max_bad 1
[ "$(grep -c '"x-' half.skipped.csv)" = ${#good[@]} ] || fail "not every half file is listed: $(cat half.skipped.csv)"
cmp -s <(tail -c +129 half.npy) <(tail -c +129 plain.npy) || fail "half files change the features of whole ones"

# Formats that are not read, by content, under the name of one that is.
unread() { # FORMAT-IN-WORDS HINT < bytes
    cat >other.tif
    expect 65 simsiam extract run --data other.tif -o other.npy --replace --max_bad 0 --threads 1
    says err "$1"
    says err "try: .*$2"
}
printf '\0\0\0\x20ftypavif' | unread 'an AVIF image' 'convert FILE picture.png'
printf '\0\0\0\x18ftypheic' | unread 'a HEIC image' 'convert'
printf '\0\0\0\x0cjP  \r\n\x87\n' | unread 'a JPEG 2000 image' 'convert'
printf 'FUJIFILMCCD-RAW 0201FF' | unread "a camera's raw picture \(RAF\)" 'dcraw -T -6'
printf '\0\0\0\x18ftypcrx ' | unread "a camera's raw picture \(CR3\)" 'dcraw -T -6'
{ head -c 128 /dev/zero && printf 'DICM\2\0\0\0'; } | unread 'a DICOM image' 'dcmj2pnm \+on2'

# A list of names without endings finds them, in either case.
mkdir bare && cp "$photos/lossy.webp" bare/one.WEBP && cp "$photos/rgb.bmp" bare/two.BMP && cp "$photos/rgb_raw.tif" bare/three.TIF
printf 'name,class\none,x\ntwo,y\nthree,x\n' >bare/list.csv
expect 0 simsiam extract run --data bare/list.csv -o bare.npy --max_bad 0 --threads 1
says out '3 of bare/list.csv images'
finish
