#!/bin/bash
# preview: views of a data set as a picture; the recipes of certain kinds of images; images that are no photographs, or no images.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir -p in/cat in/dog
for i in 1 2 3; do cp "$photos/rgb_420.jpg" in/cat/$i.jpg && cp "$photos/rgb8.png" in/dog/$i.png; done
size() { # size FILE: of a PNG, "WIDTH HEIGHT"
    od -An -t u1 -j 16 -N 8 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4, (($5 * 256 + $6) * 256 + $7) * 256 + $8 }'
}

expect 0 simsiam preview in --size 32 --images 4 -o grid.png
[ "$(size grid.png)" = "184 148" ] || fail "four rows of five cells of 32 px are $(size grid.png)"
says out '^folder, 6 training images'
says out '^grid\.png: each image as it is, and then 4 views of it$'
says out '^  row 1 +cat/1\.jpg  \(cat\)$'
says out '^  row 4 +dog/3\.png  \(dog\)$'
[ "$(grep -cE '^ +view [1-4]: crop [0-9]+ x [0-9]+ at \([0-9]+, [0-9]+\)' out)" = 16 ] || fail "it is not said how sixteen views were cut"
for what in brightness contrast saturation 'hue' gray flip; do says out "^ +view [1-4]: crop .*, $what"; done
expect 0 simsiam preview in --size 32 --images 4 -o again.png
cmp -s grid.png again.png || fail "the same views are another picture"
expect 0 simsiam preview in --size 32 --images 4 --seed 1 -o seed.png
cmp -s grid.png seed.png && fail "another seed gives the same views"
# Without any operation a view is the image itself.
still=(--crop_min 1 --jitter_p 0 --gray_p 0 --blur_p 0 --flip_p 0)
mkdir square
printf 'P6 8 8 255\n' >square/a.ppm && awk 'BEGIN { srand(3); for (i = 0; i < 192; i++) printf "%c", 33 + int(rand() * 90) }' >>square/a.ppm
expect 0 simsiam preview square --size 8 --views 1 "${still[@]}" -o still.png
says out '^ +view 1: crop 8 x 8 at \(0, 0\)$'
expect 0 simsiam preview square --size 8 --views 1 "${still[@]//--jitter_p/--solarise_p}" --jitter_p 1 --brightness 0 --contrast 0 --saturation 0 --hue 0 \
    -o calm.png
cmp -s still.png calm.png || fail "colours change by amounts of zero"
expect 0 simsiam preview square --size 8 --views 1 "${still[@]}" --vflip_p 1 --flip_p 1 -o turned.png
says out '^ +view 1: crop 8 x 8 at \(0, 0\), flip, vflip$'
expect 0 simsiam preview square --size 8 --views 2 "${still[@]}" --blur_p 1 --rot90_p 1 --rotate_p 1 --solarise_p 1 --drop_p 1 -o all.png --json
says out '"drawn":\["crop 8 x 8 at \(0, 0\), blur of sigma [0-9.]+, solarise from 0\.[0-9]+, turned by (90|180|270) degrees, turned by -?[0-9.]+ degrees, channel [012] dropped","crop'
cmp -s still.png turned.png && fail "mirrored twice it is the same picture"
expect 0 simsiam preview in --size 32 --images 3 --steps -o steps.png
says out 'its first view after crop, jitter, gray, blur, solarise, flip, vflip, rot90, rotate, drop \(empty: nothing changed\)'
[ "$(size steps.png)" = "400 112" ] || fail "three rows of eleven cells are $(size steps.png)"
expect 0 simsiam preview in --size 16 --images 2 --json -o rows.png
says out '"columns":\["original","view 1","view 2","view 3","view 4"\],"rows":\[\{"image":"cat/1\.jpg","label":0,"drawn":\["crop [^]]*"\]\},\{"image":"dog/3\.png","label":1,"drawn":\["crop [^]]*"\]\}\]'

# The recipes: each shows its views and trains, on synth that is quickly done.
for recipe in microscopy satellite xray inspection; do
    expect 0 simsiam preview in --recipe $recipe --size 32 --images 2 -o $recipe.png
    expect 0 simsiam train $recipe --data synth:train=64,test=16 --size 16 --width 4 --dim 16 --batch 32 --epochs 1 --threads 1 \
        --tuning fixed --eval.every 0 --out run-$recipe
done
cmp -s microscopy.png xray.png && fail "two recipes show the same views"
printf 'aug:\n  flip_p: 1\n  vflip_p: 1\ndata:\n  size: 24\n' >mine.yaml
expect 0 simsiam preview in --recipe mine.yaml --images 2 --views 1 -o mine.png
[ "$(size mine.png)" = "60 60" ] || fail "the recipe's size is not taken: $(size mine.png)"

# 16 bits, bands, floats; a broken image leaves its row empty.
mkdir deep floats
cp "$photos/grey16.png" deep/a.png && cp "$photos/grey16_big.tif" deep/b.tif
expect 0 simsiam preview deep --size 16 -o deep.png
printf 'P5 4 4 65535\n' >deep/flat.pgm && head -c 32 /dev/zero >>deep/flat.pgm
expect 0 simsiam preview deep --size 16 -o flat.png # no contrast at all
printf 'P7\nWIDTH 6\nHEIGHT 6\nDEPTH 5\nMAXVAL 255\nENDHDR\n' >bands.pam && head -c 180 "$photos/rgb_420.jpg" >>bands.pam
mkdir bands && cp bands.pam bands
expect 0 simsiam preview bands --recipe satellite --size 16 -o bands.png
cp "$photos/float32.tif" floats/a.tif
expect 0 simsiam preview floats --size 16 -o nothing.png
says out 'a\.tif: .*nobody has said which of their values are black and white'
expect 0 simsiam preview floats --size 16 --range 0,1 -o floats.png
silent_about out 'nobody'
head -c 100 in/cat/1.jpg >in/cat/1.cut && mv in/cat/1.cut in/cat/1.jpg
expect 0 simsiam preview in --size 16 --images 2 -o cut.png
says out 'row 1 +cat/1\.jpg  \(cat\): .*cut short'

# What is refused.
expect 73 simsiam preview in --size 16 -o grid.png
expect 0 simsiam preview in --size 16 -o grid.png --replace
expect 66 simsiam preview nothing-there -o x.png
expect 2 simsiam preview in --recipe microscop -o x.png
says err "'?microscopy"
expect 78 simsiam preview in --recipe cifar10-linear-100e -o x.png
expect 78 simsiam preview synth --images 1000 --views 64 --size 256 -o x.png
says err 'which is too many'
expect 78 simsiam preview in --crop_min 0.9 --crop_max 0.5 -o x.png
[ ! -e x.png ] || fail "a refused preview left a picture"
finish
