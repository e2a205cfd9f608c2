#!/bin/bash
# Training on two hosts: as on one, to the bit; what is said when the hosts do not see the same; the cable that is cut in mid-step.
. "$(dirname "$0")/lib.sh"
. "$here/lib_hosts.sh"
. "$here/lib_ranks.sh"
make_hosts || { echo "skipped: two hosts need namespaces: root, iproute2 and util-linux"; exit 77; }
run=(--data synth:train=96,test=32 --width 8 --size 8 --dim 32 --epochs 2 --batch 16 --tuning fixed --log_every 1 --threads 1)
trains() { # STATUS TEXT ARGUMENT of train...
    local want=$1 text=$2 got
    shift 2
    across -n 2 "$SIMSIAM_BINARY" train "$@"
    got=$?
    echo "[$got] two hosts: $*"
    [ $got = "$want" ] || { fail "exit status $got, expected $want: $*"; tail -n 20 err; }
    [ "$want" = 0 ] || [ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: $*"; cat err; }
    [ -z "$text" ] || says err "$text"
}

# ---- the same as on one host
timeout 120 mpirun -n 2 "$SIMSIAM_BINARY" train demo "${run[@]}" --out pair >out 2>err </dev/null || { fail "two ranks on one host"; cat err; }
trains 0 '^ranks   2 ranks on 2 hosts, 1 thread each, .*, SyncBN on$' demo "${run[@]}" --out apart
same pair apart 12

# ---- hosts that do not see the same
mkdir pics other
n=0
for f in "$SIMSIAM_SOURCE"/tests/data/codec/grey*.png; do
    n=$((n + 1))
    cp "$f" pics/$n.png && cp "$f" other/$n.png
    [ $n = 8 ] && break
done
cp pics/1.png pics/9.png && cp pics/1.png other/10.png
small=(--width 8 --size 8 --dim 32 --epochs 1 --batch 8 --tuning fixed --threads 1)
pictures=(--data pics "${small[@]}")
trains 0 '' demo "${pictures[@]}" --out seen
inside h2 mount --bind other pics
trains 78 'rank 1 on h2 has other images than rank 0 on h1: all ranks must work on the same$' demo "${pictures[@]}" --out no
inside h2 umount pics && inside h2 mount -t tmpfs none pics # a file system that is not mounted leaves an empty folder
trains 65 "rank 1 on h2: the folder 'pics' is empty" demo "${pictures[@]}" --out no
inside h2 umount pics && mkdir disk && mv pics disk && inside h2 mount -t tmpfs none disk
trains 66 "rank 1 on h2: there is no 'disk/pics'" demo --data disk/pics "${small[@]}" --out no
[ ! -e no ] || fail "a refused run leaves something"
mkdir runs && inside h2 mount -t tmpfs none runs # the run folder is the first rank's
trains 0 '' demo "${run[@]}" --out runs/a

# ---- a network that is closed to MPI alone: what is sent over the wire goes to nobody
lost=02:00:00:00:00:01
inside h1 ip neigh replace 10.78.0.2 lladdr $lost dev wire && inside h2 ip neigh replace 10.78.0.1 lladdr $lost dev wire
began=$SECONDS
hint() { # FORMAT NETWORK: as ../hints/lib.sh has it
    export SIMSIAM_CONNECT_SECONDS=8
    network=$2 across -x SIMSIAM_CONNECT_SECONDS -n 2 "$SIMSIAM_BINARY" train demo "${run[@]}" --out no
    status=$?
    echo "[$status] a closed network, after $((SECONDS - began)) s"
    [ $status = 76 ] || { fail "a closed network ends with $status"; tail -n 20 err; }
    grep -qxF "  try: $1" err || { fail "the hint is not '$1'"; cat err; }
}
hint 'another network (Open MPI: --mca btl_tcp_if_include eth0), or a firewall that lets these hosts talk on all ports' wire
says err 'simsiam: error: rank 0 on h1 has not heard of rank 1 on h2 within 8 s: the network between them may be closed to MPI$'
[ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line"; cat err; }
[ ! -e no ] || fail "a run that could not begin leaves something"
network=cable trains 0 '' demo "${run[@]}" --out opened

# ---- the cable is cut in mid-step
long=(--data synth:train=96,test=16 --width 8 --size 8 --dim 32 --epochs 24 --batch 24 --tuning fixed --threads 1 --eval.every 8
    --save_minutes 0.005 --keep 2)
trains 0 '' demo "${long[@]}" --out whole
left_of() { # PATTERN: processes on both hosts, by their command line
    local h p
    for h in h1 h2; do
        for p in $(on_host $h); do tr '\0' ' ' 2>/dev/null <"/proc/$p/cmdline" | grep -a "$1" | cut -c1-60 | sed "s/^/$h: /"; done
    done
}
cut_cable() { # RUN PATTERN ARGUMENT of mpirun...: start it, take the cable down, and wait for PATTERN to end
    rm -rf "$1"
    across "${@:3}" -n 2 "$SIMSIAM_BINARY" train demo "${long[@]}" --out "$1" &
    launcher=$!
    for _ in $(seq 400); do
        [ -s "$1/checkpoints/last" ] && break
        sleep 0.05
    done
    inside h1 ip link set cable down
    began=$SECONDS
    for _ in $(seq 600); do
        [ -n "$(left_of "$2")" ] || break
        sleep 0.1
    done
    took=$((SECONDS - began))
    [ -z "$(left_of "$2")" ] || fail "left $took s after the cable was cut: $(left_of "$2")"
    [ $took -le 60 ] || fail "it took $took s"
    inside h1 ip link set cable up
    wait $launcher
    status=$?
    cable_answers
    echo "the cable was cut: '$2' ended after $took s, mpirun with $status"
}
# The ranks end by themselves; mpirun and its daemon wait for each other until the cable is back.
cut_cable cut "^$SIMSIAM_BINARY"
[ $status = 76 ] || { fail "mpirun ends with $status"; cat err; }
trains 0 '' --out cut --resume
same whole cut 96
# Where they look after their connection, nothing is left on either host (docs/SCALE.md). The status is Open MPI's own.
cut_cable all . --mca oob_tcp_keepalive_time 10 --mca oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 3
[ $status != 0 ] || fail "mpirun ends with $status"
trains 0 '' --out all --resume
same whole all 96
finish
