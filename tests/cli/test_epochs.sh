#!/bin/bash
# What an epoch ends with, in pretraining and in a linear evaluation: when it is measured, when it is saved, and which epoch is
# the best one when several are equally good.
. "$(dirname "$0")/lib.sh"
payload() { # everything behind the header, whose metadata hold the time
    local size head
    size=$(stat -c %s "$1")
    head=$(od -An -t u8 -N 8 "$1")
    tail -c $((size - head - 8)) "$1"
}

# Pictures that anything tells apart, in CIFAR-10's files: black ones are airplanes, white ones are automobiles.
{ printf '\0' && head -c 3072 /dev/zero; printf '\1' && head -c 3072 /dev/zero | tr '\0' '\377'; } >pair
mkdir bw
cat pair pair pair pair >bw/data_batch_1.bin
for i in 2 3 4 5; do cp bw/data_batch_1.bin bw/data_batch_$i.bin; done
cp bw/data_batch_1.bin bw/test_batch.bin
net=(--data bw --size 16 --width 2 --dim 8 --batch 8 --threads 1 --workers 1 --tuning fixed)

# Measured every so many epochs, and always after the last one. A measure of 1 in all epochs is the first one's.
measured() { # the epochs whose rows have a kNN accuracy
    sed -nE 's/.*"kind":"epoch","epoch":([0-9]+),.*"knn_top1":[0-9.]+.*/\1/p' "$1/metrics.jsonl" | tr '\n' ' '
}
for case in "3 2 2 3 " "4 2 2 4 " "2 5 2 " "3 1 1 2 3 " "2 0 "; do
    read -r epochs every want <<<"$case"
    rm -rf m
    expect 0 simsiam train demo "${net[@]}" --epochs "$epochs" --eval.every "$every" --out m
    [ "$(measured m)" = "${want:+$want }" ] || fail "$epochs epochs, measured every $every: after '$(measured m)', not '$want'"
    [ "$(grep -c '"kind":"epoch"' m/metrics.jsonl)" = "$epochs" ] || fail "not a row per epoch"
done
expect 0 simsiam train demo "${net[@]}" --epochs 3 --out best
says best/train.log 'epoch 1 .*kNN 100.0 % \(best 100.0 @1'
says best/train.log 'epoch 3 .*kNN 100.0 % \(best 100.0 @1'
grep -aqE '"siam.best_epoch":"1"' "best/checkpoints/$(cat best/checkpoints/last)" || fail "the first of equally good epochs is the best"

# Saved every so many epochs, after the last one, and where --stop_after ends: nothing is lost.
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 4 --out whole
for stop in 1 2 3; do
    expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 4 --save_every 3 --stop_after $stop --out part
    [ "$(cat part/checkpoints/last)" = "$(printf 'step-%08d.safetensors' $((5 * stop)))" ] || fail "stopped after $stop epochs: $(ls part/checkpoints)"
    expect 0 simsiam train --out part --resume
    says err "resumed after step $((5 * stop)) of 20"
    cmp -s whole/model.safetensors part/model.safetensors || fail "stopped after $stop epochs: other weights"
    rm -rf part
done
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 5 --save_every 2 --keep 9 --out every
[ "$(ls every/checkpoints)" = "$(printf '%s\n' last step-000000{10,20,25}.safetensors)" ] || fail "saved: $(ls every/checkpoints)"

# Resumed by the name of a recipe: what the run was given by hand stays, and is no contradiction of the recipe's values.
for recipe in demo ""; do
    rm -rf named
    expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 4 --weight_decay 0.001 --blur_p 0.3 --stop_after 2 --out named
    cp named/config.yaml before
    expect 0 simsiam train $recipe --out named --resume
    if [ "$recipe" ]; then
        says err "the recipe's [a-z_.]+ = .* and [0-9]+ more of its values are not used: the run goes on with those of named/config.yaml\$"
    else
        silent_about err 'recipe'
    fi
    says err 'resumed after step 10 of 20'
    cmp -s before named/config.yaml || fail "resuming changed config.yaml"
    expect 0 simsiam info named
    says out "width 2"
done
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 4 --weight_decay 0.001 --blur_p 0.3 --out unnamed
cmp -s named/model.safetensors unnamed/model.safetensors || fail "a run resumed by its recipe ends in other weights"
# A recipe that is not the run's is no other run: what it is not used for is said, and what is given by hand is refused.
expect 0 simsiam train demo --data synth:train=256,test=16 --stop_step 1 --out one --threads 1 --tuning fixed --eval.every 0
expect 0 simsiam train demo --out one --resume --stop_step 2
says err "the recipe's data.path = synth is not used: the run goes on with those of one/config.yaml\$"
expect 0 simsiam train cifar10-resnet18-800e --out one --resume --stop_step 3
says err "the recipe's .* and [0-9]+ more of its values are not used: the run goes on with those of one/config.yaml\$"
says err 'resumed after step 2 of '
expect 78 simsiam train demo --out named --resume --blur_p 0.2
says err 'aug.blur_p = 0.2 instead of 0.3'

# Started from another model, and resumed without it: the weights are its own at first, and go on from where the run stopped.
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 1 --lr 1e-30 --init whole --out still
cmp -s <(payload whole/model.safetensors | head -c 216) <(payload still/model.safetensors | head -c 216) || # conv1.weight
    fail "a run with --init does not start from that model"
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 2 --init whole --out init
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 2 --out fresh
cmp -s init/model.safetensors fresh/model.safetensors && fail "--init makes no difference"
cp -r whole gone
expect 0 simsiam train demo "${net[@]}" --eval.every 0 --epochs 2 --init gone --stop_step 3 --out again
rm -r gone
expect 0 simsiam train --out again --resume
cmp -s init/model.safetensors again/model.safetensors || fail "a resumed run with --init ends in other weights"

