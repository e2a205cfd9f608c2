#!/bin/bash
# Training on several ranks over MPI: the curve of one process, the same bits when it is repeated or resumed, stopped by a signal
# to any rank, and a sentence where the ranks cannot train the same.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_ranks.sh"
run=(--data synth:train=96,test=32 --width 8 --size 8 --dim 32 --epochs 2 --batch 16 --tuning fixed --log_every 1 --threads 1)
numbers() { sed -E 's/.*"kind":"([a-z]*)".*"step":([0-9]*),"loss":([-0-9.e]*),"z_std_ratio":([0-9.]*).*/\1 \2 \3 \4/' "$1/metrics.jsonl"; }
near() { # A B: losses within 1e-3 and gauges within 1e-3
    paste -d ' ' <(numbers "$1") <(numbers "$2") | awk -v a="$1" -v b="$2" '
        function off(x, y) { return (x > y ? x - y : y - x) }
        $1 != $5 || $2 != $6 || off($3, $7) > 1e-3 || off($4, $8) > 1e-3 { print a, b, "differ:", $0; bad = 1 }
        END { exit bad || NR < 14 }' || fail "$2 does not train as $1"
}
same() { # A B: tensors of the last checkpoint, to the bit
    local f size head
    for f in "$1" "$2"; do
        size=$(stat -c %s "$f/checkpoints/step-00000012.safetensors")
        head=$(od -An -t u8 -N 8 "$f/checkpoints/step-00000012.safetensors")
        tail -c $((size - head - 8)) "$f/checkpoints/step-00000012.safetensors" >"$f.payload"
    done
    cmp -s "$1.payload" "$2.payload" || fail "$2 comes to other numbers than $1"
}

# ---- the same curve, the same bits
expect 0 simsiam train demo "${run[@]}" --out one
for n in 2 4; do
    works $n train demo "${run[@]}" --out r$n
    says err "^ranks   $n ranks on 1 host, 1 thread each, .*, SyncBN on\$"
    near one r$n
done
works 2 train demo "${run[@]}" --out again
same r2 again
works 2 train demo "${run[@]}" --accum 2 --out parts
expect 0 simsiam train demo "${run[@]}" --accum 2 --out one-parts
near one-parts parts # each part has the images that it has alone
own=("${run[@]/test=32/test=600}") # of many images a top-1 shows small differences
works 2 train demo "${own[@]}" --sync_bn false --out own
says err 'SyncBN off$'
# Statistics of half a batch: the losses of two parts, but for the gauge, which is the whole batch's here.
paste -d ' ' <(numbers own) <(numbers one-parts) |
    awk '{ d = $3 - $7; if (d * d > 1e-6 && $2 <= 4) { print; bad = 1 } } END { exit bad }' || fail "--sync_bn false is not what --accum is"

expect 0 simsiam knn own "${own[@]:0:2}" --threads 1 --json
[ "$(grep -oE '"top1": *[0-9.]{8}' out | grep -oE '[0-9.]+$')" = "$(grep -oE '"knn_top1":[0-9.]{8}' own/metrics.jsonl | tail -n 1 | cut -d : -f 2)" ] ||
    fail "what was measured is not the model that was saved, with the first rank's statistics"
works 2 train demo "${own[@]}" --sync_bn false --stop_step 6 --out own-part # behind the last step of an epoch: it is measured on resuming
works 2 train --out own-part --resume
same own own-part
cmp -s <(grep -o '"knn_top1":[^,]*' own/metrics.jsonl) <(grep -o '"knn_top1":[^,]*' own-part/metrics.jsonl) ||
    fail "a resumed run measures another encoder than the straight one"

# ---- photographs that are decoded for their views, and shrunk
mkdir photos
for i in $(seq 48); do
    { printf 'P6 60 48 255\n'
      awk -v seed="$i" 'BEGIN { for (y = 0; y < 48; y++) for (x = 0; x < 60; x++) for (c = 0; c < 3; c++)
          printf "%c", 33 + int(40 + 40 * sin((x * (c + 1) + y * seed) / (3 + seed % 9))) }'
    } >photos/$i.ppm
done
expect 0 simsiam pack photos -o p.tar --max_side 59
seen=("${run[@]:2}" --data p-train-000.tar --batch 8 --lr 0.005) # at larger rates rounding alone leads elsewhere in 12 steps
for decode in exact fast; do
    expect 0 simsiam train folder-resnet18 "${seen[@]}" --decode $decode --out seen-$decode
    works 2 train folder-resnet18 "${seen[@]}" --decode $decode --out ranks-$decode
    near seen-$decode ranks-$decode
done
says ranks-fast/train.log '^ +decoded fast: JPEGs at 1/2, 1/4 or 1/8 '
[ "$(numbers ranks-exact)" != "$(numbers ranks-fast)" ] || fail "photographs are not shrunk for ranks"
works 2 train folder-resnet18 "${seen[@]}" --decode fast --out ranks-again
same ranks-fast ranks-again
works 2 train folder-resnet18 "${seen[@]}" --decode fast --stop_step 5 --out ranks-part
works 2 train --out ranks-part --resume
same ranks-fast ranks-part

