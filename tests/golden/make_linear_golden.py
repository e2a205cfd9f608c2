#!/usr/bin/python3
"""Write linear.json: a linear classifier trained for 20 steps by each optimiser, in PyTorch and float64.

    /usr/bin/python3 tests/golden/make_linear_golden.py tests/golden/linear.json

The model is torch.nn.Linear under cross_entropy, SGD is torch.optim.SGD; LARS is written out from its two definitions:

  larc  apex.parallel.LARC(torch.optim.SGD(...), trust_coefficient=0.001, clip=False, eps=1e-8), Facebook's choice:
        per tensor, if |p| and |g| are not 0, g = (g + wd p) local and the SGD inside runs without weight decay
  lars  mmpretrain's LARS, eta 0.001, eps 1e-8: local = 1 where a norm is 0; the learning rate goes into the buffer

with local = 0.001 |p| / (|g| + wd |p| + 1e-8). The bias starts at 0, so its first step takes the exception; batches of 7 leave a
shorter last one; the learning rate falls at every epoch, which is where the two differ."""
import json
import math
import sys

import torch

N, DIM, CLASSES, BATCH, EPOCHS = 33, 12, 5, 7, 4
torch.manual_seed(0)
torch.set_num_threads(1)
x = (torch.randn(N, DIM) * 0.5).float()
label = torch.randint(0, CLASSES, (N,))
w0 = (torch.randn(CLASSES, DIM) * 0.01).float()


def local_rate(p, g, wd):
    return 0.001 * p.norm() / (g.norm() + wd * p.norm() + 1e-8)


class Larc:
    def __init__(self, params, lr, momentum, weight_decay):
        self.params, self.wd = params, weight_decay
        self.inner = torch.optim.SGD(params, lr=lr, momentum=momentum, weight_decay=0)
        self.param_groups = self.inner.param_groups

    def step(self):
        for p in self.params:
            if p.norm() != 0 and p.grad.norm() != 0:
                p.grad = (p.grad + self.wd * p.data) * local_rate(p.data, p.grad, self.wd)
        self.inner.step()


class Lars:
    def __init__(self, params, lr, momentum, weight_decay):
        self.params, self.momentum, self.wd = params, momentum, weight_decay
        self.param_groups = [{"lr": lr}]
        self.buffer = [torch.zeros_like(p) for p in params]

    def step(self):
        for p, b in zip(self.params, self.buffer):
            local = local_rate(p.data, p.grad, self.wd) if p.norm() != 0 and p.grad.norm() != 0 else 1.0
            b.mul_(self.momentum).add_((p.grad + self.wd * p.data) * local * self.param_groups[0]["lr"])
            p.data.sub_(b)


KIND = {"sgd": torch.optim.SGD, "lars": Lars, "larc": Larc}


def train(optimizer, lr, wd):
    fc = torch.nn.Linear(DIM, CLASSES).double()
    fc.weight.data.copy_(w0)
    fc.bias.data.zero_()
    opt = KIND[optimizer]([fc.weight, fc.bias], lr=lr, momentum=0.9, weight_decay=wd)
    case = {"optimizer": optimizer, "lr": lr, "momentum": 0.9, "weight_decay": wd, "step": []}
    for epoch in range(EPOCHS):
        rate = 0.5 * lr * (1 + math.cos(math.pi * epoch / EPOCHS))
        for group in opt.param_groups:
            group["lr"] = rate
        for at in range(0, N, BATCH):
            loss = torch.nn.functional.cross_entropy(fc(x[at : at + BATCH].double()), label[at : at + BATCH])
            fc.zero_grad()
            loss.backward()
            row = {"lr": rate, "loss": loss.item(), "rows": min(BATCH, N - at)}
            if epoch == 0 and at == 0:
                row["grad_weight"] = fc.weight.grad.flatten().tolist()
                row["grad_bias"] = fc.bias.grad.tolist()
            opt.step()
            row["weight"] = fc.weight.data.flatten().tolist()
            row["bias"] = fc.bias.data.tolist()
            case["step"].append(row)
    return case


def brief(v):
    """Ten digits are enough for a comparison at 1e-5."""
    if isinstance(v, float):
        return float("%.10g" % v)
    if isinstance(v, list):
        return [brief(i) for i in v]
    return {k: brief(i) for k, i in v.items()} if isinstance(v, dict) else v


doc = {
    "dim": DIM,
    "classes": CLASSES,
    "batch": BATCH,
    "x": x.flatten().tolist(),
    "label": label.tolist(),
    "weight": w0.flatten().tolist(),
    "case": [brief(train(*c)) for c in [("sgd", 0.5, 0.0), ("sgd", 0.5, 1e-2), ("lars", 1.6, 0.0), ("lars", 20.0, 1e-2),
                                        ("larc", 1.6, 0.0), ("larc", 20.0, 1e-2)]],
}
with open(sys.argv[1], "w") as f:
    json.dump(doc, f, separators=(",", ":"))
    f.write("\n")
