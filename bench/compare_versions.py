#!/usr/bin/env python3
"""The table of bench/compare_versions.sh: the least over its rounds of each algorithm, the fastest of each version. A shared
machine only adds to a time, so the least is what the machine does when left alone."""
import re
import sys

times = {}  # layer -> version -> algorithm -> [ms]
for line in open(sys.argv[1]):
    version, rest = line.split(" ", 1)
    layer, algorithms = rest.split(": ", 1)
    for name, ms in re.findall(r"(\w+) ([\d.]+) ms", algorithms):
        times.setdefault(layer, {}).setdefault(version, {}).setdefault(name, []).append(float(ms))

total = {"old": 0.0, "new": 0.0}
worst = (0.0, "")
print("| layer | old: fastest, ms | new: fastest, ms | new / old |\n|---|---|---|---|")
for layer, versions in times.items():
    best = {v: min((min(ms), name) for name, ms in algorithms.items()) for v, algorithms in versions.items()}
    ratio = best["new"][0] / best["old"][0]
    worst = max(worst, (ratio, layer))
    for v in total:
        total[v] += best[v][0]
    print(f"| {layer} | {best['old'][1]} {best['old'][0]:.2f} | {best['new'][1]} {best['new'][0]:.2f} | {ratio:.2f} |")
print(f"all together: {total['new'] / total['old']:.3f}; slowest against the old version: {worst[1]}, {worst[0]:.2f}")