# A linear evaluation whose epochs are all equally good: the first one is the best, and the model is its.
probe=(random:resnet18 --stem cifar --width 4 --data bw --batch 8 --epochs 3 --optimizer sgd --threads 1 --tuning fixed)
for mode in --cache-features ""; do
    rm -rf first equal part
    expect 0 simsiam linear "${probe[@]}" --lr 1 $mode --stop_after 1 --out first
    expect 0 simsiam linear "${probe[@]}" --lr 1 $mode --out equal
    says equal/train.log 'epoch 1 .*top-1 +100.00 % \(best 100.00 @1\)'
    says equal/train.log 'epoch 3 .*top-1 +100.00 % \(best 100.00 @1\)'
    says equal/train.log '^best    top-1 100.00 %.* with lr 1 after epoch 1 of 3'
    cmp -s first/model.safetensors equal/model.safetensors || fail "the model is not the first epoch's"
    cmp -s equal/model.safetensors equal/model-last.safetensors && fail "the last epoch's model is the first one's"
    grep -aq '"siam.epoch":"1"' equal/model.safetensors || fail "the model does not say that it is of epoch 1"
    cp -r first part
    expect 0 simsiam linear --out part --resume
    says part/train.log '^best    top-1 100.00 %.* with lr 1 after epoch 1 of 3'
    cmp -s first/model.safetensors part/model.safetensors || fail "after a resume the model is not the first epoch's"
done
# Rates that are equally good: the first one leads.
for rates in 0.5,1 1,0.5 2,1,0.5; do
    rm -rf sweep
    expect 0 simsiam linear "${probe[@]}" --cache-features --sweep-lr $rates --out sweep
    says sweep/train.log "^ +${rates%%,*} .*<- best$"
    says sweep/train.log "^best    top-1 100.00 %.* with lr ${rates%%,*} after epoch 1 of 3"
done

# A rate that diverged in one epoch has diverged for good, also where the run is resumed behind it, and never leads.
for rates in 1e38,0.5 0.5,1e38 9e37,2,1e38; do
    rm -rf sweep part
    expect 0 simsiam linear "${probe[@]}" --cache-features --sweep-lr $rates --out sweep
    expect 0 simsiam linear "${probe[@]}" --cache-features --sweep-lr $rates --stop_after 1 --out part
    expect 0 simsiam linear --out part --resume
    for run in sweep part; do
        for rate in ${rates//,/ }; do
            case $rate in
            *e*) says $run/train.log "^ +${rate/e/e\\+} .*diverged$" ;;
            *) says $run/train.log "^ +$rate +100.00 %.* 1 +100.00 %  <- best$" ;;
            esac
        done
    done
done

# The rate of a step is the schedule's: where it is lower from the second epoch on, other weights come out, and only then.
for schedule in cosine constant; do
    for epochs in 1 2; do
        expect 0 simsiam linear "${probe[@]}" --cache-features --lr 1 --epochs $epochs --train.schedule $schedule --out $schedule-$epochs
    done
done
cmp -s cosine-1/model-last.safetensors constant-1/model-last.safetensors || fail "schedules differ in their first epoch"
cmp -s cosine-2/model-last.safetensors constant-2/model-last.safetensors && fail "a schedule makes no difference"

# With five classes the best is always among five, with six it is not.
pictures=("$here"/../data/codec/{rgb8.png,rgb_420.jpg,grey8.png,palette8.png,la8.png,rgb16.png})
for n in 5 6; do
    for ((i = 0; i < n; i++)); do
        for part in train val; do
            mkdir -p $n/$part/$i
            cp "${pictures[i]}" $n/$part/$i/
        done
    done
    expect 0 simsiam linear random:resnet18 --width 2 --size 32 --data $n --epochs 1 --batch 2 --threads 1 --tuning fixed --out of-$n
done
silent_about of-5/train.log 'top-5'
silent_about of-5/metrics.jsonl 'top5'
says of-6/train.log 'top-5'
says of-6/metrics.jsonl '"top5":[01]'

# An image that cannot be read has a stand-in among the features in memory, too: the run is one with the stand-in in its place.
list=(random:resnet18 --stem cifar --width 4 --batch 2 --epochs 2 --threads 1 --tuning fixed --cache-features)
mkdir list
cp "${pictures[@]}" list/
names=(rgb8.png rgb_420.jpg grey8.png palette8.png la8.png rgb16.png)
write_list() { # with the line `$2` at place $1
    for ((i = 0; i < 6; i++)); do
        if [ $i = "$1" ]; then echo "$2"; else echo "${names[i]} $((i % 2))"; fi
    done >list/train.txt
}
write_list -1 ""
cp list/train.txt list/val.txt
echo 'no picture' >list/bad.png
for at in 0 4; do
    rm -rf bad
    write_list $at "bad.png 0"
    expect 0 simsiam linear "${list[@]}" --data list/train.txt --max_bad 0.5 --workers $((1 + at)) --out bad
    says bad/skipped.csv 'bad.png'
    found=0
    for ((k = 0; k < 6; k++)); do
        [ $k = $at ] && continue
        rm -rf good
        write_list $at "${names[k]} $((k % 2))"
        expect 0 simsiam linear "${list[@]}" --data list/train.txt --out good
        cmp -s <(payload bad/model-last.safetensors) <(payload good/model-last.safetensors) && found=$((found + 1))
    done
    [ $found = 1 ] || fail "the bad image at $at: $found of the others can be its stand-in"
done
finish
