#!/bin/bash
# Lists that are refused, and what is said to do about them.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
mkdir -p in/cat in/dog
for i in 1 2 3; do
    cp "$photos/rgb_420.jpg" in/cat/$i.jpg
    cp "$photos/rgb8.png" in/dog/$i.png
done
# lines LABEL-OF-CAT LABEL-OF-DOG SEPARATOR [BEFORE-THE-PATH]
lines() {
    printf "${4-}in/cat/%d.jpg$3$1\n" 1 2 3
    printf "${4-}in/dog/%d.png$3$2\n" 1 2 3
}
list() { cat >list.csv; }
refused() { hint "$1" 65 simsiam knn raw --data list.csv --k 1 --size 16 --threads 1; }
mend() { eval "$1" | list; }

list <<<'colour,size'
refused 'lines like: folder/photo.jpg 3, or a table whose first line is: path,label'
after 'lines like: folder/photo.jpg 3' mend 'lines 3 4 " "'
(echo path,label && lines 3 4 , && printf 'in/cat/1.jpg,3,x\n') | list
refused 'as many fields in every line, and double quotes around those that hold a separator or a quote (doubled)'
after 'as many fields in every line' mend '(echo path,label; lines 3 4 ,)'
cp in/cat/1.jpg 'in/a,"b".jpg'
(echo path,label && lines 3 4 , && echo '"in/a,"b".jpg",3') | list
refused 'as many fields in every line, and double quotes around those that hold a separator or a quote (doubled)'
after 'double quotes' mend "(echo path,label; lines 3 4 ,; echo '\"in/a,\"\"b\"\".jpg\",3')"
pairs() { echo path,label,path2 && lines "3,in/cat/$1.jpg" "4,in/dog/$1.png" ,; }
(pairs 1 && echo in/cat/2.jpg,3,) | list
refused 'two paths in every line: those of two images of the same thing'
after 'two paths in every line' mend '(pairs 1; echo in/cat/2.jpg,3,in/cat/3.jpg)'
lines 3,5 4,5 , | list
refused 'a first line that calls one column path, that of second images path2, the one with the labels label, and the others something else'
after 'a first line' mend '(echo path,label,size; lines 3,5 4,5 ,)'
lines 3 dog ' ' | list
refused 'numbers from 0 on for all labels, or names of classes for all'
after 'numbers from 0 on' mend 'lines 3 4 " "'
(lines 3 4 ' ' && echo in/cat/1.jpg) | list
refused 'a label in every line of the list, or in none'
after 'a label in every line' mend 'lines 3 4 " "'
(echo path,label,split && lines 3,train 3,val , && echo in/cat/1.jpg,3,both) | list
refused 'train, val or test in every line of that column'
after 'train, val or test' mend '(echo path,label,split; lines 3,train 3,val ,)'
(echo path,label,split && lines a,val b,val ,) | list
refused 'train in the column of splits, for the images to learn from'
after 'train in the column' mend '(echo path,label,split; lines a,train b,train ,)'
objects() { sed 's/\(.*\) \(.*\)/{"path": "\1", "label": \2}/'; }
(lines 3 4 ' ' | objects && echo '{"path": "in/cat/1.jpg"') | list
refused 'an object in each line, like: {"path": "folder/photo.jpg", "label": 3}'
after 'an object in each line' mend 'lines 3 4 " " | objects'

beside=(simsiam knn raw --data train.txt --k 1 --size 16 --threads 1)
lines cat dog ' ' >train.txt
echo 'in/cat/1.jpg Cat' >val.txt
hint 'the classes of the training images for the held-out ones, spelt alike' 65 "${beside[@]}"
after 'spelt alike' sed -i 's/Cat/cat/' val.txt
echo 'in/cat/1.jpg 1' >val.txt
hint 'names for the labels of both lists, or numbers' 65 "${beside[@]}"
after 'names for the labels of both' sed -i 's/ 1/ cat/' val.txt
lines 0 1 ' ' >train.txt
echo 'in/cat/1.jpg 7' >val.txt
hint 'held-out images whose labels training images have, too' 65 "${beside[@]}"
after 'held-out images whose labels' sed -i 's/ 7/ 0/' val.txt
hint 'two lists called train.txt and val.txt' 65 simsiam test "$here/../data/classifier/tiny.pth" --split test --data val.txt
instead 'train.txt and val.txt' "${beside[@]}"

