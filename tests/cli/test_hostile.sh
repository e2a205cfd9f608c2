#!/bin/bash
# Files made to break or to take over their reader: each gives an answer or one clear sentence, and under strace nothing is
# started, connected to or written. The seeds of the fuzz targets, and ../shared/data where it is.
. "$(dirname "$0")/lib.sh"
shopt -s nullglob
corpus=$here/../fuzz/corpus
shared=$here/../../../shared/data
calls=/dev/null
trace=()
if command -v strace >/dev/null && strace -f --seccomp-bpf -o /dev/null true 2>/dev/null; then
    calls=$work/calls
    trace=(strace -f --seccomp-bpf -o "$calls" -e 'trace=execve,execveat,fork,vfork,socket,connect,open,openat,creat,mkdir,rename,unlink')
    export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 # not below ptrace
else
    echo "no strace here: what the program calls is not looked at"
fi

# The program itself is the one thing started, and files are only read.
harmless() {
    [ "$calls" = /dev/null ] && return
    [ "$(grep -cE 'exec(ve|veat)\(' "$calls")" = 1 ] || { fail "something was started: $1"; grep exec "$calls"; }
    if grep -E '(socket|connect|fork|vfork|creat|mkdir|rename|unlink)\(|O_WRONLY|O_RDWR|O_CREAT' "$calls"; then
        fail "more than reading: $1"
    fi
}

# A model file: an answer (0), or one sentence that calls it damaged (65) or of a kind that is not read (69).
models=0
model() {
    "${trace[@]}" "$SIMSIAM_BINARY" info "$1" >out 2>err </dev/null
    local got=$?
    models=$((models + 1))
    case $got in
    0) [ -s out ] || fail "nothing said about $1" ;;
    65 | 69)
        [ "$(grep -c '^simsiam: error: ' err)" = 1 ] && [ "$(grep -c '^  try: ' err)" = 1 ] && [ "$(wc -l <err)" = 2 ] ||
            { fail "not one sentence: $1"; cat err; }
        ;;
    *) fail "exit status $got: $1"; tail -n 20 err ;;
    esac
    grep -qE 'Sanitizer|runtime error|simsiam: bug' out err && { fail "it complained: $1"; head -n 40 err; }
    LC_ALL=C grep -q '[^[:print:]]' err && LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' err && fail "control characters: $1"
    harmless "$1"
}

mkdir empty_folder.pth
for file in "$corpus"/safetensors/* "$corpus"/list/* "$shared"/hostile/picklescan/* "$shared"/hostile/safetensors-malformed/* \
    "$shared"/weights/broken_*; do
    model "$file"
done
for file in "$shared"/weights/whole_module_*; do
    model "$file"
    says err 'pickled object'
done
echo "$models model files"
[ $models -gt 30 ] || fail "so few"

# Images: those that can be read are, the others are counted. Two good ones to each, because ten bad ones in a row would
# end it; and no cache, because nothing is to be written.
images=0
mkdir -p data/train/a data/train/b
for file in "$corpus"/{jpeg,png}/* "$shared"/hostile/{image-png,jpeg-decoder,libjpeg-turbo-seed-corpora,libpng,exif-orientation}/*; do
    images=$((images + 1))
    class=$([ $((images % 2)) = 0 ] && echo a || echo b)
    cp "$file" data/train/$class/$images.png # the content counts, not the name
    cp "$here/../data/codec/rgb8.png" data/train/$class/$images.good1.png
    cp "$here/../data/codec/rgb_420.jpg" data/train/$class/$images.good2.png
done
chmod -R u+w data
cp -r data/train data/val
unset XDG_CACHE_HOME HOME
"${trace[@]}" "$SIMSIAM_BINARY" knn raw --data data --k 1 --size 16 --max_bad 1 --threads 1 >out 2>err </dev/null ||
    { fail "knn of hostile images ended with $?"; cat err; }
says out 'of the images cannot be read'
cat out
grep -qE 'Sanitizer|runtime error|simsiam: bug' err && { fail "it complained"; head -n 40 err; }
harmless "knn of $images images"
finish
