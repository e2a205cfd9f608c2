#!/bin/bash
# Signals and damage: the state is saved, a damaged newest checkpoint is passed over, none at all is an error.
. "$(dirname "$0")/lib.sh"
long=(--data synth:train=512,test=128 --width 16 --dim 64 --batch 64 --epochs 4000 --eval.every 0 --threads 2)

# Wait until a file is there; a busy machine may need minutes for that.
await() {
    local n=0
    until [ -s "$1" ]; do
        n=$((n + 1))
        [ $n -lt 3000 ] || { fail "$1 did not appear"; return 1; }
        sleep 0.1
    done
}

number() { case $1 in HUP) echo 129 ;; INT) echo 130 ;; TERM) echo 143 ;; esac; }

for signal in INT TERM HUP; do
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
    want=$(number $signal)
    [ $status = $want ] || { fail "SIG$signal should exit $want, not $status"; cat err; }
    grep -q '^simsiam: error' err && fail "being stopped is no error"
    says err "stopped by (SIG$signal|Ctrl-C) after step [0-9]+; the state is saved"
    says run-$signal/run.json "\"exit_code\": $want"
    [ -s "run-$signal/checkpoints/$(basename "$(cat run-$signal/checkpoints/last)")" ] || fail "no state saved"
    expect 0 simsiam info run-$signal
done

# A terminal that goes sends more than one signal: none of them cuts the saving short. A second SIGTERM does.
"$SIMSIAM_BINARY" train demo "${long[@]}" --out gone >out 2>err </dev/null &
pid=$!
await gone/checkpoints/last
kill -HUP $pid; kill -HUP $pid; kill -TERM $pid; kill -HUP $pid
wait $pid
status=$?
[ $status = 129 ] || [ $status = 143 ] || fail "a terminal that goes: exit status $status"
says err 'the state is saved'
expect 0 simsiam info gone

# nohup: SIGHUP stays ignored.
(trap '' HUP; exec "$SIMSIAM_BINARY" train demo "${long[@]}" --out stays >out 2>err </dev/null) &
pid=$!
await stays/checkpoints/last
kill -HUP $pid
sleep 0.5
kill -0 $pid || fail "a run that ignores SIGHUP ended by it"
kill -TERM $pid
wait $pid
[ $? = 143 ] || fail "it should end by SIGTERM"

# The other verbs that can be stopped: nothing is left in part.
probe=(random:resnet18 --width 8 --stem cifar --size 32 --data synth:train=20000,test=20000 --threads 1)
for signal in TERM HUP; do
    "$SIMSIAM_BINARY" linear "${probe[@]}" --epochs 1000 --log_every 1 --out probe-$signal >out 2>err </dev/null &
    pid=$!
    await probe-$signal/metrics.jsonl
    kill -$signal $pid
    wait $pid
    [ $? = "$(number $signal)" ] || fail "linear, stopped by SIG$signal: exit status $?"
    says err "stopped by SIG$signal after step [0-9]+; the state is saved"
    says probe-$signal/run.json "\"exit_code\": $(number $signal)"

    "$SIMSIAM_BINARY" extract "${probe[@]}" -o features.npy >out 2>err </dev/null &
    pid=$!
    for _ in $(seq 600); do # until it has a file of no name yet: before that the signal ends it as any program
        ls -l /proc/$pid/fd 2>/dev/null | grep -qE '\(deleted\)|\.tmp-' && break
        sleep 0.1
    done
    kill -$signal $pid
    wait $pid
    status=$?
    [ $status = "$(number $signal)" ] || { fail "extract, stopped by SIG$signal: exit status $status"; cat out err; }
    says err '^simsiam: stopped while reading features$'
    [ -z "$(ls -A | grep features)" ] || fail "part of the features is left"
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
