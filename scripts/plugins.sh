# Sourced by test: PJRT plug-ins that compute on the processor, so that whole trainings behind one are tested. Wheels are zip files;
# pip only brings them, pinned by version and SHA-256, into build/plugins. Building and running simsiam need neither Python nor these.

# unpack WHEEL FOLDER
unpack_wheel() {
    if command -v unzip >/dev/null; then
        unzip -q -o "$1" -d "$2"
    elif command -v bsdtar >/dev/null; then
        mkdir -p "$2" && bsdtar -xf "$1" -C "$2"
    else
        python3 -m zipfile -e "$1" "$2"
    fi
}

# get_wheel NAME VERSION SHA256 FOLDER: download and unpack; what fails says why, the last line is enough.
get_wheel() {
    local name=$1 version=$2 sha256=$3 folder=$4 wheel
    rm -rf "$folder.part"
    mkdir -p "$folder.part" || return 1
    echo "$name==$version --hash=sha256:$sha256" >"$folder.part/wanted.txt"
    python3 -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: --require-hashes \
        -r "$folder.part/wanted.txt" -d "$folder.part" || return 1
    wheel=$(echo "$folder.part"/*.whl)
    echo "$sha256  $wheel" | sha256sum --check --quiet || return 1
    unpack_wheel "$wheel" "$folder.part" || return 1
    rm -f "$wheel" "$folder.part/wanted.txt"
    rm -rf "$folder"
    mv "$folder.part" "$folder"
}

# Which there are: version, file and SHA-256 of the wheel NAME.
know_plugin() {
    case $1 in
    xla-cpu-pjrt)
        version=0.0.1 file=xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so
        sha256=55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc
        ;;
    lammps-jax-pjrt-cpu)
        version=0.11.2 file=lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so
        sha256=1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1
        ;;
    jax-cuda13-pjrt) # these three for tests/aot
        version=0.12.0.1 file=jax_plugins/xla_cuda13/xla_cuda_plugin.so
        sha256=5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90
        ;;
    nvidia-cuda-runtime)
        version=13.5.37 file=nvidia/cu13/lib/libcudart.so.13
        sha256=df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d
        ;;
    nvidia-nvjitlink)
        version=13.5.37 file=nvidia/cu13/lib/libnvJitLink.so.13
        sha256=280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb
        ;;
    *) echo "simsiam: no plug-in is called $1" >&2 && return 1 ;;
    esac
}

# plugin_is_here NAME: without asking anybody
plugin_is_here() {
    local version sha256 file
    know_plugin "$1" && [ -f "$PWD/build/plugins/$1-$version/$file" ]
}

# fetch_plugin NAME: sets `plugin` to its path below the present folder; 1, and a line that says why, where it cannot be had.
fetch_plugin() {
    local version sha256 file folder why
    plugin=""
    know_plugin "$1" || return 1
    folder=$PWD/build/plugins/$1-$version
    if [ ! -f "$folder/$file" ]; then
        if ! python3 -m pip --version >/dev/null 2>&1; then
            why="there is no pip"
        else
            why=$(get_wheel "$1" "$version" "$sha256" "$folder" 2>&1 | grep . | tail -n 1)
        fi
        rm -rf "$folder.part"
    fi
    if [ ! -f "$folder/$file" ]; then
        echo "simsiam: no plug-in ($1 $version) could be had, so the tests that need it are skipped: ${why:-it is not in the wheel}" >&2
        return 1
    fi
    plugin=$folder/$file
}
