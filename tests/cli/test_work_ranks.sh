#!/bin/bash
# Several ranks share the work of knn, extract, linear, test and predict, and come to what one process comes to: the same tables, the
# same files, to the byte where nothing is summed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_ranks.sh"
one() { # as `works`, by one process
    expect 0 simsiam "$@"
    cp out one.out
}
alike() { cmp -s "$1" "$2" || { fail "$2 is not what one process comes to: $1"; diff "$1" "$2" | head -n 5; }; }
data=(--data synth:train=700,test=300)
expect 0 simsiam train demo --data synth:train=96,test=32 --width 8 --size 8 --dim 32 --epochs 1 --batch 16 --tuning fixed --threads 1 --out run

# ---- neighbours
for how in '' --leave_one_out; do
    one knn run "${data[@]}" --k 1,20 --threads 1 $how
    for n in 2 3; do
        works $n knn run "${data[@]}" --k 1,20 --threads 1 $how
        alike one.out out
    done
done
one knn raw "${data[@]}" --k 5 --threads 1 --json
works 4 knn raw "${data[@]}" --k 5 --threads 1 --json
alike one.out out

# ---- features: drawn images, and files that not all can be read
one extract run "${data[@]}" --threads 1 -o one.npy
mkdir pics
pictures=("$SIMSIAM_SOURCE"/tests/data/codec/grey*.png)
for i in $(seq 60); do cp "${pictures[$((i % 6))]}" "pics/$i.png"; done
for i in 7 21 22 23 58; do echo 'no picture' >"pics/$i.png"; done
big=(--data pics --size 200 --max_bad 0.1 --threads 1) # batches of 20
one extract run "${big[@]}" -o pics.csv
for n in 2 3 4; do
    works $n extract run "${data[@]}" --threads 1 --replace -o many.npy
    alike one.npy many.npy
    alike one.index.csv many.index.csv
    works $n extract run "${big[@]}" --replace -o many.csv
    alike pics.csv many.csv
    alike pics.skipped.csv many.skipped.csv
done
[ "$(wc -l <many.skipped.csv)" = 6 ] || fail "many.skipped.csv does not list the bad images"
expect 65 simsiam extract run "${big[@]}" --max_bad 0.07 -o no.csv
grep -o '5 of 60 images cannot be read' err >said
refuses 65 '5 of 60 images cannot be read, more than the 7% that may be bad' 3 extract run "${big[@]}" --max_bad 0.07 -o no.csv
refuses 73 "'many.csv' is there already" 2 extract run "${big[@]}" -o many.csv
[ ! -e no.csv ] || fail "a refused extract leaves a file"

# ---- a linear classifier: sums of gradients round otherwise
linear=(linear run --data synth:train=400,test=150 --epochs 3 --batch 64 --tuning fixed --threads 1 --log_every 1)
losses() { sed -nE 's/.*"kind":"([a-z]*)".*"step":([0-9]*),"loss":([-0-9.e]*).*/\1 \2 \3/p' "$1/metrics.jsonl"; }
near() {
    paste -d ' ' <(losses "$1") <(losses "$2") | awk -v a="$1" -v b="$2" '
        $1 != $4 || $2 != $5 || ($3 - $6) ^ 2 > 1e-6 * $3 ^ 2 { print a, b, "differ:", $0; bad = 1 }
        END { exit bad || NR < 24 }' || fail "$2 does not train as $1"
}
for kind in cached crops; do
    some=(--sweep_lr 0.5,5)
    [ $kind = cached ] && some+=(--cache_features) || some+=(--cache_features false)
    expect 0 simsiam "${linear[@]}" "${some[@]}" --out one-$kind
    for n in 2 3; do
        works $n "${linear[@]}" "${some[@]}" --out $kind-$n
        says err "^ranks   $n ranks on 1 host, 1 thread each, "
        silent_about err SyncBN
        near one-$kind $kind-$n
    done
    works 2 "${linear[@]}" "${some[@]}" --out $kind-again
    cmp -s $kind-2/model.safetensors $kind-again/model.safetensors || fail "repeated on 2 ranks, linear comes to another model"
    for at in 5 9 14; do
        works 2 "${linear[@]}" "${some[@]}" --out $kind-part --stop_step $at
        works 2 linear --out $kind-part --resume
        cmp -s $kind-2/model.safetensors $kind-part/model.safetensors || fail "resumed on 2 ranks at step $at, linear comes to another model"
        [ $at = 14 ] || rm -r $kind-part
    done
    rm -r $kind-part
    works 3 "${linear[@]}" "${some[@]}" --out $kind-part --stop_step 10
    works 2 linear --out $kind-part --resume
    near one-$kind $kind-part
