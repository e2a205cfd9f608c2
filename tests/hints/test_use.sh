#!/bin/bash
# Hints of the verbs that use a model: test, predict, extract, knn, linear (src/tasks).
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
classifier=$here/../data/classifier/tiny.pth # six classes: ant bee cat dog eel fox
one=(--threads 1)
expect 0 simsiam train small.yaml --data $few --out run
mkdir -p data/{train,val}/{ant,bee} flat held
for class in ant bee; do
    cp "$photos/rgb8.png" data/train/$class/1.png
    cp "$photos/grey8.png" data/train/$class/2.png
    cp "$photos/rgba8.png" data/val/$class/1.png
done
cp "$photos/rgb8.png" "$photos/rgb_420.jpg" flat
printf 'rgb8.png 0\nrgb_420.jpg 1\n' >flat/list.txt

# ---- labels and classes
labels() { hint "$1" 78 "${@:2}"; }
for verb in "test $classifier" 'knn raw --size 16 --k 1'; do
    labels 'a folder per class, two or more of them, or a list of `path label` lines' \
        simsiam $verb --data flat "${one[@]}"
    again 'a folder per class, two or more of them' --data data
    again 'a list of `path label` lines' --data flat/list.txt
done
probe=(--size 16 --epochs 1 --batch 2)
labels 'a folder per class, two or more of them, or a list of `path label` lines' \
    simsiam linear run --data flat "${one[@]}" "${probe[@]}"
again 'a folder per class, two or more of them' --data data
cp flat/list.txt flat/train.txt
cp flat/list.txt flat/val.txt
again 'a list of `path label` lines' --data flat/train.txt
mkdir two
printf '../flat/rgb8.png 0\n../flat/rgb_420.jpg 0\n' | tee two/train.txt >two/val.txt
labels 'a data set with several classes: with one, every answer is right' \
    simsiam linear run --data two/train.txt "${one[@]}" "${probe[@]}"
again 'a data set with several classes' --data data
labels 'a data set with train/ and val/' simsiam linear run --data data/train "${one[@]}" "${probe[@]}"
again 'a data set with train/ and val/' --data data
labels "a model trained on these classes, or a list of \`path label\` lines with the model's numbers" \
    simsiam test "$classifier" --data $few "${one[@]}"
again "a list of \`path label\` lines with the model's numbers" --data flat/list.txt
expect 0 simsiam linear run --data $few --epochs 1 --batch 32 "${one[@]}" --out probe
instead 'a model trained on these classes' simsiam test probe --data $few "${one[@]}"
mkdir -p strange/{ant,yak}
cp flat/rgb8.png strange/ant
cp flat/rgb_420.jpg strange/yak
labels "a model trained on these classes, or folders with the model's names" \
    simsiam test "$classifier" --data strange "${one[@]}"
after "folders with the model's names" mv strange/yak strange/bee
labels 'train one: simsiam linear %s --data PATH' simsiam test run --data $few "${one[@]}"
pasted 'simsiam linear run --data PATH' PATH="$few --epochs 1 --batch 32 --out probe2"
instead 'train one' simsiam test probe2 --data $few "${one[@]}"

# ---- files that are written
hint '--out preds.jsonl' 2 simsiam test probe --data $few "${one[@]}" --out preds.txt
again '--out preds.jsonl'
hint 'another name after --out, or --replace' 73 simsiam test probe --data $few "${one[@]}" --out preds.jsonl
again 'another name after --out' --out preds.csv
again '--replace'
hint '-o features.npy' 2 simsiam extract run --data $few "${one[@]}" -o features.txt
again '-o features.npy'
hint 'another name after -o, or --replace' 73 simsiam extract run --data $few "${one[@]}" -o features.npy
again 'another name after -o' -o features.csv
again '--replace'
hint '--split train' 78 simsiam extract run --data data/train "${one[@]}" --split test -o t.npy
again '--split train'

# ---- images
hint 'the path of an image, of a folder of images, or of a list of images' 66 \
    simsiam predict "$classifier" gone.jpg "${one[@]}"
instead 'the path of an image' simsiam predict "$classifier" flat/rgb8.png "${one[@]}"
instead 'of a folder of images' simsiam predict "$classifier" flat "${one[@]}"
printf 'rgb8.png\n' >flat/images.txt
instead 'of a list of images' simsiam predict "$classifier" --list flat/images.txt "${one[@]}"
head -c 300 "$photos/rgb_420.jpg" >flat/cut.jpg
hint 'other copies of those images' 65 simsiam predict "$classifier" flat "${one[@]}"
after 'other copies of those images' cp "$photos/rgb_420.jpg" flat/cut.jpg
for i in 1 2 3 4; do echo nothing >data/train/ant/bad$i.png; done
for verb in "train small.yaml --batch 4 --data data --epochs 2 --size 16" 'knn raw --size 16 --k 1 --data data'; do
    hint 'repair the data set, or a larger --max_bad, at least %.2g' 65 simsiam $verb "${one[@]}"
    again 'a larger --max_bad' --max_bad 0.6
    after 'repair the data set' eval 'mkdir -p good; mv data/train/ant/bad?.png good'
    mv good/* data/train/ant
done
mkdir -p bad/{x,y}
for i in $(seq 40); do echo nothing >bad/x/$i.png; echo nothing >bad/y/$i.png; done
hint 'repair the data set: most of its images seem to be bad' 65 \
    simsiam train small.yaml --data bad --size 16 --max_bad 1 --out bad-run
after 'repair the data set' eval 'for f in bad/*/*.png; do cp flat/rgb8.png $f; done; rm -rf bad-run'

# ---- a model of two channels, as another program wrote it
was='"conv1[.]weight":\{"dtype":"F32","shape":\[16,3,7,7\],"data_offsets":\[0,9408\]\}'
is='"conv1.weight":{"dtype":"F32","shape":[16,2,7,7],"data_offsets":[0,6272]},'
is+='"queue":{"dtype":"F32","shape":[784],"data_offsets":[6272,9408]}'
foreign run/model.safetensors two.safetensors "s/$was/$is/"
hint 'a model of colour images' 78 \
    simsiam linear two.safetensors --size 8 --data $few --epochs 1 --batch 32 "${one[@]}" --out two
instead 'a model of colour images' simsiam linear run --size 8 --data $few --epochs 1 --batch 32 "${one[@]}" --out grey
mkdir -p bands/a bands/b
cp "$photos/bands4_16.tif" bands/a/1.tif && cp "$photos/bands4_tiles.tif" bands/b/1.tif
hint 'a model of %d channels' 78 simsiam knn two.safetensors --size 8 --data bands --k 1 "${one[@]}"
simsiam train small.yaml --data bands --batch 2 --out bands-run >/dev/null
instead 'a model of 4 channels' simsiam knn bands-run --data bands --k 1 "${one[@]}"
mkdir held.skipped.csv
hint 'another name after -o' 73 simsiam extract random:resnet20-cifar --size 8 --data $few --threads 1 --replace -o held.npy
[ ! -e held.npy ] || fail "it worked before it looked"
again 'another name after -o' -o other.npy
finish_hints
