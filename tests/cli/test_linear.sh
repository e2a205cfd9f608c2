#!/bin/bash
# The linear evaluation: what a run leaves, that it can be stopped and resumed bit for bit with features from crops and from
# memory, that heads of a sweep are those of single runs, and what is refused.
. "$(dirname "$0")/lib.sh"
data=synth:train=300,test=100
probe=(--data $data --batch 64 --epochs 4 --threads 2 --save_every 1 --keep 9 --log_every 1)
model=(random:resnet18 --width 8 --stem cifar --size 16)

payload() { # everything behind the header, whose metadata hold the time
    local size head
    size=$(stat -c %s "$1")
    head=$(od -An -t u8 -N 8 "$1")
    tail -c $((size - head - 8)) "$1"
}
rows() { sed -E 's/,"(images_per_s|data_wait|seconds|save_held|save_wrote)":[^,}]*//g' "$1/metrics.jsonl"; }
same_run() {
    local newest
    for f in model.safetensors model-last.safetensors; do
        cmp -s "$1/$f" "$2/$f" || fail "$2: another $f than $1"
    done
    newest=$(cat "$1/checkpoints/last")
    cmp -s <(payload "$1/checkpoints/$newest") <(payload "$2/checkpoints/$newest") || fail "$2: another state than $1"
    cmp -s <(rows "$1") <(rows "$2") || fail "$2: other metrics: $(diff <(rows "$1") <(rows "$2") | head -n 3)"
}

# An encoder of ours; the recipe by name; the model that comes out can be tested, and gives what the run says.
expect 0 simsiam train demo --data $data --width 8 --dim 32 --size 16 --batch 64 --epochs 1 --threads 2 --out enc
expect 0 simsiam linear enc --recipe cifar10-linear-100e "${probe[@]}" --out plain
says err 'data    synth, 300 training images'
says err '8 px|16 px: 64 features, frozen'
says err '10 classes; 4 epochs of 5 steps, batch 64, sgd, lr 7.5, on crops'
says err 'epoch 4  loss .* top-1 +[0-9.]+ % \(best .*top-5'
says err 'next    simsiam test plain --data'
for f in config.yaml run.json train.log metrics.jsonl tuning.json model.safetensors model-last.safetensors; do
    [ -s plain/$f ] || fail "there is no plain/$f"
done
says plain/config.yaml '^task: linear'
says plain/config.yaml 'optimizer: sgd +# recipe'
says plain/metrics.jsonl '"kind":"epoch","epoch":4,"step":20,.*"top1":0\.[0-9]+,"top5":'
silent_about plain/metrics.jsonl knn
# The speed that the last step of an epoch shows is that of the epoch.
awk -F '[:,}]' '
    { for (i = 1; i < NF; i++) if ($i == "\"images_per_s\"") speed = $(i + 1) }
    /"kind":"epoch"/ { n++; if (!(speed > 0.8 * last && speed < 1.25 * last)) { print speed " images/s after " last; exit 1 } }
    { last = speed }
    END { exit n != 4 }' plain/metrics.jsonl || fail "the steps of a linear evaluation show another speed than its epochs"
best=$(sed -nE 's/^best    top-1 ([0-9.]+) %.*/\1/p' plain/train.log)
expect 0 simsiam test plain --data $data
says out "top-1 +$best %"
expect 0 simsiam info plain
says out 'classifier +650'
expect 0 simsiam knn plain --data $data --k 5 # it is an encoder, too

# Stopped at any step, within and between epochs, and resumed: bitwise the uninterrupted run.
for mode in crops cached; do
    more=()
    [ $mode = cached ] && more=(--cache-features)
    expect 0 simsiam linear "${model[@]}" "${probe[@]}" "${more[@]}" --out $mode
    for step in 3 5 12; do
        expect 0 simsiam linear "${model[@]}" "${probe[@]}" "${more[@]}" --out $mode-$step --stop_step $step --workers 1
        expect 0 simsiam linear --out $mode-$step --resume --workers 3
        says err "resumed after step $step of 20"
        same_run $mode $mode-$step
    done
done
says cached/train.log 'on whole images, read once'
cmp -s crops/model-last.safetensors cached/model-last.safetensors && fail "crops make no difference"
# Killed: the newest checkpoint may be epochs old, the model of a later one be there already.
cp -r crops killed
rm killed/checkpoints/step-0000002* killed/checkpoints/step-0000001[5-9]*
expect 0 simsiam linear --out killed --resume
says err 'resumed after step 10 of 20'
same_run crops killed
cp -r cached again
expect 0 simsiam linear --out again --resume
says err 'nothing was left to do'
same_run cached again