lines 1 2 ' ' 'https://example.org/' | list
refused 'downloading the images first, with wget or curl, and a list of the files they are in'
after 'a list of the files' mend 'lines 1 2 " "'
lines 1 2 ' ' | tr / _ | list
refused 'a list whose paths start from its own folder, as in folder/photo.jpg'
after 'from its own folder' mend 'lines 1 2 " "'
lines 1 2 ' ' /home/you/data/ | list
refused "sed -i.old '%ss,%s,,' %s"
pasted
expect 0 simsiam knn raw --data list.csv --k 1 --size 16 --threads 1
lines 1 2 , | sed 's,^,D:/my pictures/,; s,/,\\,g' | list
refused "sed -i.old '%ss,%s,,' %s"
pasted
expect 0 simsiam knn raw --data list.csv --k 1 --size 16 --threads 1

(lines 1 2 ' ' && echo in/cat/7.jpg 1) | list
refused 'the missing files in their places, a list without them, or a larger --max_bad, at least %.2g'
again '--max_bad' --max_bad 0.25
(lines 1 2 ' ' && echo in/cat/7.jpg 1) | list
refused 'the missing files in their places, a list without them, or a larger --max_bad, at least %.2g'
after 'the missing files in their places' cp in/cat/1.jpg in/cat/7.jpg
(lines 1 2 ' ' && printf 'gone/%d.jpg 1\n' {1..99}) | list
hint 'the missing files in their places, or a list without them: most seem to be missing' 65 simsiam knn raw --data list.csv --k 1 \
    --size 16 --threads 1 --max_bad 0.9
after 'a list without them' sed -i '/gone/d' list.csv

# What is no list and no data set at all.
rm in/*.jpg
knn() { hint "$1" 65 simsiam knn raw --data "$2" --k 1 --size 16 --threads 1; }
tar czf pics.tar.gz -C in cat dog
knn 'mkdir DIR && tar xf %s -C DIR, and --data DIR: images are read from a folder' pics.tar.gz
pasted 'mkdir DIR && tar xf pics.tar.gz -C DIR' DIR=unpacked
expect 0 simsiam knn raw --data unpacked --k 1 --size 16 --threads 1
gzip -c list.csv >list.gz
knn "unpack it where it holds images or a list (tar xf, gunzip -k), or download it again if this is %s's" list.gz
instead 'gunzip -k' gunzip -k list.gz
expect 0 simsiam knn raw --data list --k 1 --size 16 --threads 1
mkdir shelf && (cd in && tar cf ../shelf/pics.tar cat dog)
knn 'unpack the archives in %s' shelf
after 'unpack the archives in shelf' tar xf shelf/pics.tar -C shelf
knn 'the folder with the images, or a list of them; extract and predict take single ones' in/cat/1.jpg
again 'the folder with the images' --data in
knn 'the folder with the images, or a list of them; extract and predict take single ones' in/cat/1.jpg
instead 'extract' simsiam extract random:resnet20-cifar --data in/cat/1.jpg -o one.npy --size 16 --threads 1
mkfifo queue
knn 'a file with what comes out of it, or a folder' queue
again 'a file' --data list.csv
: >empty
knn '--data FOLDER with images in it, --data LIST with a line for each of them, or --data synth, which needs no files' empty
again '--data LIST' --data list.csv
tiny=$here/../data/classifier/tiny.pth
hint 'cat %s | the same command with /dev/stdin in its place' 65 simsiam predict "$tiny" queue --threads 1
cat in/cat/1.jpg >queue &
instead 'cat queue |' bash -c "cat queue | '$SIMSIAM_BINARY' predict '$tiny' /dev/stdin --threads 1"
finish_hints
