#!/usr/bin/python3
"""From a photograph to its classes, against PyTorch and torchvision: decoded by Pillow, short side resized to 256, cropped
to 224, normalised, through a ResNet-18 and a ResNet-50 with random weights that PyTorch wrote, in both containers.

    tests/cli/test_photos.py SIMSIAM PHOTOS

Logits are compared through predict --json (the logarithms of the probabilities are the logits up to a constant), pooled
features through extract. Prints the largest difference relative to the largest entry; the exit status is 1 when one is
above 1e-5 or predict's order differs where PyTorch's gaps are larger than that, 77 without PyTorch or photographs."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import torch
    import torchvision
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

TOLERANCE = 1e-5
program, folder = sys.argv[1], Path(sys.argv[2])
photos = sorted(p for p in folder.glob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
if not photos:
    print("skipped: no photographs in", folder)
    sys.exit(77)
torch.set_num_threads(1)
torch.manual_seed(3)
failures = 0


def report(ok, text):
    global failures
    failures += not ok
    print("ok     " if ok else "FAILED ", text, flush=True)


def simsiam(*words):
    done = subprocess.run([program, *map(str, words), "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        report(False, f"simsiam {words[0]}: {done.stderr.strip()}")
    return done


view = torchvision.transforms.Compose([
    torchvision.transforms.Resize(256), torchvision.transforms.CenterCrop(224), torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
images = torch.stack([view(Image.open(p).convert("RGB")) for p in photos])


def random_model(arch):
    """Random weights, with running statistics of photographs and scales that are not 1."""
    net = getattr(torchvision.models, arch)(weights=None)
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.data.uniform_(0.5, 1.5)
            m.bias.data.normal_(0, 0.2)
            m.momentum = 0.5
    with torch.no_grad():
        net.train()
        for i in range(3):
            net(images[i * 6:i * 6 + 6])
        net.eval()
    return net


def run(net, x):
    pooled = {}
    hook = net.avgpool.register_forward_hook(lambda m, i, o: pooled.update(x=o.flatten(1)))
    with torch.no_grad():
        logits = net(x)
    hook.remove()
    return logits.double().numpy(), pooled["x"].double().numpy()


def largest(ours, theirs):
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def check_predict(name, model, photos, logits):
    rows = [json.loads(line) for line in simsiam("predict", model, *photos, "--json").stdout.splitlines()]
    whole = [r["file"] for r in rows] == [str(p) for p in photos]
    report(whole, f"{name}: a row per photograph, in order")
    if not whole:
        return
    ours = np.log(np.array([r["pred_scores"] for r in rows]))
    ours += (logits - ours).mean(1, keepdims=True)  # softmax forgets a constant per image
    worst = largest(ours, logits)
    report(worst <= TOLERANCE, f"{name}: logits of {len(photos)} photographs differ by at most {worst:.1e} of the largest")
    gap = TOLERANCE * np.abs(logits).max()
    for r, theirs in zip(rows, logits):
        order = np.argsort(-np.array(r["pred_scores"]), kind="stable")[:5]
        steps = theirs[order[:-1]] - theirs[order[1:]]
        rest = np.delete(theirs, order).max()
        if steps.min() < -gap or theirs[order].min() < rest - gap or r["pred_label"] != order[0]:
            report(False, f"{name}: {r['file']} has another top five")
    text = simsiam("predict", model, photos[0], "--topk", 5)
    names = [line[10:] for line in text.stdout.splitlines()[1:]]
    report(len(names) == 5 and names[0] == rows[0]["pred_class"], f"{name}: five classes in words, {names[0]!r} first")


def check_extract(name, model, photos, pooled, temporary):
    out = temporary / "features.npy"
    listed = temporary / "list.txt"
    listed.write_text("".join(f"{p.resolve()}\n" for p in photos))
    if simsiam("extract", model, "--data", listed, "--layer", "pool", "-o", out, "--replace").returncode:
        return
    worst = largest(np.load(out).reshape(len(photos), -1), pooled)
    report(worst <= TOLERANCE, f"{name}: pooled features of {len(photos)} photographs differ by at most {worst:.1e} of the largest")


with tempfile.TemporaryDirectory() as temporary:
    temporary = Path(temporary)
    for arch in "resnet18", "resnet50":
        net = random_model(arch)
        logits, pooled = run(net, images)
        for zipped in True, False:
            n = len(photos) if zipped else 4  # the container is what differs
            model = temporary / f"{arch}.pth"
            torch.save(net.state_dict(), model, _use_new_zipfile_serialization=zipped)
            name = f"{arch} ({'zip' if zipped else 'legacy'})"
            check_predict(name, model, photos[:n], logits[:n])
            check_extract(name, model, photos[:n], pooled[:n], temporary)
sys.exit(1 if failures else 0)
