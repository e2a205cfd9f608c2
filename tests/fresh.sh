#!/bin/bash
# What a release is tried with: scripts/demo and scripts/test in a bare Debian 12 and a bare Debian 13, each on a clean
# clone of this checkout's last commit, with nothing else installed. Needs root, debootstrap and a Debian mirror.
#
#   tests/fresh.sh [SUITE...]        default: bookworm trixie
#
# COMMAND replaces what is run; MIRROR the mirror, which is otherwise taken from this machine's apt sources.
set -eu
cd "$(dirname "$0")/.."
: "${COMMAND:=scripts/demo && scripts/test}" "${MIRROR:=}"
[ "$(id -u)" = 0 ] || { echo "fresh: error: a bare Debian is made as root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "fresh: error: debootstrap is missing; try: apt-get install debootstrap" >&2; exit 1; }
[ -n "$MIRROR" ] || MIRROR=$(grep -rhoE '(URIs: |^deb )https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list* |
    grep -oE 'https?://[^ ]+' | head -n 1)
[ -n "$MIRROR" ] || { echo "fresh: error: there is no Debian mirror in this machine's apt sources; set MIRROR" >&2; exit 1; }
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
    echo "fresh: note: what is not committed is left out" >&2

root=
leave() {
    [ -n "$root" ] || return 0
    for mount in dev/shm proc; do
        if mountpoint -q "$root/$mount"; then umount "$root/$mount"; fi
    done
    rm -rf --one-file-system "$root"
    root=
}
trap leave EXIT

# run SUITE: its own exit status is the command's
run() {
    root=$(mktemp -d)
    chmod 755 "$root"
    if ! debootstrap --variant=minbase "$1" "$root" "$MIRROR" >"$root.log" 2>&1; then
        tail -n 3 "$root.log" >&2
        return 1
    fi
    rm -f "$root.log"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true # how this machine reaches the mirror
    mount -t proc proc "$root/proc"
    mkdir -p "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/dev/shm"
    git clone -q --no-hardlinks . "$root/src"
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        bash -c "cd /src && $COMMAND"
}

failed=0
for suite in "${@:-bookworm trixie}"; do
    for one in $suite; do
        echo "fresh: $one: $COMMAND"
        status=0
        run "$one" || status=$?
        leave
        echo "fresh: $one: exit status $status"
        [ "$status" = 0 ] || failed=1
    done
done
exit "$failed"
