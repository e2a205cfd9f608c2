#!/usr/bin/python3
"""SimSiam on CIFAR-10 in PyTorch: a peer of the recipe cifar10-resnet18-quick, from the same initial weights.

  bench/torch_cifar.py --data DIR --seed 0 --epochs 5 --total-epochs 10 --out seed0.jsonl

DIR holds data_batch_1.bin ... test_batch.bin. Augmentations are torchvision's on PIL images, in loader
workers. One JSON line per epoch: epoch, loss, z_std_ratio, knn_top1 (weighted kNN on the pooled features),
lr, images_per_s, seconds. Needs python3-torch, python3-torchvision.
"""
import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torchvision import transforms

from torch_model import SimSiam, init_like_siam, loss_of


def read_cifar(folder, files):
    raw = np.concatenate([np.fromfile(os.path.join(folder, f), np.uint8) for f in files]).reshape(-1, 3073)
    return raw[:, 1:].reshape(-1, 3, 32, 32), raw[:, 0].astype(np.int64)


class Views(torch.utils.data.Dataset):
    """Item = list of image indices -> two augmented uint8 views of the batch [2, B, 3, 32, 32]."""

    def __init__(self, images):
        self.images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        self.augment = transforms.Compose([
            transforms.RandomResizedCrop(32, scale=(0.2, 1.0)),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            transforms.RandomGrayscale(p=0.2),
            transforms.RandomHorizontalFlip(),
        ])

    def __getitem__(self, indices):
        out = np.empty((2, len(indices), 32, 32, 3), np.uint8)
        for j, i in enumerate(indices):
            img = Image.fromarray(self.images[i])
            out[0, j], out[1, j] = self.augment(img), self.augment(img)
        return torch.from_numpy(out).permute(0, 1, 4, 2, 3)


def normaliser(a):
    mean = torch.tensor(a.mean).view(1, 3, 1, 1)
    std = torch.tensor(a.std).view(1, 3, 1, 1)

    def apply(x):
        x = (x.float() / 255 - mean) / std
        return x.contiguous(memory_format=torch.channels_last if a.channels_last else torch.contiguous_format)
    return apply


def std_ratio(z):
    """Biased standard deviation per channel of z/|z|, averaged, times sqrt(d): 1 healthy, 0 collapsed."""
    z = F.normalize(z.detach(), dim=1)
    return (z.std(0, unbiased=False).mean() * math.sqrt(z.shape[1])).item()


@torch.no_grad()
def features(model, images, norm):
    model.eval()
    out = [F.normalize(model.backbone(norm(torch.from_numpy(images[i:i + 500]))), dim=1)
           for i in range(0, len(images), 500)]
    model.train()
    return torch.cat(out)


def knn(bank, bank_y, query, query_y, k, temperature):
    good, bank_y, query_y = 0, torch.from_numpy(bank_y), torch.from_numpy(query_y)
    for i in range(0, len(query), 500):
        sim, idx = (query[i:i + 500] @ bank.T).topk(k, dim=1)
        votes = torch.zeros(len(sim), int(bank_y.max()) + 1).scatter_add_(1, bank_y[idx], (sim / temperature).exp())
        good += (votes.argmax(1) == query_y[i:i + 500]).sum().item()
    return good / len(query)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--epochs", type=int, default=5, help="stop after these")
    p.add_argument("--total-epochs", type=int, default=10, help="length of the cosine schedule")
    p.add_argument("--arch", default="resnet18")
    p.add_argument("--stem", default="cifar", choices=("cifar", "imagenet"))
    p.add_argument("--width", type=int, default=16)
    p.add_argument("--projector-layers", type=int, default=2)
    p.add_argument("--dim", type=int, default=2048)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--lr", type=float, default=0.5)
    p.add_argument("--momentum", type=float, default=0.9)
    p.add_argument("--wd", type=float, default=1e-5)
    p.add_argument("--mean", type=float, nargs=3, default=(0.4914, 0.4822, 0.4465))
    p.add_argument("--std", type=float, nargs=3, default=(0.2023, 0.1994, 0.2010))
    p.add_argument("--k", type=int, default=200)
    p.add_argument("--temperature", type=float, default=0.1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--log-every", type=int, default=20)
    p.add_argument("--eval-init", action="store_true", help="kNN of the initial weights too (epoch 0)")
    p.add_argument("--max-steps", type=int, default=0, help="stop early, to try things out")
    return p.parse_args()


def epoch_lr(a, epoch):
    return 0.5 * a.lr * (1 + math.cos(math.pi * epoch / a.total_epochs))


def train_epoch(a, model, opt, loader, norm, epoch):
    losses, ratios, start = [], [], time.time()
    for step, views in enumerate(loader):
        _, z1, p1 = model(norm(views[0]))
        _, z2, p2 = model(norm(views[1]))
        loss = loss_of(p1, z1, p2, z2)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
        ratios.append(0.5 * (std_ratio(z1) + std_ratio(z2)))
        if (step + 1) % a.log_every == 0 or step == 0:
            rate = a.batch * len(losses) / (time.time() - start)
            print(f"epoch {epoch + 1} step {step + 1}/{len(loader)} loss {losses[-1]:.4f} "
                  f"z_std_ratio {ratios[-1]:.3f} {rate:.0f} images/s", flush=True)
        if a.max_steps and step + 1 >= a.max_steps:
            break
    return np.mean(losses), np.mean(ratios), a.batch * len(losses) / (time.time() - start)


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    train_x, train_y = read_cifar(a.data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    test_x, test_y = read_cifar(a.data, ["test_batch.bin"])
    model = SimSiam(a.arch, a.width, a.stem, a.projector_layers, a.dim)
    init_like_siam(model, a.seed)
    if a.channels_last:
        model = model.to(memory_format=torch.channels_last)
    norm = normaliser(a)
    groups = [{"params": [p for n, p in model.named_parameters() if not n.startswith("predictor.")]},
              {"params": [p for n, p in model.named_parameters() if n.startswith("predictor.")]}]
    opt = torch.optim.SGD(groups, a.lr, momentum=a.momentum, weight_decay=a.wd)
    data = Views(train_x)
    batches = torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(data.images), a.batch, drop_last=True)
    loader = torch.utils.data.DataLoader(data, sampler=batches, batch_size=None, num_workers=a.workers)
    start = time.time()

    def report(epoch, **row):
        row = {"epoch": epoch, "seed": a.seed, **row}
        row["knn_top1"] = knn(features(model, train_x, norm), train_y, features(model, test_x, norm), test_y,
                              a.k, a.temperature)
        row["seconds"] = round(time.time() - start, 1)
        print(json.dumps(row), flush=True)
        with open(a.out, "a") as f:
            f.write(json.dumps(row) + "\n")

    open(a.out, "w").close()
    if a.eval_init:
        report(0)
    for epoch in range(a.epochs):
        opt.param_groups[0]["lr"] = epoch_lr(a, epoch)  # the predictor's stays constant
        loss, ratio, rate = train_epoch(a, model, opt, loader, norm, epoch)
        if a.max_steps:
            return
        report(epoch + 1, loss=round(float(loss), 5), z_std_ratio=round(float(ratio), 4),
               lr=opt.param_groups[0]["lr"], images_per_s=round(rate, 1))


if __name__ == "__main__":
    main()
