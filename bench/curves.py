#!/usr/bin/env python3
"""Put the kNN curves of our runs and of PyTorch's beside each other, as a Markdown table.

  bench/curves.py --ours RUN... --torch FILE.jsonl... [--epoch 5]

RUN is a run folder of `simsiam train cifar10-resnet18-quick`, FILE.jsonl what bench/torch_cifar.py wrote. The last
line compares the means at --epoch."""
import argparse
import json
import statistics


def ours(run):
    rows = [json.loads(line) for line in open(run + "/metrics.jsonl")]
    return {r["epoch"]: 100 * r["knn_top1"] for r in rows if r["kind"] == "epoch" and "knn_top1" in r}


def torch(path):
    return {r["epoch"]: 100 * r["knn_top1"] for r in map(json.loads, open(path)) if r["epoch"] > 0}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ours", nargs="+", default=[])
    p.add_argument("--torch", nargs="+", default=[])
    p.add_argument("--epoch", type=int, default=5)
    a = p.parse_args()
    columns = [("simsiam", r, ours(r)) for r in a.ours] + [("PyTorch", f, torch(f)) for f in a.torch]
    print("| epoch | " + " | ".join(f"{kind} {i + 1}" for kind, n in (("simsiam", len(a.ours)), ("PyTorch", len(a.torch)))
                                   for i in range(n)) + " |")
    print("|" + "---|" * (len(columns) + 1))
    for epoch in sorted({e for c in columns for e in c[2]}):
        print(f"| {epoch} | " + " | ".join(f"{c[2][epoch]:.2f}" if epoch in c[2] else "" for c in columns) + " |")
    mean = {}
    for kind in ("simsiam", "PyTorch"):
        at = [c[2][a.epoch] for c in columns if c[0] == kind and a.epoch in c[2]]
        if at:
            mean[kind] = statistics.mean(at)
            print(f"{kind}: mean after epoch {a.epoch} over {len(at)} seeds {mean[kind]:.2f} %")
    if len(mean) == 2:
        print(f"difference {mean['simsiam'] - mean['PyTorch']:+.2f} points")


main()
