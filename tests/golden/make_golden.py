#!/usr/bin/python3
"""Golden vectors of the whole SimSiam model, computed by PyTorch in float64 (development time only).

  make_golden.py --arch resnet18 --stem cifar --width 16 --dim 128 --projector-layers 2 \\
                 --seed 1 --batch 16 --size 32 [--views 3] --out tests/golden/resnet18_w16

writes DIR/golden.json; `test_golden DIR BACKEND` compares any such folder with our numbers. Weights and
images are not stored: both sides make them with the generator below (also in test_golden.c).

Generator. Every tensor has a stream, src/base/rng.h's with key (seed, 0, fnv1a64(name), 0, SIAM_RNG_TEST = 10):
  element i:  k = u32 number i >> 8 (24 bits);  t = (2k + 1) * 2^-24 - 1, in (-1, 1), exact in float32
  value = float32(middle + half * t), the arithmetic in float64:
    convolution, linear weight   middle 0    half sqrt(6 / fan_in), fan_in = product of all dimensions but the first
    linear bias                  middle 0    half 0.1
    BatchNorm weight             middle 1    half 0.2;  last BatchNorm of a residual block: middle 0.2, half 0.1
    BatchNorm bias, channels 0, 2, 4 ...: middle 2.75 (BatchNorm1d: 1.25), half 0.25; last of a block: 0, 0.1
                    channels 1, 3, 5 ...: middle -2.75 (-1.25), half 0.25;              last of a block: -1.2, 0.1
    running_mean 0, running_var 1
  The BatchNorm biases leave few inputs of a ReLU near 0. With small biases, some of the millions there are lie so close
  to 0 that rounding in float32 puts them on the other side, where the gradient jumps: no seed would be accepted.
  image: view v, element (n, c, y, x) of [batch, 3, size, size]
    = float32(1.5 * t of stream "image" at element (n, c, y * 4 / size, x * 4 / size) of [batch, 3, 4, 4] (integer
      division), + 1.0 * t of stream "view1", "view2" ... at element (n, c, y, x))
    so that the views of an image resemble each other and images differ in more than noise.
  A tensor's 256 entries: all of them if there are at most 256; else number j is at the position
    (u32 number j * count) >> 32 of the stream of "at." + the tensor's key in the file ("gradients/NAME" ...).

The file: the arguments; `losses`: of 10 steps of SGD on this one batch (losses[0] before any update);
`values` (features, z, p: view 1's rows, then view 2's) and `gradients` (of the first loss) and `stats` (BatchNorm's
running statistics after the first step's forward: view 1, then view 2). Per tensor: `n`, `norm`, `max` (of absolute
values), `at` (the 256 entries), or `all` with --full, and `scale`, what an entry's tolerance is relative to: `max`, and
for a running_mean at least the square root of its running_var's largest (behind z the means are 0).

Is the test well posed? The script perturbs every weight by 1e-6 (relative, random sign) eight times. If any loss,
gradient, value or statistic moves by more than a third of the tolerance the test applies, the seed is rejected.
"""
import argparse
import json
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from torch_model import ARCHS, OP_TEST, SimSiam, loss_of, stream  # noqa: E402

STEPS, ENTRIES, PERTURBATIONS = 10, 256, 8
TOLERANCE = {"loss_first": 1e-5, "loss_last": 5e-3, "gradient": 1e-3, "value": 1e-4, "stat": 1e-4}


def unit(seed, name, n):
    k = (stream(seed, name, OP_TEST, n) >> np.uint64(40)).astype(np.float64)
    return (2.0 * k + 1.0) * 2.0 ** -24 - 1.0


def float32(x):
    return torch.from_numpy(x.astype(np.float32).astype(np.float64))


def fill(model, seed, perturbation=None):
    modules = dict(model.named_modules())
    with torch.no_grad():
        for name, p in model.named_parameters():
            module, _, role = name.rpartition(".")
            norm = isinstance(modules[module], (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d))
            last = norm and model.is_last_gamma(module + ".weight")
            t = unit(seed, name, p.numel())
            if role == "bias" and norm:
                sign = np.where(np.arange(p.numel()) % 2 == 0, 1.0, -1.0)
                middle = 1.25 if isinstance(modules[module], torch.nn.BatchNorm1d) else 2.75
                x = np.where(sign > 0, 0.0, -1.2) + 0.1 * t if last else sign * middle + 0.25 * t
            elif role == "bias":
                x = 0.1 * t
            elif norm:
                x = 0.2 + 0.1 * t if last else 1.0 + 0.2 * t
            else:
                x = np.sqrt(6.0 / float(p[0].numel())) * t
            x = float32(x)
            if perturbation is not None:
                x = x * (1 + 1e-6 * torch.from_numpy(np.sign(unit(seed, f"perturb{perturbation}.{name}", p.numel()))))
            p.copy_(x.reshape(p.shape))


def images(seed, batch, size, view):
    coarse = 1.5 * unit(seed, "image", batch * 3 * 16).reshape(batch, 3, 4, 4)
    at = np.arange(size) * 4 // size
    fine = unit(seed, f"view{view}", batch * 3 * size * size).reshape(batch, 3, size, size)
    return float32(coarse[:, :, at][:, :, :, at] + fine)


def loss_of_views(p, z):
    """The mean over views of the negative cosine with the mean of the other views' projections."""
    total = 0
    for i in range(len(p)):
        target = sum(z[j].detach() for j in range(len(z)) if j != i) / (len(z) - 1)
        total = total - torch.nn.functional.cosine_similarity(p[i], target, eps=1e-8).mean() / len(p)
    return total


