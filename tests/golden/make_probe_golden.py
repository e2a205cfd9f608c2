#!/usr/bin/python3
"""Write probe.json: whole runs of `simsiam linear` and `simsiam knn` as PyTorch computes them in float64 (development time
only).

    python3 tests/golden/make_probe_golden.py tests/golden/probe.json

needs torch, torchvision and Pillow. test_probe.c makes the same data set and encoder, sends the same settings through
siam_linear_train and siam_knn_measure, and compares what they leave behind: metrics.jsonl, the checkpoint of the last step
with all heads and their momentum, the two models, the result; counts of right answers.

Random numbers, data set, order of epochs and pixels are those of make_trajectory_golden.py, from which they are taken; `mix`
are the weights in a pixel of what the class, the image and the pixel itself have. More is defined here:

  encoder   torch_model.py's ResNet. "random:..." is as init_like_siam() makes it, and normalises as for CIFAR. Else it is
            encoder.safetensors: the same, then BatchNorm's weight = 3/2 + u (a quarter of that for the last one of a block),
            bias = u - 3/4, running_mean = u/2 - 1/4, running_var = 1/2 + u, u the units of the stream of the tensor's name:
            no statistic is neutral, and images stay apart
  heads     fc.weight N(0, 0.01) of the stream "fc.weight", for all heads alike, fc.bias 0; cross-entropy; SGD as torch.optim's,
            LARS by its two definitions (make_linear_golden.py); the last batch of an epoch is a shorter one
  features  of the images as they are measured (cached, held out, kNN), or of crops, perhaps turned round, drawn anew every
            epoch
  leader    the head with the most right answers so far, the first of equals, the earliest epoch of equals: metrics.jsonl
            shows its rate and the mean loss of its epoch so far, model.safetensors has its numbers of that epoch
  kNN       the first `bank` of a Fisher-Yates shuffle from the front, stream (0, 0, 0, 0, SUBSET), ascending; leave one out:
            those, then the held-out images, each asks all others

Tolerances. Nothing but the heads is trained, so rounding stays small: losses may differ by 1e-5, a weight, bias or momentum
by 1e-4 of how far training moved its tensor (`scale`), a rate by the 9 digits that are printed. Numbers of right answers
must be equal. That this can be asked is checked here, and a seed with which it cannot is not taken: each run is computed
again in float32 and may use a third of a tolerance; no logit of a held-out image is nearer to the right one's than LOGIT
times the largest; no answer of kNN becomes right or wrong if all similarities move by SIMILAR, three times what float32 does
to them (checked too).
"""
import json
import math
import os
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_trajectory_golden import (CLASSES, MEAN, STD, Data, Rng, brief, describe, measured, normal, order_of,  # noqa: E402
                                    view_of)
from torch_model import OP_INIT, OP_TEST, SimSiam, init_like_siam, normals, stream  # noqa: E402

SUBSET, SEEDS = 8, 200
TOLERANCE = {"loss": 1e-5, "lr": 1e-8, "tensor": 1e-4}
LOGIT, SIMILAR = 2e-5, 3e-6
USUAL = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
FILE, RANDOM, RAW = "encoder.safetensors", "random:resnet18", "raw"
SMALL = {"arch": "resnet18", "width": 8, "stem": "cifar", "size": 8}
MIDDLE = {"arch": "resnet18", "width": 8, "stem": "imagenet", "size": 16}
WHOLE = {"arch": "resnet18", "width": 8, "stem": "imagenet", "size": 32}
DATA = {"per_file": 60, "test": 100, "mix": (3, 3, 2)}
FEWER = {"per_file": 30, "test": 60}

BASE = {"train.epochs": 4, "train.batch": 48, "train.momentum": 0.9, "train.weight_decay": 0.0, "train.schedule": "cosine",
        "linear.cache_features": False, "linear.sweep_lr": (), "aug.crop_min": 0.08, "aug.crop_max": 1.0, "aug.flip_p": 0.5}
