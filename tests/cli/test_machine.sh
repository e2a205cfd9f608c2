#!/bin/bash
# doctor and bench: the machine computes correctly, and the numbers are numbers.
. "$(dirname "$0")/lib.sh"

expect 0 simsiam doctor
says out '^PASS  arithmetic'
silent_about out '^FAIL'
says out '^[0-9]+ passed, [0-9]+ warnings, 0 failed$'
expect 0 simsiam doctor --json
says out '"healthy": true'
says out '"check": "cpu"'

small=(--width 16 --dim 64 --batch 8 --repeat 1 --threads 2)
expect 0 simsiam bench "${small[@]}" --arch resnet18,resnet50 --json
for pattern in '"bench": \[' '"arch": "resnet18"' '"arch": "resnet50"' '"size": 32' '"batch": 8' '"what": "step"' \
    '"what": "load"' '"images_per_s": [0-9.]+' '"ms": [0-9.]+'; do
    says out "$pattern"
done
expect 0 simsiam bench "${small[@]}" --what load --size 32,64
[ "$(grep -c ' load ' out)" = 2 ] || fail "one loader row per size"
expect 0 simsiam bench "${small[@]}" --what load --data synth:train=20,test=10
expect 66 simsiam bench "${small[@]}" --what load --data nowhere
says err "there is no 'nowhere'"
expect 78 simsiam bench "${small[@]:0:4}" --repeat 1 --what load --data synth:train=20,test=10 --batch 32
expect 0 simsiam bench "${small[@]}" --what step --profile
says out 'backbone.layer4.1.conv2'
expect 71 simsiam bench --arch resnet50 --size 224 --batch 8192 --what step --repeat 1
says err 'GiB'
finish
