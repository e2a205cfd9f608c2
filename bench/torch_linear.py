#!/usr/bin/python3
"""The linear evaluation in PyTorch, on features that simsiam extracted: a peer of `simsiam linear --cache-features`.

  simsiam extract RUN --data DIR --split train -o train.npy
  simsiam extract RUN --data DIR --split test -o test.npy
  bench/torch_linear.py --train train.npy --test test.npy --lr 30 --seeds 3

Labels come from the .index.csv beside each file. Model, loss, optimiser and schedule are PyTorch's; the order of the images and
the initial weights come from its random numbers. One JSON line per seed: top-1 and top-5 of the last epoch and of the best.
With --optimizer lars or larc the updates are those of tests/golden/make_linear_golden.py. Needs python3-torch."""
import argparse
import csv
import json
import math
import os
import time

import numpy as np
import torch


def read(path):
    """Features and labels: the index has a line for every row, in order."""
    x = np.load(path)
    with open(os.path.splitext(path)[0] + ".index.csv", newline="") as f:
        label = np.array([int(line["label"] or -1) for line in csv.DictReader(f)])
    assert len(label) == len(x) and (label >= 0).all(), "some rows of %s have no label" % path
    return torch.from_numpy(x).float(), torch.from_numpy(label)


def step(params, buffers, optimizer, lr, momentum, weight_decay):
    for p, b in zip(params, buffers):
        g = p.grad
        local = None
        if optimizer != "sgd" and p.norm() != 0 and g.norm() != 0:
            local = 0.001 * p.norm() / (g.norm() + weight_decay * p.norm() + 1e-8)
        if optimizer == "lars":
            b.mul_(momentum).add_((g + weight_decay * p) * (lr if local is None else local * lr))
            p.sub_(b)
            continue
        if optimizer == "larc":
            g = g if local is None else (g + weight_decay * p) * local
        else:
            g = g + weight_decay * p
        b.mul_(momentum).add_(g)
        p.sub_(b, alpha=lr)


def measure(fc, x, y):
    with torch.no_grad():
        top = fc(x).topk(min(5, fc.out_features), dim=1).indices == y[:, None]
    return 100 * top[:, 0].float().mean().item(), 100 * top.any(1).float().mean().item()


def train(args, seed, x, y, tx, ty):
    torch.manual_seed(seed)
    fc = torch.nn.Linear(x.shape[1], int(y.max()) + 1)
    torch.nn.init.normal_(fc.weight, 0, 0.01)
    torch.nn.init.zeros_(fc.bias)
    params = list(fc.parameters())
    buffers = [torch.zeros_like(p) for p in params]
    best, since = (0, 0, 0), time.time()
    for epoch in range(args.epochs):
        lr = 0.5 * args.lr * (1 + math.cos(math.pi * epoch / args.epochs))
        order = torch.randperm(len(x))
        for at in range(0, len(x), args.batch):
            rows = order[at:at + args.batch]
            loss = torch.nn.functional.cross_entropy(fc(x[rows]), y[rows])
            fc.zero_grad()
            loss.backward()
            with torch.no_grad():
                step(params, buffers, args.optimizer, lr, args.momentum, args.weight_decay)
        last = measure(fc, tx, ty)
        if last[0] > best[0]:
            best = (*last, epoch + 1)
    print(json.dumps({"seed": seed, "lr": args.lr, "top1": round(last[0], 2), "top5": round(last[1], 2),
                      "best_top1": round(best[0], 2), "best_epoch": best[2],
                      "seconds_per_epoch": round((time.time() - since) / args.epochs, 3)}), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True)
    p.add_argument("--test", required=True)
    p.add_argument("--optimizer", choices=("sgd", "lars", "larc"), default="sgd")
    p.add_argument("--lr", type=float, default=30)
    p.add_argument("--momentum", type=float, default=0.9)
    p.add_argument("--weight-decay", type=float, default=0)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--epochs", type=int, default=100)
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    x, y = read(args.train)
    tx, ty = read(args.test)
    for seed in range(args.seeds):
        train(args, seed, x, y, tx, ty)


if __name__ == "__main__":
    main()
