#!/bin/bash
# Hints about run folders, resuming and configurations (src/report, src/train).
. "$(dirname "$0")/lib.sh"
train() { # of an option given twice the last one counts, but several --data are one set
    case " $* " in
    *' --data '*) simsiam train small.yaml --threads 1 "$@" ;;
    *) simsiam train small.yaml --data $few --threads 1 "$@" ;;
    esac
}
expect 0 train --out run
expect 0 train --out begun --stop_step 1
probe=(--data $few --epochs 1 --batch 32 --threads 1 --tuning fixed)
expect 0 simsiam linear run "${probe[@]}" --out probe

# ---- a folder that holds a run, or cannot hold one
hint '--out %s --resume to continue it, or another --out' 73 train --out begun
again '--out begun --resume'
again 'another --out' --out begun2
cp -r run dead && rm -r dead/checkpoints
hint 'another --out' 73 train --out dead
again 'another --out' --out dead2
cp -r dead dead3
long=$(printf 'x%.0s' {1..300})
hint 'another place for the output, a folder that can be written to' 74 train --out "$long/run"
again 'another place for the output' --out place
echo mine >taken
hint 'another --out, a folder that can be written to' 73 train --out taken
again 'another --out' --out place2

# ---- views of a device that is the host
hint '--augment host' 78 train --augment device --out made
again '--augment host'

# ---- several devices, of the host that is one
hint '--devices 1, or --device with one of: simsiam list' 2 train --devices 2 --out share
again '--devices 1'

# ---- in use by another process
(simsiam train small.yaml --data $few --epochs 100000 --out busy >busy.txt 2>&1) &
for _ in $(seq 200); do
    grep -q 'step .*loss' busy/train.log 2>/dev/null && break
    sleep 0.05
done
hint 'another --out, or stop that process' 73 simsiam train --out busy --resume
again 'another --out' --out run
stop_it() {
    kill -INT "$(cut -d ' ' -f 1 busy/.simsiam.lock)"
    wait
}
after 'stop that process' eval 'stop_it; rm -r busy; cp -r begun busy'
says busy.txt 'try: simsiam train --out busy --resume$'

# ---- stopped
interrupted() {
    "$@" &
    for _ in $(seq 200); do
        grep -q 'step .*loss' "the run/train.log" 2>/dev/null && break
        sleep 0.05
    done
    kill -INT $!
    wait $!
}
many() { exec "$SIMSIAM_BINARY" "$@"; }
hint 'simsiam %s --out %s --resume' 130 interrupted many train small.yaml --data $few --epochs 60 --out 'the run'
pasted
says err '^epoch 60'

# ---- resuming
hint 'simsiam %s --out DIR --resume' 78 simsiam train --resume
pasted DIR=begun
hint 'simsiam %s --out DIR --resume' 78 simsiam linear --resume
pasted DIR=probe
hint 'simsiam %s --out DIR --resume' 78 simsiam train small.yaml --data $few --resume
pasted DIR=begun
hint 'the folder of a run after --out, or a new run: simsiam %s --data PATH --out %s' 66 \
    simsiam train --out 'no run' --resume
again 'the folder of a run after --out' --out begun
pasted "simsiam train RECIPE --data PATH --out 'no run'" RECIPE=small.yaml PATH=$few
hint 'the folder of a run after --out, or a new run: simsiam %s --data PATH --out %s' 66 \
    simsiam linear --out nothing --resume
again 'the folder of a run after --out' --out probe
pasted "simsiam linear MODEL --data PATH --out nothing" MODEL='run --epochs 1 --batch 32' PATH=$few
hint 'simsiam %s --out DIR' 66 simsiam train --out dead3 --resume
pasted DIR=alive
cp -r probe 'dead probe' && rm -r 'dead probe/checkpoints'
hint 'simsiam %s --out DIR' 66 simsiam linear --out 'dead probe' --resume
pasted DIR='alive2'
cp -r run torn
for f in torn/checkpoints/step-*; do head -c 1000 "$f" >cut && mv cut "$f"; done
hint 'simsiam %s --out DIR' 65 simsiam train --out torn --resume
pasted DIR=whole
cp -r begun 'no plan'
echo '{' >'no plan/tuning.json'
hint 'rm %s' 65 simsiam train --out 'no plan' --resume
pasted
after 'rm' true
cp -r begun scrawled
echo 'train: [unclosed' >>scrawled/config.yaml
for task in '$(touch PWNED)' 'Train' ''; do
    { echo "task: '$task'" && grep -v '^task:' begun/config.yaml; } >evil.yaml
    hint '%s in that file' 78 simsiam train ./evil.yaml --data synth --out evil
    silent_about err 'try:.*touch'
    after 'task: train' sed -i 's/^task: .*/task: train/' evil.yaml
    rm -rf evil
done
hint 'a copy of that config.yaml, or a new run with another --out' 65 simsiam train --out scrawled --resume
after 'a copy of that config.yaml' cp begun/config.yaml scrawled
instead 'a new run with another --out' train --out unscrawled
hint 'without these options; or with them a new run: simsiam %s --out DIR' 78 \
    simsiam train --out begun --resume --seed 5