LINEAR = [
    {"name": "sgd on crops", "encoder": SMALL,
     "set": {"train.optimizer": "sgd", "train.lr": 0.004, "train.weight_decay": 0.1}},
    {"name": "larc on crops, few turned round", "encoder": MIDDLE,
     "set": {"train.optimizer": "larc", "train.lr": 6.0, "train.weight_decay": 0.05, "train.momentum": 0.8,
             "aug.crop_min": 0.3, "aug.crop_max": 0.8, "aug.flip_p": 0.25}},
    {"name": "lars on crops, two rates", "encoder": WHOLE,
     "set": {"train.optimizer": "lars", "linear.sweep_lr": (1.5, 8.0), "train.weight_decay": 0.05}},
    {"name": "sgd on cached features, three rates", "encoder": MIDDLE,
     "set": {"train.optimizer": "sgd", "linear.sweep_lr": (0.0002, 0.01, 0.002), "linear.cache_features": True}},
    {"name": "larc on cached features, three rates, no weight decay", "encoder": WHOLE,
     "set": {"train.optimizer": "larc", "linear.sweep_lr": (1.6, 25.0, 6.0), "linear.cache_features": True}},
    {"name": "lars on cached features, two rates", "encoder": SMALL,
     "set": {"train.optimizer": "lars", "linear.sweep_lr": (2.0, 10.0), "train.weight_decay": 0.1,
             "linear.cache_features": True}},
    {"name": "random encoder, constant rate", "random": dict(SMALL, size=16),
     "set": {"train.optimizer": "sgd", "train.lr": 0.03, "train.schedule": "constant", "train.batch": 32,
             "train.momentum": 0.5}},
]
KNN = [
    {"name": "file", "encoder": SMALL},
    {"name": "file, part of the bank", "seed": 3, "encoder": MIDDLE, "bank": 110},
    {"name": "file, leave one out", "seed": 4, "encoder": WHOLE, "leave_one_out": True},
    {"name": "random encoder, part of the bank, leave one out", "seed": 2, "random": dict(SMALL, size=16), "bank": 90,
     "leave_one_out": True},
    {"name": "pixels", "raw": {"size": 16}, "mix": (1, 4, 3)},
]
NEIGHBOURS, TEMPERATURES = (1, 3, 10, 40, 500), (0.002, 0.01, 0.1)


def data_of(case, seed):
    d = {**DATA, **case}
    return Data(seed, 5 * d["per_file"], d["test"], mix=d["mix"])


# ---- encoder ----


class Encoder:
    """What gives features: model, its input's side and normalisation, and how the program is told of it."""

    def __init__(self, case, seed):
        kind = next(k for k in ("encoder", "random", "raw") if k in case)
        c = case[kind]
        self.name = {"encoder": FILE, "random": RANDOM, "raw": RAW}[kind]
        self.size, self.norm, self.net = c["size"], (MEAN, STD) if kind == "encoder" else USUAL, None
        if kind == "raw":
            return
        model = SimSiam(c["arch"], c["width"], c["stem"]).double()
        init_like_siam(model, seed)
        if kind == "encoder":
            self.make_statistics(model, seed)
        self.net = model.backbone.eval()

    @staticmethod
    def make_statistics(model, seed):
        for at, m in model.named_modules():
            if not isinstance(m, torch.nn.BatchNorm2d):
                continue
            last = 0.25 if model.is_last_gamma(f"{at}.weight") else 1
            for name, first, factor in (("weight", 1.5 * last, last), ("bias", -0.75, 1), ("running_mean", -0.25, 0.5),
                                        ("running_var", 0.5, 1)):
                unit = (stream(seed, f"{at}.{name}", OP_TEST, m.num_features) >> np.uint64(11)).astype(np.float64) * 2.0**-53
                getattr(m, name).data.copy_(torch.from_numpy((first + factor * unit).astype(np.float32)))

    def features(self, pixels, dtype):
        x = normal(pixels, self.norm).to(dtype)
        if not self.net:
            return x.flatten(1)
        with torch.no_grad():
            return self.net.to(dtype)(x)

    def measure(self, images, dtype):
        return self.features([measured(im, self.size) for im in images], dtype)


# ---- linear evaluation ----