# A sweep: every rate is a head of its own, the best becomes the model, one that diverges only loses.
expect 0 simsiam linear "${model[@]}" "${probe[@]}" --cache-features --sweep-lr 0.001,1,1e38 --out sweep
says sweep/train.log '^ +0\.001 .*%'
says sweep/train.log '^ +1e\+38 '
lead=$(sed -nE 's/^ +([0-9.e+]+) .*<- best$/\1/p' sweep/train.log)
says sweep/train.log "^best    top-1 .* with lr $lead after"
expect 0 simsiam linear "${model[@]}" "${probe[@]}" --cache-features --lr "$lead" --out single
cmp -s sweep/model.safetensors single/model.safetensors || fail "the sweep's head for lr $lead is not the single run's"
expect 0 simsiam linear "${model[@]}" "${probe[@]}" --cache-features --sweep-lr 0.001,1,1e38 --out sweep-7 --stop_step 7
expect 0 simsiam linear --out sweep-7 --resume
same_run sweep sweep-7
expect 79 simsiam linear "${model[@]}" "${probe[@]}" --cache-features --sweep-lr 1e38 --out nan

# The LARS variants are different optimisers; a weight decay is heard.
for o in lars larc; do
    expect 0 simsiam linear "${model[@]}" "${probe[@]}" --cache-features --optimizer $o --lr 1.6 --out $o
done
cmp -s lars/model-last.safetensors larc/model-last.safetensors && fail "lars and larc are the same"
expect 0 simsiam linear "${model[@]}" --recipe resnet50_8xb512-linear-coslr-90e_in1k --size 16 "${probe[@]}" --out mm
says err 'batch 64, lars, lr 1.6, on crops'

# A classifier's own encoder can be evaluated, too; ref computes the same.
expect 0 simsiam linear plain "${probe[@]}" --cache-features --epochs 2 --lr 0.1 --out second
expect 0 simsiam linear plain "${probe[@]}" --cache-features --epochs 2 --lr 0.1 --device ref --out by-ref
[ "$(grep '^best' second/train.log)" = "$(grep '^best' by-ref/train.log)" ] || fail "ref measures something else"

# What does not fit together, or into memory.
expect 71 simsiam linear random:resnet50 --width 128 --size 16 --data synth:train=10000000,test=100 --cache-features
says err 'need .* of memory'
says err 'without --cache_features'
expect 78 simsiam linear enc --recipe demo "${probe[@]}"
says err "'demo' is for simsiam train, not for simsiam linear"
expect 78 simsiam train cifar10-linear-100e --data synth
says err 'simsiam linear MODEL --recipe cifar10-linear-100e'
expect 2 simsiam linear enc --recipe cifar10-linear-100 "${probe[@]}"
says err 'did you mean "cifar10-linear-100e"'
expect 2 simsiam linear enc
says err 'needs the labelled data set'
expect 2 simsiam linear --data synth
says err 'needs the encoder'
expect 2 simsiam linear enc --data synth --dim 64
says err "unknown option 'dim'"
expect 66 simsiam linear nowhere "${probe[@]}"
expect 78 simsiam linear enc "${probe[@]}" --batch 301
says err 'batch 301 is larger than the data set \(300 images\)'
says err '--batch 300'
expect 73 simsiam linear enc "${probe[@]}" --out plain
expect 78 simsiam linear --out plain --resume --lr 3
says err 'train.lr = 3 instead of 7.5'
expect 78 simsiam linear random:resnet18 --out cached --resume --seed 1
expect 78 simsiam linear enc --out cached --resume
says err 'not the encoder that this run began with'
expect 78 simsiam linear --out cached --resume --data synth:train=400,test=100
says err 'are not those this run began with'
expect 78 simsiam train --out plain --resume
says err 'is for simsiam linear, not for simsiam train'
says err 'try: simsiam linear --out plain --resume$'
expect 65 simsiam extract plain --data $data --layer z -o z.npy
says err "reading model 'plain/model.safetensors': it is the model of a linear evaluation"
expect 73 simsiam linear enc --data $data --out plain
says err 'try: --out plain --resume to continue it'
mkdir 'a run' && cp -r plain/. 'a run'
expect 73 simsiam linear enc --data $data --out 'a run'
says err "try: --out 'a run' --resume to continue it"
expect 78 simsiam linear --out enc --resume
ls runs 2>/dev/null && fail "a refusal left a run folder"

# Folders: no labels, one class, nothing held out, classes that differ.
png() { mkdir -p "$(dirname "$1")" && cp "$SIMSIAM_SOURCE/tests/data/codec/$2" "$1"; }
picture=$(cd "$SIMSIAM_SOURCE/tests/data/codec" && ls *.png | head -n 1)
for i in 1 2 3; do
    png flat/$i.png "$picture"
    png one/train/a/$i.png "$picture"; png one/val/a/$i.png "$picture"
    png nothing/a/$i.png "$picture"; png nothing/b/$i.png "$picture"
    for c in a b; do png two/train/$c/$i.png "$picture"; png two/val/$c/$i.png "$picture"; done
    for c in a b; do png more/train/$c/$i.png "$picture"; done
    for c in a b c; do png more/val/$c/$i.png "$picture"; done
