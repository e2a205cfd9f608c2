#!/bin/bash
# What is given as a data set and is none: archives of images, single images, pipes, files of other programs.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
tiny=$here/../data/classifier/tiny.pth
mkdir -p in/cat in/dog
for i in 1 2; do
    cp "$photos/rgb_420.jpg" in/cat/$i.jpg
    cp "$photos/rgb8.png" in/dog/$i.png
done
printf 'in/cat/1.jpg 0\nin/dog/1.png 1\n' >list.txt
one=(--size 16 --threads 1)
refused() { # refused FILE WORDS HINT
    expect 65 simsiam knn raw --data "$1" --k 1 "${one[@]}"
    says err "^simsiam: error: .*$2"
    says err "^  try: .*$3"
    silent_about err 'try: .*(synth|CIFAR:)'
}

# Archives.
tar cf pics.tar in
tar czf pics.tgz in
gzip -k <pics.tar >pics.tar.gz
mkdir tars && tar cf tars/cat.tar in/cat && tar cf all.tar tars
for f in pics.tgz pics.tar.gz; do
    refused $f '4 files \((2 .jpg, 2 .png|2 .png, 2 .jpg)\) but no CIFAR batch files' "tar xf $f -C DIR"
done
refused all.tar '1 file \(1 .tar\)' 'tar xf all.tar'
cp pics.tgz "my pics.tgz" && refused 'my pics.tgz' 'no CIFAR' "tar xf 'my pics.tgz' -C DIR"
expect 0 simsiam knn raw --data pics.tar --k 1 "${one[@]}" # one that is not compressed is read where it lies
head -c 200 pics.tgz >cut.tgz && refused cut.tgz 'cut short|cannot be read' 'unpack it|tar xf'
gzip -k <list.txt >list.txt.gz && refused list.txt.gz 'cannot be read' 'gunzip'
made() { command -v "$1" >/dev/null && "${@:2}"; } >/dev/null
made zip zip -qr pics.zip in && refused pics.zip 'a zip archive' 'unzip pics.zip'
made zstd zstd -q pics.tar -o pics.tar.zst && refused pics.tar.zst 'a zstd archive' 'unzstd pics.tar.zst'
made xz xz -k pics.tar && refused pics.tar.xz 'an xz archive' 'unxz -k pics.tar.xz'
made bzip2 bzip2 -k pics.tar && refused pics.tar.bz2 'a bzip2 archive' 'bunzip2 -k pics.tar.bz2'
printf '7z\274\257\047\034\0\4xxxx' >pics.7z && refused pics.7z 'a 7z archive' '7z x pics.7z'
printf 'Rar!\032\007\001\0xxxx' >pics.rar && refused pics.rar 'a RAR archive' 'unrar x pics.rar'
mkdir shelf && cp pics.tgz shelf/a.tgz && printf 'x' >shelf/readme.md && refused shelf "has 2 files .* but no data set" 'unpack the archives in shelf'

# One image: a data set has many, but extract takes it as it is.
refused in/cat/1.jpg 'is one JPEG image, and a data set has many' 'the folder with the images, or a list of them'
cp in/dog/1.png picture && refused picture 'is one PNG image' 'a list of them'
for f in in/cat/1.jpg in/dog/2.png picture; do
    for split in all train test; do
        expect 0 simsiam extract random:resnet20-cifar --data $f -o one.npy --split $split --replace "${one[@]}"
        [ "$(wc -l <one.index.csv)" = 2 ] || fail "not one row for $f, $split"
        says one.index.csv "$f"
    done
done
echo 'no image' >bad.jpg
expect 65 simsiam extract random:resnet20-cifar --data bad.jpg -o one.npy --replace "${one[@]}"
says err 'bad.jpg.*JPEG, PNG, TIFF, WebP, BMP, GIF and PNM images are read'

made zip expect 65 simsiam predict "$tiny" pics.zip --threads 1
[ ! -e pics.zip ] || says err 'a zip archive'
[ ! -e pics.zip ] || says err 'try: unpack it: unzip'

# Pipes that a shell hands over: an image, a list.
threads=(--threads 1 --mean 0,0,0 --std 1,1,1)
expect 0 simsiam predict "$tiny" in/cat/1.jpg "${threads[@]}"
tail -n +2 out >file
piped() { # piped INPUT COMMAND...: what it prints goes to out
    local input=$1
    shift
    cat "$input" | "$@" >out 2>err || { fail "it failed: $*"; cat err; }
}
piped in/cat/1.jpg simsiam predict "$tiny" /dev/stdin "${threads[@]}"
tail -n +2 out | cmp - file || fail "another answer from a pipe"
piped in/cat/1.jpg simsiam predict "$tiny" /dev/fd/0 in/dog/1.png "${threads[@]}" --topk 1
[ "$(wc -l <out)" = 2 ] || fail "not two answers"
expect 0 simsiam predict "$tiny" <(cat in/cat/1.jpg) <(cat in/dog/1.png) "${threads[@]}" --topk 1
[ "$(wc -l <out)" = 2 ] || fail "not two answers from two pipes"
piped list.txt simsiam predict "$tiny" --list /dev/stdin "${threads[@]}" --topk 1
says out 'in/dog/1.png$'
piped list.txt simsiam predict "$tiny" /dev/stdin "${threads[@]}" --topk 1
[ "$(wc -l <out)" = 2 ] || fail "not two answers from a list in a pipe"
piped in/cat/1.jpg simsiam extract random:resnet20-cifar --data /dev/stdin -o one.npy --replace "${one[@]}"
mkfifo queue
expect 65 timeout 5 "$SIMSIAM_BINARY" predict "$tiny" queue "${threads[@]}"
says err "'queue' is a pipe, not a file"
expect 65 timeout 5 "$SIMSIAM_BINARY" knn raw --data queue "${one[@]}"
says err "'queue' is a pipe, and a data set is read more than once"

# Files of other programs.
echo '{"images": []}' >coco.json
expect 65 simsiam knn raw --data coco.json "${one[@]}"
says err "'coco.json' is not a data set but a JSON text"
printf 'PAR1xxxx' >train.parquet
expect 65 simsiam knn raw --data train.parquet "${one[@]}"
says err 'a Parquet table'
: >nothing
expect 65 simsiam knn raw --data nothing "${one[@]}"
says err "the file 'nothing' is empty"
finish
