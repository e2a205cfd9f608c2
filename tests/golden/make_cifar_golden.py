#!/usr/bin/python3
"""Print what tests/unit/test_resnet_cifar.c expects of trained CIFAR ResNets: pooled features of two made-up
images, by PyTorch in float64, as rows of C.

    /usr/bin/python3 tests/golden/make_cifar_golden.py DATA/weights"""
import os
import sys

import torch
import torch.nn.functional as F

FILES = ("resnet20-12fca82f.th", "resnet56-4bfd9763.th", "resnet32_torchvision_names_cifar10.pt")


def images():
    i = torch.arange(2 * 3 * 32 * 32, dtype=torch.int64)
    return ((i * 7919 % 1009).double() / 504 - 1).reshape(2, 3, 32, 32)


def norm(x, w, name):
    return F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"], w[name + ".bias"])


def features(w, x):
    x = F.relu(norm(F.conv2d(x, w["conv1.weight"], padding=1), w, "bn1"))
    stage = 1
    while f"layer{stage}.0.conv1.weight" in w:
        block = 0
        while f"layer{stage}.{block}.conv1.weight" in w:
            p, s = f"layer{stage}.{block}.", 2 if stage > 1 and block == 0 else 1
            y = F.relu(norm(F.conv2d(x, w[p + "conv1.weight"], stride=s, padding=1), w, p + "bn1"))
            y = norm(F.conv2d(y, w[p + "conv2.weight"], padding=1), w, p + "bn2")
            if p + "downsample.0.weight" in w:
                x = norm(F.conv2d(x, w[p + "downsample.0.weight"], stride=s), w, p + "downsample.1")
            elif s == 2:
                c = (y.shape[1] - x.shape[1]) // 2
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, c, c))
            x = F.relu(y + x)
            block += 1
        stage += 1
    return x.mean((2, 3))


for name in FILES:
    d = torch.load(os.path.join(sys.argv[1], name), map_location="cpu")
    w = {k.removeprefix("module."): v.double() for k, v in d.get("state_dict", d).items()}
    f = features(w, images())
    at = ", ".join("%.9g" % f.flatten()[k].item() for k in (0, 63, 64, 127))
    print('{"%s", %.9g, {%s}},' % (name, f.norm().item(), at))
