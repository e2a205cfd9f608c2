# For tests of several ranks, behind lib.sh: `works` and `refuses` run the program under mpirun. Skips the test where there is no MPI.
plugin=$(dirname "$SIMSIAM_BINARY")/libsiam_mpi.so
[ -e "$plugin" ] && command -v mpirun >/dev/null || { echo "skipped: there is no MPI (libopenmpi-dev, openmpi-bin)"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps what it has until the process ends
# Each rank writes its standard output itself: the mpirun of Open MPI 5.0.7 loses bytes of what it passes on.
cat >write_out.sh <<'END'
exec "$@" >"out.${OMPI_COMM_WORLD_RANK:-${PMI_RANK:?}}"
END
ranks() { # N ARGUMENT...: mpirun says a good deal of its own
    local n=$1 status
    shift
    rm -f out.*
    timeout 120 mpirun -n "$n" bash "$PWD/write_out.sh" "$SIMSIAM_BINARY" "$@" >out 2>err </dev/null
    status=$?
    cat out.* >>out
    return $status
}
# COMMAND... : COMMAND...: a rank runs each of them. mpirun has colons itself, and crashes over them in 5.0.7.
each_rank() {
    local word n=0
    printf 'case ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:?}} in 0) exec' >each_rank.sh
    for word; do
        if [ "$word" = : ]; then
            n=$((n + 1))
            printf ' ;; %d) exec' $n >>each_rank.sh
        else
            printf ' %q' "$word" >>each_rank.sh
        fi
    done
    echo ' ;; *) exit 97 ;; esac' >>each_rank.sh
    timeout 120 mpirun -n $((n + 1)) bash "$PWD/each_rank.sh"
}
works() { # N ARGUMENT...
    ranks "$@"
    local got=$?
    echo "[$got] $1 ranks: ${*:2}"
    [ $got = 0 ] || { fail "exit status $got: $*"; tail -n 20 err; }
}
refuses() { # STATUS TEXT N ARGUMENT...
    ranks "${@:3}"
    local got=$?
    echo "[$got] $3 ranks: ${*:4}"
    [ $got = "$1" ] || { fail "exit status $got, expected $1: ${*:3}"; tail -n 20 err; }
    [ "$(grep -c 'simsiam: error: ' err)" = 1 ] || { fail "not exactly one error line: ${*:3}"; cat err; }
    says err "$2"
}
