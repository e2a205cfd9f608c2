#!/bin/bash
# A Slurm of one machine, set up for this test in a temporary folder, and jobs that are interrupted in it:
#
#   a time limit that is too short, with --signal=USR1 and requeueing: the job ends by itself over several starts, with the bits of the
#   run that nobody disturbed; the same for a task of an array; scancel leaves a folder that --resume goes on with.
#
#   tests/slurm/run.sh [--keep]      about 8 minutes, root, Debian's slurmctld, slurmd, slurm-client and munge
#
# SIMSIAM_BINARY: the program, with libsiam_mpi.so beside it (default: build/release). Exit status 77: there is no Slurm to be had.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${SIMSIAM_BINARY:-$here/../../build/release/simsiam}") || exit 2
skip() { echo "skipped: $*"; exit 77; }
[ -x "$program" ] || { echo "there is no program; try: cmake --preset release && cmake --build --preset release"; exit 2; }
[ -e "${program%/*}/libsiam_mpi.so" ] || skip "there is no MPI (libopenmpi-dev)"
[ "$(id -u)" = 0 ] || skip "slurmd needs root"
for tool in slurmctld slurmd munged sbatch srun scancel scontrol; do
    command -v $tool >/dev/null || skip "there is no $tool (apt-get install slurmctld slurmd slurm-client munge)"
done
work=$(mktemp -d)
# The Slurm of this test alone: its processes are the ones that it started.
stop() {
    local p
    scancel --user=root 2>/dev/null && sleep 3
    for p in slurmd slurmctld munged; do
        [ -s "$work/$p.pid" ] && kill "$(cat "$work/$p.pid")" 2>/dev/null
    done
    sleep 1
    [ "${keep:-}" ] && echo "kept: $work" || rm -rf "$work"
}
trap stop EXIT
keep=
[ "${1:-}" != --keep ] || keep=1
cd "$work" || exit 1
chmod 755 "$work"
bad=0
fail() { bad=$((bad + 1)); echo "FAILED: $*"; }

# ---- Slurm
begin_slurm() {
    local host port=$((20000 + $$ % 10000))
    host=$(hostname -s)
    dd if=/dev/urandom of=munge.key bs=128 count=8 2>/dev/null
    chmod 600 munge.key
    munged --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" --log-file="$work/munged.log" \
        --seed-file="$work/munge.seed" 2>munged.err || { cat munged.err; return 1; }
    mkdir -p state spool tmp
    cat >slurm.conf <<EOF
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
TmpFS=$work/tmp
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
KillWait=20
JobRequeue=1
ReturnToService=2
MpiDefault=pmix
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
EOF
    export SLURM_CONF=$work/slurm.conf
    slurmctld 2>>slurmctld.err && slurmd 2>>slurmd.err || { cat slurmctld.err slurmd.err; return 1; }
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -q idle && return 0
        sleep 0.5
    done
    sinfo
    tail -n 20 slurmctld.log slurmd.log
    return 1
}
begin_slurm || skip "Slurm does not start here"
srun --mpi=list 2>&1 | grep -q pmix || skip "this Slurm has no pmix"

# ---- jobs
export OMP_WAIT_POLICY=passive XDG_CACHE_HOME=$work/cache PMIX_MCA_gds=hash
options=(--data synth:train=192,test=32 --width 8 --size 8 --dim 32 --batch 24 --tuning fixed --threads 1 --eval.every 0 --log_every 1000)
state() { scontrol show job "$1" 2>/dev/null | sed -nE 's/.*JobState=([A-Z]+).*/\1/p' | head -n 1; }
until_over() { # JOB SECONDS
    local s
    for _ in $(seq "$2"); do
        s=$(state "$1")
        case $s in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) echo "$s"; return ;; esac
        sleep 1
    done
    echo "${s:-gone}, after $2 s"
}
payload() { # RUN: of the last checkpoint, its tensors
    local f size head
    f=$1/checkpoints/$(cat "$1/checkpoints/last")
    [ -f "$f" ] || f=$f.safetensors
    size=$(stat -c %s "$f") && head=$(od -An -t u8 -N 8 "$f") && tail -c $((size - head - 8)) "$f"
}
same() { payload "$1" >a.payload && payload "$2" >b.payload && cmp -s a.payload b.payload || fail "$2 comes to other numbers than $1"; }
# The job of the README: status 75 says that there is more to do.
job() { # NAME RUN
    cat >"$1.sh" <<EOF
#!/bin/bash
#SBATCH --ntasks=2 --time=2 --signal=USR1@45 --requeue --open-mode=append --output=$work/$1.out
srun $program train demo ${options[*]} --epochs $epochs$2
status=\$?
[ \$status != 75 ] || scontrol requeue \$SLURM_JOB_ID
exit \$status
EOF
}
echo "== the undisturbed run"
began=$SECONDS
srun -n 2 "$program" train demo "${options[@]}" --epochs 20 --out probe >probe.out 2>&1 || { tail probe.out; fail "a run of 20 epochs"; }
epochs=${EPOCHS:-$((20 * 150 / (SECONDS - began > 0 ? SECONDS - began : 1)))} # about 150 s, for several starts
echo "$epochs epochs"
srun -n 2 "$program" train demo "${options[@]}" --epochs "$epochs" --out whole >whole.out 2>&1 || { tail whole.out; fail "the undisturbed run"; }
grep '^ranks' whole.out

echo "== a time limit that is too short"
job short ' --out short'
id=$(sbatch --parsable short.sh) || fail "sbatch"
end=$(until_over "$id" 600)
starts=$(grep -c '^ranks ' short.out)
echo "job $id: $end after $starts starts"
[ "$end" = COMPLETED ] || { fail "the job ends as $end"; tail -n 20 short.out; }
[ "$starts" -gt 1 ] || fail "it was not interrupted"
[ "$(grep -c 'stopped by SIGUSR1 after step .*; the state is saved' short.out)" = $((starts - 1)) ] || fail "not every stop is told once"
[ "$(grep -c 'this job of Slurm began this run, and goes on with it' short.out)" = $((starts - 1)) ] || fail "not every start goes on"
same whole short

echo "== an array, without --out"
job array ''
id=$(sbatch --parsable --array=3 array.sh) || fail "sbatch"
end=$(until_over "${id}_3" 600)
echo "job ${id}_3: $end after $(grep -c '^ranks ' array.out) starts"
[ "$end" = COMPLETED ] || { fail "the task ends as $end"; tail -n 20 array.out; }
same whole "runs/train-job-${id}_3"

echo "== scancel"
job cancelled ' --out cancelled'
sed -i 's/ --time=2 --signal=USR1@45//' cancelled.sh
id=$(sbatch --parsable cancelled.sh)
for _ in $(seq 60); do
    [ "$(grep -c '"step"' cancelled/metrics.jsonl 2>/dev/null)" -gt 0 ] 2>/dev/null && break
    sleep 0.5
done
sleep 3
scancel "$id"
end=$(until_over "$id" 60)
sleep 2
grep -h 'stopped by SIGTERM' cancelled.out || fail "scancel is not heard"
echo "job $id: $end"
srun -n 2 "$program" train --out cancelled --resume >>cancelled.out 2>&1 || { fail "a cancelled run does not resume"; tail cancelled.out; }
same whole cancelled
[ $bad = 0 ] && echo "all as expected"
exit $((bad > 0))
