#!/bin/bash
# Hints about folders of images (src/data/dataset_folder.c, dataset.c), and what each verb makes of a data set that is not
# quite what it needs.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
small=(--size 16 --width 4 --dim 16 --batch 4 --epochs 1 --threads 1 --tuning fixed)
enc=(random:resnet18 --width 4 --stem cifar --size 16 --threads 1)
probe=(--batch 4 --epochs 1)
serial=0

# Four images in each of the folders.
fill() {
    local dir i
    for dir; do
        mkdir -p "$dir"
        for i in 1 2 3 4; do serial=$((serial + 1)) && cp "$photos/rgb_420.jpg" "$dir/$serial.jpg"; done
    done
}
training() { simsiam train folder-resnet18 "${small[@]}" "$@"; }
linear() { simsiam linear "${enc[@]}" "${probe[@]}" "$@"; }

# ---- which folders are the splits
fill 'my data/train2014' 'my data/train2017' 'my data/val2014' 'my data/val2017'
hint '--data %s, or a folder with links to two of them, called train and val' 65 training --data 'my data' --out one
again "--data 'my data/train2014'" --data 'my data/train2014'
mkdir links && ln -s '../my data/train2017' links/train && ln -s '../my data/val2017' links/val
hint '--data %s, or a folder with links to two of them, called train and val' 65 training --data 'my data' --out two
again 'links to two of them' --data links
says err 'data +folder, 4 training images, no labels$'
fill 'gone/Test set/a' 'gone/Test set/b'
hint "--data %s, or training images in a folder 'train' beside it" 65 training --data gone --out three
again "--data 'gone/Test set'" --data 'gone/Test set'
fill 'empty/Val' && mkdir empty/Train
hint '--data %s, which has images' 65 training --data empty --out four
says err "'empty/Train' has no images"
again '--data empty/Val'

# ---- held-out images
fill x/train/cat x/train/dog
hint 'the layout train/CLASS/*.jpg and val/CLASS/*.jpg' 65 simsiam test "$here/../data/classifier/tiny.pth" --data x --split test
after 'val/CLASS/*.jpg' fill x/val/cat x/val/dog
hint 'a data set with train/ and val/' 78 linear --data x/train --out five
again 'train/ and val/' --data x
mkdir -p y/train && cp -r x/train/* y/train && mkdir y/val
hint 'a data set with train/ and val/' 78 linear --data y --out six
says err "the folder 'val' has no images that are read"
after 'val/' fill y/val/cat
mkdir -p z/train z/val && cp -r x/train/* z/train && ln -s ../train/cat z/val/cat
hint 'images in that folder, which no other split has' 65 linear --data z --out seven
says err 'only links to those of the other split'
after 'images in that folder' fill z/val/dog
says err "1 link is not followed, as the folder is the other split's; the first: val/cat"
rm -r z/val/dog
expect 0 training --data z --out seven-too # does not need them
says err 'the held-out images are not used: .*only links'

# ---- labels
hint 'a folder per class, two or more of them, or a list of `path label` lines' 78 linear --data x/train/cat --out eight
again 'a folder per class' --data x
fill stray/train/cat stray/train/dog stray/val/cat stray/val/dog
for name in contact_sheet.jpg 'my cover.png'; do
    cp "$photos/rgb8.png" "stray/train/$name"
    for command in "linear --data stray --out" "simsiam knn raw --data stray --k"; do
        hint 'move the images that lie beside the class folders into one of these, or elsewhere' 78 $command 1
        says err "the image 'train/$name' lies beside the class folders"
        after 'or elsewhere' mv "stray/train/$name" aside
        mv aside "stray/train/$name" && rm -rf 1
    done
    expect 0 training --data stray --out "s-$name"
    says err "no labels: the image 'train/$name' lies beside the class folders"
    rm "stray/train/$name"
done

# ---- joined
fill j/cat j/dog
ls j/*/* >plain.txt
sed 's/$/ 1/' plain.txt >numbered.txt
for other in plain numbered; do
    hint '--data for one of them alone, or labels of one kind in all of them' 78 simsiam knn raw --data "j + $other.txt"
    again '--data for one of them alone' --data j
