#!/bin/bash
# fetch: downloads, goes on after breaks, refuses what is another file; list and the models folder. Nothing here leaves
# this machine.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "no python3 for the test's server"; exit 77; }
export SIMSIAM_MODELS=$work/models no_proxy='*'
unset CURL_CA_BUNDLE SSL_CERT_FILE http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

name=simsiam_resnet50_8xb32-coslr-100e_in1k
file=$SIMSIAM_MODELS/${name}_20220825-d07cb2e6.pth
# No model, but its SHA-256 begins like the model's: a MiB of zeros and a number that was searched for.
{ head -c 1048576 /dev/zero; printf 000000000d0eb6a0; } >good
[ "$(sha256sum <good | cut -c 1-8)" = d07cb2e6 ] || fail "the stand-in has another checksum"

python3 "$here/fetch_server.py" good port "file://$work/good" 2>requests &
servers=$!
trap 'kill $servers 2>/dev/null; rm -rf "$work"' EXIT
started() { for _ in $(seq 100); do [ -s "$1" ] && break; sleep 0.1; done; }
started port
[ -s port ] || { echo "the test's server does not start"; exit 77; }
at=http://127.0.0.1:$(cat port)

fetch() { expect "$1" simsiam fetch $name --from "$2"; }
arrived() { cmp -s good "$file" || fail "the file did not arrive"; only_file; rm -f "$file"; }
only_file() { [ "$(ls "$SIMSIAM_MODELS")" = "${file##*/}" ] || { fail "more than the file is there"; ls "$SIMSIAM_MODELS"; }; }
nothing_there() { [ -z "$(ls "$SIMSIAM_MODELS" 2>/dev/null)" ] || { fail "something was left"; ls -l "$SIMSIAM_MODELS"; }; }
asked() { tail -n 1 requests | grep -qx -- "$1" || fail "the last request was '$(tail -n 1 requests)', not '$1'"; }
begun() { head -c "$1" "${2:-good}" >"$file.part"; } # as an earlier fetch that broke off leaves it

expect 0 simsiam list $name
says out "  $name"
says out 'parameters 38\.20 M   flops 4\.11 G   top-1 -   sha256 d07cb2e6'
says out 'https://download\.openmmlab\.com/.*-d07cb2e6\.pth'
says out 'not here'
expect 0 simsiam list 'resnet50_simsiam-*'
says out 'parameters 25\.56 M   flops 4\.11 G   top-1 68\.30 %   sha256 f53ba400'
says out 'parameters 25\.56 M   flops 4\.11 G   top-1 69\.80 %   sha256 519b5135'

# Whole, from each kind of place.
fetch 0 "file://$work/good"
says out "is here: 1\.0 MiB, SHA-256 d07cb2e6\.\.\., '$file'"
expect 0 simsiam list $name
says out "here: $file"
silent_about out 'not here'
arrived
fetch 0 $at/good
asked '/good -'
arrived
fetch 0 $at/plain
arrived
fetch 0 $at/moved
arrived

# A second time there is nothing to do, and nobody is asked.
fetch 0 $at/good
: >requests
fetch 0 $at/good
says out 'is here already'
[ -s requests ] && fail "the server was asked again"
# A damaged one is told and replaced, by a right one only.
printf damaged >"$file"
fetch 66 $at/nothing
[ "$(cat "$file")" = damaged ] || fail "the old file is gone and the new one is not there"
fetch 0 $at/good
says err 'is damaged'
arrived

# Going on after a break.
fetch 74 $at/half
says err 'broke off after 512 KiB'
says err "try: simsiam fetch $name --from $at/half$"
[ "$(stat -c %s "$file.part")" = 524296 ] || fail "what had arrived was not kept"
fetch 0 $at/half
says err 'going on after the first 512 KiB'
asked '/half bytes=524296-'
arrived
begun 524296
fetch 0 "file://$work/good"
says err 'going on'
arrived
begun 1048592 # complete, but never renamed
fetch 0 $at/good
asked '/good bytes=1048592-'
arrived
# Where a server cannot go on, or what is there is something else: from the start.
for path in plain lies; do
    begun 1000
    fetch 0 $at/$path
    says err 'cannot continue a file, fetching it from the start'
    arrived
done
begun 1000 "$SIMSIAM_BINARY"
fetch 0 $at/good
says err 'not the beginning of this file, fetching it from the start'
arrived
for place in $at/good "file://$work/good"; do
    { cat good; echo more; } >"$file.part" # longer than the file
    fetch 0 "$place"
    says err 'from the start'
    arrived
done

