# Sourced by build and test: install what the build needs on Debian 12 and is not there yet, saying so.
packages="gcc libc6-dev cmake ninja-build pkg-config libdnnl-dev libyaml-dev libjansson-dev libarchive-dev
    libxxhash-dev liblapack-dev zlib1g-dev libjpeg62-turbo-dev libpng-dev libcmocka-dev nettle-dev
    libcurl4-gnutls-dev ca-certificates"

# install_packages [MORE...]
install_packages() {
    packages="$packages $*"
    if ! command -v dpkg-query >/dev/null; then
        echo "simsiam: this is no Debian; needed are the equivalents of: $(echo $packages)" >&2
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
