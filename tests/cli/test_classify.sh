#!/bin/bash
# simsiam predict and test on a small classifier of six named classes (tests/golden/make_classifier_golden.py).
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
tiny=$here/../data/classifier/tiny.pth
one=(--threads 1)

# ---- predict
expect 0 simsiam predict "$tiny" "$photos/rgb8.png" "${one[@]}"
says out "^$photos/rgb8.png$"
[ "$(sed -n 2p out)" = "  0.3638  fox" ] || { fail "not a fox first"; cat out; }
[ "$(wc -l <out)" = 6 ] || fail "not five classes"
says err "ImageNet's, as the model says none"
expect 0 simsiam predict "$tiny" "$photos/rgb8.png" --topk 1 --mean .485,.456,.406 --std .229,.224,.225 "${one[@]}"
[ "$(cat out)" = "0.3638  fox  $photos/rgb8.png" ] || { fail "not one line"; cat out; }
silent_about err 'normalised'
expect 0 simsiam predict "$tiny" "$photos/rgb8.png" --topk 99 "${one[@]}"
[ "$(wc -l <out)" = 7 ] || fail "not all six classes"

mkdir -p in/deep x.jpg empty
cp "$photos/rgb_420.jpg" in/b.jpg
cp "$photos/rgb8.png" in/deep/a.png
cp "$photos/one_pixel.png" 'in/c (1).png'
cp "$photos/grey.jpg" x.jpg/grey.jpg
printf 'b.jpg\ndeep/a.png\n' >in/list
expect 0 simsiam predict "$tiny" in x.jpg "$photos/one_row.jpg" --list in/list --json "${one[@]}"
[ "$(cut -d, -f1 out | tr '\n' ' ')" = \
    "{\"file\":\"in/b.jpg\" {\"file\":\"in/c (1).png\" {\"file\":\"in/deep/a.png\" {\"file\":\"x.jpg/grey.jpg\" {\"file\":\"$photos/one_row.jpg\" {\"file\":\"in/b.jpg\" {\"file\":\"in/deep/a.png\" " ] ||
    { fail "other files or another order"; cut -d, -f1 out; }
