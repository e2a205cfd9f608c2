#!/usr/bin/python3
"""Write trajectory.json: whole runs of `simsiam train` as PyTorch computes them in float64 (development time only).

    python3 tests/golden/make_trajectory_golden.py tests/golden/trajectory.json

needs torch, torchvision and Pillow. test_trajectory.c sends the same settings through siam_train and compares what the
runs leave behind: metrics.jsonl, the checkpoint of the last step and the model.

Nothing of a run comes from the C code; only numbers that must be the same on both sides are made by the same definition:

  random numbers    the streams that src/base/rng.h defines (here: Rng, and bench/torch_model.py)
  data set          CIFAR-10's binary layout; a pixel is (4 class + 2 image + 2 noise) >> 3, each a byte (u64 >> 56) of a stream
                    of its own: "class.C" and "SPLIT.image.I" on a grid of 4 x 4 per channel, "SPLIT.noise.I" per pixel;
                    the label of image I is (7 I + I / 10) mod 10; a training file has `per_file` images
  initial weights   bench/torch_model.py: Kaiming normal by fan out, U(+-1/sqrt(in)) for linear layers, last gammas 0
  order of epochs   Fisher-Yates from the end, stream (seed, epoch, 0, 0, SHUFFLE); the last incomplete batch is dropped
  pixels            torchvision's functions on Pillow images, their parameters drawn from the stream (seed, epoch, sample,
                    view, operation) of each operation; `pixels` has the CRC-32 of all bytes of an epoch, so that the loader
                    is compared bit for bit
  the rest          torch.nn, torch.autograd, torch.optim.SGD; the rate of a step is written out in rate() from what
                    docs/MODEL.md says

Tolerances. Two computations in float32 and float64 part slowly: BatchNorm over 16 images and ReLUs near 0 amplify rounding
from step to step. So errors are compared with how far training moved each tensor (`scale`: the largest |end - begin| of
the tensor; for a running mean at least the deviation of what it is the mean of): 1 % of that (`tensor`), where leaving
out the warm-up, the predictor's constant rate, one view or the weight decay changes it by tens of percent. Losses and gauges
may differ by 1e-3, effective ranks by 1 %; rates, which are no results of training, by the 9 digits that are printed. kNN's top-1
must be equal.
Is that well posed? Each case is computed again in float32, and six times in float64 from weights that differ by 3e-7, a few
times what rounding does. A seed with which one of these moves anything by more than a third of its tolerance, or changes one
right answer, is not taken (a ReLU's input lies too close to 0 for float32); the next is tried, from the case's `seed` on.
"""
import json
import math
import os
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from PIL import Image, ImageFilter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from torch_model import OP_TEST, SimSiam, init_like_siam, loss_of, stream  # noqa: E402

SHUFFLE, CROP, JITTER, GRAY, BLUR, FLIP = range(2, 8)
MASK, GOLDEN = (1 << 64) - 1, 0x9E3779B97F4A7C15
SIDE, CLASSES, TEST_IMAGES, ENTRIES = 32, 10, 60, 24
PERTURBATIONS, NUDGE, SEEDS = 6, 3e-7, 60
TOLERANCE = {"loss": 1e-3, "std": 1e-3, "rank": 1e-2, "lr": 1e-8, "tensor": 1e-2}
MEAN, STD = (0.5, 0.45, 0.4), (0.25, 0.24, 0.22)

BASE = {
    "data.mean": ",".join(map(str, MEAN)), "data.std": ",".join(map(str, STD)), "model.arch": "resnet18", "model.width": 8,
    "model.dim": 32, "train.epochs": 3, "train.momentum": 0.9, "train.weight_decay": 0.01, "eval.k": 20,
}
CASES = [
    {"name": "rate per epoch, predictor's constant", "seed": 4, "per_file": 33,
     "set": {"data.size": 8, "model.stem": "cifar", "model.projector_layers": 2, "train.batch": 16, "train.accum": 1,
             "train.lr": 0.002, "train.schedule_by": "epoch", "train.warmup_epochs": 0, "train.fix_predictor_lr": True}},
    {"name": "rate per step with a warm-up, predictor's too", "seed": 4, "per_file": 33,
     "set": {"data.size": 8, "model.stem": "cifar", "model.projector_layers": 3, "train.batch": 16, "train.accum": 1,
             "train.lr": 0.002, "train.schedule_by": "step", "train.warmup_epochs": 0.5, "train.fix_predictor_lr": False}},
    {"name": "in two parts, warm-up of an epoch", "seed": 1, "per_file": 65,
     "set": {"data.size": 8, "model.stem": "cifar", "model.projector_layers": 2, "train.batch": 32, "train.accum": 2,
             "train.lr": 0.002, "train.schedule_by": "epoch", "train.warmup_epochs": 1, "train.fix_predictor_lr": True}},
    {"name": "stem for photographs, in two parts, rate per step", "seed": 5, "per_file": 65,
     "set": {"data.size": 16, "model.stem": "imagenet", "model.projector_layers": 3, "train.batch": 32, "train.accum": 2,
             "train.lr": 0.002, "train.schedule_by": "step", "train.warmup_epochs": 0, "train.fix_predictor_lr": True}},
]