# ---- stopped and resumed, also on other numbers of ranks
works 2 train demo "${run[@]}" --out part --stop_step 5
works 2 train --out part --resume
same r2 part
for n in 1 4; do
    rm -rf part && works 2 train demo "${run[@]}" --out part --stop_step 5
    works $n train --out part --resume
    near one part
done
works 2 train demo "${run[@]}" --init one --stop_step 5 --out from
works 2 train --out from --resume # --init is not read again
(
    ranks 2 train demo "${run[@]}" --epochs 5000 --out told
    echo $? >told.status
) &
for _ in $(seq 600); do
    [ "$(grep -c '"step"' told/metrics.jsonl 2>/dev/null)" -gt 3 ] 2>/dev/null && break
    sleep 0.1
done
second=
for pid in $(pgrep -f -- '--out told'); do # the last of its ranks
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx 'OMPI_COMM_WORLD_RANK=1' && second=$pid
done
if [ -n "$second" ]; then
    kill -TERM "$second"
    wait
    [ "$(cat told.status)" = 143 ] || fail "a stop that one rank was asked for ends with $(cat told.status)"
    says err 'stopped by SIGTERM after step [0-9]*; the state is saved in told$'
    [ -s told/checkpoints/last ] || fail "nothing was saved"
else
    wait # another MPI names its ranks otherwise
fi

# ---- what cannot be
refuses 78 'a batch of 16 images cannot be divided among 3 ranks$' 3 train demo "${run[@]}" --out no
says err '^  try: --batch 15$'
refuses 78 'a batch of 2 images cannot be divided among 2 ranks, with two images or more for the statistics of each$' 2 \
    train demo "${run[@]}" --batch 2 --sync_bn false --out no
says err '^  try: --batch 4$'
refuses 66 "there is no '/nowhere'" 2 train demo "${run[@]}" --data /nowhere --out no
refuses 73 "already holds a run" 2 train demo "${run[@]}" --out r2
[ ! -e no ] || fail "a refused run leaves something"
each_rank "$SIMSIAM_BINARY" train demo "${run[@]}" --out no : "$SIMSIAM_BINARY" train demo "${run[@]}" --seed 9 --out no \
    >out 2>err </dev/null && fail "ranks with two seeds train together"
says err 'rank 1 on .* has another configuration than rank 0 on .*: all ranks must work on the same$'

# ---- two machines that do not see the same: each rank in a folder of its own, with as many threads as there are
mkdir a b
apart() { # STATUS TEXT ARGUMENT...
    local want=$1 text=$2 got
    shift 2
    each_rank env -C a "$SIMSIAM_BINARY" train demo "$@" : env -C b "$SIMSIAM_BINARY" train demo "$@" >out 2>err </dev/null
    got=$?
    echo "[$got] apart: $*"
    [ $got = "$want" ] || { fail "exit status $got, expected $want: $*"; tail -n 20 err; }
    [ -z "$text" ] || [ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: $*"; cat err; }
    [ -z "$text" ] || says err "$text"
}
mkdir -p a/pics b/pics bad
n=0
for f in "$SIMSIAM_SOURCE"/tests/data/codec/grey*.png; do
    n=$((n + 1))
    cp "$f" a/pics/$n.png && cp "$f" b/pics/$n.png && cp "$f" bad/$n.png
    [ $n = 8 ] && break
done
cp a/pics/1.png a/pics/more.png && cp a/pics/1.png b/pics/others.png
for n in 9 10 11; do echo 'no picture' >bad/$n.png; done
for n in 12 13 14 15 16; do cp bad/$((n - 11)).png bad/$n.png; done
small=(--width 8 --size 8 --dim 32 --epochs 1 --batch 8 --tuning fixed)
expect 0 simsiam train demo --data synth:train=32,test=8 "${small[@]}" --out a/init
cp -r a/pics a/only
apart 66 "rank 1 on .*: there is no 'only'" --data only "${small[@]}" --out x
apart 0 '' --data synth:train=32,test=8 "${small[@]}" --init init --out y # the first rank reads it
apart 78 'rank 1 on .* has other images than rank 0 on' --data pics "${small[@]}" --out z
works 2 train demo --data bad "${small[@]}" --max_bad 0.3 --out skips # an epoch of all, each by one rank
[ "$(grep -c 'bytes this is text' skips/skipped.csv)" = 3 ] || { fail "skipped.csv lacks images of the other rank"; cat skips/skipped.csv; }
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 expect 69 simsiam export one -o no.pth
says err "has started 2 processes, and 'simsiam export' is the work of one"
cp "$SIMSIAM_BINARY" alone # the program without its library
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 expect 69 ./alone train demo "${run[@]}" --out no
says err 'has started 2 ranks, and this program cannot join them: there is no libsiam_mpi.so beside the program$'
finish
