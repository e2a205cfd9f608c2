#!/bin/bash
# doctor and bench under a launcher: what the ranks say to each other is right, and what they send is what the model is.
. "$(dirname "$0")/lib.sh"
. "$here/lib_ranks.sh"
expect 0 simsiam doctor --threads 1
says out '^PASS  ranks +.* can join several processes'
cp "$SIMSIAM_BINARY" alone # without its library
expect 0 ./alone doctor --threads 1
says out '^PASS  ranks +one process alone: there is no libsiam_mpi.so beside the program$'
echo 'no library' >libsiam_mpi.so
expect 0 ./alone doctor --threads 1
says out '^WARN  ranks +one process alone: .*libsiam_mpi.so'
for n in 2 3; do
    works $n doctor --threads 1
    says out "^PASS  ranks +$n ranks on 1 host, "
    for check in sum 'sum beside' 'double sum' maximum broadcast gather; do
        says out "^PASS  $check +[0-9]+ KiB in [0-9.e+-]+ ms \([0-9.e+-]+ GB/s\), a number in [0-9.e+-]+ us\$"
    done
    says out '^PASS  barrier +in [0-9.e+-]+ us$'
    [ "$(grep -c 'passed,' out)" = 1 ] || { fail "not one rank speaks"; cat out; }
done
works 2 doctor --threads 1 --json
says out '"check": "broadcast"'
says out '"healthy": true'

# What a step sends: 8 G (R-1)/R for G parameters, and so many bytes of statistics to each other rank.
small=(--what ranks --arch resnet18 --size 32 --batch 12 --width 8 --dim 32 --threads 1 --repeat 1)
number() { sed -nE "s/.*\"$1\": ([0-9.e+-]+),?\$/\1/p" out | tail -n 1; }
for n in 2 3 4; do
    works $n bench "${small[@]}" --json
    echo "$n $(number bytes) $(number messages)" >>sent
    for key in ms sums_ms unhidden_ms waited_ms; do
        awk -v x="$(number $key)" 'BEGIN { exit !(x >= 0 && x < 1e5) }' || { fail "$key is '$(number $key)'"; cat out; }
    done
done
awk '{ bytes[$1] = $2; messages[$1] = $3 }
    END {
        each = (bytes[4] - 1.5 * bytes[2]) / 1.5 # of 8 G (R-1)/R + S (R-1)
        gradients = bytes[2] - each
        want = gradients * 4 / 3 + 2 * each
        off = bytes[3] / want - 1
        print "gradients", gradients, "statistics", each, "bytes of 3 ranks off by", off
        exit !(off * off < 1e-6 && each > 0 && gradients > 0 && messages[3] == 2 * messages[2] && messages[4] == 3 * messages[2])
    }' sent || { fail "the bytes of 2, 3 and 4 ranks do not go together"; cat sent; }
works 2 bench "${small[@]}"
says out '^2 ranks: each sends [0-9.]+ MB in [0-9]+ messages for a step; '
refuses 2 '2 ranks measure --what ranks, and nothing else$' 2 bench --what step
refuses 2 'a batch of 12 images cannot be divided among 5 ranks$' 5 bench "${small[@]}"
says err '^  try: --batch 15$'
hint() { # FORMAT STATUS COMMAND...: as ../hints/lib.sh has it
    expect "${@:2}"
    grep -qxF "  try: $1" err || { fail "the hint is not '$1'"; cat err; }
}
hint 'mpirun -n 2 simsiam bench --what ranks' 2 simsiam bench "${small[@]}"
finish
