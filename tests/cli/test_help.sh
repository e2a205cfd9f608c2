#!/bin/bash
# Help, version and lists: complete, and no wider or longer than a terminal likes.
. "$(dirname "$0")/lib.sh"

fits() {
    [ "$(wc -l <out)" -le 60 ] || fail "$1 is longer than 60 lines"
    awk 'length > 80 { bad = 1; print } END { exit bad }' out || fail "$1 is wider than 80 columns"
}

expect 0 simsiam --help
fits --help
for verb in train knn linear test predict extract export check preview pack info list fetch demo doctor bench help version; do
    says out "^  $verb +[a-z]"
done
for verb in train knn linear test predict extract export check preview pack info list fetch demo doctor bench help version; do
    expect 0 simsiam help $verb
    fits "help $verb"
    says out "^usage: simsiam $verb"
    awk '/^           / { match($0, /^ */); if (RLENGTH != 26) { bad = 1; print } } END { exit bad }' out || fail "texts of options do not stand below each other"
    cp out by_help
    expect 0 simsiam $verb --help
    cmp -s out by_help || fail "simsiam $verb --help differs from simsiam help $verb"
done
says out '^  0 done   1 the answer is no .*2 bad'
expect 0 simsiam help train
for option in data size workers epochs batch base_lr lr weight_decay stop_gradient seed arch stem width dim out resume threads; do
    says out "^  --$option "
done
silent_about out '^  --momentum '
expect 0 simsiam help train --all
awk '/^           / { match($0, /^ */); n += RLENGTH == 26; if (RLENGTH != 26) { bad = 1; print } } END { exit bad || n < 20 }' out ||
    fail "texts of options do not stand below each other"
says out '^  --momentum X .*\(0.9\) \[0 to 1\]'
expect 0 simsiam -h
expect 0 simsiam version
says out '^simsiam [0-9]+\.[0-9]+\.[0-9]+$'
cp out by_verb
expect 0 simsiam --version
cmp -s out by_verb || fail "--version differs from version"

expect 0 simsiam list
for name in cifar10-resnet18-800e cifar10-resnet18-quick demo simsiam_resnet50_8xb32-coslr-100e_in1k \
    simsiam_resnet50_8xb32-coslr-200e_in1k resnet18 resnet152 synth ref; do
    says out "^  $name( |$)"
done
expect 0 simsiam list 'simsiam_*'
says out coslr-200e
silent_about out cifar10
expect 2 simsiam list nothing-is-called-this

# Without a verb: the help, as an error.
simsiam >out 2>err
[ $? = 2 ] || fail "no verb should exit 2"
says err '^usage: '
finish
