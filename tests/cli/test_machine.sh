#!/bin/bash
# doctor and bench: the machine computes correctly, and the numbers are numbers.
. "$(dirname "$0")/lib.sh"

expect 0 simsiam doctor
says out "threads +([0-9]+ processors, but|$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc) (of [0-9]+ processors are usable|processors))"
says out '^PASS  arithmetic'
silent_about out '^FAIL'
says out '^[0-9]+ passed, [0-9]+ warnings, 0 failed$'
expect 0 simsiam doctor --json
says out '"healthy": true'
says out '"check": "cpu"'

small=(--width 16 --dim 64 --batch 8 --repeat 1 --threads 2)
expect 0 simsiam bench "${small[@]}" --arch resnet18,resnet50 --floor false --json
for pattern in '"bench": \[' '"arch": "resnet18"' '"arch": "resnet50"' '"size": 32' '"batch": 8' '"what": "step"' \
    '"what": "load"' '"images_per_s": [0-9.]+' '"ms": [0-9.]+' '"peak_rss_bytes": [1-9][0-9]+' \
    '"planned_bytes": [1-9][0-9]+' '"machine": ".+threads"'; do
    says out "$pattern"
done
silent_about out '"floor_ms"'

# The numbers under a name in `out`, one a line; and whether all of them are within [LOW, HIGH], at least one.
numbers() { sed -nE "s/^ *\"$1\": (-?[0-9.e+-]+),?\$/\1/p" out; }
within() {
    numbers "$1" | awk -v low="$2" -v high="$3" '!($1 >= low && $1 <= high) { bad = 1 } END { exit bad || !NR }' ||
        fail "\"$1\" is not within $2 and $3: $(numbers "$1" | tr '\n' ' ')"
}
expect 0 simsiam bench "${small[@]}" --what step --json
within floor_ms 1e-3 1e5
within products_ms 1e-3 1e5
within memory_ms 1e-3 1e5
within efficiency 0.01 2
within of_limit 0.01 2
within triad 0.1 1e4
within gflops 1e-3 1e6
within gb_per_s 1e-3 1e5
for kind in 'conv2d forward' 'conv2d backward-data' 'conv2d backward-weights' batchnorm pooling linear loss optimizer other; do
    says out "\"kind\": \"$kind\""
done
numbers share | awk '{ sum += $1 } END { exit !(sum > 0.98 && sum < 1.02) }' || fail "the shares do not add up: $(numbers share)"
# What is measured at best is never slower than it was within the step, and the parts are the whole.
awk "BEGIN { exit !($(numbers products_ms) + $(numbers memory_ms) <= 1.001 * $(numbers profile_ms)) }" ||
    fail "the floor is above the step"
expect 0 simsiam bench "${small[@]}" --what step --json --precision bf16 --force
says out '"precision": "bf16"'
within floor_ms 1e-3 1e5
expect 0 simsiam bench "${small[@]}" --what infer --json
says out '"precision": "fp32"'
says out '"what": "infer"'
within floor_ms 1e-4 1e5
silent_about out 'backward|optimizer'
expect 0 simsiam bench "${small[@]}" --what load --size 32,64
[ "$(grep -c ' load ' out)" = 2 ] || fail "one loader row per size"
expect 0 simsiam bench "${small[@]}" --what load --data synth:train=20,test=10
expect 66 simsiam bench "${small[@]}" --what load --data nowhere
says err "there is no 'nowhere'"
expect 78 simsiam bench "${small[@]:0:4}" --repeat 1 --what load --data synth:train=20,test=10 --batch 32
expect 0 simsiam bench "${small[@]}" --what step --profile --floor false
says out '^conv2d forward +[0-9.]+ +[0-9.]+% +[0-9.]+ GFLOP/s'
says out '^batchnorm +[0-9.]+ +[0-9.]+% +[0-9.]+ GB/s'
says out 'GFLOP/s +forward +backbone.layer4.1.conv2'
says out 'GFLOP/s +weights +backbone.layer4.1.conv2'
says out 'GB/s +backward +backbone.layer4.1.bn2'
expect 0 simsiam bench "${small[@]}" --what infer
says out '^floor: [0-9.]+ ms; the inference runs at [0-9]+ % of the limit'
# Images a second, the batch and the time are one measurement; what a kind of operation achieves is what its layers do.
expect 0 simsiam bench "${small[@]}" --what step,infer,load --size 32 --json --profile --floor false
tr -d '",' <out | awk '
    $1 == "batch:" { batch = $2 }
    $1 == "images_per_s:" { rate = $2; next }
    $1 == "ms:" && rate { n++; bad += rate * $2 < 999 * batch || rate * $2 > 1001 * batch; rate = 0; next }
    END { exit bad || n != 3 }' || fail "images a second are not the batch in its time"
tr -d '",' <out | awk '
    $1 == "kind:" { kind = $2 " " $3 }
    $1 == "ms:" { ms = $2 }
    $1 == "gflops:" && kind == "conv2d forward" { said += $2 * ms * 1e6; n++ }
    $1 == "layer:" { layer = $2 }
    $1 == "pass:" { pass = $2 }
    $1 == "flops:" && pass == "forward" && layer ~ /conv|downsample.0/ { done += $2 }
    END { exit !(n == 2 && said > 0.999 * done && said < 1.001 * done) }' || fail "the convolutions achieve something else than their layers"
# As many images at once as a size and what is measured call for; a size is a whole number.
expect 0 simsiam bench --width 2 --dim 8 --repeat 1 --threads 2 --what step,infer,load --size 32,72 --json --floor false
[ "$(numbers batch | tr '\n' ' ')" = "128 256 128 16 32 16 " ] || fail "batches: $(numbers batch | tr '\n' ' ')"
for size in 32.5 32,64.25 0x1.8p5; do
    expect 2 simsiam bench "${small[@]}" --what load --size $size
done
expect 71 simsiam bench --arch resnet50 --size 224 --batch 8192 --what step --repeat 1
says err 'GiB'
finish
