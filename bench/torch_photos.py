#!/usr/bin/python3
"""Time of two augmented 224-px views per photograph from its file, in one thread of one process.

  bench/torch_photos.py --data DIR --peer pillow|v2|opencv|torchcodec|tifffile [--seconds 3] [--repeat 3]
  bench/torch_photos.py --data DIR --make tiff16|webp --to DIR       other files of the same photographs

The operations are those of the recipe simsiam_resnet50_8xb32-coslr-100e_in1k: random resized crop, colour jitter, grayscale, blur,
flip, normalised float32. The files of DIR are read into memory beforehand. `pillow`: torchvision's transforms on PIL images, as the
published recipes do it; `v2`, `opencv` and `torchcodec` decode to a uint8 tensor, by torchvision.io, OpenCV or torchcodec, and use
torchvision's v2 transforms on it. `tifffile` reads pictures of 16 bits, which become float32 tensors: crop and resize (bilinear, with
antialiasing), blur (13 taps, three deviations at the strongest; the recipes' 23 take longer), flip, normalise, without operations on
colours, which simsiam leaves out of 16 bits, too. Prints one JSON line with the best of the measurements: images (pairs of views) per second.

tiff16: 512 x 512 px from the middle, RGB of 16 bits, resized in floats so that all bits are used, not compressed. webp: as large as it
was, quality 90.
"""
import argparse
import glob
import io
import json
import os
import random
import time

import numpy as np
import torch
from PIL import Image, ImageFilter
from torchvision import transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class PilBlur:
    def __call__(self, image):
        return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))


def pillow():
    view = transforms.Compose([
        transforms.RandomResizedCrop(224, scale=(0.2, 1.0)),
        transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        transforms.RandomGrayscale(p=0.2),
        transforms.RandomApply([PilBlur()], p=0.5),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ])
    return lambda raw: Image.open(io.BytesIO(raw)).convert("RGB"), view


def on_tensors(decode):
    from torchvision.transforms import v2  # 0.15 and later
    view = v2.Compose([
        v2.RandomResizedCrop(224, scale=(0.2, 1.0), antialias=True),
        v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        v2.RandomGrayscale(p=0.2),
        v2.RandomApply([v2.GaussianBlur(23, (0.1, 2.0))], p=0.5),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ])
    return decode, view


def torchvision_io():
    from torchvision.io import ImageReadMode, decode_jpeg
    return on_tensors(lambda raw: decode_jpeg(torch.frombuffer(raw, dtype=torch.uint8), mode=ImageReadMode.RGB))


def opencv():
    import cv2
    cv2.setNumThreads(1)

    def decode(raw):
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        return torch.from_numpy(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).permute(2, 0, 1)
    return on_tensors(decode)


def torchcodec():
    from torchcodec.decoders import ImageDecoder  # noqa: F401 (where there is none, the peer is left out)
    return on_tensors(lambda raw: ImageDecoder(raw).get_image())


def wide():
    import tifffile
    from torchvision.transforms import functional as F
    blur = transforms.GaussianBlur(13, (0.1, 2.0))
    normalize = transforms.Normalize(MEAN, STD)

    def view(image):
        top, left, h, w = transforms.RandomResizedCrop.get_params(image, (0.2, 1.0), (3 / 4, 4 / 3))
        image = F.resize(F.crop(image, top, left, h, w), [224, 224], antialias=True)
        if random.random() < 0.5:
            image = blur(image)
        if random.random() < 0.5:
            image = F.hflip(image)
        return normalize(image)

    def decode(raw):
        samples = tifffile.imread(io.BytesIO(raw)).astype(np.float32)  # torch has no uint16
        return torch.from_numpy(samples).permute(2, 0, 1).contiguous().div_(65535)
    return decode, view


def make(kind, photo, path):
    image = Image.open(photo).convert("RGB")
    if kind == "webp":
        image.save(path + ".webp", quality=90)
        return
    import tifffile
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    bands = [np.asarray(b.convert("F").resize((512, 512), Image.BICUBIC, (left, top, left + side, top + side))) for b in image.split()]
    samples = np.clip(np.rint(np.stack(bands, 2) * 257), 0, 65535).astype(np.uint16)
    tifffile.imwrite(path + ".tif", samples, photometric="rgb")


PEERS = {"pillow": pillow, "v2": torchvision_io, "opencv": opencv, "torchcodec": torchcodec, "tifffile": wide}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--peer", choices=PEERS, default="pillow")
    p.add_argument("--make", choices=("tiff16", "webp"), help="files of this kind instead of measuring")
    p.add_argument("--to", help="folder for them")
    p.add_argument("--seconds", type=float, default=3, help="of one measurement")
    p.add_argument("--repeat", type=int, default=3, help="measurements; the best is reported")
    a = p.parse_args()
    torch.set_num_threads(1)
    files = sorted(f for e in ("JPEG", "JPG", "jpeg", "jpg", "webp", "tif") for f in glob.glob(os.path.join(a.data, "**", "*." + e), recursive=True))
    if not files:
        p.error(f"there are no pictures in '{a.data}'")
    if a.make:
        if not a.to:
            p.error("--make needs --to")
        for i, f in enumerate(files): # the number, as folders may have files of one name
            make(a.make, f, os.path.join(a.to, f"{i:05d}-" + os.path.splitext(os.path.basename(f))[0]))
        return
    raw = [bytearray(open(f, "rb").read()) for f in files]
    decode, view = PEERS[a.peer]()
    out = torch.empty(2, 16, 3, 224, 224)
    order = 0

    def make_batch():
        nonlocal order
        for j in range(16):
            image = decode(raw[order % len(raw)])
            order += 1
            out[0, j], out[1, j] = view(image), view(image)

    make_batch()
    best = 0.0
    for _ in range(a.repeat):
        made, start = 0, time.perf_counter()
        while time.perf_counter() - start < a.seconds:
            make_batch()
            made += 16
        best = max(best, made / (time.perf_counter() - start))
    print(json.dumps({"peer": a.peer, "images_per_s": round(best, 1)}))


if __name__ == "__main__":
    main()
