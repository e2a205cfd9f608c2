#!/bin/bash
# An installed tree, moved afterwards, serves the two examples: through pkg-config with the shared and with the static
# library, and through find_package. Nothing but the tree is in the include and library paths.
set -u
: "${SIMSIAM_SOURCE:?}" "${SIMSIAM_BUILD:?is the build folder}"
cc=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
export CMAKE_GENERATOR=Ninja # what the build itself needs; make need not be here
failures=0
fail() { failures=$((failures + 1)); echo "FAILED: $*"; tail -n 20 out; }
# try WHAT COMMAND...
try() { local what=$1; shift; "$@" >out 2>&1 || fail "$what"; }
command -v pkg-config >/dev/null || { echo "no pkg-config here"; exit 77; }

DESTDIR=$work/stage cmake --install "$SIMSIAM_BUILD" --prefix /opt/simsiam >out 2>&1 || { cat out; exit 1; }
mv stage/opt/simsiam "$work/my tree" && mv "$work/my tree" tree
(cd tree && find . -type f -o -type l | sort) >have
sort >want <<END
./bin/simsiam
./include/siam.h
./lib/cmake/simsiam/simsiam-config-version.cmake
./lib/cmake/simsiam/simsiam-config.cmake
./lib/libsiam.a
./lib/libsiam.so
./lib/libsiam.so.0
./lib/libsiam.so.0.1.0
./lib/pkgconfig/simsiam.pc
./share/doc/simsiam/LICENSE
./share/doc/simsiam/NOTICE
END
sed -i 's|^\./lib/x86_64[^/]*/|./lib/|' have
[ ! -e "$SIMSIAM_BUILD/libsiam_mpi.so" ] || echo ./lib/simsiam/libsiam_mpi.so >>want # where there is MPI
sort -o want want
diff want have >out || fail "another tree than expected"
grep -rlF "$work" tree >out 2>/dev/null && fail "the tree names the folder where it was made"
export PKG_CONFIG_PATH=$work/tree/lib/pkgconfig
unset PKG_CONFIG_LIBDIR
tree/bin/simsiam version >out 2>&1 || fail "the installed program does not run"
[ "$(pkg-config --modversion simsiam)" = 0.1.0 ] || fail "pkg-config does not find simsiam"

sanitize=${SIAM_SANITIZE:+-fsanitize=$SIAM_SANITIZE}
flags="-std=c17 -Wall -Wextra -Wpedantic -Werror $sanitize"
# use FOLDER: run both examples there
use() {
    local here=$1
    try "$here: pretrain" "$here/pretrain" "$here/run" epochs=1 batch=32 width=4 dim=16 threads=1 workers=1 eval.k=5 \
        data=synth:train=64,test=32
    grep -Eq '^epoch 1 of 1: loss -?0\.[0-9]*, gauge' out && grep -q '^resnet18: 32 features' out || fail "$here: what pretrain says"
    try "$here: embed" "$here/embed" "$here/run" "$SIMSIAM_SOURCE/tests/data/codec/optimised.jpg" \
        "$SIMSIAM_SOURCE/tests/data/codec/optimised.jpg"
    grep -qx 'resnet18, 32 features: cosine 1.0000' out || fail "$here: what embed says"
    "$here/embed" "$here/none" a b >out 2>&1 && fail "$here: embed without a model succeeds"
    grep -q "^embed: .*none" out || fail "$here: embed does not say what is missing"
    "$here/pretrain" "$here/other" nonsense=1 >out 2>&1 && fail "$here: pretrain with a wrong key succeeds"
    grep -q "^pretrain: .*nonsense" out || fail "$here: pretrain does not say which key is wrong"
}

mkdir shared static package
for name in embed pretrain; do
    # shellcheck disable=SC2046
    try "compiling $name, shared" $cc $flags -o shared/$name "$SIMSIAM_SOURCE/examples/$name.c" \
        $(pkg-config --cflags --libs simsiam) -lm -Wl,-rpath,"$work/tree/lib"
done
ldd shared/embed >out; grep -q "libsiam.so.0 => $work/tree" out || fail "the shared example does not use the library of the tree"
use shared

try "configuring with find_package" cmake -S "$SIMSIAM_SOURCE/examples" -B package -DCMAKE_PREFIX_PATH="$work/tree" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags"
try "building with find_package" cmake --build package
use package

rm tree/lib/libsiam.so*
for name in embed pretrain; do
    # shellcheck disable=SC2046
    try "compiling $name, static" $cc $flags -o static/$name "$SIMSIAM_SOURCE/examples/$name.c" \
        $(pkg-config --static --cflags --libs simsiam) -lm
done
ldd static/embed >out; grep -q libsiam out && fail "the static example needs libsiam.so"
use static
cmp -s shared/run/model.safetensors static/run/model.safetensors || { : >out; fail "the two libraries train different models"; }
cmake -S "$SIMSIAM_SOURCE/examples" -B broken -DCMAKE_PREFIX_PATH="$work/tree" >out 2>&1 &&
    fail "find_package takes a tree without its library"
tr -s ' \n' ' ' <out | grep -q 'install simsiam again' || fail "find_package does not say what is missing"
[ "$failures" = 0 ] && echo "all as expected" && exit 0
echo "$failures checks failed"
exit 1