def run(a, perturbation=None):
    """Losses of STEPS steps, and every tensor of the first by its key in the file."""
    model = SimSiam(a.arch, a.width, a.stem, a.projector_layers, a.dim).double().train()
    fill(model, a.seed, perturbation)
    views = [images(a.seed, a.batch, a.size, v + 1) for v in range(a.views)]
    opt = torch.optim.SGD(model.parameters(), a.lr, momentum=a.momentum, weight_decay=a.wd)
    losses, tensors = [], {}
    for step in range(STEPS):
        f, z, p = zip(*(model(v) for v in views))
        loss = loss_of(p[0], z[0], p[1], z[1]) if a.views == 2 else loss_of_views(p, z)
        opt.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for name, rows in (("features", f), ("z", z), ("p", p)):
                tensors["values/" + name] = torch.cat(rows).detach().clone()
            tensors.update(("gradients/" + n, q.grad.clone()) for n, q in model.named_parameters())
            tensors.update(("stats/" + n, b.clone()) for n, b in model.named_buffers() if b.is_floating_point())
        opt.step()
    return np.array(losses), {k: t.reshape(-1).numpy() for k, t in tensors.items()}


def loss_tolerance(step):
    """Geometric between the first and the last step."""
    first, last = TOLERANCE["loss_first"], TOLERANCE["loss_last"]
    return first * (last / first) ** (step / (STEPS - 1))


def scales(tensors):
    scale = {k: float(np.abs(x).max()) for k, x in tensors.items()}
    for k in tensors:
        if k.endswith("running_mean"):
            scale[k] = max(scale[k], scale[k[:-4] + "var"] ** 0.5)
    return scale


def check(a, losses, tensors):
    """Is everything insensitive enough: does it move by less than a third of its tolerance?"""
    worst, scale = {}, scales(tensors)
    for i in range(PERTURBATIONS):
        other_losses, other = run(a, i)
        for s in range(STEPS):
            key = "loss of step %d" % (s + 1)
            worst[key] = max(worst.get(key, 0), abs(other_losses[s] - losses[s]) / loss_tolerance(s))
        for k, t in tensors.items():
            tolerance = TOLERANCE[k.split("/")[0][:-1]]
            worst[k] = max(worst.get(k, 0), np.abs(other[k] - t).max() / max(scale[k], 1e-30) / tolerance)
        key = max(worst, key=worst.get)
        if not worst[key] <= 1 / 3:
            print(f"seed {a.seed} is rejected: {key} moves by {worst[key]:.2f} of its tolerance when the weights move "
                  f"by 1e-6 (perturbation {i + 1} of {PERTURBATIONS}); try another --seed", file=sys.stderr)
            return False
    top = sorted(worst.items(), key=lambda x: -x[1])[:4]
    print(f"seed {a.seed} is accepted; most sensitive to 1e-6 (shares of the tolerance): "
          + ", ".join(f"{k} {v:.3f}" for k, v in top))
    return True


def entries(a, key, x):
    if a.full or len(x) <= ENTRIES:
        return x
    u32 = stream(a.seed, "at." + key, OP_TEST, ENTRIES) >> np.uint64(32)
    return x[((u32 * np.uint64(len(x))) >> np.uint64(32)).astype(np.int64)]


def describe(a, key, x, scale):
    short = [float("%.8g" % v) for v in entries(a, key, x)]
    return {"n": len(x), "norm": float(np.linalg.norm(x)), "max": float(np.abs(x).max()), "scale": scale,
            "all" if a.full else "at": short}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--arch", default="resnet18", choices=sorted(ARCHS))
    p.add_argument("--stem", choices=("cifar", "imagenet"), help="default: cifar up to 64 px")
    p.add_argument("--width", type=int, default=16)
    p.add_argument("--dim", type=int, default=128)
    p.add_argument("--projector-layers", type=int, default=0, choices=(0, 2, 3),
                   help="default: 2 with the cifar stem, else 3")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--batch", type=int, default=16, help="images per view")
    p.add_argument("--size", type=int, default=32)
    p.add_argument("--views", type=int, default=2)
    p.add_argument("--lr", type=float, default=0.01)
    p.add_argument("--momentum", type=float, default=0.9)
    p.add_argument("--wd", type=float, default=1e-4)
    p.add_argument("--full", action="store_true", help="store every entry of every tensor")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    a.stem = a.stem or ("cifar" if a.size <= 64 else "imagenet")
    a.projector_layers = a.projector_layers or (2 if a.stem == "cifar" else 3)
    if a.batch < 16:
        p.error("--batch must be at least 16: BatchNorm over fewer rows is too sensitive to compare in float32")
    losses, tensors = run(a)
    print("losses " + " ".join(f"{x:.6f}" for x in losses))
    if not check(a, losses, tensors):
        return 1
    doc = {k: getattr(a, k) for k in ("arch", "stem", "width", "dim", "projector_layers", "seed", "batch", "size",
                                      "lr", "momentum", "wd")}
    if a.views != 2:
        doc["views"] = a.views
    doc.update(format="simsiam-golden-1", tolerance=TOLERANCE, losses=list(losses), values={}, gradients={}, stats={})
    scale = scales(tensors)
    for key, x in tensors.items():
        group, _, name = key.partition("/")
        doc[group][name] = describe(a, key, x, scale[key])
    os.makedirs(a.out, exist_ok=True)
    path = os.path.join(a.out, "golden.json")
    with open(path, "w") as f:
        f.write(json.dumps(doc, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(f"{path}: {os.path.getsize(path)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