class Rng:
    """A stream of src/base/rng.h, number by number."""

    def __init__(self, seed, epoch, sample, view, op):
        self.key, self.i = seed, 0
        for word in (epoch, sample, view << 32 | op):
            self.key = self.mix((self.key ^ word) + GOLDEN)

    @staticmethod
    def mix(z):
        z &= MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def u64(self):
        self.i += 1
        return self.mix(self.key + self.i * GOLDEN)

    def unit(self):
        return (self.u64() >> 11) * 2.0**-53

    def uniform(self, lo, hi):
        return lo + (hi - lo) * self.unit()

    def below(self, n):
        return (self.u64() >> 32) * n >> 32


# ---- data set ----


def levels(seed, name, n):
    return (stream(seed, name, OP_TEST, n) >> np.uint64(56)).astype(np.int64)


def label_of(i):
    return (7 * i + i // 10) % CLASSES


def picture(seed, split, i, mix=(4, 2, 2)):
    """[32, 32, 3] of uint8; mix: the weights of what the class, the image and the pixels have, 8 together."""
    def coarse(name):
        return levels(seed, name, 3 * 16).reshape(3, 4, 4).repeat(SIDE // 4, 1).repeat(SIDE // 4, 2)
    noise = levels(seed, f"{split}.noise.{i}", 3 * SIDE * SIDE).reshape(3, SIDE, SIDE)
    mixed = mix[0] * coarse(f"class.{label_of(i)}") + mix[1] * coarse(f"{split}.image.{i}") + mix[2] * noise >> 3
    return mixed.astype(np.uint8).transpose(1, 2, 0).copy()


class Data:
    def __init__(self, seed, images, tests=TEST_IMAGES, **mix):
        self.train = [Image.fromarray(picture(seed, "train", i, **mix)) for i in range(images)]
        self.test = [Image.fromarray(picture(seed, "test", i, **mix)) for i in range(tests)]
        self.label = {"train": torch.tensor([label_of(i) for i in range(images)]),
                      "test": torch.tensor([label_of(i) for i in range(tests)])}


def order_of(count, seed, epoch):
    r, perm = Rng(seed, epoch, 0, 0, SHUFFLE), list(range(count))
    for i in range(count - 1, 0, -1):
        j = r.below(i + 1)
        perm[i], perm[j] = perm[j], perm[i]
    return perm


# ---- views ----


def resize(im, w, h):
    """Columns first, as Pillow always did; Pillow 13 sometimes takes the rows first, which rounds differently."""
    return im.resize((w, im.height), Image.BILINEAR).resize((w, h), Image.BILINEAR)


def crop(r, im, size, least, most):
    """torchvision's RandomResizedCrop.get_params, with our numbers."""
    for _ in range(10):
        area = im.width * im.height * r.uniform(least, most)
        aspect = math.exp(r.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= im.width and 0 < h <= im.height:
            y = r.below(im.height - h + 1)
            x = r.below(im.width - w + 1)
            return resize(im.crop((x, y, x + w, y + h)), size, size)
    return resize(im, size, size)  # square images need no other shape


def jitter(r, im):
    if r.unit() >= 0.8:
        return im
    turn = [TF.adjust_brightness, TF.adjust_contrast, TF.adjust_saturation, TF.adjust_hue]
    order = [0, 1, 2, 3]
    for i in (3, 2, 1):
        j = r.below(i + 1)
        order[i], order[j] = order[j], order[i]
    factor = [float(np.float32(r.uniform(0.6, 1.4))) for _ in range(3)] + [r.uniform(-0.1, 0.1)]
    for k in order:
        im = turn[k](im, factor[k])
    return im


def view_of(im, seed, epoch, sample, view, size, area=(0.2, 1.0), flip=0.5, colours=True):
    def stream_of(op):
        return Rng(seed, epoch, sample, view, op)
    im = crop(stream_of(CROP), im, size, *area)
    if colours:
        im = jitter(stream_of(JITTER), im)
        if stream_of(GRAY).unit() < 0.2:
            im = TF.to_grayscale(im, 3)
        r = stream_of(BLUR)
        if r.unit() < 0.5:
            im = im.filter(ImageFilter.GaussianBlur(float(np.float32(r.uniform(0.1, 2.0)))))
    if stream_of(FLIP).unit() < flip:
        im = TF.hflip(im)
    return np.asarray(im).transpose(2, 0, 1)


def measured(im, size):
    """The image as it is measured: of the whole of it, or its middle where it is made smaller."""
    if im.width != size:
        im = TF.center_crop(resize(im, size * 256 // 224, size * 256 // 224), size)
    return np.asarray(im).transpose(2, 0, 1)


def normal(pixels, norm=(MEAN, STD)):
    """Rounded as float32 computes it: what both networks are given."""
    mean, std = (np.array(v, np.float32).reshape(3, 1, 1) for v in norm)
    x = (np.stack(pixels).astype(np.float32) / np.float32(255) - mean) / std
    return torch.from_numpy(x.astype(np.float64))


# ---- pretraining ----


def rate(s, step, steps):
    """Of update `step`, counted from 0, with `steps` in an epoch."""
    warm = s["train.warmup_epochs"] * steps
    if step < warm:
        return s["train.lr"] * (step + 1) / warm
    passed = step / steps if s["train.schedule_by"] == "step" else step // steps
    share = (passed - s["train.warmup_epochs"]) / (s["train.epochs"] - s["train.warmup_epochs"])
    return 0.5 * s["train.lr"] * (1 + math.cos(math.pi * max(share, 0)))


def std_ratio(z):
    return F.normalize(z, dim=1).std(0, unbiased=False).mean().item() * math.sqrt(z.shape[1])


def effective_rank(z):
    s = torch.linalg.svdvals(F.normalize(z, dim=1))
    p = s / s.sum()
    p = p[p > 0]
    return math.exp(-(p * p.log()).sum().item())


def features(model, images, size):
    x = normal([measured(im, size) for im in images]).to(next(model.parameters()).dtype)
    model.eval()
    with torch.no_grad():
        f = model.backbone(x)
    model.train()
    return f


def knn(bank, bank_label, query, query_label, k, temperature):
    """Which queries are answered right."""
    similar, at = (F.normalize(query, dim=1) @ F.normalize(bank, dim=1).T).topk(min(k, len(bank)), dim=1)
    votes = torch.zeros(len(query), CLASSES, dtype=similar.dtype)
    votes.scatter_add_(1, bank_label[at], (similar / temperature).exp())
    return votes.argmax(1) == query_label


def views_of_epoch(s, data, epoch):
    """Per batch [2, batch, 3, size, size] of uint8, and the CRC-32 of them all."""
    batch, crc, out = s["train.batch"], 0, []
    order = order_of(len(data.train), s["train.seed"], epoch)
    for b in range(len(order) // batch):
        views = np.stack([[view_of(data.train[i], s["train.seed"], epoch, i, v, s["data.size"])
                           for i in order[b * batch:(b + 1) * batch]] for v in (0, 1)])
        assert (views[0] != views[1]).any()
        crc = zlib.crc32(views.tobytes(), crc)
        out.append(views)
    return out, crc


def make_model(s, dtype, perturbation):
    model = SimSiam(s["model.arch"], s["model.width"], s["model.stem"], s["model.projector_layers"], s["model.dim"]).double()
    init_like_siam(model, s["train.seed"])
    with torch.no_grad():
        for name, p in model.named_parameters():
            if perturbation is not None:
                sign = np.where(levels(s["train.seed"], f"perturb{perturbation}.{name}", p.numel()) < 128, -1.0, 1.0)
                p.mul_(1 + NUDGE * torch.from_numpy(sign).reshape(p.shape))
    return model.to(dtype).train()


def tensors_of(model):
    t = {n: p.detach() for n, p in model.named_parameters()}
    t.update((n, b) for n, b in model.named_buffers() if b.is_floating_point())
    return {n: x.double().reshape(-1).numpy().copy() for n, x in t.items()}


def update(s, model, opt, views, step, steps):
    """One step; loss, gauge, and the z of its last part."""
    accum, dtype, loss_sum, std_sum = s["train.accum"], next(model.parameters()).dtype, 0, 0
    encoder = rate(s, step, steps)
    opt.param_groups[0]["lr"] = encoder
    opt.param_groups[1]["lr"] = s["train.lr"] if s["train.fix_predictor_lr"] else encoder
    opt.zero_grad()
    for part in np.split(views, accum, axis=1):
        (_, z1, p1), (_, z2, p2) = model(normal(part[0]).to(dtype)), model(normal(part[1]).to(dtype))
        loss = loss_of(p1, z1, p2, z2)
        (loss / accum).backward()
        loss_sum += loss.item() / accum
        std_sum += (std_ratio(z1.detach()) + std_ratio(z2.detach())) / 2 / accum
    opt.step()
    return {"loss": loss_sum, "std": std_sum, "lr": encoder}, torch.cat((z1, z2)).detach()


def pretrain(s, data, views, dtype=torch.float64, perturbation=None):
    model = make_model(s, dtype, perturbation)
    begin, step, rows, epochs, right = tensors_of(model), 0, [], [], []
    groups = [{"params": [p for n, p in model.named_parameters() if n.startswith("predictor.") == own]} for own in (False, True)]
    opt = torch.optim.SGD(groups, 1.0, momentum=s["train.momentum"], weight_decay=s["train.weight_decay"])
    for batches in views:
        for b in batches:
            row, z = update(s, model, opt, b, step, len(batches))
            rows.append(row)
            step += 1
        hits = knn(features(model, data.train, s["data.size"]), data.label["train"], features(model, data.test, s["data.size"]),
                   data.label["test"], s["eval.k"], 0.1)
        right.append(hits)
        epochs.append({"rank": effective_rank(z), "knn": hits.sum().item() / len(hits)})
    return {"model": model, "step": rows, "epoch": epochs, "begin": begin, "end": tensors_of(model), "right": right}


# ---- what is stored, and whether it can be compared ----


def scale_of(name, run):
    scale = float(np.abs(run["end"][name] - run["begin"][name]).max())
    if name.endswith("running_mean"):
        scale = max(scale, float(run["end"][name[:-4] + "var"].max()) ** 0.5)
    return scale


def differs(run, other):
    """Largest share of a tolerance by which `other` differs from `run`, and of what; infinite where answers change."""
    share = {}
    for key in ("loss", "std"):
        share[key] = max(abs(a[key] - b[key]) for a, b in zip(run["step"], other["step"])) / TOLERANCE[key]
    share["rank"] = max(abs(a["rank"] / b["rank"] - 1) for a, b in zip(run["epoch"], other["epoch"])) / TOLERANCE["rank"]
    for name, x in run["end"].items():
        share[name] = np.abs(other["end"][name] - x).max() / scale_of(name, run) / TOLERANCE["tensor"]
    if any((a != b).any() for a, b in zip(run["right"], other["right"])):
        share["answers"] = math.inf
    return max((v, k) for k, v in share.items())


def is_steady(case, s, run, again):
    """again(dtype, perturbation) computes the run once more."""
    for what in [(torch.float32, None)] + [(torch.float64, i) for i in range(PERTURBATIONS)]:
        share, key = differs(run, again(*what))
        if share > 1 / 3:
            print(f"{case['name']}: seed {s['train.seed']} is not taken: {key} moves by {share:.2f} of its tolerance", flush=True)
            return False
    return True


def brief(x):
    return float("%.8g" % x)


def describe(seed, name, x, scale):
    """Entries at even distances, and the sum of all with random signs: an error anywhere changes it."""
    n = len(x)
    at = [k * n // ENTRIES for k in range(ENTRIES)] if n > ENTRIES else range(n)
    sign = np.where(levels(seed, "sign." + name, n) < 128, -1.0, 1.0)
    return {"n": n, "scale": brief(scale), "at": [brief(x[j]) for j in at], "sum": brief((sign * x).sum())}


def make_case(case):
    for seed in range(case["seed"], case["seed"] + SEEDS):
        s = {**BASE, **case["set"], "train.seed": seed}
        data = Data(seed, 5 * case["per_file"])
        views, pixels = zip(*(views_of_epoch(s, data, e) for e in range(s["train.epochs"])))
        run = pretrain(s, data, views)
        if is_steady(case, s, run, lambda dtype, i: pretrain(s, data, views, dtype, i)):
            break
    else:
        sys.exit(f"{case['name']}: no seed can be compared in float32")
    print(f"{case['name']}: seed {seed}, losses {' '.join('%.4f' % r['loss'] for r in run['step'])}, "
          f"kNN {['%.3f' % e['knn'] for e in run['epoch']]}, ranks {['%.2f' % e['rank'] for e in run['epoch']]}", flush=True)
    return {
        "name": case["name"], "per_file": case["per_file"], "test": TEST_IMAGES,
        "set": {k: str(v).lower() for k, v in s.items()}, "pixels": list(pixels),
        "step": [{k: float("%.12g" % v) for k, v in row.items()} for row in run["step"]],
        "epoch": [{k: brief(v) for k, v in row.items()} for row in run["epoch"]],
        "tensor": {n: describe(seed, n, x, scale_of(n, run)) for n, x in run["end"].items()},
    }


def main():
    torch.set_num_threads(1)
    doc = {"format": "simsiam-trajectory-1", "tolerance": TOLERANCE, "case": [make_case(c) for c in CASES]}
    with open(sys.argv[1], "w") as f:
        f.write(json.dumps(doc, separators=(",", ":")).replace('},"', '},\n"').replace('},{', '},\n{') + "\n")
    print(f"{sys.argv[1]}: {os.path.getsize(sys.argv[1])} bytes")


if __name__ == "__main__":
    main()
