#!/bin/bash
# Ranks that cannot begin together: one that hangs before it joins, one that never answers, another version of the program.
. "$(dirname "$0")/lib.sh"
. "$here/lib_ranks.sh"
run=(train demo --data synth:train=32,test=8 --width 8 --size 8 --dim 32 --epochs 1 --batch 8 --tuning fixed --threads 1 --out no)
begins() { # STATUS TEXT, as each_rank: COMMAND... : COMMAND...
    local want=$1 text=$2 got
    shift 2
    SIMSIAM_CONNECT_SECONDS=${connect:-4} each_rank "$@" >out 2>err </dev/null
    got=$?
    echo "[$got] ${*//$SIMSIAM_BINARY/simsiam}"
    [ $got = "$want" ] || { fail "exit status $got, expected $want: $*"; cat err; }
    [ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: $*"; cat err; }
    [ "$(grep -c '^  try: ' err)" = 1 ] || { fail "not exactly one try line: $*"; cat err; }
    says err "$text"
    [ ! -e no ] || fail "a run that could not begin leaves something"
}
# As ../hints/lib.sh has it, of a launcher.
hint() { # FORMAT STATUS TEXT COMMAND... : COMMAND...
    begins "${@:2}"
    grep -qxF "  try: $1" err || { fail "the hint is not '$1'"; cat err; }
}
began=$SECONDS
begins 76 "rank 0 on .* has waited 4 s for the others of 2 ranks \((Open MPI's mpirun|mpiexec)\): those that have not said that they wait have not begun" \
    "$SIMSIAM_BINARY" "${run[@]}" : sleep 60
says err '^simsiam: rank 0 on .* waits for the other ranks to begin$'
begins 76 'rank 0 on .* has waited 4 s for the others of 3 ranks' \
    "$SIMSIAM_BINARY" "${run[@]}" : sleep 60 : "$SIMSIAM_BINARY" "${run[@]}"
says err '^simsiam: rank 2 on .* waits for the other ranks to begin$'
silent_about err 'rank 1'
hint 'hostname in the place of simsiam, started in the same way: a host that does not answer is missing' 76 'rank 1 on .* has waited 4 s' \
    sleep 60 : "$SIMSIAM_BINARY" "${run[@]}"
timeout 20 mpirun -n 2 hostname >out 2>err || fail "the hosts do not answer"
[ "$(grep -cxF "$(hostname)" out)" = 2 ] || { fail "not both answer"; cat out; }
[ $((SECONDS - began)) -lt 60 ] || fail "it took $((SECONDS - began)) s"

# A scheduler's SIGUSR1 that comes before there is anything to save: try again.
each_rank "$SIMSIAM_BINARY" "${run[@]}" : sleep 50 >out 2>err </dev/null &
launcher=$!
for _ in $(seq 100); do
    waiting=$(for p in $(pgrep -f "^$SIMSIAM_BINARY train .* --out no\$"); do [ "/proc/$p/cwd" -ef . ] && echo "$p"; done | head -n 1)
    [ -n "$waiting" ] && break
    sleep 0.1
done
sleep 1
kill -USR1 "$waiting"
wait $launcher
status=$?
[ $status = 75 ] || { fail "SIGUSR1 before the beginning ends with $status"; cat err; }

# Other bytes in the place of the version, of program and library alike.
version=$("$SIMSIAM_BINARY" version | sed -nE '1s/^simsiam ([^ ]+).*/\1/p')
mkdir other
for f in "$SIMSIAM_BINARY" "$plugin"; do
    sed "s/simsiam $version comm /simsiam ${version//?/9} comm /" "$f" >"other/${f##*/}"
    ! cmp -s "$f" "other/${f##*/}" || fail "${f##*/} has no version of its own"
done
chmod +x other/*
connect=60 begins 78 "rank 1 on .* has another version of the program \(simsiam [9.]* comm [0-9]*\) than rank 0 on .* \(simsiam $version comm" \
    "$SIMSIAM_BINARY" "${run[@]}" : "other/${SIMSIAM_BINARY##*/}" "${run[@]}"
cp "$SIMSIAM_BINARY" other/ # the library of another version than the program
begins 69 'libsiam_mpi.so is of another version than the program' "other/${SIMSIAM_BINARY##*/}" "${run[@]}" : sleep 1
finish