done
folder=(random:resnet18 --width 8 --stem cifar --size 16 --batch 2 --epochs 1 --threads 1)
expect 78 simsiam linear "${folder[@]}" --data flat
says err "needs labels, and 'flat' has none: folder, 3 training images, no labels"
expect 78 simsiam knn raw --data flat
says err 'try: a folder per class, two or more'
expect 78 simsiam linear "${folder[@]}" --data one
expect 78 simsiam linear "${folder[@]}" --data nothing
says err 'no held-out images'
expect 65 simsiam linear "${folder[@]}" --data more
expect 0 simsiam linear "${folder[@]}" --data two --out two-run
silent_about err 'top-5' # with two classes it says nothing
expect 0 simsiam test two-run --data two
says out ' a '
rm two/train/a/2.png && printf 'no picture' >two/train/a/2.png
printf 'no picture' >two/val/b/1.png
expect 0 simsiam linear "${folder[@]}" --data two --max_bad 0.3 --cache-features --out bad-run
says bad-run/skipped.csv 'a/2.png'
says err '1 of the held-out images cannot be read'
rm -rf bad-run
expect 65 simsiam linear "${folder[@]}" --data two --out bad-run
expect 65 simsiam linear --out bad-run --resume # it saved nothing, so it begins again, and meets the same
says err 'stopped before it saved anything: it begins again'
expect 0 simsiam linear --out bad-run --resume --max_bad 0.3
says bad-run/skipped.csv 'a/2.png'

# Stopped while features are read: nothing is trained, and the run goes on from there.
"$SIMSIAM_BINARY" linear "${model[@]}" --data synth:train=60000,test=100 --epochs 1 --threads 1 --cache-features \
    --out reading >out 2>err </dev/null &
pid=$!
for n in $(seq 3000); do
    [ -e reading/metrics.jsonl ] && break # the last file that is made before it reads
    sleep 0.1
done
sleep 0.3
kill -TERM $pid
wait $pid
status=$?
[ $status = 143 ] || { fail "SIGTERM while reading should exit 143, not $status"; cat err; }
says err 'stopped by SIGTERM after step 0;'
[ -s reading/checkpoints/step-00000000.safetensors ] || fail "no state saved"

# A signal: the state is saved, and the run goes on.
long=(--data $data --batch 8 --epochs 20000 --threads 2 --cache-features)
"$SIMSIAM_BINARY" linear "${model[@]}" "${long[@]}" --out signal >out 2>err </dev/null &
pid=$!
for n in $(seq 600); do
    [ -s signal/model.safetensors ] && break
    sleep 0.1
done
kill -TERM $pid
wait $pid
status=$?
[ $status = 143 ] || { fail "SIGTERM should exit 143, not $status"; cat err; }
[ -s signal/checkpoints/last ] || fail "no state saved"
says err 'simsiam linear --out signal --resume'
step=$(sed -nE 's/.*stopped by SIGTERM after step ([0-9]+).*/\1/p' err)
expect 0 simsiam linear --out signal --resume --stop_step $((step + 3))
says err "resumed after step $step"

# The best of five classes or fewer is always among five: no top-5.
mkdir -p three/train/{a,b,c} three/val/{a,b,c}
for class in a b c; do
    for part in train val; do
        cp "$here/../data/codec/rgb8.png" three/$part/$class/1.png
        cp "$here/../data/codec/rgb_420.jpg" three/$part/$class/2.jpg
    done
done
for classes in 2 3; do
    [ $classes = 2 ] && { mkdir -p pair; cp -r three/* pair; rm -r pair/*/c; }
    data=$([ $classes = 2 ] && echo pair || echo three)
    expect 0 simsiam linear random:resnet18 --width 2 --size 32 --data $data --epochs 1 --batch 2 --threads 1 --tuning fixed --out five-$classes
    silent_about err 'top-5'
    silent_about five-$classes/metrics.jsonl 'top5'
    expect 0 simsiam test five-$classes --data $data --threads 1 --json
    says out '"top5":null'
    expect 0 simsiam test five-$classes --data $data --threads 1
    silent_about out 'top-5'
done

# Weights that leave float32: the rate is named, and no model of infinities is written.
for rate in 1000 300; do
    rm -rf wild
    simsiam linear random:resnet18 --width 2 --size 32 --data three --epochs 20 --batch 2 --threads 1 --tuning fixed --lr $rate \
        --optimizer sgd --weight_decay 1 --out wild >out 2>err </dev/null
    status=$?
    [ $status = 79 ] || { fail "linear with lr $rate: exit status $status"; cat err; }
    says err 'error: (the loss|a weight) became NaN or infinite at step [0-9]+'
    says err "try: a new run, with another --out, and a smaller --lr \\(here it is $rate\\)"
done
# A run that was killed before it saved anything is described by its encoder.
for encoder in "random:resnet18 --width 8 --stem cifar --size 16" enc enc/model.safetensors; do
    expect 0 simsiam linear $encoder "${probe[@]}" --out early --stop_step 1
    rm early/model*.safetensors early/checkpoints/*
    expect 0 simsiam info early
    says out '^run, no model yet; its encoder: "early"$'
    says out '^model: +resnet18, '
    rm -r early
done
finish
