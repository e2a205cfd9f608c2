#!/bin/bash
# Data that is not there, not data, cut short, too small, and a disk that is full.
. "$(dirname "$0")/lib.sh"
small=(--width 16 --dim 64 --batch 16 --epochs 1 --threads 2)

expect 66 simsiam train cifar10-resnet18-quick --data no/such/place "${small[@]}"
says err 'no/such/place'
expect 66 simsiam knn raw --data no/such/place
mkdir empty
expect 65 simsiam train cifar10-resnet18-quick --data empty "${small[@]}"
says err 'empty'
mkdir notes && echo hello >notes/readme.txt
expect 65 simsiam train cifar10-resnet18-quick --data notes "${small[@]}"
echo hello >plain
expect 65 simsiam train cifar10-resnet18-quick --data plain "${small[@]}"

# CIFAR-10 with its last file cut in the middle of an image: 3,073 bytes each.
mkdir cut
for i in 1 2 3 4 5; do
    head -c $((3073 * 20)) /dev/zero >cut/data_batch_$i.bin
done
head -c $((3073 * 20)) /dev/zero >cut/test_batch.bin
head -c $((3073 * 19 + 1000)) /dev/zero >cut/data_batch_5.bin
expect 65 simsiam train cifar10-resnet18-quick --data cut "${small[@]}"
says err 'data_batch_5\.bin'
head -c 1000 /dev/urandom >cut.tar.gz
expect 65 simsiam train cifar10-resnet18-quick --data cut.tar.gz "${small[@]}"

expect 78 simsiam train demo --data synth:train=64,test=64 --batch 128 --epochs 1 --width 16 --dim 64
says err '128'
says err '64'
expect 2 simsiam train demo --data synth:train=none "${small[@]}"
expect 78 simsiam train demo --data synth --size 512 "${small[@]}"
# A batch that needs more memory than there is: refused with the largest that fits and the --recompute or the --accum to
# use. An image's activations take 157 MiB with --recompute none, about 132 by default, 52 with blocks.
mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
if [ "$mib" -lt 100000 ]; then
    expect 71 simsiam train simsiam_resnet50_8xb32-coslr-100e_in1k --data synth:train=1024,test=64 --batch $((mib / 110))
    says err 'largest batch that fits is [0-9]+'
    says err '^  try: --recompute (norms|blocks)'
    expect 71 simsiam train simsiam_resnet50_8xb32-coslr-100e_in1k --data synth:train=1024,test=64 --batch 1024
    says err 'largest batch that fits is [0-9]+'
    says err '^  try: --accum [0-9]+'
    [ ! -e runs ] || [ -z "$(ls -A runs)" ] || fail "a refused run left a folder"
fi

# A file that cannot grow stands for a full disk: the error says so, and no half-written model is left.
(ulimit -f 100 && simsiam train demo --data synth:train=512,test=128 "${small[@]}" --eval.every 0 --out full >out 2>err)
status=$?
[ $status = 74 ] || { fail "a full disk should exit 74, not $status"; cat err; }
[ "$(grep -c '^simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line"; cat err; }
[ "$(grep -c '^  try: ' err)" = 1 ] || { fail "not exactly one try line"; cat err; }
[ ! -e full/model.safetensors ] || simsiam info full >/dev/null || fail "a half-written model was left"
! ls full/checkpoints 2>/dev/null | grep -qvE '^(last|step-[0-9]+\.safetensors)$' || fail "temporary files were left"

# Numbers that explode are named with their step, and no checkpoint of them is written.
simsiam train demo --data synth:train=512,test=128 --width 16 --dim 64 --batch 64 --epochs 3 --lr 1000 --weight_decay 1 \
    --threads 2 --out nan >out 2>err
status=$?
case $status in
79) says err 'step [0-9]+' ;;
0) echo "the loss stayed finite" ;;
*) fail "exit status $status for a learning rate of 1000"; cat err ;;
esac
finish
