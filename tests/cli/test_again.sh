#!/bin/bash
# Runs that are stopped for now and go on later: a time that is over, a scheduler's SIGUSR1, and jobs of Slurm that are started again.
. "$(dirname "$0")/lib.sh"
run=(--data synth:train=64,test=16 --width 8 --size 8 --dim 32 --batch 16 --threads 1 --tuning fixed --eval.every 0)
unset SLURM_JOB_ID SLURM_ARRAY_JOB_ID SLURM_ARRAY_TASK_ID

# ---- a time
expect 75 simsiam train demo "${run[@]}" --epochs 100000 --save_every 100000 --time 1s --out timed
says err 'stopped by --time after step [0-9]*; the state is saved in timed$'
says err 'try: simsiam train --out timed --resume$'
says timed/run.json '"exit_code": 75'
first=$(cat timed/checkpoints/last)
expect 75 simsiam train --out timed --resume --time .5s
[ "$first" != "$(cat timed/checkpoints/last)" ] || fail "nothing was done in half a second"
for step in 1 2 3; do # a time that opening alone uses up: a step is made all the same
    more=("demo" "${run[@]}" --epochs 9)
    [ $step = 1 ] || more=(--resume)
    expect 75 simsiam train "${more[@]}" --time .001s --out brief
    says err "stopped by --time after step $step; "
done
expect 0 simsiam train demo "${run[@]}" --epochs 1 --time 8h --out long
for time in x 5y 1hh -3s 1e99 h; do
    expect 78 simsiam train demo "${run[@]}" --time=$time --out no
    says err "run.time is '$time', which is no time\$"
done

# ---- a signal that a scheduler gives before it ends the job; asked twice, or told to end by SIGTERM, the run still saves
for second in USR1 TERM; do
    # a step is long enough for a second signal
    "$SIMSIAM_BINARY" train demo "${run[@]}" --width 32 --size 32 --batch 64 --epochs 100000 --save_every 100000 --out told-$second >out 2>err </dev/null &
    pid=$!
    for _ in $(seq 400); do
        [ -s told-$second/metrics.jsonl ] && break
        sleep 0.05
    done
    kill -USR1 $pid
    for _ in $(seq 400); do
        grep -q '^simsiam: stopping' err && break
        sleep 0.05
    done
    kill -$second $pid 2>/dev/null
    wait $pid
    [ $? = 75 ] || fail "SIGUSR1, and SIG$second after it, end it with another status"
    says err 'stopped by SIGUSR1 after step'
    [ -s told-$second/checkpoints/last ] || fail "nothing was saved"
done

# ---- jobs of Slurm
export SLURM_JOB_ID=4711
line=(simsiam train demo "${run[@]}" --epochs 12 --time .3s) # the same line again and again
for n in $(seq 60); do
    "${line[@]}" >out 2>err </dev/null
    status=$?
    [ $status = 75 ] || break
    [ -d runs/train-job-4711/checkpoints ] || fail "the folder of a job has another name"
done
[ $status = 0 ] && [ "$n" -gt 1 ] || fail "a job that is started again does not come to its end: status $status after $n times"
says err 'this job of Slurm began this run, and goes on with it$'
says err 'resumed after step [0-9]* of 48$'
unset SLURM_JOB_ID
expect 0 simsiam train demo "${run[@]}" --epochs 12 --out straight
cmp -s straight/model.safetensors runs/train-job-4711/model.safetensors || fail "a job that was started twice has other weights"
# Another command of the same job has a folder of its own; one of the same folder is not taken for the run that began there.
job() { env SLURM_JOB_ID=4711 "$SIMSIAM_BINARY" train demo "${run[@]}" --epochs 1 "$@"; }
expect 0 job --seed 3
[ -s runs/train-job-4711-2/model.safetensors ] || fail "a job's second command has another folder"
expect 0 job --seed 3
says err 'nothing was left to do'
expect 73 job --seed 4 --out runs/train-job-4711
expect 0 env SLURM_JOB_ID=4712 "$SIMSIAM_BINARY" train demo "${run[@]}" --epochs 1 --seed 3
expect 0 env SLURM_JOB_ID=4712 "$SIMSIAM_BINARY" train demo "${run[@]}" --epochs 1 # the beginning of that command is another one
[ -s runs/train-job-4712-2/model.safetensors ] || fail "a shorter command goes on with the run of a longer one"
SLURM_CLUSTER_NAME=other expect 0 job --seed 3
[ -s runs/train-job-4711-3/model.safetensors ] || fail "two clusters' jobs share a folder"
task() { env SLURM_JOB_ID="$1" SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID="$2" "$SIMSIAM_BINARY" train demo "${run[@]}" --epochs 1 --out task; }
expect 0 task 5 3
expect 73 task 6 4
expect 0 task 7 3 # the task, started again under another number of its own
says err 'nothing was left to do'
expect 0 env SLURM_JOB_ID=../x "$SIMSIAM_BINARY" train demo "${run[@]}" --epochs 1 --out odd # no number of a job
finish
