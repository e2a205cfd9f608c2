#!/bin/bash
# Hints of the command line itself (src/cli): a word that is missing or not known.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
classifier=$here/../data/classifier/tiny.pth
expect 0 simsiam train small.yaml --data $few --out 'a run'

# ---- a verb
hint 'simsiam help %s' 2 simsiam trian demo
pasted
says out '^usage: simsiam train '
hint 'simsiam help' 2 simsiam nothing
pasted
says out 'predict'
hint 'simsiam help %s' 2 simsiam help nothing more
pasted
hint 'simsiam help' 2 simsiam help nothing
pasted

# ---- an option
for verb in train knn linear test predict extract export check info list fetch demo doctor bench help version; do
    hint 'simsiam help %s%s' 2 simsiam $verb --no-such-option 3
    pasted
    says out "^usage: simsiam $verb"
done

# ---- what a verb needs
hint 'simsiam list' 2 simsiam train
pasted
says out '^  demo '
echo 'train.stop_step: 2' >>small.yaml
hint 'simsiam train %s --data synth' 2 simsiam train small.yaml
pasted
hint 'simsiam train %s --data synth' 2 simsiam train ./small.yaml --seed 3
pasted
hint 'simsiam knn %s --data synth' 2 simsiam knn 'a run'
pasted
hint 'simsiam linear MODEL --data PATH' 2 simsiam linear
pasted MODEL="'a run' --epochs 1 --batch 32" PATH=$few
hint 'simsiam linear %s --data synth' 2 simsiam linear 'a run'
rm -r runs
simsiam() { # 100 epochs are too many to wait for
    "$SIMSIAM_BINARY" "$@" &
    for _ in $(seq 400); do
        grep -qs 'step .*loss' runs/linear-*/train.log && break
        sleep 0.05
    done
    kill -INT $!
    wait $!
}
then=130 pasted
simsiam() { "$SIMSIAM_BINARY" "$@"; }
says err '^epoch +1/100 +step 1/'
hint 'simsiam test %s --data PATH' 2 simsiam test "$classifier"
printf '%s 3\n' "$photos/rgb8.png" "$photos/rgb_420.jpg" >photos.txt
pasted PATH=photos.txt
hint 'simsiam predict %s IMAGE' 2 simsiam predict "$classifier"
pasted IMAGE="$photos/rgb8.png"
hint 'simsiam extract %s --data %s -o %s' 2 simsiam extract 'a run'
pasted PATH=$few
hint 'simsiam extract %s --data %s -o %s' 2 simsiam extract 'a run' -o 'the features.npy'
pasted PATH=$few
[ -s 'the features.npy' ] || fail "the features are not where they were asked for"
rm features.*
hint 'simsiam extract %s --data %s -o %s' 2 simsiam extract 'a run' --data "$few,seed=3"
pasted
[ -s features.npy ] || fail "the hint's features are not there"
hint 'simsiam export %s -o model.pth' 2 simsiam export 'a run'
pasted
hint 'simsiam list' 2 simsiam list zebra
pasted
finish_hints
