#!/bin/bash
# Ranks that die: of 2 to 4 ranks a random one is killed (SIGKILL) or stopped (SIGSTOP) at a random instant. All others end, killed
# within 15 s, stopped within 60 s, no process is left, and resuming comes to the bits of the run that nobody disturbed.
#
#   tests/fault/ranks.sh [TIMES [SEED]]     default: 200 times; every second one is a stop, which takes its 40 s of silence
#
# EPOCHS: of a run (default: 30, of 4 steps). SIMSIAM_BINARY: the program, with libsiam_mpi.so beside it.
set -u
: "${EPOCHS:=30}"
times=${1:-200} RANDOM=${2:-1}
program=$(realpath "${SIMSIAM_BINARY:?is the program}")
[ -e "${program%/*}/libsiam_mpi.so" ] && command -v mpirun >/dev/null || { echo "skipped: there is no MPI (libopenmpi-dev, openmpi-bin)"; exit 77; }
work=$(mktemp -d)
cd "$work" || exit 1
# However it ends: what was tried counts.
trap 'trap - EXIT; tell; pkill -KILL -f -- "$work/run-"; rm -rf "$work"; exit $((bad > 0))' EXIT
trap 'exit' INT TERM
bad=0 killed=0 stopped=0 slowest_kill=0 slowest_stop=0
tell() { echo "$killed ranks killed, the others ended within $slowest_kill s; $stopped stopped, within $slowest_stop s; $bad of $((killed + stopped)) went wrong"; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMP_WAIT_POLICY=passive XDG_CACHE_HOME=$work/cache
options=(--data synth:train=96,test=16 --width 8 --size 8 --dim 32 --epochs "$EPOCHS" --batch 24 --tuning fixed --threads 1 --eval.every 10
    --save_minutes 0.005 --keep 2)
ranks() { local n=$1; shift; timeout 300 mpirun -n "$n" "$program" "$@" >"$work/told" 2>&1; }
payload() { # of the last checkpoint: its tensors
    local f=$1/checkpoints/step-$(printf %08d $((4 * EPOCHS))).safetensors size head
    size=$(stat -c %s "$f") && head=$(od -An -t u8 -N 8 "$f") && tail -c $((size - head - 8)) "$f"
}
# A rank that works on the run, by its number.
process_of() { # RUN RANK
    local pid
    for pid in $(pgrep -f -- "--out $1"); do
        tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxE "(OMPI_COMM_WORLD|PMI)_RANK=$2" && echo "$pid"
    done | tail -n 1
}
complain() { echo "FAILED: $*"; tail -n 15 told; bad=$((bad + 1)); }
for n in 2 3 4; do
    [ "$times" -gt 2 ] || [ $n = 2 ] || continue
    ranks $n train demo "${options[@]}" --out "$work/whole-$n" || { cat told; echo "the undisturbed run of $n ranks fails"; exit 1; }
done
for i in $(seq "$times"); do
    n=2
    [ "$times" -le 2 ] || n=$((2 + RANDOM % 3))
    run=$work/run-$i
    timeout 300 mpirun -n $n "$program" train demo "${options[@]}" --out "$run" >told 2>&1 &
    for _ in $(seq 400); do
        [ -e "$run/metrics.jsonl" ] && break
        sleep 0.05
    done
    sleep "0.$((RANDOM % 10))"
    victim=$((RANDOM % n)) signal=KILL most=15
    [ $((i % 2)) = 1 ] || signal=STOP most=60
    pid=$(process_of "$run" $victim)
    began=$SECONDS
    [ -z "$pid" ] || kill -$signal "$pid" 2>/dev/null
    wait %% 2>/dev/null
    status=$?
    took=$((SECONDS - began))
    if [ -n "$pid" ] && [ $status != 0 ]; then
        [ $took -le $most ] || complain "rank $victim of $n, SIG$signal: the others ended after $took s"
        if [ $signal = STOP ]; then
            stopped=$((stopped + 1))
            [ $took -le $slowest_stop ] || slowest_stop=$took
            [ $status = 76 ] || complain "rank $victim of $n, SIG$signal: exit status $status"
            grep -q "rank $victim on .* has not been heard of for 40 s" told || complain "nobody says which rank fell silent"
        else
            killed=$((killed + 1))
            [ $took -le $slowest_kill ] || slowest_kill=$took
        fi
    fi
    for _ in $(seq 100); do
        pgrep -f -- "--out $run" >/dev/null || break
        sleep 0.05
    done
    ! pgrep -f -- "--out $run" >/dev/null || complain "rank $victim of $n, SIG$signal: a process is left"
    ranks $n train --out "$run" --resume || complain "rank $victim of $n, SIG$signal: it does not resume"
    cmp -s <(payload "$run") <(payload "$work/whole-$n") || complain "rank $victim of $n, SIG$signal: it resumes to other numbers"
    rm -rf "$run"
    [ -t 1 ] && printf '\r%d of %d, about %d min left ' "$i" "$times" $((SECONDS * (times - i) / i / 60))
done
