#!/bin/bash
# Whole trainings on xla-cpu, with the plug-in that SIAM_PJRT_PLUGIN names: 50 steps beside ref's, a stop in the middle of a step and what
# comes after it, and the collapse without the stop-gradient. Skipped without a plug-in.
[ -n "${SIAM_PJRT_PLUGIN-}" ] || exit 77
. "$(dirname "$0")/lib.sh"

losses() { sed -n 's/.*"kind":"step".*"step":\([0-9]*\),"loss":\([-0-9.e]*\),.*/\1 \2/p' "$1/metrics.jsonl"; }
small() { printf '%s\n' "data.path: synth:train=160,test=32" 'data.size: 16' 'model.arch: resnet18' 'model.width: 4' 'model.dim: 16' \
    'train.batch: 16' 'train.epochs: 5' 'train.lr: 0.002' 'eval.every: 0' 'run.threads: 1' 'run.tuning: fixed' 'run.log_every: 1'; }
small >small.yaml

# ---- 50 steps beside the reference ----
for device in ref xla-cpu; do expect 0 simsiam train small.yaml --out $device --device $device; done
paste -d ' ' <(losses ref) <(losses xla-cpu) >both
[ "$(wc -l <both)" = 50 ] || fail "not 50 steps: $(wc -l <both)"
awk '$1 != $3 || ($2 - $4) ^ 2 > 1e-4 ^ 2 { print; bad = 1 } END { exit bad }' both || fail "the losses leave those of ref"
expect 0 simsiam train small.yaml --out still --device ref --lr 1e-9 # or else they would say nothing about the updates
paste -d ' ' <(losses still) <(losses xla-cpu) | awk '($2 - $4) ^ 2 > 1e-3 ^ 2 { n++ } END { exit n < 25 }' ||
    fail "the losses are those of a network that stands still"

# ---- SIGTERM while steps are under way ----
long=(small.yaml --epochs 200 --device xla-cpu)
expect 0 simsiam train "${long[@]}" --out whole
rm -f err # or the lines of the run before are taken for this one's
"$SIMSIAM_BINARY" train "${long[@]}" --out stopped >out 2>err </dev/null &
child=$!
until grep -qE '^epoch +2 ' err; do
    kill -0 $child 2>/dev/null || break
    sleep 0.02
done
kill -TERM $child
wait $child
status=$?
[ $status = 143 ] || { fail "a stopped run ends with status $status, not 143"; tail -n 5 err; }
says err 'stopped by SIGTERM after step [0-9]+; the state is saved in stopped'
step=$(sed -n 's/.*stopped by SIGTERM after step \([0-9]*\);.*/\1/p' err)
[ -f "stopped/checkpoints/step-$(printf %08d "$step").safetensors" ] || fail "the state after step $step is not there"
[ "$(losses stopped | tail -n 1 | cut -d ' ' -f 1)" = "$step" ] || fail "the losses end before the state that is saved"
expect 0 simsiam train --out stopped --resume
cmp whole/model.safetensors stopped/model.safetensors || fail "a run that was stopped ends with other bits"
cmp <(losses whole) <(losses stopped) || fail "a run that was stopped has other losses"

# ---- with the stop-gradient and without it; tests/demo_device.sh is this in full size ----
demo=(demo --data synth:train=1024,test=500 --size 16 --width 8 --dim 64 --batch 32 --epochs 3 --threads 2)
last() { sed -n 's/.*"kind":"epoch","epoch":3,.*"z_std_ratio":\([0-9.e-]*\),.*"knn_top1":\([0-9.e-]*\),.*/\1 \2/p' "$1/metrics.jsonl"; }
for device in auto xla-cpu; do
    expect 0 simsiam train "${demo[@]}" --eval.every 3 --out learns.$device --device $device
    says err '^healthy: no collapse'
done
paste -d ' ' <(last learns.auto) <(last learns.xla-cpu) | awk '{ exit !(NF == 4 && $3 > 0.8 && ($2 - $4) ^ 2 <= 0.03 ^ 2) }' || # 15 images of 500
    fail "gauge and kNN are $(last learns.xla-cpu), on the host $(last learns.auto)"
expect 0 simsiam train "${demo[@]}" --eval.every 0 --stop_gradient false --out collapses --device xla-cpu
says err 'collapsing: different images get nearly the same z'
losses collapses | awk '$2 < -0.8 { n++ } END { exit n < 5 }' || fail "the loss does not run towards -1"
finish
