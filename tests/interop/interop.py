#!/usr/bin/python3
"""Models go from PyTorch to simsiam and back, under every project's names and in every container, and stay what they
are. Prints one line per comparison; the exit status is 1 when one fails, 77 where PyTorch is not installed.

    tests/interop/interop.py --simsiam build/release/simsiam --features build/release/tests/interop/interop_features

Where torchvision, mmpretrain, lightly, mmengine or safetensors are installed, their own classes are used as well."""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError:
    print("PyTorch is not installed: skipped")
    sys.exit(77)
import models  # noqa: E402

TOLERANCE = 1e-5  # of the largest entry
args = argparse.ArgumentParser(description=__doc__)
args.add_argument("--simsiam", required=True)
args.add_argument("--features", required=True)
args = args.parse_args()
torch.set_num_threads(1)
torch.manual_seed(0)
failures = checks = 0


def report(ok, text):
    global failures, checks
    checks += 1
    failures += not ok
    print(("ok      " if ok else "FAILED  ") + text, flush=True)


def simsiam(*words):
    done = subprocess.run([args.simsiam, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        report(False, "simsiam %s: %s" % (" ".join(words), done.stderr.strip()))
    return done.stdout


def ours(file, x, parts):
    """What simsiam computes of the parts, with the model in that file."""
    x.numpy().tofile("in.f32")
    done = subprocess.run([args.features, file, str(len(x)), str(x.shape[-1]), "in.f32", "out.f32", *parts],
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        report(False, "%s: %s" % (file, done.stderr.strip()))
        return None
    flat, out = numpy.fromfile("out.f32", dtype="<f4"), {}
    for part, like in parts.items():
        n = like.numel()
        out[part], flat = torch.from_numpy(flat[:n].copy()).reshape(like.shape), flat[n:]
    assert len(flat) == 0
    return out


def distance(a, b):
    return ((a - b).abs().max() / b.abs().max()).item()


def compare(what, got, want):
    if got is None:
        return
    worst = {part: distance(got[part], want[part]) for part in want}
    report(max(worst.values()) <= TOLERANCE, "%-66s %s" % (
        what, "  ".join("%s %.1e" % item for item in worst.items())))


def read(file):
    """The state dict of a file as a PyTorch program gets at it."""
    if not file.endswith(".safetensors"):
        loaded = torch.load(file, map_location="cpu", weights_only=True)
        return loaded.get("state_dict", loaded), loaded
    try:
        from safetensors.torch import load_file
        return load_file(file), None
    except ImportError:
        pass
    with open(file, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    types = {"F32": numpy.float32, "I64": numpy.int64}
    return {name: torch.from_numpy(numpy.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], types[t["dtype"]])
                                   .reshape(t["shape"]).copy()) for name, t in header.items()}, None


def load(model, file, prefix=""):
    """load_state_dict with nothing missing and nothing unexpected; the file's object, or None."""
    state, whole = read(file)
    state = {k[len(prefix):]: v for k, v in state.items() if k.startswith(prefix)}
    missing, unexpected = model.load_state_dict(state, strict=False)
    report(not missing and not unexpected, "%-66s %d tensors, %d missing, %d unexpected" % (
        file + " in PyTorch", len(state), len(missing), len(unexpected)))
    model.eval()
    return whole


with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    print("PyTorch %s, simsiam %s" % (torch.__version__, simsiam("version").split("\n")[0]))

    # ---- theirs, read by us ----
    shape = dict(arch="resnet50", width=8, stem="imagenet", dim=256, classes=10)
    x = torch.randn(4, 3, 64, 64)
    cls = {"torchvision": models.Torchvision, "facebook": models.Facebook, "mmpretrain": models.MMPretrain,
           "mmpretrain-linear": models.MMLinear, "lightly": models.Lightly}
    made, want = {}, {}
    for seed, (name, c) in enumerate(cls.items()):
        made[name] = models.randomise(c(**shape), seed)
        want[name] = made[name].parts(x)
    classes = ["class %d" % i for i in range(10)]
    saved = {  # project, file, object, how
        "tv.pth": ("torchvision", made["torchvision"].state_dict(), {}),
        "tv_legacy.pth": ("torchvision", made["torchvision"].state_dict(), dict(_use_new_zipfile_serialization=False)),
        "lincls.pth.tar": ("torchvision", {"epoch": 90, "arch": "resnet50", "best_acc1": torch.tensor(68.1),
                                           "state_dict": models.parallel(made["torchvision"].state_dict())}, {}),
        "fb.pth.tar": ("facebook", {"epoch": 100, "arch": "resnet50",
                                    "state_dict": models.parallel(made["facebook"].state_dict())}, {}),
        "mm.pth": ("mmpretrain", models.mmengine_file(made["mmpretrain"].state_dict(), None, False), {}),
        "mm_published.pth": ("mmpretrain", models.mmengine_file(made["mmpretrain"].state_dict(), None, True), {}),
        "mml.pth": ("mmpretrain-linear", models.mmengine_file(made["mmpretrain-linear"].state_dict(), classes, False), {}),
        "lightly.ckpt.pt": ("lightly", {"epoch": 3, "state_dict": made["lightly"].state_dict(), "loops": {}}, {}),
    }
    for file, (name, obj, how) in saved.items():
        torch.save(obj, file, **how)
        compare("%s of PyTorch's %s" % (file, name), ours(file, x, want[name]), want[name])

    # ---- read by us and written again, for all the others ----
    pretrained = {"facebook": "fb_out.pth.tar", "mmpretrain": "mm_out.pth", "lightly": "ly_out.safetensors"}
    for source, start in (("facebook", "fb.pth.tar"), ("mmpretrain", "mm.pth"), ("lightly", "lightly.ckpt.pt")):
        for target, file in pretrained.items():
            file = source + "_to_" + file
            simsiam("export", start, "-o", file, "--names", target)
            other = cls[target](**shape)
            whole = load(torch.nn.DataParallel(other, device_ids=[]) if target == "facebook" else other, file)
            compare("%s, features of PyTorch's %s" % (file, source), other.parts(x), want[source])
            if target == "facebook":
                report(whole["epoch"] >= 0 and whole["arch"] == "resnet50" and not other.encoder.fc[6].bias.any(),
                       file + ": epoch, arch, and a frozen bias of zeros")
        encoder = models.ResNet(shape["arch"], shape["width"], shape["stem"])
        for ending in (".pth", ".safetensors"):
            simsiam("export", start, "-o", source + "_encoder" + ending)
            load(encoder, source + "_encoder" + ending)
            compare("%s_encoder%s, features of PyTorch's %s" % (source, ending, source), {"features": encoder(x)},
                    {"features": want[source]["features"]})
    for start, source in (("lincls.pth.tar", "torchvision"), ("mml.pth", "mmpretrain-linear"), ("tv_legacy.pth", "torchvision")):
        for names, target in (("torchvision", "torchvision"), ("mmpretrain", "mmpretrain-linear"), ("facebook", "torchvision")):
            file = start.split(".")[0] + "_as_" + names + ".pth"
            simsiam("export", start, "-o", file, "--names", names)
            other = cls[target](**shape)
            whole = load(other, file, "module." if names == "facebook" else "")
            compare("%s, features of PyTorch's %s" % (file, source), other.parts(x), want[source])
            if start == "mml.pth" and names == "mmpretrain":
                report(whole["meta"]["dataset_meta"]["classes"] == tuple(classes), file + ": class names")

    # ---- our own runs ----
    simsiam("train", "demo", "--data", "synth:train=256,test=64", "--width", "16", "--dim", "128", "--batch", "64",
            "--epochs", "2", "--projector_layers", "3", "--threads", "1", "--out", "run")
    small = torch.randn(4, 3, 32, 32)
    run = ours("run", small, {"features": torch.zeros(4, 128), "z": torch.zeros(4, 128), "p": torch.zeros(4, 128)})
    shape = dict(arch="resnet18", width=16, stem="cifar", dim=128, classes=10)
    encoder = models.ResNet(shape["arch"], shape["width"], shape["stem"])
    load(encoder, "run/model.safetensors")
    compare("run/model.safetensors, features in PyTorch", {"features": encoder(small)}, {"features": run["features"]})
    for target, file in pretrained.items():
        simsiam("export", "run", "-o", file, "--names", target)
        other = cls[target](**shape)
        load(torch.nn.DataParallel(other, device_ids=[]) if target == "facebook" else other, file)
        compare("%s of a run, in PyTorch" % file, other.parts(small), run)

    # ---- the libraries themselves, where they are ----
    try:
        import torchvision
        for arch in ("resnet18", "resnet50"):
            model = models.randomise(getattr(torchvision.models, arch)(), 7)
            tail, model.fc, x = model.fc, torch.nn.Identity(), torch.randn(2, 3, 224, 224)
            features = model(x)
            model.fc = tail
            there = {"features": features, "logits": tail(features)}
            torch.save(model.state_dict(), arch + ".pth")
            compare("torchvision %s's %s, 224 px" % (torchvision.__version__, arch), ours(arch + ".pth", x, there), there)
            simsiam("export", arch + ".pth", "-o", arch + "_out.pth")
            again = getattr(torchvision.models, arch)()
            load(again, arch + "_out.pth")
            compare("torchvision's %s, there and back" % arch, {"logits": again(x)}, {"logits": there["logits"]})
            names = list(model.state_dict())
            report(sorted(read(arch + "_out.pth")[0]) == sorted(names), "%s_out.pth has torchvision's %d keys" % (arch, len(names)))
    except ImportError:
        print("skipped torchvision: not installed")
    try:
        from lightly.models.modules import SimSiamPredictionHead, SimSiamProjectionHead
        simsiam("export", "facebook_to_ly_out.safetensors", "-o", "lightly_real.pth", "--names", "lightly")
        state, _ = read("lightly_real.pth")
        for head, name in ((SimSiamProjectionHead(256, 256, 256), "projection_head."),
                           (SimSiamPredictionHead(256, 64, 256), "prediction_head.")):
            part = {k[len(name):]: v for k, v in state.items() if k.startswith(name)}
            head.load_state_dict(part, strict=True)
            report(True, "lightly's own %s takes it" % type(head).__name__)
    except ImportError:
        print("skipped lightly: not installed")
    try:
        from mmpretrain import get_model
        from mmengine.runner import load_checkpoint
        name = "simsiam_resnet50_8xb32-coslr-100e_in1k"
        model, again, x = models.randomise(get_model(name), 8), get_model(name), torch.randn(2, 3, 224, 224)

        def run(m):
            f = m.backbone(x)
            z = m.neck(f)
            return {"features": f[-1].mean((2, 3)), "z": z[0], "p": m.head.predictor(z)[0]}

        there = run(model)
        torch.save(models.mmengine_file(model.state_dict(), None, False), "mm_real.pth")
        compare("mmpretrain's own %s" % name, ours("mm_real.pth", x, there), there)
        simsiam("export", "mm_real.pth", "-o", "mm_back.pth", "--names", "mmpretrain")
        report(sorted(read("mm_back.pth")[0]) == sorted(model.state_dict()), "mm_back.pth has mmpretrain's own %d keys" % (
            len(model.state_dict())))
        load_checkpoint(again, "mm_back.pth", strict=True, logger="silent")
        compare("mmpretrain's own, there and back", run(again.eval()), there)
    except ImportError:
        print("skipped mmpretrain: not installed")
    os.chdir("/")
print("%d checks, %d failed" % (checks, failures))
sys.exit(1 if failures else 0)
