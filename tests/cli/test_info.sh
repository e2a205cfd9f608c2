#!/bin/bash
# info: the numbers of the mission's recipe, and every recipe.
. "$(dirname "$0")/lib.sh"

expect 0 simsiam info simsiam_resnet50_8xb32-coslr-100e_in1k
says out '38,199,360 \(38\.20 M\)'
says out '4\.11 G'
says out '224 px'
expect 0 simsiam info simsiam_resnet50_8xb32-coslr-100e_in1k --json
says out '"parameters": 38199360'
says out '"flops": 4109364224'
says out '"name": "simsiam_resnet50_8xb32-coslr-100e_in1k"'
says out '"layers": \['
says out '"output": "64x112x112"'
says out '"backbone.layer4.2.conv3"'

# CIFAR ResNet-18 of the paper: 11,168,832 parameters in the backbone.
expect 0 simsiam info cifar10-resnet18-800e
says out 'backbone +11,168,832'

for recipe in cifar10-resnet18-800e cifar10-resnet18-quick demo simsiam_resnet50_8xb32-coslr-100e_in1k \
    simsiam_resnet50_8xb32-coslr-200e_in1k; do
    expect 0 simsiam info $recipe
    expect 0 simsiam info $recipe --yaml
    says out '^ +projector_layers: [23]$'
    says out '^ +epochs: [0-9]+$'
    # The printed text is a configuration file by itself and means the same.
    cp out copy.yaml
    simsiam info $recipe | tail -n +2 >by_name
    simsiam info copy.yaml | tail -n +2 >by_file
    cmp -s by_name by_file || fail "$recipe --yaml describes another model"
done
# The named classifiers, without their files.
for name in resnet50_simsiam-100e-pre_8xb512-linear-coslr-90e_in1k \
    resnet50_simsiam-200e-pre_8xb512-linear-coslr-90e_in1k; do
    expect 0 simsiam info $name
    says out '25,557,032 \(25\.56 M\)'
    says out '4\.11 G multiply-adds of the backbone and classifier at 224 px'
    says out '^fc +linear +1000 +2,049,000 +2,048,000$'
    expect 0 simsiam info $name --json
    says out '"parameters": 25557032'
    says out '"flops": 4111412224'
done
expect 2 simsiam info resnet50_simsiam-300e-pre_8xb512-linear-coslr-90e_in1k
says err 'did you mean .resnet50_simsiam-[12]00e-pre_8xb512-linear-coslr-90e_in1k'
expect 0 simsiam info resnet50
says out 'backbone +23,508,032'
expect 2 simsiam info nothing --yaml

# Files that are no models.
: >empty.safetensors
expect 65 simsiam info empty.safetensors
head -c 4096 /dev/urandom >noise.safetensors
expect 65 simsiam info noise.safetensors
printf '\x10\x00\x00\x00\x00\x00\x00\x00{"a":{"dtype":1}' >lies.safetensors
expect 65 simsiam info lies.safetensors
mkdir empty
expect 66 simsiam info empty
finish