[ "$(grep -cE '^\{"file":"[^"]*","pred_label":[0-5],"pred_score":0\.[0-9]+,"pred_class":"(ant|bee|cat|dog|eel|fox)","pred_scores":\[(0\.[0-9]+,){5}0\.[0-9]+\]\}$' out)" = 7 ] ||
    { fail "not the documented keys"; cat out; }
# Alone or in a batch, through a list or a folder: the same numbers.
[ "$(sed -n 1p out)" = "$(sed -n 6p out)" ] || fail "the same file, another prediction"

# A reader that has seen enough is no failure, and nothing is said.
yes "$photos/one_pixel.png" | head -n 2000 >many.txt
(simsiam predict "$tiny" --list many.txt --mean 0,0,0 --std 1,1,1 "${one[@]}" 2>err; echo $? >status) | head -n 1 >out
[ "$(cat status)" = 0 ] || fail "a reader that left: exit status $(cat status)"
silent_about err 'error'
expect 66 simsiam predict "$tiny" gone.jpg "${one[@]}"
says err 'try: the path of an image'

head -c 300 "$photos/rgb_420.jpg" >in/broken.jpg
expect 65 simsiam predict "$tiny" in "${one[@]}"
[ "$(grep -c '^in/' out)" = 3 ] || { fail "the good ones are not all there"; cat out; }
says err "^simsiam: left out: 'in/broken.jpg': .*cut short"
says err '1 of 4 images cannot be read and were left out'
expect 65 simsiam predict "$tiny" in/broken.jpg "${one[@]}"
says err "error: 'in/broken.jpg': .*cut short"
silent_about err 'left out'
expect 65 simsiam predict "$tiny" in/broken.jpg in/broken.jpg in/broken.jpg "${one[@]}"
says err '3 of 3 images'
says err 'left out'
expect 66 simsiam predict "$tiny" in/b.jpg nothere.jpg "${one[@]}"
says err "'nothere.jpg'"
[ -s out ] && fail "something was predicted before all names were looked at"
expect 66 simsiam predict nothere.pth in/b.jpg
expect 65 simsiam predict "$tiny" empty
says err "the folder 'empty' has no images"
expect 2 simsiam predict "$tiny"
says err 'predict needs images'
expect 2 simsiam predict "$tiny" in/b.jpg --topk 0
expect 2 simsiam predict "$tiny" in/b.jpg --mean 0.5
says err '--mean needs --std beside it'
expect 2 simsiam predict "$tiny" in/b.jpg --mean 0.5,0.4 --std 0.2
says err '--mean takes one number or three, not 2'
expect 2 simsiam predict "$tiny" in/b.jpg --device nothing
rm in/broken.jpg

# An encoder alone knows no classes.
expect 0 simsiam train demo --out enc --data synth:train=64,test=32 --width 16 --dim 64 --batch 32 \
    --epochs 1 --threads 1 --tuning fixed
for verb in "predict enc in/b.jpg" "test enc --data synth"; do
    expect 78 simsiam $verb
    says err 'an encoder without a classifier'
    says err '^  try: train one: simsiam linear enc --data PATH$'
done

# ---- test: folders whose names are the model's, in another order and fewer of them
mkdir -p data/train/{fox,ant,bee} data/val/{ant,bee,fox} data/val2
cp "$photos/rgb8.png" data/val/fox/1.png    # fox
cp "$photos/rgba16.png" data/val/fox/2.png  # fox
cp "$photos/one_row.jpg" data/val/ant/1.jpg # ant
cp "$photos/rgb_420.jpg" data/val/ant/2.jpg # taken for a bee
cp "$photos/grey.jpg" data/val/bee/1.jpg    # bee
for c in fox ant bee; do cp "$photos/palette4.png" data/train/$c/1.png; done # an eel
expect 0 simsiam test "$tiny" --data data --out preds.jsonl "${one[@]}"
says out 'tiny.pth on folder, 5 test images, 3 classes'
says out "its 3 classes are found among the model's 6 by name"
says out "normalised with mean 0.485,0.456,0.406 .*ImageNet's, as the model says none"
says out 'top-1 +80.00 % +4 of 5 right'
says out 'macro +precision +83.33 % +recall +83.33 % +F1 +77.78 % +over 3 classes'
says out '100.00 % +50.00 % +66.67 % +2  ant'
says out '1 times ant taken for bee'
says out '0.2986  val/ant/2.jpg  ant taken for bee'
[ "$(wc -l <preds.jsonl)" = 5 ] || fail "not one row per image"
says preds.jsonl '"file":"val/ant/2.jpg","label":0,"label_class":"ant","pred":1,"pred_class":"bee","score":0.29862.*"top5":\[1,4,2,0,3\]'
expect 73 simsiam test "$tiny" --data data --out preds.jsonl "${one[@]}"
expect 0 simsiam test "$tiny" --data data --out preds.jsonl --replace "${one[@]}"
expect 2 simsiam test "$tiny" --data data --out preds.txt "${one[@]}"
expect 0 simsiam test "$tiny" --data data --out preds.csv --split train "${one[@]}"
says out 'top-1 +0.00 % +0 of 3 right'
says preds.csv '^2,"train/fox/1.png",5,"fox",4,"eel",0.23'
expect 0 simsiam test "$tiny" --data data --json "${one[@]}"
[ "$(wc -l <out)" = 1 ] || fail "not one object on one line"
says out '"images":5,"unreadable":0,"right":4,"top1":0.8,"top5":1.0,'
says out '"confusion":\[\[1,1,0,0,0,0\],\[0,1,0,'
says out '"mistakes":\[\{"index":1,"file":"val/ant/2.jpg","label":0,"pred":1,'
says out '"min_top1":null,"passed":true'

# The gate: percent, or a share up to 1; what is met exactly is met.
for enough in 80 0.8 50 0.01; do expect 0 simsiam test "$tiny" --data data --min-top1 $enough "${one[@]}"; done
for much in 80.1 0.81 1 100; do
    expect 1 simsiam test "$tiny" --data data --min-top1 $much "${one[@]}"
    says err "^simsiam: top-1 is 80 % \(4 of 5 right\), below the .* % of --min-top1"
done
expect 1 simsiam test "$tiny" --data data --min-top1 90 --json "${one[@]}"
says out '"min_top1":0.9,"passed":false'

# Nothing held out: all of it, unless the held-out images were asked for.
expect 0 simsiam test "$tiny" --data data/val "${one[@]}"
says out '5 training images, 3 classes, labels from folders, none held out'
says out '4 of 5 right'
expect 65 simsiam test "$tiny" --data data/val --split test "${one[@]}"
says err 'no held-out images'

# By number, from a list; a label beyond the model's classes; more classes than it has; none at all.
printf 'val/fox/1.png 5\nval/ant/1.jpg 0\nval/bee/1.jpg 3\n' >data/list_parser.txt
expect 0 simsiam test "$tiny" --data data/list_parser.txt "${one[@]}"
says out '2 of 3 right'
says out 'dog taken for bee'
printf 'val/fox/1.png 5\nval/ant/1.jpg 6\n' >data/far.txt
expect 78 simsiam test "$tiny" --data data/far.txt "${one[@]}"
says err 'the model tells 6 classes apart and .*data/far.txt. has 7'
expect 78 simsiam test "$tiny" --data synth "${one[@]}"
says err 'the model tells 6 classes apart and .synth. has 10'
expect 78 simsiam test "$tiny" --data in "${one[@]}"
says err "'in' has none: folder, 3 training images, no labels"
expect 78 simsiam test "$tiny" --data data/val/fox "${one[@]}"
mkdir -p single/fox
cp data/val/fox/* single/fox
expect 78 simsiam test "$tiny" --data single "${one[@]}"
says err 'no labels'
says err 'try: a folder per class, two or more'
mkdir data/val/yak
cp "$photos/grey.jpg" data/val/yak
expect 65 simsiam test "$tiny" --data data "${one[@]}" # not among the training classes
says err "class folder 'yak'"
says err 'try: the same class folders in both splits'
expect 78 simsiam test "$tiny" --data data/val "${one[@]}" # nor the model's
says err "the model has no class 'yak', which is one of the 4"
rm -r data/val/yak
expect 2 simsiam test "$tiny"
says err 'test needs the labelled data set'
expect 66 simsiam test "$tiny" --data gone

# Unreadable images are not counted, named, and too many of them an error.
head -c 300 "$photos/rgb_420.jpg" >data/val/bee/9.jpg
expect 65 simsiam test "$tiny" --data data "${one[@]}"
says err '1 of 6 images cannot be read, more than the 1% that may be bad'
expect 0 simsiam test "$tiny" --data data --max_bad 0.2 --out bad.csv "${one[@]}"
says out "not counted: 'data/val/bee/9.jpg': .*cut short"
says out '4 of 5 right'
says bad.csv '^3,"val/bee/9.jpg",1,"bee",,,,,,".*cut short'
expect 0 simsiam test "$tiny" --data data --max_bad 0.2 --json "${one[@]}"
says out '"images":5,"unreadable":1'
says out '"bad":\[\{"index":3,"file":"val/bee/9.jpg","error":".*cut short'
expect 65 simsiam test "$tiny" --data data --max_bad 0 --out none.csv "${one[@]}"
[ -e none.csv ] && fail "a failed test left a file"
ls -A | grep -q 'none.csv' && fail "a failed test left something"

finish
