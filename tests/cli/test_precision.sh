#!/bin/bash
# bfloat16: refused where it would be slower, unless forced; then half the memory, the same training within 0.01 of the
# loss, bitwise resume. On CIFAR-10 where it can be had (CIFAR10 may name it unpacked), else on the embedded data set.
. "$(dirname "$0")/lib.sh"
data=${CIFAR10:-}
shared=${SIMSIAM_SOURCE:-$here/../..}/../shared/data
if [ -z "$data" ] && [ -x "$shared/unpack" ] && "$shared/unpack" cifar10 "$work/cifar10" >/dev/null 2>&1; then
    data=$work/cifar10
fi
: "${data:=synth:train=3264,test=64}"

run=(--data synth:train=192,test=64 --width 16 --dim 64 --batch 64 --epochs 2 --threads 2 --log_every 1 --keep 9)
if grep -qE 'avx512_bf16|amx_bf16' /proc/cpuinfo; then
    expect 0 simsiam train demo "${run[@]}" --out free --precision bf16
else
    expect 69 simsiam train demo "${run[@]}" --out free --precision bf16
    says err 'bf16 would be slower than fp32 here: this processor has no instructions'
    says err 'try: .*--precision fp32, or --force'
    [ ! -e free ] || fail "a refused run left its folder"
fi
expect 69 simsiam train demo "${run[@]}" --out ref --precision bf16 --device ref --force
says err "device 'ref' has no bfloat16 feature maps"
expect 69 simsiam train demo "${run[@]}" --width 4 --out narrow --precision bf16 --force
says err "bfloat16 maps need a number of channels that 8 divides, and layer '.*' .* has 4"
expect 2 simsiam train demo "${run[@]}" --out half --precision fp16
says err 'fp32.*bf16'

expect 0 simsiam train demo "${run[@]}" --out whole --precision bf16 --force
says err 'lr .*, bf16'
says whole/config.yaml 'precision: bf16'
expect 0 simsiam train demo "${run[@]}" --out part --precision bf16 --force --stop_step 4
expect 0 simsiam train --out part --resume --force
cmp -s whole/model.safetensors part/model.safetensors || fail "bf16 stopped at step 4: other weights"

# Features of a network run in bfloat16 are near: kNN within 5 points on 64 images, rows within a few percent.
for precision in fp32 bf16; do
    expect 0 simsiam extract whole --data synth:train=64,test=64 --split test --precision $precision --force -o $precision.csv
    expect 0 simsiam extract whole --data synth:train=64,test=64 --split test --layer layer4 --precision $precision --force \
        -o map-$precision.csv
    expect 0 simsiam knn whole --data synth:train=192,test=64 --k 20 --precision $precision --force --json
    mv out $precision.knn
done
for kind in '' map-; do
    paste -d, ${kind}fp32.csv ${kind}bf16.csv | awk -F, 'NR > 1 { for (i = 1; i <= NF / 2; i++) if ($i ~ /^-?[0-9.e-]+$/ &&
        i > 3) { d = $i - $(i + NF / 2); dd += d * d; xx += $i * $i; n++ } }
        END { printf "%d numbers, relative difference %.5f\n", n, sqrt(dd / xx); exit !(n > 1000 && dd > 0 && dd < 0.0025 * xx) }' ||
        fail "features in bf16 are far from those in fp32 (${kind:-pool})"
done
paste <(grep -o '"top1": [0-9.]*' fp32.knn) <(grep -o '"top1": [0-9.]*' bf16.knn) |
    awk '{ d = $2 - $4; exit !(NF == 4 && d < 0.05 && d > -0.05) }' || fail "kNN in bf16: $(cat fp32.knn bf16.knn)"

# Mean difference of the loss over 50 steps.
step=(--data "$data" --arch resnet18 --stem cifar --size 32 --width 16 --dim 256 --projector_layers 2 --batch 64
    --base_lr 0.2 --blur_p 0 --epochs 10 --eval.every 0 --threads 2 --log_every 1 --stop_step 50)
for precision in fp32 bf16; do
    expect 0 simsiam train demo "${step[@]}" --precision $precision --force --out $precision
    grep -o '"step":[0-9]*,.*"loss":[-0-9.e]*' $precision/metrics.jsonl | sed -E 's/"step":([0-9]+),.*"loss":/\1 /' |
        awk '!seen[$1]++' >$precision.loss
    sed -n 's/.*activations \([0-9.]*\) \([GM]iB\) in one block.*/\1 \2/p' err >$precision.block
done
cat fp32.block bf16.block
paste fp32.loss bf16.loss | awk '{ d = $2 - $4; sum += d < 0 ? -d : d; n++ }
    END { printf "%d steps, mean difference of the loss %.5f\n", n, sum / n; exit !(n == 50 && sum / n <= 0.01 && sum > 0) }' ||
    fail "bf16 trains otherwise than fp32"
finish