again 'without these options' ~--seed=
pasted 'simsiam train begun/config.yaml --out DIR' DIR='seeded --seed 5'
hint 'without these options; or with them a new run: simsiam %s --out DIR' 78 simsiam linear --out probe --resume --lr 3
again 'without these options' ~--lr=
pasted 'simsiam linear --recipe probe/config.yaml --out DIR' DIR='probe5 --lr 3'
cp -r begun other
hint '--data with the data set of the run as it was, or a new run: simsiam %s --data %s --out DIR' 78 \
    simsiam train --out other --resume --data synth:train=128,test=32
again '--data with the data set of the run' --data $few
pasted 'simsiam train other/config.yaml --data synth:train=128,test=32 --out DIR' DIR=larger
expect 0 train --seed 4 --out run4
hint 'the encoder of the run, or a new run: simsiam %s --model.path %s --out DIR' 78 \
    simsiam linear run4 --out probe --resume
instead 'the encoder of the run' simsiam linear run --out probe --resume
pasted 'simsiam linear --recipe probe/config.yaml --model.path run4 --out DIR' DIR=probe4

# ---- a recipe, and values that do not fit together
for name in no/such.yaml cifar10-resnet18-quik nothing; do
    hint 'simsiam list' $([ $name = no/such.yaml ] && echo 66 || echo 2) simsiam train $name --data $few
    pasted
done
hint 'simsiam %s --out %s --resume' 78 simsiam train probe/config.yaml --data $few
pasted
hint 'simsiam %s --out %s --resume' 78 simsiam linear run --recipe begun/config.yaml --data $few
pasted
hint 'simsiam list %s' 78 simsiam linear run --recipe demo --data $few
pasted
says out 'cifar10-linear-100e'
printf 'task: linear\ntrain.epochs: 1\ntrain.batch: 32\n' >'a probe.yaml'
hint 'simsiam %s --recipe %s --data PATH' 78 simsiam train 'a probe.yaml' --data $few
pasted MODEL=run PATH=$few
hint '--mean and --std with one number, or with one for each channel' 78 train --mean .5,.4 --out norm1
again 'with one number' --mean .5 --std .2
again 'with one for each channel' --mean .5,.4,.3 --std .2,.2,.2 --out norm3
hint '--mean and --std with one number, or with one for each channel' 2 \
    simsiam linear run "${probe[@]}" --std 1,2 --out norm4
again 'with one number' --mean .5 --std .2
hint '--in_channels %d, or auto' 78 train --in_channels 4 --out channels
again '--in_channels 3'
hint '--in_channels %d, or auto' 78 train --in_channels 2 --out channels2
again 'auto' --in_channels auto
hint '--range 0,1 for floats from 0 to 1' 78 train --range 1,0 --out range
again '--range 0,1'
hint '--bands with a name for each channel, as in red,green,blue' 78 train --bands one,two --out bands
again 'red,green,blue' --bands red,green,blue
hint '--accum %d' 78 train --batch 30 --accum 4 --out accum
again "$said"
hint '--accum %d' 78 train --batch 32 --accum 32 --out accum2
again "$said"
hint '--batch %d' 78 train --batch 128 --out large
again '--batch 64'
hint '--batch %d' 78 train --batch 128 --accum 4 --data synth:train=63,test=32 --out large2
again '--batch 60'
hint '--batch %d --accum 1' 78 train --batch 128 --accum 16 --data synth:train=31,test=32 --out large3
again '--batch 31 --accum 1'
mkdir one two
cp "$here/../data/codec/rgb8.png" one/1.png
cp "$here/../data/codec/rgb8.png" two/1.png
cp "$here/../data/codec/rgb8.png" two/2.png
hint 'a larger data set: BatchNorm needs at least two images' 78 train --data one --batch 2 --out small
again 'a larger data set' --data two
hint '--batch %d' 78 simsiam linear run "${probe[@]}" --batch 100 --out large4
again '--batch 64'

# Without LAPACK: a file that is no library stands in its place. Said before anything is trained or made.
mkdir lib && echo nothing >lib/liblapack.so.3
without_lapack() { LD_LIBRARY_PATH=$work/lib train "$@"; }
hint 'apt-get install liblapack3' 69 without_lapack --out rankless
[ ! -e rankless ] || fail "a folder of a run that cannot be measured is made"
instead 'install liblapack3' train --out rankless
if command -v dpkg-query >/dev/null && dpkg-query -L liblapack3 >files 2>/dev/null; then
    says files 'liblapack\.so\.3'
fi
# ---- a time to stop at
hint '--time 8h, or 45m, or 90s' 78 train --time tonight --out timed
again '--time 8h' --time 8h

# ---- several ranks
export OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0
alone() { env -u OMPI_COMM_WORLD_SIZE -u OMPI_COMM_WORLD_RANK "$SIMSIAM_BINARY" "$@"; }
hint 'the same without %s' 69 simsiam check $few
instead "without Open MPI's mpirun" alone check $few
cp "$SIMSIAM_BINARY" without_mpi
hint 'a build on a machine with MPI (apt-get install libopenmpi-dev), or one process' 69 ./without_mpi train small.yaml --data $few --out ranks
instead 'one process' alone train small.yaml --data $few --threads 1 --out ranks
unset OMPI_COMM_WORLD_SIZE OMPI_COMM_WORLD_RANK

finish_hints
