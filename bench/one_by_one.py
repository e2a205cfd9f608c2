#!/usr/bin/python3
"""Time of a model on one image after another through the library, as a service has it; several libraries take turns.

  bench/one_by_one.py LIBSIAM.so [LIBSIAM.so ...] [--model random:resnet50] [--rounds 5] [--runs 20]

Every measurement is a process of its own on one processor, so with one thread: it opens the model, runs it twice, and
prints the median processor time of the runs after those in milliseconds. At the end a JSON line of medians over the
rounds and of ratios to the last library (above 1: the last is faster).
"""
import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time


def measure(path, model_name, runs):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    lib = ctypes.CDLL(path)
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.siam_model_open.argtypes = [ctypes.POINTER(pointer), ctypes.c_char_p, pointer, pointer]
    for name in ("siam_model_input", "siam_model_shape"):
        getattr(lib, name).restype = size
    lib.siam_model_input.argtypes = [pointer, pointer]
    lib.siam_model_shape.argtypes = [pointer, ctypes.c_int, pointer]
    lib.siam_model_extract.argtypes = [pointer, ctypes.c_int, pointer, size, pointer, size, pointer]
    model = pointer()
    if lib.siam_model_open(ctypes.byref(model), model_name.encode(), None, None):
        sys.exit(f"{path} does not open {model_name}")
    pool = 0  # SIAM_LAYER_POOL
    count, out = lib.siam_model_input(model, None), lib.siam_model_shape(model, pool, None)
    image, features = (ctypes.c_float * count)(*([0.5] * count)), (ctypes.c_float * out)()
    times = []
    for _ in range(runs + 2):
        start = time.process_time()
        if lib.siam_model_extract(model, pool, image, 1, features, out, None):
            sys.exit(f"{path} does not run {model_name}")
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times[2:])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("library", nargs="+")
    p.add_argument("--model", default="random:resnet50")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--runs", type=int, default=20)
    p.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.one:
        print(measure(a.library[0], a.model, a.runs))
        return
    ms = {path: [] for path in a.library}
    for _ in range(a.rounds):
        for path in a.library:
            out = subprocess.run([sys.executable, __file__, path, "--one", "--model", a.model, "--runs", str(a.runs)],
                                 check=True, stdout=subprocess.PIPE, text=True).stdout
            ms[path].append(float(out))
            print(f"{path} {ms[path][-1]:.2f} ms", flush=True)
    median = {path: statistics.median(v) for path, v in ms.items()}
    last = median[a.library[-1]]
    print(json.dumps({"model": a.model, "median_ms": median, "ratio": {p: round(m / last, 3) for p, m in median.items()}}))


if __name__ == "__main__":
    main()
