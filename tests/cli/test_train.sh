#!/bin/bash
# A run from its start to its measure: the folder, resuming, stopping by a signal, and what must never be lost.
. "$(dirname "$0")/lib.sh"

expect 0 simsiam train demo "${tiny[@]}" --out a
for f in config.yaml run.json tuning.json train.log metrics.jsonl model.safetensors checkpoints/last; do
    [ -s a/$f ] || fail "the run folder has no $f"
done
[ -s "a/checkpoints/$(basename "$(cat a/checkpoints/last)")" ] || fail "checkpoints/last points nowhere"
says a/config.yaml 'width: 16 +# (cli|recipe)'
says a/config.yaml 'projector_layers: 2 +# recipe'
says a/metrics.jsonl '"kind": ?"epoch"'
says a/metrics.jsonl '"kind": ?"step"'
silent_about out $'\e'
silent_about err $'\e'

# The folder of a run is never overwritten, and a run that is not there is never started anew.
cp a/model.safetensors before
expect 73 simsiam train demo "${tiny[@]}" --out a
cmp -s a/model.safetensors before || fail "a refused run changed the model"
expect 66 simsiam train demo "${tiny[@]}" --out not-there --resume
mkdir empty
expect 66 simsiam train demo "${tiny[@]}" --out empty --resume

# The same words of a configuration in other forms.
expect 0 simsiam train demo data=synth:train=512,test=128 width=16 --dim=64 --train.batch 64 epochs=2 --threads=2 --out b
cmp -s a/model.safetensors b/model.safetensors || fail "the forms of an option do not mean the same"

# Without --out the runs are numbered.
expect 0 simsiam train demo "${tiny[@]}" --epochs 1 --eval.every 0
expect 0 simsiam train demo "${tiny[@]}" --epochs 1 --eval.every 0
[ -s runs/train-0001/model.safetensors ] && [ -s runs/train-0002/model.safetensors ] || fail "runs/train-NNNN"

# Measure it.
expect 0 simsiam knn a --data synth:train=512,test=128 --k 20,200
expect 0 simsiam knn a/model.safetensors --data synth:train=512,test=128 --k 20,200 --json
says out '"knn": ?\['
says out '"k": ?20'
says out '"top1": ?0\.[0-9]+'
expect 0 simsiam knn raw --data synth:train=512,test=128
expect 0 simsiam knn random:resnet18 --width 16 --stem cifar --data synth:train=512,test=128
expect 0 simsiam info a
says out 'resnet18'
expect 0 simsiam info a/model.safetensors --json
says out '"parameters": [0-9]+'

# A model file of another architecture than it says, a cut one, a changed byte, none.
head -c -1000 a/model.safetensors >cut.safetensors
expect 65 simsiam knn cut.safetensors --data synth:train=512,test=128
expect 65 simsiam info cut.safetensors
sed 's/"resnet18"/"resnet34"/' a/model.safetensors >other.safetensors
expect 65 simsiam knn other.safetensors --data synth:train=512,test=128
expect 65 simsiam info other.safetensors
expect 66 simsiam knn none.safetensors --data synth:train=512,test=128
expect 2 simsiam knn random:resnet17 --data synth:train=512,test=128

# Stopping early and resuming, with another number of loader workers, ends in the same weights.
expect 0 simsiam train demo "${tiny[@]}" --out c --stop_after 1 --workers 1
expect 0 simsiam train demo "${tiny[@]}" --out c --resume --workers 3
cmp -s a/model.safetensors c/model.safetensors || fail "a resumed run ends in other weights"
[ "$(grep -c '"kind": *"epoch"' c/metrics.jsonl)" = 2 ] || fail "resuming leaves a row per epoch"
expect 78 simsiam train demo "${tiny[@]}" --out c --resume --width 32

# Numbers that leave float32 are noticed at the step, in the statistics of BatchNorm as in the loss, and the rate is to blame.
explode=(--data synth:train=64,test=16 --width 16 --dim 64 --batch 16 --epochs 12 --threads 1 --workers 1 --tuning fixed --eval.every 0)
n=0
for rate in "--lr 1000 --weight_decay 1" "--lr 1e3 --weight_decay 1 --warmup_epochs 1" "--lr 500 --weight_decay 1 --accum 2"; do
    n=$((n + 1))
    expect 79 simsiam train demo "${explode[@]}" $rate --out explode-$n
    says err 'error: (the loss|a weight|the statistic .backbone[a-z0-9.]*running_(mean|var).) became (NaN|infinite|NaN or infinite) at step [0-9]+ \(epoch [0-9]+\)'
    says err 'try: a new run, with another --out, and a smaller --lr \(here it is [0-9.e+]+\) or with --warmup_epochs'
    says explode-$n/run.json '"exit_code": 79'
done
finish
