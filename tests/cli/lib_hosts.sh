# Sourced by tests that need more than one host: network namespaces with names and mounts of their own, joined by a cable. mpirun
# starts its daemons in them through an agent of ours in the place of ssh. Skipped where namespaces cannot be made.

# A host NAME lives as long as a sleeping process in its namespaces.
declare -A host_pid=()
inside() { # HOST COMMAND...
    nsenter -t "${host_pid[$1]}" -n -u -m --wd="$PWD" -- "${@:2}"
}
# Processes on a host but the one that is it.
on_host() {
    local p ns=
    ns=$(readlink "/proc/${host_pid[$1]}/ns/net") || return
    for p in /proc/[0-9]*; do
        [ "$(readlink "$p/ns/net" 2>/dev/null)" = "$ns" ] && [ "${p#/proc/}" != "${host_pid[$1]}" ] && echo "${p#/proc/}"
    done
}
make_host() { # NAME
    local own
    own=$(readlink /proc/self/ns/net)
    unshare -n -u -m sleep 3600 2>/dev/null &
    host_pid[$1]=$!
    disown
    for _ in $(seq 100); do
        [ "$(readlink "/proc/${host_pid[$1]}/ns/net" 2>/dev/null)" = "$own" ] || break
        sleep 0.05
    done
    echo "${host_pid[$1]}" >"$work/$1.pid"
    inside "$1" hostname "$1" 2>/dev/null && inside "$1" ip link set lo up 2>/dev/null
}
end_hosts() {
    local h p
    for h in "${!host_pid[@]}"; do
        for p in $(on_host "$h"); do kill -KILL "$p" 2>/dev/null; done
        kill -KILL "${host_pid[$h]}" 2>/dev/null
    done
}
# Two hosts, h1 (10.77.0.1) and h2 (10.77.0.2), on one cable; and a wire between 10.78.0.1 and 10.78.0.2.
make_hosts() {
    [ "$(id -u)" = 0 ] && command -v ip >/dev/null && command -v nsenter >/dev/null || return 1
    trap 'end_hosts; rm -rf "$work"' EXIT
    make_host h1 && make_host h2 || return 1
    inside h1 ip link add cable type veth peer name cable netns "${host_pid[h2]}" 2>/dev/null || return 1
    inside h1 ip link add wire type veth peer name wire netns "${host_pid[h2]}" || return 1
    inside h1 ip addr add 10.78.0.1/24 dev wire && inside h2 ip addr add 10.78.0.2/24 dev wire || return 1
    inside h1 ip addr add 10.77.0.1/24 dev cable && inside h2 ip addr add 10.77.0.2/24 dev cable || return 1
    inside h1 ip link set cable up && inside h2 ip link set cable up || return 1
    inside h1 ip link set wire up && inside h2 ip link set wire up || return 1
    cat >"$work/agent" <<EOF
#!/bin/bash
# HOST COMMAND...: as ssh would
case \$1 in 10.77.0.1) host=h1 ;; *) host=h2 ;; esac
shift
exec nsenter -t "\$(cat "$work/\$host.pid")" -n -u -m --wd="$work" -- /bin/sh -c "\$*"
EOF
    chmod +x "$work/agent"
    export OMPI_MCA_plm_rsh_agent=$work/agent PRTE_MCA_plm_ssh_agent=$work/agent OMPI_MCA_btl=tcp,self
}
# Waits until h2 answers h1 over the cable, which takes a moment after it is up: nobody listens there, and it says so.
cable_answers() {
    for _ in $(seq 100); do
        inside h1 timeout 1 bash -c '</dev/tcp/10.77.0.2/1' 2>&1 | grep -q refused && return
        sleep 0.1
    done
    fail "the cable is up, and h2 does not answer"
}
# mpirun on h1 with a rank on each host; what is said is in out and err. $network: what the ranks' messages go over.
across() { # ARGUMENT of mpirun...
    inside h1 env OMPI_MCA_btl_tcp_if_include="${network:-cable}" OMPI_MCA_oob_tcp_if_include=cable timeout -k 5 200 mpirun --host 10.77.0.1:1,10.77.0.2:1 --map-by node "$@" >out 2>err </dev/null
}
payload() { # RUN STEP: the tensors of a checkpoint
    local f size head
    f=$1/checkpoints/step-$(printf %08d "$2").safetensors
    size=$(stat -c %s "$f") && head=$(od -An -t u8 -N 8 "$f") && tail -c $((size - head - 8)) "$f"
}
same() { # A B STEP: tensors of a checkpoint, to the bit
    payload "$1" "$3" >"$work/a.payload" && payload "$2" "$3" >"$work/b.payload" && cmp -s "$work/a.payload" "$work/b.payload" ||
        fail "$2 comes to other numbers than $1"
}