done
for i in 1 2; do
    mkdir -p bands/$i
    printf 'P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nENDHDR\nabcd' >bands/$i/1.pam
done
hint '--data for one of them, or images of as many channels in both' 78 simsiam extract random:resnet18 --data "j + bands" -o bands.npy
again '--data for one of them' --data j

# Held-out images at odds with the training images: what needs their labels is refused, and the rest goes on.
odd() { # odd WHAT WORDS: stray/val is in disorder
    hint 'the same class folders in both splits, and no images beside them' 65 linear --data stray --out "odd-$1"
    says err "the held-out part of 'stray' has none: .*$2"
    expect 65 simsiam test made --data stray --threads 1
    says err "$2"
    expect 0 training --data stray --out "pre-$1"
    says err "the held-out images are not used: .*$2"
    says err 'kNN +[0-9.]+ %'
    expect 0 simsiam knn raw --data stray --k 1 --threads 1
    says out 'each of 8 images against all the others'
    says out "the held-out images are not used: .*$2"
    expect 0 simsiam extract made --data stray -o "odd-$1.npy" --threads 1
    says out '[12][0-9] of stray images'
}
expect 0 linear --data stray --out made
cp "$photos/rgb8.png" stray/val/cover.png
odd cover "'val/cover.png' lies beside the class folders"
after 'no images beside them' rm stray/val/cover.png
mv stray/val/cat stray/val/Cat
odd case "the class folder 'Cat', which the training images do not have \(they have 'cat'\)"
after 'the same class folders' mv stray/val/Cat stray/val/cat
fill stray/val/newt
odd newt "the class folder 'newt', which the training images do not have"
after 'the same class folders' rm -r stray/val/newt
mkdir flat && mv stray/val/*/*.jpg flat && rm -r stray/val && mv flat stray/val # ImageNet's, as it is unpacked
odd flat "8 images lie in no class folder; the first: 'val/"
mkdir stray/val/cat
after 'the same class folders' bash -c 'mv stray/val/*.jpg stray/val/cat'

# ---- names that a model file cannot hold
n=0
for name in "caf$(printf '\351')" $'two\nlines' $'tab\there' "$(printf 'bad\200')"; do
    n=$((n + 1))
    rm -rf named && fill named/train/ant "named/train/$name" named/val/ant
    hint 'another name for that folder, in both splits' 65 linear --data named --out "named-$n"
    says err "'(caf.xe9|two.x0alines|tab.x09here|bad.x80)' of 'named'"
    silent_about err '^epoch'
    [ ! -e "named-$n" ] || fail "a run was begun"
    expect 0 training --data named --out "named-pre-$n" # does not write them
    after 'another name' mv "named/train/$name" named/train/bee
done
for name in 'café' '日本' '🐱 & 🐶' "it's" '-x' 'a,b'; do
    rm -rf named named-ok && fill named/train/ant "named/train/$name" named/val/ant
    expect 0 linear --data named --out named-ok
    expect 0 simsiam test named-ok --data named --threads 1
done

# ---- every verb says what it does not read
fill said/a said/b && cp "$photos/rgb8.png" said/a/1.heic && mkdir -p said/b && ln "$(ls said/a/*.jpg | head -n 1)" said/b/same.jpg
expect 0 simsiam knn raw --data said --k 1 --threads 1
says out '1 file \(1 \.heic\) is not read'
says out '1 file is the same as one read already'
expect 0 simsiam extract made --data said -o said.npy --threads 1
says out '1 file \(1 \.heic\) is not read'
expect 0 simsiam predict made said --threads 1
says err '1 file \(1 \.heic\) is not read'
expect 0 training --data said --out said-run
says err '1 file \(1 \.heic\) is not read'
says said-run/train.log '1 file is the same as one read already'
finish_hints
