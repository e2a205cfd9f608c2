#!/bin/bash
# The command line itself: the forms of an option, every mistake at once, and text that is safe on a terminal.
. "$(dirname "$0")/lib.sh"

# Five misspelt options and a bad value: one line that names them all and the right names.
expect 2 simsiam train demo --data synth --epoch 5 --batchs=3 --lrr 1 wdith=8 --seeed 1 --lr -1
says err '6 problems'
for name in epochs batch lr width seed; do
    says err "Did you mean '$name'"
done
says err "train\.lr .*-1"

expect 2 simsiam trian
says err 'did you mean "train"'
expect 2 simsiam train cifar10-resnet18-quik --data synth
says err 'did you mean "cifar10-resnet18-quick"'
expect 2 simsiam train cifar10-resnet18-quik --data synth --epoch 5
says err '2 problems'
expect 2 simsiam train
expect 2 simsiam train demo and more --data synth
expect 2 simsiam train demo --data
says err 'needs a value'
expect 2 simsiam train demo --data --epochs 3
says err '\-\-data needs a value'
expect 2 simsiam train cifar10-resnet18-quick
says err '\-\-data PATH'
expect 2 simsiam knn raw
expect 2 simsiam train demo -e 5
expect 2 simsiam train demo --data synth --lr=0x10
expect 2 simsiam train demo --data synth --epochs 1e99
expect 2 simsiam train demo --data synth --epochs ''
expect 2 simsiam train demo --data synth --stem photo
says err 'imagenet'
expect 2 simsiam train demo --data synth --train. 3
expect 2 simsiam train demo --data synth --stop_gradient=perhaps
expect 2 simsiam bench --what nothing
expect 2 simsiam bench --arch resnet17
expect 2 simsiam info no-such-recipe
expect 66 simsiam info ./no/such/file
expect 66 simsiam train no/such.yaml --data synth

# Good values that do not fit together.
expect 78 simsiam train demo --data synth --batch 100 --accum 3
says err 'try: --accum 4$'
expect 78 simsiam train demo --data synth --batch 64 --accum 64
says err 'try: --accum 32$'
expect 2 simsiam knn raw --data synth:train=64,test=64 --k ''
expect 2 simsiam bench --size ''
expect 78 simsiam train demo --data synth --crop_min 0.9 --crop_max 0.5
expect 78 simsiam train demo --data synth --epochs 3 --warmup_epochs 3
expect 78 simsiam train demo --data synth --mean 0.5,0.5
expect 78 simsiam train demo --data synth --in_channels 4
expect 78 simsiam train demo --data synth --resume

# Bytes that command a terminal do not come through, wherever they stand.
expect 2 simsiam train $'de\e[31mmo' $'--fo\ao' 3 --lr $'\e]0;title\a' $'\xff\xfe=3'
expect 66 simsiam info $'./\e[2J\n\r'
for f in out err; do
    ! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' $f || fail "control bytes in $f"
done
[ "$(wc -l <err)" = 2 ] || fail "a line break in a name breaks the message"

# A word with '=' that names what is there is an argument, wherever it stands; one that does not is an option.
tiny=$here/../data/classifier/tiny.pth
photo=$here/../data/codec/rgb8.png
cp "$tiny" 'epoch=9-step=70.ckpt'
cp "$tiny" 'lr=0.1'
cp "$photo" 'size=32.png'
mkdir -p 'val_acc=0.9/x=1' && cp "$photo" 'val_acc=0.9/x=1/a=b.png'
for model in 'epoch=9-step=70.ckpt' 'lr=0.1' "$work/lr=0.1"; do
    expect 0 simsiam info "$model"
    expect 0 simsiam export "$model" -o x.pth --replace
    expect 0 simsiam predict "$model" 'size=32.png' 'val_acc=0.9' --topk 1 --threads 1
    [ "$(wc -l <out)" = 2 ] || { fail "not two pictures"; cat out err; }
    expect 0 simsiam predict topk=1 "$model" 'val_acc=0.9/x=1/' threads=1
    [ "$(wc -l <out)" = 1 ] || { fail "not one picture"; cat out err; }
    expect 0 simsiam extract "$model" --data='val_acc=0.9' -o 'f=1.npy' --replace --split train --threads 1
done
expect 0 simsiam knn 'epoch=9-step=70.ckpt' data=synth:train=20,test=10 --threads 1
expect 2 simsiam knn raw 'lr=0.1' --data synth
says err '"lr=0.1" is one too many \(it names a file; the option has two dashes\)'
for missing in 'epoch=9-step=71.ckpt' 'val_acc=0.91.pth' 'x=1/model.pth' 'runs/a=b/model.safetensors' 'fold=3/run'; do
    expect 66 simsiam info "$missing"
    says err "'$missing'"
    expect 66 simsiam predict "$tiny" "$missing" --threads 1
    says err "'$missing'"
done
for wrong in epch=0.1 wdith=8 jsn=true top1=50; do
    expect 2 simsiam info "$tiny" $wrong
    says err "unknown option '${wrong%%=*}'"
done
expect 2 simsiam knn raw dta=list.txt
says err "Did you mean 'data'"

# A configuration file: mistakes with their place, everything at once.
printf 'train:\n  epochs: 3\n  batchs: 4\n  lr: -1\nmodel:\n  width: wide\n' >bad.yaml
expect 2 simsiam train bad.yaml --data synth
says err '3 problems'
says err 'bad\.yaml:3:'
printf 'train: &a\n  epochs: 3\n' >anchor.yaml
expect 2 simsiam train anchor.yaml --data synth
printf 'train:\n  epochs: [\n' >broken.yaml
expect 2 simsiam train broken.yaml --data synth
head -c 3000000 /dev/zero | tr '\0' '#' >large.yaml
simsiam train large.yaml --data synth >out 2>err
[ $? != 0 ] || fail "a file of 3 MB was read as configuration"

# What cannot be written is not lost silently; a reader that leaves early is no error.
if [ -w /dev/full ]; then
    simsiam list >/dev/full 2>err
    [ $? = 74 ] || fail "a full disk under the standard output should exit 74"
    says err '^simsiam: error: cannot write to the standard output: No space'
fi
simsiam help train --all | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" = 0 ] || fail "help into a closed pipe"
finish
