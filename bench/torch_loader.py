#!/usr/bin/python3
"""Time of two augmented CIFAR-10 views per image with torchvision on PIL images, in one thread of one process.

  bench/torch_loader.py --data DIR [--seconds 2] [--repeat 3]

The operations are those of the recipe cifar10-resnet18-800e: random resized crop, colour jitter, grayscale, flip,
ToTensor and Normalize; DIR holds CIFAR-10's binary files, read into memory beforehand. Prints one JSON line with the
best of the measurements: images (pairs of views) per second, and microseconds per view. Needs torchvision.
"""
import argparse
import json
import os
import time

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


def read_cifar(folder):
    files = [os.path.join(folder, f"data_batch_{i}.bin") for i in range(1, 6)]
    raw = np.concatenate([np.fromfile(f, np.uint8) for f in files]).reshape(-1, 3073)
    return np.ascontiguousarray(raw[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--seconds", type=float, default=2, help="of one measurement")
    p.add_argument("--repeat", type=int, default=3, help="measurements; the best is reported")
    p.add_argument("--batch", type=int, default=128)
    a = p.parse_args()
    torch.set_num_threads(1)
    images = read_cifar(a.data)
    view = transforms.Compose([
        transforms.RandomResizedCrop(32, scale=(0.2, 1.0)),
        transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        transforms.RandomGrayscale(p=0.2),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ])
    out = torch.empty(2, a.batch, 3, 32, 32)

    def make_batch():
        for j, i in enumerate(np.random.randint(0, len(images), a.batch)):
            image = Image.fromarray(images[i])
            out[0, j], out[1, j] = view(image), view(image)

    make_batch()
    best = 0.0
    for _ in range(a.repeat):
        made, start = 0, time.perf_counter()
        while time.perf_counter() - start < a.seconds:
            make_batch()
            made += a.batch
        best = max(best, made / (time.perf_counter() - start))
    print(json.dumps({"format": "torchvision", "images_per_s": round(best, 1), "us_per_view": round(5e5 / best, 2),
                      "torchvision": torchvision.__version__, "pillow": PIL.__version__}))


if __name__ == "__main__":
    main()
