#!/usr/bin/python3
"""Time of one SimSiam training step in PyTorch (both views forward, backward, SGD), or of feature extraction, on random
images; the peer of `simsiam bench`.

  bench/torch_step.py --arch resnet18 --size 32 --batch 128 [--what step] [--precision fp32] [--format channels_last]

One JSON line; of `--repeat` steps after two to warm up, the fastest counts (as simsiam bench). Up to 64 px: cifar stem and
2-layer projector; above: imagenet stem and 3 layers. --what infer: the encoder alone, evaluation mode, no gradients.
--format: memory format, or `compiled`: channels_last and torch.compile. Needs PyTorch.
"""
import argparse
import contextlib
import json
import resource
import sys
import time

import torch

from torch_model import ARCHS, ResNet, SimSiam, init_like_siam, loss_of


def make_step(a, memory):
    """A function that does one step, and what it does it on."""
    small = a.size <= 64
    stem = "cifar" if small else "imagenet"

    def amp():  # only around the forward pass, as PyTorch's documentation says
        return torch.autocast("cpu", dtype=torch.bfloat16) if a.precision == "bf16" else contextlib.nullcontext()

    def compiled(model):
        return torch.compile(model) if a.format == "compiled" else model

    def images():
        return torch.randn(a.batch, 3, a.size, a.size).contiguous(memory_format=memory)

    if a.what == "infer":
        encoder = compiled(ResNet(a.arch, a.width, stem).to(memory_format=memory).eval())
        x = images()

        def infer():
            with torch.inference_mode(), amp():
                encoder(x)
        return infer

    model = SimSiam(a.arch, a.width, stem, 2 if small else 3, a.dim)
    init_like_siam(model, 0)
    model = compiled(model.to(memory_format=memory))
    opt = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=1e-4)
    views = [images() for _ in range(2)]

    def train():
        with amp():
            (_, z1, p1), (_, z2, p2) = model(views[0]), model(views[1])
            loss = loss_of(p1.float(), z1.float(), p2.float(), z2.float())
        opt.zero_grad()
        loss.backward()
        opt.step()
    return train


def warn_about_blas():
    """Debian's torch multiplies matrices with whatever libblas.so.3 is; the reference one is very slow."""
    a = torch.randn(512, 512)
    a @ a
    start = time.perf_counter()
    a @ a
    gflops = 2e-9 * 512 ** 3 / (time.perf_counter() - start)
    if gflops < 8:
        print(f"torch_step.py: warning: matrix products reach {gflops:.1f} GFLOP/s, so libblas.so.3 is probably the "
              "reference BLAS; install libopenblas0-pthread for a fair comparison", file=sys.stderr)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--case", default="", help="copied into the output")
    p.add_argument("--what", default="step", choices=["step", "infer"])
    p.add_argument("--arch", default="resnet18", choices=sorted(ARCHS))
    p.add_argument("--size", type=int, default=32)
    p.add_argument("--batch", type=int, default=128, help="source images; in a training step two views each")
    p.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--dim", type=int, default=2048)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeat", type=int, default=5)
    p.add_argument("--format", default="channels_last", choices=["contiguous", "channels_last", "compiled"])
    a = p.parse_args()
    if a.format == "compiled" and not hasattr(torch, "compile"):
        sys.exit(f"torch_step.py: error: torch {torch.__version__} has no torch.compile")
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    warn_about_blas()
    step = make_step(a, torch.contiguous_format if a.format == "contiguous" else torch.channels_last)
    best = float("inf")
    for i in range(2 + a.repeat):
        start = time.perf_counter()
        step()
        if i >= 2:
            best = min(best, time.perf_counter() - start)
    print(json.dumps({"case": a.case, "side": a.format, "torch": torch.__version__.split("+")[0],
                      "ms": round(1e3 * best, 2), "images_per_s": round(a.batch / best, 2),
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
