# Sourced, behind lib.sh, by tests that start several ranks. Skipped without MPI.
plugin=$(dirname "$SIMSIAM_BINARY")/libsiam_mpi.so
[ -e "$plugin" ] && command -v mpirun >/dev/null || { echo "skipped: there is no MPI (libopenmpi-dev, openmpi-bin)"; exit 77; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps what it has until the process ends

payload() { # RUN STEP: the tensors of a checkpoint
    local f size head
    f=$1/checkpoints/step-$(printf %08d "$2").safetensors
    size=$(stat -c %s "$f") && head=$(od -An -t u8 -N 8 "$f") && tail -c $((size - head - 8)) "$f"
}
same() { # A B STEP: tensors of a checkpoint, to the bit
    payload "$1" "$3" >"$work/a.payload" && payload "$2" "$3" >"$work/b.payload" && cmp -s "$work/a.payload" "$work/b.payload" ||
        fail "$2 comes to other numbers than $1"
}
