#!/usr/bin/env python3
"""Medians and ratios of the measurements of bench/compare.sh: a table, then JSON lines.

  bench/compare.py FILE                    the measurements, one JSON line each
  bench/compare.py --case CASE --ours FILE  a line for what `simsiam bench --json` printed

Time: PyTorch's fastest variant over simsiam, more than 1: simsiam is faster. Memory: simsiam over the PyTorch variant that
takes least, less than 1: simsiam takes less.
"""
import collections
import json
import statistics
import sys


def ours(case, path):
    row = json.load(open(path))["bench"][0]
    print(json.dumps({"case": case, "side": "simsiam", "ms": round(row["ms"], 2),
                      "images_per_s": round(row["images_per_s"], 2), "peak_mb": row["peak_rss_bytes"] >> 20}))


def summary(case, sides):
    """sides: (torch's version, format) -> measurements; (None, "simsiam") are ours."""
    median = {side: {k: statistics.median(r[k] for r in rows) for k in ("ms", "images_per_s", "peak_mb")}
              for side, rows in sides.items()}
    own = median[None, "simsiam"]
    out = {"case": case, "rounds": len(sides[None, "simsiam"]), "simsiam": own, "peers": []}
    for version in sorted({v for v, _ in median if v}):
        variants = {f: m for (v, f), m in median.items() if v == version}
        fastest = min(variants, key=lambda f: variants[f]["ms"])
        out["peers"].append({"torch": version, "variants": variants, "fastest": fastest,
                             "time_ratio": round(variants[fastest]["ms"] / own["ms"], 3),
                             "memory_ratio": round(own["peak_mb"] / min(m["peak_mb"] for m in variants.values()), 3)})
    return out


def line(*cells):
    print("| " + " | ".join(str(c) for c in cells) + " |")


def numbers(m):
    return f"{m['ms']:.1f}", f"{m['images_per_s']:.2f}", f"{m['peak_mb']:.0f}"


def main():
    if sys.argv[1] == "--case":
        return ours(sys.argv[2], sys.argv[4])
    cases = collections.defaultdict(lambda: collections.defaultdict(list))
    for text in open(sys.argv[1]):
        row = json.loads(text)
        cases[row["case"]][row.get("torch"), row["side"]].append(row)
    rows = [summary(case, sides) for case, sides in cases.items() if (None, "simsiam") in sides]
    line("case", "side", "ms", "images/s", "peak MiB", "time ratio", "memory ratio")
    line(*["---"] * 7)
    for row in rows:
        line(row["case"], "simsiam", *numbers(row["simsiam"]), "", "")
        for peer in row["peers"]:
            for name, m in peer["variants"].items():
                best = name == peer["fastest"]
                line(row["case"], f"torch {peer['torch']} {name}", *numbers(m), peer["time_ratio"] if best else "",
                     peer["memory_ratio"] if best else "")
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
