#!/bin/bash
# Hints of fetch (src/tasks/fetch.c). Nothing leaves this machine.
. "$(dirname "$0")/lib.sh"
export SIMSIAM_MODELS="$work/the models" no_proxy='*'
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
name=simsiam_resnet50_8xb32-coslr-100e_in1k
file=$SIMSIAM_MODELS/${name}_20220825-d07cb2e6.pth
# No model, but its SHA-256 begins like the model's (tests/cli/test_fetch.sh).
{ head -c 1048576 /dev/zero; printf 000000000d0eb6a0; } >good
cp good 'a good one'

hint 'simsiam list in1k' 2 simsiam fetch nothing
pasted
says out "$name"
hint '--from %s' 2 simsiam fetch $name --from "$work/good"
again "$said"
rm "$file"
hint '--from %s' 2 simsiam fetch $name --from "$work/a good one"
again "$said"
rm "$file"
hint "with the address of a copy: simsiam fetch %s --from URL; or put the file at '%s'" 66 \
    simsiam fetch $name --from "file://$work/nothing"
pasted "simsiam fetch $name --from URL" URL="file://$work/good"
rm "$file"
after 'put the file at' cp good "$file"
rm "$file"
echo another >other
hint 'with the address of another copy: simsiam fetch %s --from URL' 65 simsiam fetch $name --from "file://$work/other"
pasted "simsiam fetch $name --from URL" URL="file://$work/good"
rm "$file"
nowhere() { (unset SIMSIAM_MODELS XDG_CACHE_HOME HOME && simsiam "$@"); }
hint 'SIMSIAM_MODELS=DIR simsiam fetch %s' 78 nowhere fetch $name --from "file://$work/good"
pasted "$said" DIR=. $name="$name --from file://$work/good"
[ -s "${file##*/}" ] || fail "the file is not in the folder that was named"

# The partial file is a second name of something else.
echo mine >mine
ln mine "$file.part"
hint 'rm %s' 74 simsiam fetch $name --from "file://$work/good"
after "rm" eval "$said"
[ "$(cat mine)" = mine ] || fail "another file was written to"
rm "$file"

# Without libcurl: a file that is none stands in its place.
mkdir lib && echo nothing | tee lib/libcurl-gnutls.so.4 >lib/libcurl.so.4
without_curl() { LD_LIBRARY_PATH=$work/lib simsiam "$@"; }
hint 'apt-get install libcurl3-gnutls' 69 without_curl fetch $name --from "file://$work/good"
instead 'install libcurl3-gnutls' simsiam fetch $name --from "file://$work/good"
if command -v dpkg-query >/dev/null && dpkg-query -L libcurl3-gnutls >files 2>/dev/null; then
    says files 'libcurl-gnutls\.so\.4$'
fi
rm "$file"

# A transfer that breaks off goes on.
if command -v python3 >/dev/null; then
    python3 "$here/fetch_server.py" good port "file://$work/good" 2>requests &
    server=$!
    trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
    for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
    hint 'simsiam fetch %s%s%s' 74 simsiam fetch $name --from "http://127.0.0.1:$(cat port)/half"
    pasted
    says err 'going on after the first'
else
    echo "no python3 for the test's server: a transfer that breaks off is not tried"
fi
finish_hints
