#!/bin/bash
# Data sets of many files: seconds from the command to the end of the first step, and memory per file.
#
#   bench/many_files.sh [SIMSIAM [FOLDER [N...]]]     default: build/release/simsiam, a temporary folder, 50000 1300000
#
# The files are small ones with inodes of their own (hard links to one image count as one image), in 1,000 folders as ImageNet's
# train/ has; 1,300,000 of them take 6 GB of disk and a minute. Each N is tried three times, the first right after writing it
# and thus warm, too. Bytes per file: of the peak of memory, what N files take more than 1,000.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
simsiam=$(realpath "${1:-$here/../build/release/simsiam}")
where=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/many_files.XXXXXX")
trap 'rm -rf "$where"' EXIT
[ $# -gt 2 ] && shift 2 || set -- 50000 1300000
cd "$where"

# A data set of $2 files below $1: a PPM of 8 x 8 pixels, every file with a number of its own in it.
make() {
    local per=$((($2 + 999) / 1000))
    awk -v root="$1" -v n="$2" -v per="$per" 'BEGIN {
        px = sprintf("%192s", ""); gsub(/ /, "~", px)
        for (c = 0; c * per < n; c++) {
            dir = sprintf("%s/n%08d", root, c)
            system("mkdir -p " dir)
            for (i = 0; i < per && c * per + i < n; i++) {
                file = sprintf("%s/n%08d_%d.ppm", dir, c, i)
                printf "P6 8 8 255\n%s", substr(c * per + i px, 1, 192) > file
                close(file)
            }
        }
    }'
}

# Prints seconds and KB of one start.
start() {
    rm -rf run
    /usr/bin/env bash -c 'TIMEFORMAT=%R; time "$@" >log 2>&1' - "$simsiam" train folder-resnet18 --data "$1" --out run --stop_step 1 \
        --batch 8 --size 32 --width 8 --dim 16 --eval.every 0 --threads 2 2>seconds
    local mib
    mib=$(sed -nE 's/^epoch.*step 1\/.*  ([0-9]+)M  eta.*/\1/p' log)
    echo "$(cat seconds) ${mib:?$(cat log)}"
}

make few 1000
start few >/dev/null # times the kernels
read -r _ few < <(start few)
for n; do
    make many "$n"
    for _ in 1 2 3; do
        read -r seconds mib < <(start many)
        awk -v n="$n" -v s="$seconds" -v m="$mib" -v few="$few" 'BEGIN {
            printf "{\"files\": %d, \"first_step_s\": %.2f, \"peak_mib\": %d, \"bytes_per_file\": %.0f}\n", n, s, m, (m - few) * 1048576 / (n - 1000)
        }'
    done
    rm -rf many
done
