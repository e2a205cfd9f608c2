#!/bin/bash
# What --exif does for knn: eight files of the same pixels, which lie as they are or are turned.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
alone=(--size 16 --k 1 --threads 1)

for orientation in 2 3 4 5 6 7 8; do
    rm -rf data
    mkdir -p data/train/upright data/train/turned
    for i in 1 2 3 4; do
        cp "$photos/orientation_1.jpg" data/train/upright/$i.jpg
        cp "$photos/orientation_$orientation.jpg" data/train/turned/$i.jpg
    done
    expect 0 simsiam knn raw --data data "${alone[@]}" --exif apply
    says out 'top-1 100.00 %'
    expect 0 simsiam knn raw --data data "${alone[@]}" --exif ignore
    says out 'top-1  50.00 %' # all alike: the first of them is the nearest to each
    expect 0 simsiam knn raw --data data "${alone[@]}"
    says out 'top-1  50.00 %'
done

# A number that is no orientation turns nothing.
cp "$photos"/orientation_9.jpg data/train/turned/1.jpg
for i in 2 3 4; do cp data/train/turned/1.jpg data/train/turned/$i.jpg; done
expect 0 simsiam knn raw --data data "${alone[@]}" --exif apply
says out 'top-1  50.00 %'
finish
