#!/bin/bash
# A tenth of a data set of every format is damaged in thirty ways: the run completes, the list of what was skipped is exactly that
# tenth, the good images count as before, and nothing in the data set is touched; by however many threads and ranks, and read only.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
formats=(rgb_420.jpg progressive.jpg rgb8.png rgb_lzw.tif bigtiff.tif lossy.webp lossless.webp rgb.bmp plain.gif rgb.ppm)
ways=(empty one two eight header quarter half zeros ones letters digits page object pointer cut_front shifted mark nil_front blanked
    swapped second_half turned base64 octal zip gzip tar pdf avif film)

# damage WAY FILE: what is left of it, on standard output.
damage() {
    local f=$2 n
    n=$(stat -c %s "$f")
    case $1 in
    empty) ;;
    one) head -c 1 "$f" ;;
    two) head -c 2 "$f" ;;
    eight) head -c 8 "$f" ;;
    header) head -c 20 "$f" ;;
    quarter) head -c $((n / 4)) "$f" ;;
    half) head -c $((n / 2)) "$f" ;;
    zeros) head -c "$n" /dev/zero ;;
    ones) head -c "$n" /dev/zero | tr '\0' '\377' ;;
    letters) head -c "$n" /dev/zero | tr '\0' A ;;
    digits) seq 1000 | head -c "$n" ;;
    page) printf '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n' ;;
    object) printf '{"error": "Repository not found"}' ;;
    pointer) printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize %d\n' 7 "$n" ;;
    cut_front) tail -c +2 "$f" ;;
    shifted) printf x && cat "$f" ;;
    mark) printf '\357\273\277' && cat "$f" ;;
    nil_front) head -c 512 /dev/zero && cat "$f" ;;
    blanked) head -c 4 /dev/zero && tail -c +5 "$f" ;;
    swapped) tail -c +$((n / 2 + 1)) "$f" && head -c $((n / 2)) "$f" ;;
    second_half) tail -c +$((n / 2 + 1)) "$f" ;;
    turned) od -An -v -tx1 -w1 "$f" | tac | while read -r byte; do printf "\\x$byte"; done ;;
    base64) base64 "$f" ;;
    octal) od "$f" ;;
    zip) printf 'PK\3\4\24\0\0\0\10\0' && cat "$f" ;;
    gzip) gzip -nc "$f" ;;
    tar) tar --owner=0 --group=0 --mtime=@0 -C "$(dirname "$f")" -cf - "$(basename "$f")" ;;
    pdf) printf '%%PDF-1.7\n' && cat "$f" ;;
    avif) printf '\0\0\0\40ftypavif\0\0\0\0' ;;
    film) printf '\0\0\0\30ftypmp42\0\0\0\0' ;;
    esac
}

# Nine good files for each damaged one; names that sort among each other.
mkdir -p all/a all/b good/a good/b
for format in "${formats[@]}"; do
    i=0
    for way in "${ways[@]}"; do
        damage "$way" "$photos/$format" >"all/a/$i-x-$way-$format"
        printf '%s\n' "a/$i-x-$way-$format"
        targets=()
        for k in 1 2 3 4 5 6 7 8 9; do targets+=("/b/$i-$k-$format"); done
        tee "${targets[@]/#/all}" "${targets[@]/#/good}" <"$photos/$format" >/dev/null
        i=$((i + 1))
    done
done | LC_ALL=C sort >wanted
bad=$((${#formats[@]} * ${#ways[@]}))
images=$((10 * bad))
state() { find all -printf '%p %s %T@ %i\n' | sort | cksum && find all -type f -print0 | sort -z | xargs -0 cat | cksum; }
before=$(state)
skipped() { grep -oE '"(all/)?[ab]/[0-9]+-[^"]*"' "$1" | tr -d '"' | sed 's,^all/,,' | LC_ALL=C sort; }
tiny=(--size 8 --width 4 --dim 16 --batch 100 --epochs 1 --threads 1 --tuning fixed --eval.every 0 --max_bad 0.1 --stem cifar)
complete() { # RUN: it went to its end, and skipped what it should
    says "$1/train.log" "3,000 training images"
    [ "$(skipped "$1/skipped.csv")" = "$(cat wanted)" ] || fail "$1: other images are skipped: $(diff <(skipped "$1/skipped.csv") wanted | head -n 5)"
}
for workers in 1 2 7; do
    expect 0 simsiam train folder-resnet18 --data all --out w$workers "${tiny[@]}" --workers $workers
    complete w$workers
    cmp -s w1/model.safetensors w$workers/model.safetensors || fail "with $workers threads that read another model comes out"
done

# The good images give the features that they give without the others.
expect 0 simsiam extract w1 --data all -o all.npy --threads 2 --max_bad 1
[ "$(skipped all.skipped.csv)" = "$(cat wanted)" ] || fail "extract skips others"
expect 0 simsiam extract w1 --data good -o good.npy --threads 2 --max_bad 0
cmp -s <(tail -c +129 all.npy) <(tail -c +129 good.npy) || fail "damaged files change the features of good ones"
# One too many.
expect 65 simsiam train folder-resnet18 --data all --out none "${tiny[@]}" --max_bad 0.0999
says err "$bad of $images images cannot be read, more than the 9.99%"

# A file system that cannot be written to; two ranks.
if unshare -rm true 2>/dev/null || unshare -m true 2>/dev/null; then
    expect 0 unshare -rm sh -c 'mount --bind all all && mount -o remount,bind,ro all && exec "$0" "$@"' \
        "$SIMSIAM_BINARY" train folder-resnet18 --data all --out readonly "${tiny[@]}" --workers 2
    complete readonly
    cmp -s w1/model.safetensors readonly/model.safetensors || fail "read only another model comes out"
else
    echo "not tried: a read-only file system needs rights to mount"
fi
if command -v mpirun >/dev/null && [ -e "$(dirname "$SIMSIAM_BINARY")/libsiam_mpi.so" ]; then
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 expect 0 mpirun --oversubscribe -n 2 "$SIMSIAM_BINARY" \
        train folder-resnet18 --data all --out ranks "${tiny[@]}"
    complete ranks
else
    echo "not tried: there is no mpirun"
fi
[ "$(state)" = "$before" ] || fail "something in the data set was changed"
finish
