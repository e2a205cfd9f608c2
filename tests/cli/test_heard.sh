#!/bin/bash
# A signal while input is read: a verb that saves its work on one ends within a second, as there is none yet, and leaves
# nothing half. strace makes reading take long: each call of one kind is delayed.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null && strace -f -e trace=read -e inject=read:delay_enter=1 -o /dev/null true 2>/dev/null ||
    { echo "no strace here that can delay calls"; exit 77; }
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 SIMSIAM_MODELS=$work/models OMP_NUM_THREADS=1 # not below ptrace

# heard WHAT CALL VERB...: with every CALL delayed by 0.2 s, a signal must end it, and it must have been reading.
signals=TERM
heard() {
    local what=$1 call=$2 signal pid start got took n
    shift 2
    for signal in $signals; do # SIGINT, which shells withhold from what runs behind them, goes the same way
        rm -f calls
        (trap - HUP; exec strace -f -o calls -e trace="$call" -e inject="$call":delay_enter=200000 "$SIMSIAM_BINARY" "$@" \
            >out 2>err </dev/null) &
        pid=$!
        for _ in $(seq 100); do # at work, which begins behind what the loader of programs reads
            n=$(grep -c "$call" calls 2>/dev/null)
            [ "${n:-0}" -ge "$calls" ] && break
            kill -0 $pid 2>/dev/null || break
            sleep 0.1
        done
        start=${EPOCHREALTIME/[.,]/}
        kill -$signal $(awk 'NR == 1 { print $1 }' calls) 2>/dev/null || fail "$what: it ended by itself"
        wait $pid
        got=$?
        took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
        echo "[$got] $what: SIG$signal heard after $took ms"
        [ $took -lt 1000 ] || fail "$what: SIG$signal was heard after $took ms"
        [ $got = $([ $signal = HUP ] && echo 129 || echo 143) ] || { fail "$what: exit status $got"; cat err; }
        grep -qE 'simsiam: (error|bug)|Sanitizer' err && { fail "$what: being stopped is no error"; cat err; }
        [ -z "$(find . -name '.tmp-*')" ] || { fail "$what: left $(find . -name '.tmp-*')"; find . -name '.tmp-*' -delete; }
    done
}

expect 0 simsiam train demo "${tiny[@]}" --epochs 1 --out run
expect 0 simsiam linear run --data synth:train=512,test=32 --batch 64 --epochs 1 --threads 2 --out classifier
mkdir -p tree/train/a tree/train/b models cifar lists
for i in $(seq 40); do
    mkdir -p tree/train/a/$i
    : >tree/train/a/$i/x.jpg
    : >tree/train/b/$i.jpg
    ln -s ../a/$i tree/train/b/l$i
done
for i in 1 2 3 4 5; do head -c 614600 /dev/zero >cifar/data_batch_$i.bin; done
head -c 614600 /dev/zero >cifar/test_batch.bin
tar czf cifar.tar.gz cifar
seq -f 'tree/train/a/%.0f/x.jpg 0' 40 >list.txt
head -c 30000000 /dev/zero >models/simsiam_resnet50_8xb32-coslr-100e_in1k_20220825-d07cb2e6.pth

calls=4
signals='TERM HUP'
heard 'reading a model' pread64 extract run --data synth:train=8,test=8 -o x.npy
signals=TERM
heard 'reading a model for linear' pread64 linear run --data synth:train=512,test=32 --out l
heard 'reading a model for predict' pread64 predict classifier/model.safetensors tree/train/b/1.jpg
heard 'hashing what was fetched' pread64 fetch simsiam_resnet50_8xb32-coslr-100e_in1k --from "file://$work/out"
heard 'walking folders' getdents64 extract random:resnet18 --width 4 --size 8 --data tree -o x.npy
heard 'walking folders to train' getdents64 train demo --data tree --out t
heard 'following links' newfstatat extract random:resnet18 --width 4 --size 8 --data tree -o x.npy
heard 'looking at the files of a list' newfstatat extract random:resnet18 --width 4 --size 8 --data list.txt -o x.npy
calls=8
heard 'reading batch files' read train demo --data cifar --out t
heard 'unpacking an archive' read train demo --data cifar.tar.gz --out t
[ ! -e l ] && [ ! -e t ] && [ ! -e x.npy ] || fail "something was begun"
finish
