#!/bin/bash
# Hints about data sets: the embedded one, CIFAR, folders (src/data).
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
near() { simsiam knn raw --size 8 --bank 100 --k 1 --threads 1 "$@"; }
mkdir -p ours/train/{ant,bee} ours/val/{ant,bee}
for class in ant bee; do
    cp "$photos/rgb8.png" ours/train/$class
    cp "$photos/grey8.png" ours/val/$class
done

# ---- what is there
hint '--data synth, the embedded data set' 66 near --data sinth
again '--data synth'
hint "--data synth for the embedded data set, or the path of a folder of images or of CIFAR-10's .tar.gz" 66 \
    near --data no/such/place
again '--data synth'
again 'the path of a folder of images' --data ours
hint '--data FOLDER with images in it, --data LIST with a line for each of them, or --data synth, which needs no files' 65 \
    near --data small.yaml
again '--data synth'
mkdir notes && echo hello >notes/readme.txt
hint '--data FOLDER with images in it, --data LIST with a line for each of them, or --data synth, which needs no files' 65 \
    near --data notes
again '--data synth'
hint '--data synth:train=10000,test=2000,seed=0' 2 near --data synth:pictures=3
again "$said"

# ---- CIFAR-10: records of 3,073 bytes, a label and zeros
mkdir cifar
for i in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
    head -c $((3073 * 4)) /dev/zero >cifar/$i.bin
done
tar czf cifar-10-binary.tar.gz cifar
cp -r cifar cut && head -c 5000 cifar/data_batch_5.bin >cut/data_batch_5.bin
hint 'unpack or download the data set again' 65 near --data cut
after 'unpack or download the data set again' tar xzf cifar-10-binary.tar.gz --strip-components=1 -C cut
rm cut/data_batch_3.bin
hint 'unpack or download the data set again' 65 near --data cut
after 'unpack or download the data set again' tar xzf cifar-10-binary.tar.gz --strip-components=1 -C cut
head -c 150 cifar-10-binary.tar.gz >cut.tar.gz
hint "unpack it where it holds images or a list (tar xf, gunzip -k), or download it again if this is %s's" 65 \
    near --data cut.tar.gz
after "download it again if this is CIFAR's" cp cifar-10-binary.tar.gz cut.tar.gz
tar czf notes.tar.gz notes
hint 'CIFAR as it is downloaded: cifar-10-binary.tar.gz, cifar-10-python.tar.gz or those of CIFAR-100' 65 near --data notes.tar.gz
again 'cifar-10-binary.tar.gz' --data cifar-10-binary.tar.gz
mkdir -p python/cifar-10-batches-py && echo >python/cifar-10-batches-py/data_batch_1
hint 'unpack or download the data set again' 65 near --data python
again 'download the data set again' --data cifar-10-binary.tar.gz

# ---- parts of TIFF files
mkdir -p slides/a slides/b deep
cp "$here/../data/codec/tiles.tif" slides/a && cp "$here/../data/codec/rgb_raw.tif" slides/b && cp "$here/../data/codec/float32.tif" deep
hint '--data tiff:tile=256:SLIDES or --data tiff:pages=all:STACKS' 2 near --data tiff:slides
again '--data tiff:tile=256:SLIDES' --data tiff:tile=256:slides
hint '--data %s' 2 near --tile 64 --data slides
[ "$said" = '--data tiff:tile=64:slides' ] || fail "tiles are hinted at with '$said'"
again '--data tiff:tile=64:slides' ~--tile= --data tiff:tile=64:slides
hint '--data %s' 2 near --data slides --pages=all --tile=small
again '--data tiff:pages=all,tile=256:slides' ~--tile= ~--pages= --data tiff:pages=all,tile=256:slides
hint '%s in place of %s' 2 simsiam check slides --examples 0 --tile 64
[ "$said" = 'tiff:tile=64:slides in place of slides' ] || fail "tiles are hinted at with '$said'"
then=1 instead 'tiff:tile=64:slides' simsiam check tiff:tile=64:slides --examples 0
for wrong in 16 20000 0x40 -5 999999999999999999999; do
    hint '%s in place of %s' 2 simsiam check slides --examples 0 --tile=$wrong
    [ "$said" = 'tiff:tile=256:slides in place of slides' ] || fail "a side of $wrong is hinted at with '$said'"
    then=1 instead 'tiff:tile=256:slides' simsiam check tiff:tile=256:slides --examples 0