done
refuses 79 'the loss became NaN or infinite at step' 2 "${linear[@]}" --cache_features --lr 1000 --weight_decay 1 --optimizer sgd --epochs 9 --out no

# ---- a classifier at work
model=one-cached/model.safetensors
one test $model "${data[@]}" --threads 1 --out one.csv
for n in 2 3; do
    works $n test $model "${data[@]}" --threads 1 --replace --out many.csv
    alike <(grep -v 'one.csv\|many.csv' one.out) <(grep -v 'one.csv\|many.csv' out)
    alike one.csv many.csv
done
works 2 test $model "${data[@]}" --threads 1 --json
expect 0 simsiam test $model "${data[@]}" --threads 1 --json
mv out one.out
works 2 test $model "${data[@]}" --threads 1 --json
alike one.out out
ranks 2 test $model "${data[@]}" --min_top1 100
[ $? = 1 ] || fail "--min_top1 is not heard on several ranks"
[ "$(grep -c 'below the 100 %' err)" = 1 ] || { fail "not one sentence about --min_top1"; cat err; }
expect 65 simsiam predict $model pics --size 200 --threads 1 --json
cp out one.out
for n in 2 3; do
    refuses 65 '5 of 60 images cannot be read and were left out' $n predict $model pics --size 200 --threads 1 --json
    alike one.out out
    [ "$(grep -c 'left out: ' err)" = 5 ] || { fail "bad images are not named once each"; cat err; }
done

# ---- what ranks cannot do together, said once
refuses 2 'knn needs the labelled data set: --data PATH, or --data synth$' 3 knn run
refuses 2 'option --k needs at least one number$' 2 knn run --data synth --k ''
refuses 2 "unknown option 'nonsense'" 3 extract run --nonsense
refuses 2 'extract needs a file to write: -o features.npy$' 2 extract run --data pics
refuses 2 'train needs a recipe' 2 train
refuses 2 'predict needs images' 2 predict $model
refuses 78 'is an encoder without a classifier' 2 test run --data pics
refuses 66 "there is no '/nowhere'" 3 knn run --data /nowhere
mkdir a b
cp -r pics a/pics && cp -r pics b/pics && cp pics/1.png b/pics/more.png
cp -r run a/run && cp -r run b/run && cp -r run a/other
expect 0 simsiam train demo --data synth:train=96,test=32 --width 8 --size 8 --dim 32 --epochs 1 --batch 16 --tuning fixed --threads 1 \
    --seed 5 --out b/other
apart() { # TEXT ARGUMENT...: two ranks in folders of their own
    local text=$1
    shift
    each_rank env -C a "$SIMSIAM_BINARY" "$@" : env -C b "$SIMSIAM_BINARY" "$@" >out 2>err </dev/null &&
        fail "ranks that have not the same work together: $*"
    says err "$text"
    [ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: $*"; cat err; }
}
apart 'rank 1 on .* has other images than rank 0 on .*: all ranks must work on the same$' extract run --data pics --max_bad 0.5 -o no.npy
apart 'rank 1 on .* has another model than rank 0 on .*: all ranks must work on the same$' knn other "${data[@]}"
apart 'rank 1 on .* has another model than rank 0' linear other --data synth:train=400,test=150 --epochs 1 --out no
finish
