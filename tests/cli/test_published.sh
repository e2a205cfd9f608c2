#!/bin/bash
# Published CIFAR-10 models get exactly as many of the 10,000 test images right as they are known to. CIFAR10 may name the
# unpacked data set; otherwise it is unpacked here. Skipped without ../shared/data.
. "$(dirname "$0")/lib.sh"
shared=${SIMSIAM_SOURCE:-$here/../..}/../shared/data
[ -e "$shared/weights" ] && [ -x "$shared/unpack" ] || { echo "skipped: no $shared/weights"; exit 77; }
cifar=${CIFAR10:-}
if [ -z "$cifar" ]; then
    cifar=$work/cifar10
    "$shared/unpack" cifar10 "$cifar" >/dev/null || { echo "skipped: CIFAR-10 cannot be unpacked here"; exit 77; }
fi

# published FILE ARCH MEAN STD RIGHT
published() {
    expect 0 simsiam test "$shared/weights/$1" --arch "$2" --data "$cifar" --split test --mean "$3" --std "$4"
    says out "$5 of 10,000 right"
    says out 'CIFAR-10, 10,000 test images, 32x32 px, 10 classes'
    says out '(as given)'
}
published resnet20-12fca82f.th resnet20-cifar .485,.456,.406 .229,.224,.225 9173
published resnet56-4bfd9763.th resnet56-cifar .485,.456,.406 .229,.224,.225 9339
published resnet32_torchvision_names_cifar10.pt resnet32-cifar-b .4914,.4822,.4465 .247,.243,.261 8215

# Without being told: the architecture by its tensors, and the data set's usual constants.
expect 0 simsiam test "$shared/weights/resnet20-12fca82f.th" --data "$cifar"
says out "CIFAR-10's, as the model says none"
says out ' 91\.[0-9]+ %' # other constants than it was trained with cost a little

finish