# Stopped: what has arrived is kept, and the next one goes on.
for signal in INT TERM; do
    rm -f "$file.part" # or what the one before left would be taken for the beginning of this one
    "$SIMSIAM_BINARY" fetch $name --from $at/slow >out 2>err &
    pid=$!
    for _ in $(seq 100); do [ -s "$file.part" ] && break; sleep 0.05; done
    if [ $signal = INT ]; then # only one at a time
        fetch 74 $at/good
        says err 'another simsiam is fetching'
    fi
    kill -$signal $pid
    wait $pid
    got=$?
    [ $got = $([ $signal = INT ] && echo 130 || echo 143) ] || fail "exit status $got after SIG$signal"
    [ -s "$file.part" ] && [ ! -e "$file" ] || fail "stopping left $(ls "$SIMSIAM_MODELS")"
done
fetch 0 $at/good
tail -n 1 requests | grep -qE '^/good bytes=[1-9]' || fail "it did not go on"
arrived

# Another file, an error, nobody there: nothing is left.
for path in other page; do
    fetch 65 $at/$path
    says err 'SHA-256 is [0-9a-f]{8}\.\.\., expected d07cb2e6'
    nothing_there
done
fetch 66 $at/nothing
says err "there is no file '$at/nothing'"
nothing_there
fetch 66 "file://$work/nothing"
fetch 65 "file://$work" # a folder
fetch 69 $at/busy
says err 503
fetch 69 http://127.0.0.1:1/x
says err "put the file at '$file'"
fetch 69 $at/away # from the web into the file system
nothing_there
fetch 65 $at/huge
says err 'longer than 1\.0 GiB'
truncate -s $(((1 << 30) - 65536)) "$file.part"
fetch 65 $at/more
says err 'longer than 1\.0 GiB'
nothing_there

# Over TLS the server must be who it says. (LeakSanitizer now and then dies of the threads that look up a host's name.)
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
if openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null; then
    cat key.pem >>cert.pem
    python3 "$here/fetch_server.py" good tls_port $at/good cert.pem 2>/dev/null &
    servers="$servers $!"
    started tls_port
    fetch 69 https://localhost:$(cat tls_port)/good
    says err 'verification failed|certificate'
    nothing_there
    CURL_CA_BUNDLE=$work/cert.pem fetch 0 https://localhost:$(cat tls_port)/good
    arrived
    SSL_CERT_FILE=$work/cert.pem fetch 0 https://localhost:$(cat tls_port)/good
    arrived
    CURL_CA_BUNDLE=$work/cert.pem fetch 0 https://localhost:$(cat tls_port)/moved
    arrived
    : >requests
    CURL_CA_BUNDLE=$work/cert.pem fetch 69 https://localhost:$(cat tls_port)/away # goes on without TLS
    [ -s requests ] && fail "the web was asked after TLS"
    nothing_there
fi

# What is no URL or no model, and folders that will not do.
fetch 2 "$work/good"
says err "try: --from file://$work/good"
fetch 2 ftp://127.0.0.1/x
fetch 2 127.0.0.1/x
fetch 2 file://host/x
expect 2 simsiam fetch ${name}x
says err "did you mean '$name'"
expect 2 simsiam fetch
mkdir "$file"
fetch 73 $at/good
rmdir "$file"
for other in mine "$SIMSIAM_MODELS/mine.part"; do # a second name of another file
    echo mine >"$other"
    ln "$other" "$file.part"
    fetch 74 $at/good
    says err 'hard link'
    [ "$(cat "$other")" = mine ] || fail "another file was written to"
    rm "$file.part" "$other"
done
if [ "$(id -u)" = 0 ]; then
    echo theirs >"$file.part"
    chown 65534 "$file.part"
    fetch 74 $at/good
    says err 'belongs to another user'
    rm "$file.part"
fi
ln -s "$work/elsewhere" "$file.part" # not followed
fetch 74 $at/good
[ -e "$work/elsewhere" ] && fail "a link was followed out of the models folder"
rm "$file.part"
mkfifo "$file.part"
fetch 74 $at/good
rm "$file.part"
SIMSIAM_MODELS=/dev/null/models fetch 73 $at/good
SIMSIAM_MODELS=$work/new/models fetch 0 $at/good
[ -s "$work/new/models/${file##*/}" ] || fail "SIMSIAM_MODELS is not made"
(ulimit -f 100; SIMSIAM_MODELS=$work/full fetch 74 $at/good; exit $failures) || failures=$((failures + 1))
unset SIMSIAM_MODELS
fetch 0 $at/good
[ -s "$XDG_CACHE_HOME/simsiam/models/${file##*/}" ] || fail "the cache folder is not used"
(unset XDG_CACHE_HOME HOME; fetch 78 $at/good; exit $failures) || failures=$((failures + 1))

# No other verb uses the network, or loads what could. (LeakSanitizer, off by now, does not work below strace.)
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    expect 0 strace -f -e trace=socket,connect,openat -o calls "$SIMSIAM_BINARY" list
    grep -qE '(socket|connect)\(|libcurl' calls && fail "list uses the network"
fi
finish
