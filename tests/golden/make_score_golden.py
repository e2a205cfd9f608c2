#!/usr/bin/python3
"""Write tests/golden/score.json: classification metrics of scikit-learn (Debian 12: 1.2.1) that test_score.c compares
with. Needs python3-sklearn. Cases with classes that have no images, are never predicted, or neither."""
import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import (accuracy_score, confusion_matrix, precision_recall_fscore_support, top_k_accuracy_score)


def case(name, rng, classes, n, labels, blocked, skill):
    """labels: those that images have; blocked: classes that are never predicted; skill: what the label's logit gains."""
    y = rng.choice(labels, n)
    x = np.round(rng.normal(0, 1, (n, classes)), 3)
    x[np.arange(n), y] += skill
    x[:, blocked] = np.round(x[:, blocked] - 50, 3)
    x = np.round(x, 3).astype(np.float32)
    x += np.float32(0.0001) * rng.permuted(np.tile(np.arange(classes), (n, 1)), axis=1).astype(np.float32)  # no ties
    x = np.round(x.astype(np.float64), 4)
    pred = x.argmax(1)
    every = list(range(classes))
    p, r, f, s = precision_recall_fscore_support(y, pred, labels=every, zero_division=0)
    out = {"name": name, "classes": classes, "labels": y.tolist(), "logits": x.ravel().tolist(),
           "top1": accuracy_score(y, pred),
           "top5": top_k_accuracy_score(y, x, k=5, labels=every) if classes > 5 else 1.0,
           "per_class": {"precision": p.tolist(), "recall": r.tolist(), "f1": f.tolist(), "support": s.tolist()},
           "confusion": confusion_matrix(y, pred, labels=every).ravel().tolist()}
    for average in "macro", "micro":
        v = precision_recall_fscore_support(y, pred, average=average, zero_division=0)
        out[average] = {"precision": v[0], "recall": v[1], "f1": v[2]}
    out["over"] = len(set(y) | set(pred))
    return out


rng = np.random.default_rng(20240611)
cases = [
    case("all classes", rng, 6, 60, range(6), [], 1.0),
    case("no support for 1 and 4, 2 never predicted, 6 neither", rng, 8, 80, [0, 2, 3, 5, 7], [2, 6], 1.2),
    case("one class only", rng, 7, 12, [3], [], 0.7),
    case("two classes", rng, 2, 20, [0, 1], [], 0.5),
    case("nothing right", rng, 6, 10, [1, 2], [1, 2], 0.0),
]
path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("score.json"))
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
