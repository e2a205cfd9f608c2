#!/bin/bash
# Signals and damage: the state is saved, a damaged newest checkpoint is passed over, none at all is an error.
. "$(dirname "$0")/lib.sh"
long=(--data synth:train=512,test=128 --width 16 --dim 64 --batch 64 --epochs 4000 --eval.every 0 --threads 2)

# Wait until a file is there, for a minute at most.
await() {
    local n=0
    until [ -s "$1" ]; do
        n=$((n + 1))
        [ $n -lt 600 ] || { fail "$1 did not appear"; return 1; }
        sleep 0.1
    done
}

for signal in INT TERM; do
    # In a shell of its own: background jobs ignore SIGINT otherwise.
    (trap - INT; exec "$SIMSIAM_BINARY" train demo "${long[@]}" --out run-$signal >out 2>err </dev/null) &
    pid=$!
    await run-$signal/checkpoints/last
    if [ $signal = INT ] && grep -q '^SigIgn:.*[2367abef]$' /proc/$pid/status; then
        echo "SIGINT is ignored here, left out" # POSIX shells start background jobs so
        kill -TERM $pid
        wait $pid
        continue
    fi
    kill -$signal $pid
    wait $pid
    status=$?
    [ $signal = INT ] && want=130 || want=143
    [ $status = $want ] || { fail "SIG$signal should exit $want, not $status"; cat err; }
    grep -q '^simsiam: error' err && fail "being stopped is no error"
    [ -s "run-$signal/checkpoints/$(basename "$(cat run-$signal/checkpoints/last)")" ] || fail "no state saved"
    expect 0 simsiam info run-$signal
done

# Two checkpoints, the newer one damaged: a warning, and the run goes on from the older one.
expect 0 simsiam train demo "${tiny[@]}" --epochs 3 --out d --stop_after 2
cp -r d undamaged
newest=$(ls d/checkpoints/*.safetensors | tail -n 1)
size=$(stat -c %s "$newest")
printf 'damage' | dd of="$newest" bs=1 seek=$((size - 100)) conv=notrunc 2>/dev/null
expect 0 simsiam train demo "${tiny[@]}" --epochs 3 --out d --resume
cat out err | grep -qiE 'damaged' || fail "a damaged checkpoint is not mentioned"
expect 0 simsiam train demo "${tiny[@]}" --epochs 3 --out undamaged --resume
cmp -s d/model.safetensors undamaged/model.safetensors || fail "the older checkpoint leads elsewhere"

# All of them damaged: an error, no fresh start.
for f in d/checkpoints/*.safetensors; do
    head -c 100 "$f" >cut && cp cut "$f"
done
cp d/model.safetensors before
expect 65 simsiam train demo "${tiny[@]}" --epochs 3 --out d --resume
cmp -s d/model.safetensors before || fail "the model was overwritten"
finish
