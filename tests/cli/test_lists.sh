#!/bin/bash
# Lists as data sets: where their files lie, how their paths are written, tables with splits, files named twice.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir -p in/cat in/dog
for i in 1 2 3 4; do
    cp "$photos/rgb_420.jpg" in/cat/$i.jpg
    cp "$photos/rgb8.png" in/dog/$i.png
done
one=(--size 16 --threads 1)
knn() { expect 0 simsiam knn raw --data "$1" --k 3 "${one[@]}"; }
all() { # all LIST: its 8 images are read, and each has the label it should have
    knn "$1"
    says out "each of ${2:-8} images against all the others"
    says out 'top-1 100\.00 %'
    silent_about out 'cannot be read'
}
refused() { # refused LIST WORDS...
    expect 65 simsiam knn raw --data "$1" --k 3 "${one[@]}"
    says err "$2"
    silent_about err 'try: (repair|.*synth)'
}
lines() { for f in in/*/*; do eval "printf '%s\n' \"$1\""; done; } # c: its class, n: without its ending

c() { basename "$(dirname "$f")"; }
lines '$f $(c)' >plain.txt
all plain.txt
# From other systems.
printf '\357\273\277' | cat - plain.txt >bom.txt && all bom.txt
for code in UTF-16 UTF-16LE UTF-16BE UTF-32; do
    sed 's/$/\r/' plain.txt | iconv -f UTF-8 -t $code >wide.txt && all wide.txt
done
tr '\n' '\r' <plain.txt >mac.txt && all mac.txt
sed 's,/,\\,g' plain.txt >windows.txt && all windows.txt
says out '\\ in its paths is read as /'
sed 's,/,\\,g; s/ /,/; 1s/^/image,label\r\n/' plain.txt | sed 's/$/\r/' | iconv -t UTF-16 >excel.csv && all excel.csv
says out "path from the column 'image', label from the column 'label'"

# Paths.
lines "$PWD/\$f \$(c)" >whole.txt && all whole.txt
lines "file://$PWD/\$f,\$(c)" | sed 's/cat/%63a%74/' >url.txt && all url.txt
lines "file://localhost$PWD/\$f,\$(c)" >url-of-host.txt && all url-of-host.txt
HOME=$PWD lines '~/$f $(c)' >home.txt && HOME=$PWD all home.txt
mkdir -p meta elsewhere
cp plain.txt meta/any.txt && all meta/any.txt
says out "its paths start from 'meta/\.\.'"
mkdir kaggle && cp -r in kaggle/train && lines '${f#in/} $(c)' >kaggle/labels.txt && all kaggle/labels.txt
says out "its paths start from 'kaggle/train'"
find in -type f -print0 >zeros.txt
expect 0 simsiam extract random:resnet20-cifar --data zeros.txt -o zeros.npy "${one[@]}"
[ "$(wc -l <zeros.index.csv)" = 9 ] || fail "not 8 images in a list with zeros between them"
for folder in images train_images; do
    mkdir kaggle-$folder && cp -r in kaggle-$folder/$folder && (echo id,label && lines '${f#in/},$(c)' | sed 's/\.[a-z]*,/,/') >kaggle-$folder/labels.csv
    all kaggle-$folder/labels.csv
    says out "its paths start from 'kaggle-$folder/$folder'"
done
mkdir elsewhere/a && cp plain.txt elsewhere/a/deep.txt
all elsewhere/a/deep.txt
says out 'its paths start from the working directory'
lines '/home/you/data/$f $(c)' >yours.txt && refused yours.txt "none of the first images .* is there: the first is '/home/you/data/in/cat/1.jpg', looked for in '\.'"
lines 'C:/data/$f $(c)' | sed 's,/,\\,g' >drive.txt && refused drive.txt "on a drive of Windows"
lines 'nowhere/$f $(c)' | sed 's,/,\\,g' >gone.txt && refused gone.txt 'with \\ between folders'
lines 'https://example.org/$f $(c)' >web.txt && refused web.txt 'an address on the network'
lines 'x/$f $(c)' >wrong.txt && refused wrong.txt "looked for in '\.'"
printf 'in/gone.jpg 1\n' >single.txt && refused single.txt "no image of the list 'single.txt' is there: 'in/gone.jpg'"

# Names without an ending, those that begin with '#', and comments.
cp in/cat/1.jpg '#5.jpg'
(echo id,breed && lines '${f%.*},$(c)') >ids.csv && all ids.csv
says out "its names have no ending; .jpg is put behind them"
(echo '#5.jpg cat' && cat plain.txt && echo '# the end' && echo '#6.jpg is no more') >hash.txt && all hash.txt 9
says out '2 of its lines begin with # and are passed over'

# Columns.
(echo 'width;file name;species;rights' && lines '40;$f;$(c);mine') >four.csv
expect 78 simsiam knn raw --data four.csv "${one[@]}"
says err "has none: list, 8 training images, no labels \(no column is called 'label' or 'class'\)"
sed '1s/species/Class/' four.csv >five.csv && all five.csv
says out "path from the column 'file name', label from the column 'Class'; not read: 'width', 'rights'"
(echo '"a,b' && cat plain.txt) >open.csv && refused open.csv "line 1 of the list 'open.csv' opens a quote"
(cat plain.txt && echo 'in/cat/1.jpg 7 8') >odd.txt && knn odd.txt
says out '1 of its 9 images are named twice or more \(the same file\), 1 with different labels'
printf 'path,label\n' >heading.csv && refused heading.csv 'is a heading and nothing stands below it'
printf 'colour,size\nred,3\n' >other.csv && refused other.csv "line 1 of the list 'other.csv' has no path of an image"
lines '$f 5' >same.txt && knn same.txt && says out 'every image has the label 5'
lines '$f ${#f}' >gaps.txt && knn gaps.txt && says out 'its labels go up to 12, but only 1 of them have images|every image has the label 12'
printf 'in/cat/1.jpg 0\nin/dog/1.png 9\n' >gaps.txt && knn gaps.txt && says out 'its labels go up to 9, but only 2 of them have images'
printf 'in/cat/1.jpg 0\nin/cat/2.jpg 1\nin/dog/1.png 2\n' >three.txt && knn three.txt && silent_about out 'go up to'
printf 'in/cat/1.jpg a\nin/cat/2.jpg b\nin/dog/1.png c\n' >alone.txt && knn alone.txt && says out 'no two images have the same class'
printf 'in/cat/1.jpg a\nin/dog/1.png b\n' >two.txt && knn two.txt && silent_about out 'no two images'

# One file under several names counts once where images are compared with each other.
(cat plain.txt && sed 's,^in,./in,' plain.txt && ln -s in linked && sed 's,^in,linked,' plain.txt && ln in/cat/1.jpg hard.jpg && echo 'hard.jpg cat') >twice.txt
all twice.txt
says out '17 of its 25 images are named twice or more \(the same file\)$'
says out '17 more are the same files'
expect 0 simsiam extract random:resnet20-cifar --data twice.txt -o twice.npy "${one[@]}"
says out '17 of its 25 images are named twice'
[ "$(wc -l <twice.index.csv)" = 26 ] || fail "not a row for each line of the list"

# A column of splits; a list of held-out images beside; what has no labels is not held out.
half() { case $f in *[12].*) echo "$1" ;; *) echo "$2" ;; esac; }
(echo path,split,class && lines '$f,$(half train val),$(c)') >splits.csv && knn splits.csv
says out '4 test images against 4 training images'
(lines '$f,$(c),$(half training Test)') >test.tsv && knn test.tsv
says out '4 test images against 4 training images'
(echo path,split,class && lines '$f,$(half train test),$(half $(c) "")') >hidden.csv && knn hidden.csv
says out 'its 4 rows of test are not used: they have no labels'
says out 'each of 4 images against'
lines '$f $(c)' >my-train.txt && lines '$f' >my-test.txt && all my-train.txt
says out "'my-test.txt' beside it has no labels and is not used"
echo 'in/dog/1.png ape' >my-test.txt && refused my-train.txt "line 1 of the list '.*my-test.txt' has a class that the training images do not have"
echo 'in/dog/1.png 1' >my-test.txt && refused my-train.txt "the labels of '.*my-test.txt' are numbers, those of 'my-train.txt' names"
(cat splits.csv && echo in/cat/1.jpg,val,cat && echo ./in/dog/2.png,val,dog) >leak.csv
expect 0 simsiam extract random:resnet20-cifar --data leak.csv --split test -o leak.npy "${one[@]}"
says out '2 of the held-out images are training images, too \(the same file\)'
sed 's/train/nothing/' splits.csv >none.csv && refused none.csv 'line 2 .* has a split that is neither'
sed 's/train/val/' splits.csv >none.csv && refused none.csv 'but none of train'

# The names of the classes go with the model, and lead from one list to another.
small=(--size 16 --batch 4 --threads 1 --workers 1 --tuning fixed --epochs 1)
expect 0 simsiam linear random:resnet20-cifar --data splits.csv "${small[@]}" --out probe
says err "data +list, 4 training images, 2 classes, labels from the list"
expect 0 simsiam predict probe in/dog/1.png in/cat/1.jpg --threads 1
says out 'dog|cat'
echo 'in/dog/1.png dog' >dogs.txt
expect 0 simsiam test probe --data dogs.txt --threads 1
says out "its 1 classes are found among the model's 2 by name"
expect 0 simsiam predict probe --list windows.txt --threads 1
says err '\\ in its paths is read as /'
[ "$(wc -l <out)" -ge 8 ] || fail "not a prediction for each line"

# Without labels: for pretraining.
lines '$f' >paths.csv
expect 0 simsiam train folder-resnet18 --data paths.csv "${small[@]}" --width 2 --dim 8 --out pretrained
says err 'data +list, 8 training images, no labels'

# JSON lines, and metadata as Hugging Face has it: beside the images, or one in each split's folder.
lines '{\"path\": \"$f\", \"label\": \"$(c)\", \"note\": \"a \\\"quote\\\", \\u00e4\"}' >objects.jsonl && all objects.jsonl
says out "path from the column 'path', label from the column 'label'; not read: 'note'"
lines '{\"image\": \"$f\", \"target\": $([ $(c) = cat ] && echo 0 || echo 4)}' >numbers.ndjson && all numbers.ndjson
lines '{\"file\": \"${f#in/}\", \"label\": \"$(c)\", \"split\": \"$([ $(basename $f | cut -c1) = 4 ] && echo validation || echo train)\"}' >in/splits.jsonl
knn in/splits.jsonl
says out '2 test images against 6 training images'
(cat numbers.ndjson && echo '{"image": "in/cat/1.jpg", "target": "none"}') >word.jsonl && refused word.jsonl "line 9 of the list 'word.jsonl' has a label that is no number"
(cat numbers.ndjson && echo '{"image": "in/cat/1.jpg", "target": 4') >cut.jsonl && refused cut.jsonl "line 9 of the list 'cut.jsonl' is no JSON object"
echo '["in/cat/1.jpg", "in/dog/1.png"]' >array.jsonl && refused array.jsonl "line 1 of the list 'array.jsonl'"
mkdir -p flat hub/train hub/validation
for f in in/*/*; do case $f in *.jsonl) ;; *) cp "$f" "flat/$(c)$(basename "$f")" ;; esac; done
(echo file_name,caption,label && (cd flat && for f in *.*; do echo "$f,\"one, two\",${f%[0-9].*}"; done)) >metadata.csv && mv metadata.csv flat
all flat
says out "the images are those that 'flat/metadata.csv' names"
says out "path from the column 'file_name', label from the column 'label'; not read: 'caption'"
cp flat/*[123].* hub/train && cp flat/*4.* hub/validation
for split in train validation; do
    (cd hub/$split && for f in *.*; do echo "{\"file_name\": \"$f\", \"label\": \"${f%[0-9].*}\"}"; done) >objects && mv objects hub/$split/metadata.jsonl
done
for set in hub hub/train hub/train/metadata.jsonl; do
    knn $set
    says out '2 test images against 6 training images'
    says out 'top-1 100\.00 %'
done
expect 0 simsiam train folder-resnet18 --data hub --size 16 --stem cifar --width 8 --dim 32 --batch 4 --epochs 1 --threads 1 --tuning fixed --out hubbed
says hubbed/train.log 'list, 6 training images, 2 classes, labels from the list'
expect 0 simsiam extract hubbed --data hub --split test -o hub.npy --threads 1
sed -i 's/cat1/cat7/' hub/train/metadata.jsonl # a file that is not there is one image's trouble
expect 0 simsiam knn raw --data hub --k 1 --max_bad 0.5 "${one[@]}"
(echo isic_id,label && printf '%s,x\n' 1 2 3) >in/metadata.csv # which is not about files: the folders are the classes
all in
silent_about out 'metadata.csv. names'
(echo filename,label && printf 'cat/%s.jpg,x\n' 1 2 3) >in/metadata.csv # somebody's list, but not Hugging Face's
all in
silent_about out 'metadata.csv. names'
echo 'file_name: all' >hub/train/metadata.jsonl # no list of metadata any more: folders of images
expect 78 simsiam knn raw --data hub --k 1 "${one[@]}"
says err 'folder, 6 training images, no labels'
finish
