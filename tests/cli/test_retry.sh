#!/bin/bash
# What a failure leaves behind: nothing that is in the way of the next try, no advice that cannot be followed, and no
# state of another run taken for this one's.
. "$(dirname "$0")/lib.sh"
short=("${tiny[@]}" --eval.every 0)

# A run that cannot begin is no run: the same folder can be named again.
expect 66 simsiam train demo "${short[@]}" --out a --init none.safetensors
[ ! -e a ] || fail "a run that did not begin left its folder"
mkdir c && echo keep >c/notes.txt
expect 73 simsiam train demo "${short[@]}" --out c
says err "'notes.txt' is in it"
[ "$(ls -A c)" = notes.txt ] || fail "a refused run left something in the user's folder"
mkdir b
expect 66 simsiam train demo "${short[@]}" --out b --init none.safetensors
expect 0 simsiam train demo "${short[@]}" --out b --stop_after 1
says err '^next +simsiam train --out b --resume$'

# A run that was killed before it saved anything: no advice to continue it.
cp -r b dead && rm -r dead/checkpoints
expect 73 simsiam train demo "${short[@]}" --out dead
silent_about err '--resume'
expect 66 simsiam train --out dead --resume

# The state of another run, and other images: refused, and nothing is changed.
expect 0 simsiam train demo "${short[@]}" --seed 7 --out "other one" --stop_after 1
says err "--out 'other one' --resume"
cp -r b mixed && cp "other one"/checkpoints/step-* mixed/checkpoints
cp mixed/run.json before
expect 65 simsiam train --out mixed --resume
says err 'of another run'
cp b/model.safetensors "mixed/checkpoints/$(cat mixed/checkpoints/last)"
expect 65 simsiam train --out mixed --resume
cmp -s mixed/run.json before || fail "a resume that was refused changed the run"
expect 78 simsiam train --out b --resume --data synth:train=256,test=128
says err 'are not those this run began with'
# A run's own configuration that cannot be read is damage, not a typing mistake.
cp -r b scrawled
echo 'train: [unclosed' >>scrawled/config.yaml
expect 65 simsiam train --out scrawled --resume
says err 'config'
expect 65 simsiam train demo "${short[@]}" --width 32 --init b --out wide
says err 'try: .*--width.* simsiam info b$'
[ ! -e wide ] || fail "a run that did not begin left its folder"

# Resumed at the last steps of an epoch: its row tells the speed of those steps alone, or of none.
rate() { grep "\"kind\":\"$1\",\"epoch\":1," $2/metrics.jsonl | sed -n 's/.*"images_per_s":\([0-9.]*\).*/\1/p'; }
expect 0 simsiam train demo "${tiny[@]}" --out six --stop_step 6 --log_every 1
expect 0 simsiam train --out six --resume --stop_after 1
awk -v e="$(rate epoch six)" '$1 > max { max = $1 } END { exit !(e > 0 && e <= 1.1 * max) }' <<<"$(rate step six)" ||
    fail "an epoch's speed $(rate epoch six) is above that of all its steps"
expect 0 simsiam train demo "${tiny[@]}" --out eight --stop_step 8
expect 0 simsiam train --out eight --resume --stop_after 1
[ -z "$(rate epoch eight)" ] || fail "an epoch without a step has a speed"
says eight/metrics.jsonl '"kind":"epoch".*"knn_top1"'

# Resuming what is finished says so and ends well.
expect 0 simsiam train --out b --resume
expect 0 simsiam train --out b --resume
says err 'nothing was left to do: 2 of 2 epochs are done'

# A file that claims to hold a network of 60 GB: refused by its tensors, before any memory is taken for it.
header='{"__metadata__":{"siam.arch":"resnet152","siam.stem":"cifar","siam.width":"1024","siam.in_channels":"3","siam.size":"32","siam.mean":"0,0,0","siam.std":"1,1,1"},"conv1.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
printf "\\x$(printf %02x $((${#header} & 255)))\\x$(printf %02x $((${#header} >> 8)))\\0\\0\\0\\0\\0\\0%s\\0\\0\\0\\0" "$header" >big.safetensors
expect 65 simsiam knn big.safetensors --data synth:train=16,test=16
says err "conv1\.weight"
# And a network that does not fit: refused, not killed.
if [ "$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 50 ]; then
    expect 71 simsiam knn random:resnet152 --width 1024 --data synth:train=16,test=16
fi
finish
