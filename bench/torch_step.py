#!/usr/bin/python3
"""Time of one SimSiam training step in PyTorch (both views forward, backward, SGD) on random images.

  bench/torch_step.py --arch resnet18 --size 32 --batch 128 [--threads 2] [--format contiguous,channels_last]

One JSON line per memory format; of `--repeat` steps after two to warm up, the fastest counts (as simsiam bench).
Up to 64 px: cifar stem and 2-layer projector; above: imagenet stem and 3 layers. Needs python3-torch.
"""
import argparse
import json
import resource
import subprocess
import sys
import time

import torch

from torch_model import ARCHS, SimSiam, init_like_siam, loss_of


def step_ms(a, memory):
    small = a.size <= 64
    model = SimSiam(a.arch, a.width, "cifar" if small else "imagenet", 2 if small else 3, a.dim)
    init_like_siam(model, 0)
    model = model.to(memory_format=memory)
    opt = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=1e-4)
    views = [torch.randn(a.batch, 3, a.size, a.size).contiguous(memory_format=memory) for _ in range(2)]
    best = float("inf")
    for i in range(2 + a.repeat):
        start = time.perf_counter()
        (_, z1, p1), (_, z2, p2) = model(views[0]), model(views[1])
        loss = loss_of(p1, z1, p2, z2)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if i >= 2:
            best = min(best, time.perf_counter() - start)
    return 1e3 * best


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
    p.add_argument("--arch", default="resnet18", choices=sorted(ARCHS))
    p.add_argument("--size", type=int, default=32)
    p.add_argument("--batch", type=int, default=128, help="source images; two views each")
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--dim", type=int, default=2048)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeat", type=int, default=5)
    p.add_argument("--format", default="contiguous,channels_last")
    a = p.parse_args()
    formats = a.format.split(",")
    if len(formats) > 1:  # a process each, so that the peak memory is that format's
        for name in formats:
            subprocess.run([sys.executable, *sys.argv, "--format", name], check=True)
        return
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    warn_about_blas()
    memory = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[formats[0]]
    ms = step_ms(a, memory)
    print(json.dumps({"arch": a.arch, "size": a.size, "batch": a.batch, "format": formats[0], "ms": round(ms, 1),
                      "images_per_s": round(1e3 * a.batch / ms, 2),
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
