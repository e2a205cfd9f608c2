#!/bin/bash
# Images of four bands of 16 bits whose classes differ by less than a step of 8 bits: trained on as they are, measured, resumed, taken
# out, recognised and exported; and the same images as RGB of 8 bits, which shows nothing. Grey photographs, floats, and a model of
# colours to start from.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
one=(--threads 1 --tuning fixed)

# bands FILE CLASS SEED: 12 x 12 pixels; every sample is 0x80 and a low byte: stripes one way, the other way, squares or spots, moved by
# SEED, with noise.
bands() {
    local octal
    octal=$(awk -v class="$2" -v seed="$3" 'BEGIN {
        srand(seed * 4 + class)
        dx = int(rand() * 6); dy = int(rand() * 6)
        for (y = 0; y < 12; y++) for (x = 0; x < 12; x++) for (c = 0; c < 4; c++) {
            u = int((x + dx) / 3) % 2; v = int((y + dy) / 3) % 2
            on = class == 0 ? u : class == 1 ? v : class == 2 ? (u + v) % 2 : u * v
            printf "\\0200\\0%03o", (on ? 160 : 60) + 12 * c + int(rand() * 30)
        }
    }')
    printf "P7\nWIDTH 12\nHEIGHT 12\nDEPTH 4\nMAXVAL 65535\nENDHDR\n%b" "$octal" >"$1"
}
for class in 0 1 2 3; do
    mkdir -p set/train/c$class set/val/c$class
    for i in $(seq 16); do bands set/train/c$class/$i.pam $class "$i"; done
    for i in $(seq 25 32); do bands set/val/c$class/$i.pam $class "$i"; done
done
training() { simsiam train folder-resnet18 --data set --size 12 --stem cifar --width 8 --dim 32 --batch 32 --crop_min 0.6 --blur_p 0 \
    --eval.k 5 --log_every 1 "${one[@]}" "$@"; }

expect 0 training --epochs 6 --bands red,green,blue,nir --out deep
says deep/train.log '4 channels of 16 bits, read as they are; off, as they are for colours of 8 bits: jitter, gray'
says deep/train.log 'their mean and deviation are measured on 64 of them'
says deep/config.yaml 'in_channels: 4'
says deep/config.yaml 'depth: 16'
expect 0 simsiam info deep
says out 'input 4x12x12'
says out 'siam.depth +"?16'
says out 'siam.bands +"?red,green,blue,nir'
expect 0 training --epochs 6 --in_channels 3 --out flat
says flat/train.log '4 channels of 16 bits, read as RGB of 8 bits; --in_channels auto reads them as they are'
expect 0 simsiam knn deep --data set --k 5 --threads 1 --json
deep=$(grep -oE '"top1": *[0-9.]+' out | grep -oE '[0-9.]+$')
expect 0 simsiam knn flat --data set --k 5 --threads 1 --json
flat=$(grep -oE '"top1": *[0-9.]+' out | grep -oE '[0-9.]+$')
echo "kNN: $deep with 16 bits, $flat with 8"
awk -v a="$deep" -v b="$flat" 'BEGIN { exit !(100 * a >= 100 * b + 20) }' || fail "16 bits are worth less than 20 points: $deep, $flat"

# The loader is measured on what training reads: as colours these cannot be read at all.
mkdir bands && cp "$photos/bands4_16.tif" bands/1.tif && cp "$photos/bands4_16.tif" bands/2.tif
expect 0 simsiam bench --what load --data bands --size 8 --batch 2 --repeat 1 --threads 1
says out '^- +8 +2 +load '

# Stopped and resumed it is the same run.
expect 0 training --epochs 6 --bands red,green,blue,nir --stop_after 3 --out halves
expect 0 simsiam train --out halves --resume "${one[@]}"
cmp -s deep/model.safetensors halves/model.safetensors || fail "a resumed run has another model"

# The other verbs read the images as the model does.
expect 0 simsiam extract deep --data set --split test -o f.npy --threads 1
expect 0 simsiam linear deep --data set --epochs 3 --batch 32 --lr 1 --threads 1 --out linear
expect 0 simsiam test linear --data set --threads 1
expect 0 simsiam predict linear set/val/c0/25.pam set/val/c3/30.pam --threads 1
says out '25.pam'
expect 0 simsiam export deep -o deep.pth
expect 0 simsiam export deep -o again.safetensors
expect 0 simsiam extract again.safetensors --data set --split test -o again.npy --threads 1
cmp -s f.npy again.npy || fail "an exported model gives other features"
expect 78 simsiam knn deep --data synth:train=16,test=8 --k 1 --threads 1
says err 'takes 4 channels, the images have 3'

# From a model of colours.
expect 0 simsiam train folder-resnet18 --data synth:train=64,test=16 --size 12 --stem cifar --width 8 --dim 32 --batch 32 --epochs 1 \
    "${one[@]}" --out colours
expect 0 training --epochs 1 --init colours --out from
says from/train.log 'first convolution is of colours; each of the 4 channels here has the mean of the three, times 3/4'

# Photographs are read as ever, grey ones too; who asks for one channel gets it.
mkdir -p grey/a grey/b
for i in 1 2 3 4; do cp "$photos/grey.jpg" grey/a/$i.jpg && cp "$photos/grey8.png" grey/b/$i.png; done
small=(--size 8 --width 4 --dim 16 --batch 8 --epochs 1 "${one[@]}")
expect 0 simsiam train folder-resnet18 --data grey "${small[@]}" --out grey-run
says grey-run/config.yaml 'in_channels: 3'
silent_about grey-run/train.log 'channels of'
expect 0 simsiam train folder-resnet18 --data grey --in_channels 1 "${small[@]}" --out grey-one
expect 0 simsiam knn grey-one --data grey --k 1 --threads 1
expect 0 simsiam knn grey-one --data synth:train=16,test=8 --k 1 --threads 1 # the luma of colours
# 16-bit grey, and floats once it is said what they mean.
mkdir -p deep-grey/a deep-grey/b floats/a floats/b
for i in 1 2 3 4; do
    cp "$photos/grey16.png" deep-grey/a/$i.png && cp "$photos/grey16_big.tif" deep-grey/b/$i.tif
    cp "$photos/float32.tif" floats/a/$i.tif && cp "$photos/float64_big.tif" floats/b/$i.tif
done
expect 0 simsiam train folder-resnet18 --data deep-grey "${small[@]}" --out deep-grey-run
says deep-grey-run/train.log '1 channel of 16 bits, read as they are'
expect 65 simsiam train folder-resnet18 --data floats "${small[@]}" --out floats-run
says err 'nobody has said which of their values are black and white'
says err 'try: --range 0,1'
expect 0 simsiam train folder-resnet18 --data floats --range 0,1 "${small[@]}" --out floats-run
expect 0 simsiam knn floats-run --data floats --k 1 --threads 1
finish
