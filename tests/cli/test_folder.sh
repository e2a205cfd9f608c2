#!/bin/bash
# Training on folders of images: what is said about them, files that cannot be read, nothing written among them.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
small=(--size 16 --width 16 --dim 64 --batch 16 --epochs 2 --threads 1 --tuning fixed)

# 80 training and 20 held-out images of two classes; 3 files are broken, each in its own way.
for class in a b; do
    mkdir -p data/train/$class data/val/$class
    for i in $(seq 40); do
        case $class in
        a) cp "$photos/rgb_420.jpg" data/train/$class/$i.jpg ;;
        b) cp "$photos/rgb8.png" data/train/$class/$i.png ;;
        esac
    done
    cp data/train/$class/1?.* data/val/$class
done
head -c 500 "$photos/rgb_420.jpg" >data/train/a/7.jpg
echo 'not a picture' >data/train/a/=8.jpg
: >data/train/b/9.png
chmod -R a-w data
find data -type f | sort | xargs md5sum >before

expect 65 simsiam train folder-resnet18 --data data "${small[@]}" --out strict --max_bad 0
says err "data/train/a/.*(cut short|first bytes)|data/train/b/9.png.*empty"
expect 65 simsiam train folder-resnet18 --data data "${small[@]}" --out few --max_bad 0.02
says err 'of 81 images cannot be read, more than the 2% that may be bad'
says err 'max_bad'
[ -s few/skipped.csv ] || fail "the list of what was skipped is missing"

for workers in 1 3; do
    expect 0 simsiam train folder-resnet18 --data data "${small[@]}" --out w$workers --workers $workers --max_bad 0.05
    says err 'data +folder, 81 training images, 2 classes, labels from folders'
    says err '3 of 81 images cannot be read'
    says err 'kNN'
done
cmp w1/skipped.csv w3/skipped.csv || fail "skipped.csv depends on the number of workers"
cmp w1/model.safetensors w3/model.safetensors || fail "the model depends on the number of workers"
[ "$(wc -l <w1/skipped.csv)" = 4 ] || { fail "not three rows"; cat w1/skipped.csv; }
says w1/skipped.csv '^index,file,reason$'
says w1/skipped.csv '"train/a/7.jpg",".*JPEG data are cut short'
says w1/skipped.csv '"train/a/=8.jpg"'
says w1/skipped.csv '"train/b/9.png",".*the file is empty'
sort -c -n -t, -k1 <(tail -n +2 w1/skipped.csv) || fail "the rows are not in the order of the data set"

expect 0 simsiam knn w1 --data data --k 5 --threads 1 --max_bad 0.05 --exif apply
says out '3 of the images cannot be read'
expect 65 simsiam knn w1 --data data --k 5 --threads 1 --max_bad 0
expect 2 simsiam knn w1 --data data --exif maybe

# Stopped and resumed: the same list, no row twice.
expect 0 simsiam train folder-resnet18 --data data "${small[@]}" --out halves --max_bad 0.05 --stop_after 1
expect 0 simsiam train --out halves --resume
expect 0 simsiam train folder-resnet18 --data data "${small[@]}" --out steps --max_bad 0.05 --stop_step 3
expect 0 simsiam train --out steps --resume
cmp w1/skipped.csv steps/skipped.csv || fail "resuming within an epoch changed skipped.csv"
cmp w1/skipped.csv halves/skipped.csv || fail "resuming changed skipped.csv"
cmp w1/model.safetensors halves/model.safetensors || fail "resuming changed the model"

# Without labels, and with classes but nothing held out: trained without kNN.
mkdir flat && cp data/train/b/[12]?.png flat
expect 0 simsiam train folder-resnet18 --data flat "${small[@]}" --out unlabelled
says err 'folder, 20 training images, no labels'
says err 'no kNN on the way: there are no labels'
mkdir -p top/x top/y && cp flat/1* top/x && cp flat/2* top/y
expect 0 simsiam train folder-resnet18 --data top "${small[@]}" --out top-run
says err 'labels from folders, none held out'
says err 'kNN +[0-9.]+ %'
expect 0 simsiam knn raw --data top --k 1,50
says out 'each of [0-9]+ images against all the others'
says out 'k 50 .*all there are: [0-9]+'

find data -type f | sort | xargs md5sum >after
cmp before after || fail "the data set was written to"
finish
