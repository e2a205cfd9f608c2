#!/usr/bin/env python3
# Whole augmentation pipelines with recorded parameters, run through torchvision.transforms.functional on PIL images.
# Run: python3 make_augment_golden.py > augment_torchvision.json    (Pillow 9.4, torchvision 0.14)
# tests/unit/test_augment.c builds the same images, replays the steps and compares every byte after each step.
import json
import sys
import zlib

import numpy as np
import PIL
import torchvision
import torchvision.transforms.functional as F
from PIL import Image, ImageFilter


def image(w, h, seed):
    """LCG noise (s = s*1664525 + 1013904223 mod 2^32, byte = s >> 24 after the update, HWC), then in the left half a
    ramp (255x/w, 255y/h, 128) and in rows h/4..h/2, columns w/4..3w/4 a flat (200, 30, 60)."""
    a = np.empty(w * h * 3, np.uint8)
    s = seed
    for i in range(a.size):
        s = (s * 1664525 + 1013904223) & 0xFFFFFFFF
        a[i] = s >> 24
    a = a.reshape(h, w, 3)
    for y in range(h):
        for x in range(w // 2):
            a[y, x] = (255 * x // w, 255 * y // h, 128)
    a[h // 4 : h // 2, w // 4 : 3 * w // 4] = (200, 30, 60)
    return a


OPS = {
    "resized_crop": lambda im, x, y, w, h, ow, oh: F.resized_crop(im, y, x, h, w, (oh, ow)),
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
    "grayscale": lambda im: F.to_grayscale(im, 3),
    "gaussian_blur": lambda im, s: im.filter(ImageFilter.GaussianBlur(radius=s)),
    "hflip": F.hflip,
    # Resize(short side), then CenterCrop: the measurement transform
    "test_view": lambda im, resize, size: F.center_crop(F.resize(im, resize), size),
}

B, C, S, H = ("brightness", 1.2734375), ("contrast", 0.6640625), ("saturation", 1.3828125), ("hue", -0.0703125)
B2, C2, S2, H2 = ("brightness", 0.71875), ("contrast", 1.359375), ("saturation", 0.609375), ("hue", 0.0986)
CROP, GRAY, FLIP = ("resized_crop", 5, 3, 23, 19, 32, 32), ("grayscale",), ("hflip",)
CASES = [
    (32, 32, [CROP, B, C, S, H, FLIP]),
    (32, 32, [("resized_crop", 0, 0, 32, 32, 32, 32), H, S, C, B]),
    (32, 32, [("resized_crop", 1, 9, 31, 23, 32, 32), C2, H2, B2, S2, FLIP]),
    (32, 32, [("resized_crop", 12, 0, 13, 32, 32, 32), S2, B, H, C2, GRAY, FLIP]),
    (32, 32, [("resized_crop", 0, 7, 32, 15, 32, 32), H2, C, S, B2, GRAY, ("gaussian_blur", 0.1)]),
    (32, 32, [CROP, S, H2, C2, B2, ("gaussian_blur", 1.375), FLIP]),
    (97, 61, [("resized_crop", 11, 2, 77, 58, 64, 64), B2, S2, H2, C2, ("gaussian_blur", 1.75), FLIP]),
    (97, 61, [("resized_crop", 40, 17, 30, 37, 64, 64), H, B, C, S, ("gaussian_blur", 0.625)]),
    (97, 61, [("resized_crop", 0, 0, 97, 61, 64, 64), C, B2, S, H2, GRAY, ("gaussian_blur", 2.0), FLIP]),
    (97, 61, [("test_view", 36, 32)]),
    (61, 97, [("test_view", 54, 48)]),
    (97, 61, [("test_view", 64, 64)]),
    (96, 96, [("test_view", 109, 96)]),
    (61, 97, [("test_view", 109, 96)]),
    (150, 96, [("test_view", 109, 96)]),
]


def main():
    cases = []
    for n, (w, h, steps) in enumerate(CASES):
        seed = 1000 + n
        a = image(w, h, seed)
        im = Image.fromarray(a)
        rows = []
        for op, *args in steps:
            im = OPS[op](im, *args)
            x = np.asarray(im).reshape(-1)
            crc, mid = zlib.crc32(x.tobytes()), x.size // 2
            rows.append({"op": op, "args": args, "w": im.width, "h": im.height, "crc32": crc,
                         "mid12": x[mid : mid + 12].tolist()})
        cases.append({"w": w, "h": h, "seed": seed, "crc32": zlib.crc32(a.tobytes()), "steps": rows})
    out = {"pillow": PIL.__version__, "torchvision": torchvision.__version__, "cases": cases}
    json.dump(out, sys.stdout, indent=None, separators=(",", ":"))
    print()


main()