done
hint '%s as DATA' 2 simsiam check --tile 64
[ "$said" = 'tiff:tile=64:SLIDES as DATA' ] || fail "tiles of no data are hinted at with '$said'"
then=1 instead 'tiff:tile=64:SLIDES' simsiam check tiff:tile=64:slides --examples 0
hint 'simsiam help %s%s' 2 simsiam info cifar10-resnet18 --tile 64 # which has no data
instead 'simsiam help info --all' simsiam help info --all
hint '--data with the path alone: other images are read as wholes' 65 near --data tiff:tile=64:ours
again 'with the path alone' --data ours
hint 'pack with the files as wholes, which are packed as they are' 78 simsiam pack tiff:pages=all:deep -o deep.tar
instead 'with the files as wholes' simsiam pack deep -o deep.tar

# ---- a picture of views
hint '-o packed.tar, which makes packed-train-000.tar' 2 simsiam pack ours
again '-o packed.tar' -o packed.tar
hint '--images 8 --views 4 --size 224' 78 simsiam preview ours --images 1000 --views 64 --size 1024
again '--images 8 --views 4 --size 224'

# ---- tar files
tar cf pics.tar --sort=name -C ours/train ant bee
size=$(stat -c %s pics.tar)
head -c $((size / 3)) pics.tar | head -c 2100 >cut.tar
for i in 1 2; do cp pics.tar shard-$i.tar; done
head -c 700 pics.tar >shard-2.tar
hint 'a tar file that is whole: tar tf lists one to its end' 65 near --data 'shard-{1..2}.tar'
after 'a tar file that is whole' cp pics.tar shard-2.tar
tar cf single.tar -C ours/train ant/rgb8.png
cp pics.tar shard-1.tar && head -c $(((512 + $(stat -c %s ours/train/ant/rgb8.png) + 511) / 512 * 512)) single.tar >shard-2.tar
hint 'head -c 1024 /dev/zero >>%s, if all of it is there' 65 near --data 'shard-{1..2}.tar'
after 'head -c 1024 /dev/zero >>shard-2.tar' eval 'head -c 1024 /dev/zero >>shard-2.tar'
hint '--data with the numbers of the shards that are there, as in name-{000..099}.tar' 66 near --data 'shard-{1..3}.tar'
again 'the shards that are there' --data 'shard-{1..2}.tar'
mkdir sample && cp "$photos/rgb8.png" sample/0.png && printf 'a\nb' >sample/0.cls && cp "$photos/grey8.png" sample/1.png && echo c >sample/1.cls
tar cf sample.tar -C sample .
hint 'a number or a name in each .cls, or under "label" in each .json' 65 near --data sample.tar
echo b >sample/0.cls
after 'a number or a name in each .cls' tar cf sample.tar -C sample .
hint '--split train' 78 simsiam extract random:resnet20-cifar --data pics.tar --split test -o x.npy --size 8 --threads 1
again '--split train' --split train
hint '--val_share 0.1 holds some out' 65 simsiam test "$here/../data/classifier/tiny.pth" --data pics.tar --split test --threads 1
then=78 again '--val_share 0.1' --val_share 0.1 # of two images that is none
tar cf words-1.tar notes
hint 'a tar file with images in it: tar tf lists what there is' 65 near --data 'words-{1..1}.tar'
after 'a tar file with images in it' cp pics.tar words-1.tar

# ---- holding out
hold() { simsiam knn raw --data "$1" --size 8 --k 1 --threads 1 "${@:2}"; }
for class in ant bee; do
    for i in 1 2 3 4; do mkdir -p groups/$class/g$i && cp "$photos/rgb8.png" groups/$class/g$i/a_$i.png && cp "$photos/rgb8.png" groups/$class/g$i/b_$i.png; done
done
hint '--group_by folder' 78 hold groups --val_share 0.3 --group_by folders
again '--group_by folder'
hint '--val_share 0.1' 78 hold groups --group_by folder
then=78 again '--val_share 0.1' # another complaint: its groups are too large for that
hint '--group_by folder, or without it' 78 hold groups --val_share 0.3 --group_by column
again '--group_by folder' --group_by folder
hint '--group_by folder, or without it' 78 hold groups --val_share 0.3 --group_by regex:ant
again 'or without it' ~--group_by=
hint "--group_by 'regex:^([^_]*)_', the name up to its first _, or the like" 78 hold groups --val_share 0.5 --group_by 'regex:('
again "--group_by 'regex:^([^_]*)_'" --group_by 'regex:^([^_]*)_'
hint 'the same without --group_by' 78 hold synth:train=64,test=32 --val_share 0.3 --group_by folder
again 'the same without --group_by' ~--group_by=
hint '--val_share %g' 78 hold groups --val_share 0.1 --group_by folder
again "$said"
hint 'smaller groups, or more images' 78 hold groups --val_share 0.3 --group_by regex:/g
again 'smaller groups' --group_by folder
finish_hints
