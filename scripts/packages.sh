# Sourced by build and test: install what the build needs and is not there yet, saying so. The names are those of Debian 12 and
# 13, where it is tried; Ubuntu 24.04 publishes the same ones (untried).
packages="gcc libc6-dev cmake ninja-build pkg-config libdnnl-dev libyaml-dev libjansson-dev libarchive-dev
    libxxhash-dev libisal-dev liblapack3 zlib1g-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev libgif-dev libcmocka-dev nettle-dev
    libcurl4-gnutls-dev ca-certificates"

# The name that Fedora gives to the contents of a Debian package.
fedora_name() {
    case $1 in
    libc6-dev) echo glibc-devel ;;
    g++) echo gcc-c++ ;;
    pkg-config) echo pkgconf-pkg-config ;;
    libdnnl-dev) echo onednn-devel ;;
    zlib1g-dev) echo zlib-devel ;;
    libjpeg-dev) echo libjpeg-turbo-devel ;;
    libgif-dev) echo giflib-devel ;;
    libxxhash-dev) echo xxhash-devel ;;
    libisal-dev) echo isa-l-devel ;;
    libjansson-dev) echo jansson-devel ;;
    liblapack3) echo lapack ;;
    nettle-dev) echo nettle-devel ;;
    libcurl4-gnutls-dev) echo libcurl-devel ;;
    openmpi-bin) echo openmpi ;;
    *-dev) echo "${1%-dev}-devel" ;;
    *) echo "$1" ;;
    esac
}

# Without dpkg nothing is installed, only named.
name_packages() {
    local name fedora=""
    for name in $packages; do fedora="$fedora $(fedora_name "$name")"; done
    echo "simsiam: this is no Debian or Ubuntu, so nothing is installed; what the build needs, if it is not there yet:" >&2
    echo "  Fedora (untried): dnf install$fedora" >&2
    echo "  elsewhere the equivalents of:" $packages >&2
}

# install_packages [MORE...]
install_packages() {
    packages="$packages $*"
    if ! command -v dpkg-query >/dev/null; then
        name_packages
        return 0
    fi
    local missing="" name
    for name in $packages; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    local root=""
    if [ "$(id -u)" != 0 ]; then
        root=sudo
        if ! command -v sudo >/dev/null; then
            echo "simsiam: error: these packages are missing:$missing" >&2
            echo "  try: apt-get install$missing    (as root)" >&2
            return 1
        fi
    fi
    echo "simsiam: installing Debian packages:$missing"
    local log
    log=$(mktemp)
    if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        echo "simsiam: error: apt-get could not install:$missing" >&2
        echo "  try: apt-get install$missing" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Configure and build a preset quietly; everything is shown when it fails.
build_preset() {
    local log
    log=$(mktemp)
    echo "simsiam: building the $1 preset in build/$1"
    if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "simsiam: error: the $1 preset did not build" >&2
        return 1
    fi
    rm -f "$log"
}
