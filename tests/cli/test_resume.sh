#!/bin/bash
# A run stopped at any step and resumed, with another number of loader workers, ends bitwise where the uninterrupted run
# ends, in weights, momentum and position, and leaves every row of metrics.jsonl once.
. "$(dirname "$0")/lib.sh"
run=(--data synth:train=320,test=64 --width 16 --dim 64 --batch 64 --epochs 3 --accum 2 --threads 2 --log_every 1 --keep 9)

expect 0 simsiam train demo "${run[@]}" --out whole
for step in 2 5 8; do # within the first epoch, at the end of an epoch, within the second
    expect 0 simsiam train demo "${run[@]}" --out part-$step --stop_step $step --workers 1
    [ -s part-$step/checkpoints/step-0000000$step.safetensors ] || fail "no checkpoint of step $step"
    expect 0 simsiam train --out part-$step --resume --workers 3
    cmp -s whole/model.safetensors part-$step/model.safetensors || fail "stopped at $step: other weights"
    # The same tensors, momentum included: everything behind the header, whose metadata holds the time.
    for f in whole part-$step; do
        size=$(stat -c %s $f/checkpoints/step-00000015.safetensors)
        head=$(od -An -t u8 -N 8 $f/checkpoints/step-00000015.safetensors)
        tail -c $((size - head - 8)) $f/checkpoints/step-00000015.safetensors >$f.payload
    done
    cmp -s whole.payload part-$step.payload || fail "stopped at $step: other state"
    for f in whole part-$step; do
        sed -E 's/,"(images_per_s|data_wait|seconds|save_held|save_wrote)":[^,}]*//g; s/,"z_rank":[^,}]*//' $f/metrics.jsonl >$f.rows
    done
    cmp -s whole.rows part-$step.rows || fail "stopped at $step: other metrics: $(diff whole.rows part-$step.rows | head -n 3)"
done
# Three stops in one run.
expect 0 simsiam train demo "${run[@]}" --out chain --stop_step 1
expect 0 simsiam train --out chain --resume --stop_step 7 --workers 2
expect 0 simsiam train --out chain --resume --stop_step 14
expect 0 simsiam train --out chain --resume
cmp -s whole/model.safetensors chain/model.safetensors || fail "three stops: other weights"
# At or behind the step it is to stop at, a resumed run does nothing.
for step in 5 3; do
    expect 0 simsiam train demo "${run[@]}" --out behind --stop_step 5
    expect 0 simsiam train --out behind --resume --stop_step $step
    says err 'nothing was left to do: 0 of 3 epochs are done and --stop_step is reached'
    [ ! -e behind/checkpoints/step-00000006.safetensors ] && grep -q '"step":5,' behind/metrics.jsonl || fail "it went on"
    ! grep -q '"step":6,' behind/metrics.jsonl || fail "it went on"
    rm -rf behind
done
# A run of an earlier version, with the names of that time; its choices of kernels are those it continues with.
expect 0 simsiam train demo "${run[@]}" --out old --stop_step 1
sed -i 's/^  tuning:/  plan:/' old/config.yaml
grep -q '^  plan:' old/config.yaml || fail "config.yaml has no tuning"
mv old/tuning.json old/plan.json
echo '{' >old/plan.json
expect 65 simsiam train --out old --resume
says err "plan.json"
mv chain/tuning.json old/plan.json
expect 0 simsiam train --out old --resume
[ -s old/tuning.json ] || fail "the resumed run wrote no tuning.json"
cmp -s whole/model.safetensors old/model.safetensors || fail "names of an earlier version: other weights"
finish