def crops_of(s, data, size, epoch):
    """Pixels of the crops of an epoch, in its order."""
    order = order_of(len(data.train), s["train.seed"], epoch)
    area = s["aug.crop_min"], s["aug.crop_max"]
    return [view_of(data.train[i], s["train.seed"], epoch, i, 0, size, area, s["aug.flip_p"], colours=False) for i in order]


class Head:
    def __init__(self, s, dim, lr, dtype):
        weight = (0.01 * normals(s["train.seed"], "fc.weight", OP_INIT, CLASSES * dim)).astype(np.float32)
        self.params = [torch.from_numpy(weight).to(dtype).reshape(CLASSES, dim), torch.zeros(CLASSES, dtype=dtype)]
        self.begin = [p.clone() for p in self.params]
        self.buffers = [torch.zeros_like(p) for p in self.params]
        self.s, self.lr, self.losses = s, lr, []
        self.hits = self.best = (-1, -1)
        self.best_epoch = 0

    def step(self, x, label, factor):
        leaves = [p.clone().requires_grad_() for p in self.params]
        loss = F.cross_entropy(F.linear(x, *leaves), label)
        self.losses.append(loss.item())
        grads = torch.autograd.grad(loss, leaves)
        for p, g, buf in zip(self.params, grads, self.buffers):
            self.optimise(p, g, buf, self.lr * factor)

    def optimise(self, p, g, buf, lr):
        kind, wd, momentum = self.s["train.optimizer"], self.s["train.weight_decay"], self.s["train.momentum"]
        has_ratio = kind != "sgd" and p.norm() != 0 and g.norm() != 0
        local = 0.001 * p.norm() / (g.norm() + wd * p.norm() + 1e-8) if has_ratio else 1.0
        if kind != "larc" or has_ratio:
            g = (g + wd * p) * local
        if kind == "lars":
            buf.mul_(momentum).add_(g * lr)
            p.sub_(buf)
        else:
            buf.mul_(momentum).add_(g)
            p.sub_(lr * buf)

    def measure(self, x, label, epoch):
        """Returns the smallest distance of a right logit from what it is compared with, as a share of the largest."""
        logits = F.linear(x, *self.params)
        own = logits.gather(1, label[:, None])
        others = logits.scatter(1, label[:, None], -math.inf).topk(5, dim=1).values[:, [0, 4]]
        self.hits = tuple((own > others).sum(0).tolist())
        if self.hits[0] > self.best[0]:
            self.best, self.best_epoch = self.hits, epoch
        return ((own - others).abs() / logits.abs().amax(1, keepdim=True)).min().item()

    def numbers(self):
        return [p.double().flatten().numpy().copy() for p in self.params]


def linear(s, encoder, data, dtype=torch.float64):
    test = encoder.measure(data.test, dtype)
    heads = [Head(s, test.shape[1], lr, dtype) for lr in s["linear.sweep_lr"] or (s["train.lr"],)]
    cached = encoder.measure(data.train, dtype) if s["linear.cache_features"] else None
    rows, epochs, margins, pixels, lead, chosen, step = [], [], [], [], 0, None, 0
    for epoch in range(s["train.epochs"]):
        order = order_of(len(data.train), s["train.seed"], epoch)
        factor = 0.5 * (1 + math.cos(math.pi * epoch / s["train.epochs"])) if s["train.schedule"] == "cosine" else 1.0
        if cached is None:
            crops = crops_of(s, data, encoder.size, epoch)
            pixels.append(zlib.crc32(np.stack(crops).tobytes()))
        x = cached[order] if cached is not None else encoder.features(crops, dtype)
        label = data.label["train"][order]
        for h in heads:
            h.losses = []
        for at in range(0, len(x), s["train.batch"]):
            for h in heads:
                h.step(x[at:at + s["train.batch"]], label[at:at + s["train.batch"]], factor)
            step += 1
            rows.append({"loss": np.mean(heads[lead].losses), "lr": heads[lead].lr * factor})
        record = heads[lead].best[0]
        margins += [h.measure(test, data.label["test"], epoch + 1) for h in heads]
        first = max(range(len(heads)), key=lambda k: (heads[k].hits[0], -k))
        if heads[first].hits[0] > record:
            lead, chosen = first, heads[first].numbers()
        h = heads[lead]
        epochs.append({"loss": np.mean(h.losses), "lr": h.lr * factor, "top1": h.hits[0], "top5": h.hits[1]})
    return {"heads": heads, "step": rows, "epoch": epochs, "lead": lead, "chosen": chosen, "margin": min(margins),
            "pixels": pixels}


