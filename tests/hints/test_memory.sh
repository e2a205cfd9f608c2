#!/bin/bash
# Hints about what the machine lacks: memory (here ulimit -v), threads, instructions; and about numbers that run away
# (src/tasks, src/nn, src/data/loader.c).
. "$(dirname "$0")/lib.sh"
# A sanitizer needs all the address space there is.
(ulimit -v 600000 && simsiam version >/dev/null 2>&1) || { echo "the program does not run under ulimit -v"; exit 77; }
limit=500000
within() { (ulimit -v $limit && ulimit -s 1024 && simsiam "$@"); }
shapes='a smaller --size, --width or --arch'

# ---- a training: what fits is found by what was said
large=(train small.yaml --data synth:train=256,test=32 --size 64 --batch 256 --stop_step 1 --workers 1 --recompute none)
expect 71 within "${large[@]}"
need=$(sed -n 's/^simsiam: error: .* (\([0-9]*\) bytes) of memory.*/\1/p' err)
have=$(sed -n 's/^simsiam: error: .* there are \([0-9]*\) MiB.*/\1/p' err)
fits() { limit=$((500000 - have * 1024 + need / 1024 * $1 / 100)); } # PERCENT of what is needed
fits 85
hint '--recompute %s (the same gradients, bit for bit; a step takes longer)' 71 within "${large[@]}" --out r
again "${said%% (*}"
for percent in 66 60 55 50 45; do # where recomputing does not help any more: another place with another oneDNN
    fits $percent
    within "${large[@]}" --out a >out 2>err </dev/null
    grep -q 'try: --accum' err && break
    rm -rf a
done
hint '--accum %d (%d parts of %d images, each with BatchNorm statistics of its own)' 71 within "${large[@]}" --out a
again "${said%% (*}"
fits 40
hint 'a smaller --batch, --width or --size' 71 within "${large[@]}" --batch 251 --out b
again 'a smaller --batch, --width or --size' --batch 64
again 'a smaller --batch, --width or --size' --size 32 --out b2
again 'a smaller --batch, --width or --size' --width 4 --dim 16 --size 48 --out b3
limit=500000

# ---- bench
hint '--batch %d' 71 \
    within bench --what step --width 16 --dim 64 --size 96 --batch 512 --repeat 1 --threads 1 --floor false
again "$said"
hint 'a smaller --size, --width or --arch' 71 within bench --what step --arch resnet50 --width 512 --repeat 1 --threads 1 \
    --floor false
again "$shapes" --arch resnet20-cifar --width 16 --size 16 --batch 4
hint 'a smaller --size, or a smaller --batch of train, linear and bench' 71 \
    within bench --what load --data synth:train=300,test=10 --size 256 --batch 200 --repeat 1 --workers 1 --threads 1
again 'a smaller --batch' --batch 2
again 'a smaller --size' --size 16
hint 'a smaller --batch, at most %d' 78 \
    within bench --what load --data synth:train=20,test=10 --batch 32 --repeat 1 --threads 1
again 'at most 20' --batch 20

# ---- an encoder
limit=600000
hint 'a smaller --size, --width or --arch' 71 within knn random:resnet18 --size 256 --data $few --threads 1
again "$shapes" --size 8 --width 16
instead "$shapes" within knn random:resnet20-cifar --size 8 --width 4 --data $few --threads 1
hint "a smaller --size, or a smaller --batch of train, linear and bench" 71 \
    within knn raw --size 256 --data $few --threads 1
again 'a smaller --size' --size 8
hint 'a smaller --width or --arch' 71 within export random:resnet152 --width 1024 -o m.pth
again 'a smaller --width' --width 4
instead 'or --arch' within export random:resnet18 -o m2.pth
hint 'a smaller bank of training images (--bank of knn, --eval.bank of train), or a smaller --size' 71 \
    within knn raw --data synth:train=40000,test=20 --size 64 --threads 1
again 'a smaller bank of training images' --bank 200
again 'a smaller --size' --size 8
limit=390000
hint 'without --cache_features, only those of the held-out images are kept' 71 within linear random:resnet20-cifar --size 8 \
    --width 4 --data synth:train=10000000,test=20 --tuning fixed --cache_features --batch 32 --threads 1 --workers 1 --stop_step 1 --out l
again 'without --cache_features' ~--cache_features
limit=490000
hint 'fewer rates in --sweep_lr, or a smaller --batch' 71 within linear random:resnet18 --size 8 --data synth:train=65536,test=20 \
    --batch 65536 --sweep_lr 1,2,3,4 --tuning fixed --threads 1 --workers 1 --stop_step 1 --out l2
again 'a smaller --batch' --batch 32

# ---- threads
space=3000000 most=$(ulimit -u)
stacks() { (ulimit -v $space && ulimit -s 500000 && simsiam "$@"); }
raw=(knn raw --size 8 --data $few)
hint '--threads %d' 69 stacks "${raw[@]}" --threads 100
again "$said"
expect 0 stacks train small.yaml --data $few --workers 100 # whose stacks are small
# Root is not held to a limit of processes; the program is copied to where another user reads it.
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid=65533 --regid=65533 --clear-groups)
cp "$SIMSIAM_BINARY" other && chmod 755 other . && chmod 777 .
processes() { (ulimit -u $most; exec "${user[@]}" ./other "$@"); }
more_processes() { most=$before; }
before=$most most=1
for verb in 'knn raw --size 8' 'extract random:resnet20-cifar --size 8 -o f.npy --replace'; do
    most=1
    hint 'a larger limit of processes and threads (ulimit -u, or that of the container)' 69 processes $verb --data $few --threads 1
    after 'a larger limit of processes' more_processes
done
most=12
expect 0 processes train small.yaml --data $few --workers 100 --out workers # with those that there are

# ---- instructions
many() { ONEDNN_MAX_CPU_ISA=AVX2 simsiam "$@"; }
half=(knn random:resnet20-cifar --width 32 --size 8 --data $few --threads 1 --precision bf16)
hint '--precision fp32' 69 simsiam "${half[@]}" --device ref --data synth:train=2,test=2
again '--precision fp32'
hint '--precision fp32, or --force for half the memory at that price' 69 many "${half[@]}"
again '--precision fp32'
again '--force'
for width in 4 8 16; do
    hint '--precision fp32, or a --width %d times as large' 69 many "${half[@]}" --width $width --force
    times=${said##*--width }
    times=${times%% times*}
    again "a --width $times times as large" --width $((times * width))
    again '--precision fp32'
done

# ---- NaN
hint 'a new run, with another --out, and a smaller --lr (here it is %g) or with --warmup_epochs' 79 \
    simsiam train small.yaml --data $few --lr 1000 --weight_decay 1 --epochs 20 --out nan
again 'a smaller --lr' --lr 0.1 --out fine
expect 0 simsiam train small.yaml --data $few --out run
hint 'a new run, with another --out, and a smaller --lr (here it is %g)' 79 \
    simsiam linear run --data $few --lr 1000 --weight_decay 1 --epochs 50 --batch 32 --out nan2
again 'a smaller --lr' --lr 0.1 --out fine2
finish_hints
