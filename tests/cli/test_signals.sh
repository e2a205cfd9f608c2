#!/bin/bash
# How a run ends by signals: each with its own exit status, under nohup not by SIGHUP, by a second one at once.
. "$(dirname "$0")/lib.sh"
run=(train demo --data synth:train=64,test=8 --dim 32 --eval.every 0 --log_every 1 --threads 1 --tuning fixed --epochs 100000)
quick=(--width 8 --size 16 --batch 8 --save_every 100000)
slow=(--width 64 --size 32 --batch 64 --accum 16) # a step takes seconds

# begun FOLDER TEST OPTIONS...: a run in the background, as pid, that has come so far that its metrics pass the TEST of a file
begun() {
    local folder=$1 so_far=$2 n=0
    shift 2
    "$SIMSIAM_BINARY" "${run[@]}" "$@" --out "$folder" >out 2>err </dev/null &
    pid=$!
    until [ $so_far "$folder/metrics.jsonl" ]; do
        n=$((n + 1))
        [ $n -lt 3000 ] && kill -0 $pid || { fail "$folder did not begin"; cat err; return 1; }
        sleep 0.1
    done
}

busy() { awk '{ print $14 }' /proc/$pid/stat; } # hundredths of a second that the run has computed for

# ended STATUS: the run's exit status must be this
ended() {
    wait $pid
    local got=$?
    [ $got = "$1" ] || { fail "exit status $got, expected $1"; cat err; }
    grep -q '^simsiam: error' err && { fail "being stopped is no error"; cat err; }
}

status=([1]=129 [2]=130 [15]=143)
for signal in 1 2 15; do
    begun run$signal -s "${quick[@]}"
    kill -$signal $pid
    ended ${status[$signal]}
    says err 'the state is saved'
    says run$signal/run.json "\"exit_code\": ${status[$signal]}"
done

# A terminal that goes sends several: the first one counts, and what was done is saved.
begun gone -s "${quick[@]}"
kill -HUP $pid; kill -TERM $pid; kill -HUP $pid
wait $pid
got=$?
[ $got = 129 ] || [ $got = 143 ] || fail "a terminal that goes: exit status $got"
says err 'the state is saved'

# Ignored from the start, SIGHUP is no sign to stop.
trap '' HUP
begun stays -s "${quick[@]}"
kill -HUP $pid
sleep 0.5
silent_about err 'stopping'
kill -TERM $pid
ended 143
trap - HUP

# The second signal that somebody meant ends it at once, in the middle of a step.
for second in TERM INT; do
    begun at-once-$second -e "${slow[@]}"
    from=$(busy)
    while kill -0 $pid && [ $(($(busy) - from)) -lt 40 ]; do sleep 0.1; done # into the step: it looks once more before that
    kill -TERM $pid
    for _ in $(seq 600); do
        grep -q 'Ask again to stop at once' err && break
        sleep 0.05
    done
    kill -$second $pid
    ended $([ $second = INT ] && echo 130 || echo 143)
    silent_about err 'the state is saved'
    [ -z "$(ls -A at-once-$second/checkpoints 2>/dev/null)" ] || fail "it went on to save its work"
done
finish