def tensors_of(run):
    """{name: (numbers, scale)}: the heads as the checkpoint names them, then the classifier of model.safetensors."""
    out = {}

    def add(name, x, begin):
        out[name] = x, float(np.abs(x - begin).max())
    for k, h in enumerate(run["heads"]):
        for part, begin, x, buf in zip(("weight", "bias"), h.begin, h.numbers(), h.buffers):
            name = f"fc.{k}.{part}" if k else f"fc.{part}"
            add(name, x, begin.double().flatten().numpy())
            add("momentum." + name, buf.double().flatten().numpy(), 0)
    for part, x, begin in zip(("weight", "bias"), run["chosen"], run["heads"][run["lead"]].begin):
        add("best." + part, x, begin.double().flatten().numpy())
    return out


def differs(run, other):
    """Largest share of a tolerance by which `other` differs from `run`; infinite where answers change."""
    a, b = tensors_of(run), tensors_of(other)
    share = [np.abs(a[k][0] - b[k][0]).max() / a[k][1] / TOLERANCE["tensor"] for k in a]
    share += [abs(x["loss"] - y["loss"]) / TOLERANCE["loss"] for x, y in zip(run["step"], other["step"])]
    answers = [[(h.hits, h.best, h.best_epoch) for h in r["heads"]] for r in (run, other)]
    return max(share) if answers[0] == answers[1] else math.inf


def text_of(v):
    return ",".join(map(str, v)) if isinstance(v, tuple) else str(v).lower()


def make_linear(case):
    for seed in range(case.get("seed", 1), SEEDS):
        s = {**BASE, **case["set"], "train.seed": seed}
        data = data_of(case, seed)
        encoder = Encoder(case, seed)
        run = linear(s, encoder, data)
        share = differs(run, linear(s, Encoder(case, seed), data, torch.float32)) if run["margin"] > LOGIT else math.inf
        if share <= 1 / 3:
            break
        print(f"{case['name']}: seed {seed} is not taken: margin {run['margin']:.1e}, share {share:.2f}", flush=True)
    else:
        sys.exit(f"{case['name']}: no seed can be compared in float32")
    print(f"{case['name']}: seed {seed}, {share:.3f} of the tolerances in float32, epochs' losses "
          f"{' '.join('%.4f' % e['loss'] for e in run['epoch'])}, last of the heads "
          f"{' '.join('%.4f' % np.mean(h.losses) for h in run['heads'])}, top-1 {[e['top1'] for e in run['epoch']]}, top-5 "
          f"{[e['top5'] for e in run['epoch']]}, best {[(h.best, h.best_epoch) for h in run['heads']]}", flush=True)
    told = {"model.path": encoder.name}
    if "random" in case:
        told.update({"model.width": case["random"]["width"], "data.size": encoder.size})
    best = run["heads"][run["lead"]]
    return {
        "name": case["name"], **{k: case.get(k, v) for k, v in {**DATA, "encoder": None}.items()},
        "set": {k: text_of(v) for k, v in {**s, **told}.items() if v != ()},
        "size": encoder.size, "pixels": run["pixels"],
        "step": [{k: float("%.12g" % v) for k, v in row.items()} for row in run["step"]],
        "epoch": [{k: float("%.12g" % v) for k, v in row.items()} for row in run["epoch"]],
        "lead": run["lead"], "result": {"top1": best.best[0], "top5": best.best[1], "epoch": best.best_epoch, "lr": best.lr},
        "head": [{"best_hits": h.best[0], "best_hits5": h.best[1], "best_epoch": h.best_epoch, "hits": h.hits[0],
                  "hits5": h.hits[1]} for h in run["heads"]],
        "tensor": {n: describe(seed, n, x, scale) for n, (x, scale) in tensors_of(run).items()},
    }


# ---- kNN ----


