#!/bin/bash
# What is an option, its value or an argument: dashes, switches, options that are given twice, names that are too long.
. "$(dirname "$0")/lib.sh"

# Behind -- everything is an argument, whatever it looks like.
for name in --odd.pth -x.pth --help.pth --json=true.pth a=b.pth --data.pth; do
    expect 66 simsiam info -- "$name"
    says err "'$name'"
done
expect 2 simsiam info --odd.pth
says err "unknown option 'odd.pth'"

# A switch takes the word behind it when that is a value, and only then.
for no in false off no 0; do
    expect 0 simsiam info demo --json $no
    says out '^model: '
    expect 0 simsiam info --json $no demo
    says out '^model: '
    expect 0 simsiam info --json=$no demo
    says out '^model: '
done
for yes in true on yes 1 ''; do
    expect 0 simsiam info demo --json $yes
    says out '^\{'
    expect 0 simsiam info --json $yes demo
    says out '^\{'
done

# Of what is given twice the last counts.
expect 0 simsiam info demo --json --json false
says out '^model: '
expect 0 simsiam info demo --json=false --json
says out '^\{'
for verb in "linear m --data synth" "linear --data synth m"; do
    expect 2 simsiam $verb --recipe first --recipe second
    says err "'?second"
    silent_about err first
done

# Names just within and beyond what a name may have.
for n in 94 95 96 97 128 4000; do
    name=$(printf 'a%.0s' $(seq $n))
    expect 2 simsiam info demo --$name=1
    if [ $n -lt 96 ]; then says err "unknown option 'aaaa"; else says err 'has a name that is too long'; fi
done

for k in 2.5 20,2.5 1.0001; do
    expect 2 simsiam knn raw --data synth --k $k
    says err 'takes whole numbers, got (2.5|1.0001)'
done

finish
