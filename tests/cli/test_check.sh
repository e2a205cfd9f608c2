#!/bin/bash
# simsiam check: what is wrong with the images of a data set, each kind of it planted in a folder; and that nothing is touched.
. "$(dirname "$0")/lib.sh"
ppm() { # FILE SIDE SEED [KIND]: a picture of soft patches, or a flat, black or white one
    awk -v n="$2" -v seed="$3" -v kind="${4:-}" 'BEGIN {
        srand(seed)
        for (k = 0; k < 6; k++) { x[k] = rand(); y[k] = rand(); r[k] = 0.05 + rand() / 5; for (c = 0; c < 3; c++) a[k, c] = rand() * 500 - 250 }
        printf "P3\n%d %d\n255\n", n, n
        for (i = 0; i < n; i++)
            for (j = 0; j < n; j++)
                for (c = 0; c < 3; c++) {
                    v = 128
                    for (k = 0; k < 6; k++) v += a[k, c] * exp(-((j / n - x[k]) ^ 2 + (i / n - y[k]) ^ 2) / r[k] ^ 2)
                    if (kind != "soft") v += (rand() - 0.5) * 40
                    if (kind == "flat") v = 77
                    if (kind == "dark") v = 3 * (i % 2)
                    if (kind == "bright") v = 255 - 3 * (j % 2)
                    printf "%d\n", (v < 0 ? 0 : v > 255 ? 255 : v)
                } }' >"$1"
}
mkdir -p set/train/{a,b} set/val/{a,b}
for i in $(seq 24); do
    ppm set/train/$([ $((i % 2)) = 0 ] && echo a || echo b)/$i.ppm 40 "$i"
done
for i in $(seq 31 38); do ppm set/val/$([ $((i % 2)) = 0 ] && echo a || echo b)/$i.ppm 40 "$i"; done

# ---- nothing is wrong
find set -type f -exec sha1sum {} + | sort >before
expect 0 simsiam check set
says out '^folder, 24 training images, 2 classes'
says out '^2 classes of 12 to 12 training images$'
says out '^no problem in 32 images$'
expect 0 simsiam check set --stats
says out '^  mean: \[0\.[0-9]{4}, 0\.[0-9]{4}, 0\.[0-9]{4}\]$'
expect 0 simsiam check set/train # without held-out images
says out '^no problem in 24 images$'

# ---- one of each kind
cp set/train/a/2.ppm set/val/a/leak.ppm
ppm set/val/b/larger.ppm 60 3 && ppm set/train/b/3.ppm 40 3 soft && ppm set/val/b/larger.ppm 60 3 soft
cp set/train/a/4.ppm set/train/a/again.ppm
cp set/train/a/6.ppm set/train/b/other.ppm
ppm set/train/a/flat.ppm 40 90 flat
ppm set/train/a/tiny.ppm 12 91
ppm set/train/b/dark.ppm 40 92 dark
ppm set/val/b/bright.ppm 40 93 bright
cp set/val/b/larger.ppm set/val/a/larger.ppm # comes before its copy, which is a leak all the same
head -c 700 set/train/b/5.ppm >set/train/b/cut.ppm
echo 'no picture' >set/val/a/text.ppm
find set -type f -exec sha1sum {} + | sort >before
expect 1 simsiam check set --out found.csv
cp found.csv first.csv
sed 1d found.csv | sort >got
sort >want <<'END'
broken,train,"train/b/cut.ppm"
broken,test,"val/a/text.ppm"
tiny,train,"train/a/tiny.ppm"
empty,train,"train/a/flat.ppm"
dark,train,"train/b/dark.ppm"
bright,test,"val/b/bright.ppm"
twin,train,"train/a/again.ppm"
twin,train,"train/b/other.ppm"
conflict,train,"train/b/other.ppm"
leak,test,"val/a/leak.ppm"
leak,test,"val/b/larger.ppm"
leak,test,"val/a/larger.ppm"
END
sed -E 's/^([a-z]*),([a-z]*),[0-9]*,("[^"]*"),.*/\1,\2,\3/' got | sort | grep -v '^blurred' | diff want - || fail "found.csv is not what was planted"
says found.csv '^leak,test,[0-9]*,"val/a/leak.ppm","is pixel for pixel .train/a/2.ppm."'
for split in a b; do says found.csv "^leak,test,[0-9]*,\"val/$split/larger.ppm\",\"shows the picture of 'train/b/3.ppm'\""; done
says found.csv '^broken,train,[0-9]*,"train/b/cut.ppm",".*cut short'
says out '^leak      3 are held out, and a training image shows the same picture$'
says out '^9 of 43 images have a problem$'
says out '^found.csv has all findings$'
find set -type f -exec sha1sum {} + | sort | diff before - || fail "the data set was touched"
expect 73 simsiam check set --out found.csv
for threads in 1 3; do
    expect 1 simsiam check set --out found.csv --replace --threads $threads --examples 0
    cmp -s first.csv found.csv || fail "$threads threads find something else"
    silent_about out 'ppm'
done
expect 1 simsiam check set --json
says out '^\{"data":"set","images":\[30,13\],"problems":9,"found":\{"broken":2,"tiny":1,"empty":1,"leak":3,"twin":2,"conflict":1,'
[ "$(grep -c '^{"kind":' out)" = $(($(wc -l <found.csv) - 1)) ] || fail "not a row for each finding"
# ---- bands of 16 bits are looked at as they are
mkdir -p bands/train/a bands/val/a
pam() { # FILE FIRST SEED: two bands; the first is FIRST or FIRST + 256, the other anything
    printf 'P7\nWIDTH 20\nHEIGHT 20\nDEPTH 2\nMAXVAL 65535\nENDHDR\n%b' "$(awk -v first="$2" -v seed="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < 400; i++) {
            v = first + 256 * (i % 2); w = int(65536 * rand())
            printf "\\0%03o\\0%03o\\0%03o\\0%03o", int(v / 256), v % 256, int(w / 256), w % 256
        } }')" >"$1"
}
for i in 1 2 3; do pam bands/train/a/$i.pam 12800 $i; done
pam bands/val/a/4.pam 12800 4
expect 0 simsiam check bands --stats
says out '^  mean: \[0\.1992, 0\.[45][0-9]*\]$' # 50 and 51 of 256, and half a level
says out '^no problem in 4 images$'
cp bands/train/a/2.pam bands/val/a/
expect 1 simsiam check bands
says out "leak .*'val/a/2.pam': is pixel for pixel 'train/a/2.pam'\$"

# ---- a real data set: each of these pairs was looked at, and none is another picture
shared=${SIMSIAM_TEST_DATA:-$SIMSIAM_SOURCE/../shared}/data
data=${CIFAR10:-}
[ -n "$data" ] || { [ -x "$shared/unpack" ] && "$shared/unpack" cifar10 "$work/cifar10" >/dev/null 2>&1 && data=$work/cifar10; }
if [ -n "$data" ]; then
    expect 1 simsiam check "$data" --out cifar.csv
    for row in leak:19 alike:63 bright:3; do
        [ "$(grep -c "^${row%:*}," cifar.csv)" = "${row#*:}" ] || { fail "CIFAR-10 has not ${row#*:} of ${row%:*}"; cut -c 1-90 cifar.csv | head -n 100; }
    done
    [ "$(wc -l <cifar.csv)" = 86 ] || fail "CIFAR-10 has other findings, too"
fi
expect 66 simsiam check nowhere
expect 2 simsiam check
finish