def bank_of(count, n):
    if n == 0 or n >= count:
        return list(range(count))
    r, perm = Rng(0, 0, 0, 0, SUBSET), list(range(count))
    for i in range(n):
        j = i + r.below(count - i)
        perm[i], perm[j] = perm[j], perm[i]
    return sorted(perm[:n])


def similarities(case, encoder, data, dtype):
    """[queries, bank] with the labels of both; -2 where an image would ask itself."""
    bank_at = bank_of(len(data.train), case.get("bank", 0))
    bank, bank_label = encoder.measure([data.train[i] for i in bank_at], dtype), data.label["train"][bank_at]
    query, query_label = encoder.measure(data.test, dtype), data.label["test"]
    if case.get("leave_one_out"):
        query = bank = torch.cat((bank, query))
        query_label = bank_label = torch.cat((bank_label, query_label))
    similar = F.normalize(query, dim=1) @ F.normalize(bank, dim=1).T
    if case.get("leave_one_out"):
        similar.fill_diagonal_(-2)
    return similar, bank_label, query_label


def answers(similar, bank_label, query_label, k, temperature):
    """Which queries are answered right, and whether that stays so when all similarities move by SIMILAR."""
    n = int((similar[0] > -2).sum())
    k, (s, at) = min(k, n), similar.sort(dim=1, descending=True, stable=True)
    weight, label = ((s[:, :k] - s[:, :1]) / temperature).exp(), bank_label[at]
    votes = torch.zeros(len(s), CLASSES, dtype=s.dtype).scatter_add_(1, label[:, :k], weight)
    own = votes.gather(1, query_label[:, None])[:, 0]
    other = votes.scatter(1, query_label[:, None], -1).amax(1)
    need = 2 * (math.exp(2 * SIMILAR / temperature) - 1) * votes.amax(1)
    if k < n:  # who is the last neighbour may change
        uncertain = (s[:, k - 1] - s[:, k] < 2 * SIMILAR) & (label[:, k - 1] != label[:, k])
        need = need + 2 * uncertain * weight[:, -1]
    return own > other, (own - other).abs() > need


def make_knn(case):
    for seed in range(case.get("seed", 1), SEEDS):
        data = data_of(case, seed)
        similar, bank_label, query_label = similarities(case, Encoder(case, seed), data, torch.float64)
        off = (similarities(case, Encoder(case, seed), data, torch.float32)[0] - similar).abs().max().item()
        rows = [answers(similar, bank_label, query_label, k, t) for k in NEIGHBOURS for t in TEMPERATURES]
        unsure = sum((~r[1]).sum().item() for r in rows)
        if not unsure and off < SIMILAR / 3:
            break
        print(f"kNN, {case['name']}: seed {seed} is not taken: {unsure} answers, float32 is off by {off:.1e}", flush=True)
    else:
        sys.exit(f"{case['name']}: no seed can be compared in float32")
    right = [r[0].sum().item() for r in rows]
    print(f"kNN, {case['name']}: seed {seed}, float32 is off by {off:.1e}, right of {len(query_label)}: {right}", flush=True)
    encoder = Encoder(case, seed)
    told = {"model": encoder.name, "bank": case.get("bank", 0), "leave_one_out": case.get("leave_one_out", False)}
    if "encoder" not in case:
        told.update(width=case.get("random", {}).get("width", 0), size=encoder.size)
    return {"name": case["name"], **{k: case.get(k, v) for k, v in {**DATA, "encoder": None}.items()}, "seed": seed, **told,
            "k": NEIGHBOURS, "temperature": TEMPERATURES, "queries": len(query_label), "right": right}


def main():
    torch.set_num_threads(1)
    doc = {"format": "simsiam-probe-1", "tolerance": TOLERANCE, "knn": [make_knn({**FEWER, **c}) for c in KNN],
           "linear": [make_linear(c) for c in LINEAR]}
    with open(sys.argv[1], "w") as f:
        f.write(json.dumps(doc, separators=(",", ":")).replace('},"', '},\n"').replace('},{', '},\n{') + "\n")
    print(f"{sys.argv[1]}: {os.path.getsize(sys.argv[1])} bytes")


if __name__ == "__main__":
    main()
