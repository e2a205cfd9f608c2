#!/usr/bin/python3
"""Write the checkpoints of tests/data/interop and what PyTorch computes with them (expected.json):

    /usr/bin/python3 tests/interop/make_fixture.py tests/data/interop

A small ResNet-18 as each project saves it. The input is not stored: element i of [2, 3, 64, 64] is
((i * 2654435761 mod 2^32) >> 8) / 2^23 - 1, exact in float32."""
import collections
import io
import json
import os
import sys

import numpy
import torch
import models

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
shape = dict(arch="resnet18", width=2, stem="imagenet", dim=16, classes=3)
classes = ["tench", "goldfish, Carassius auratus", "great white shark"]
i = numpy.arange(2 * 3 * 64 * 64, dtype=numpy.uint64)
x = ((i * 2654435761 % 2**32 >> 8) / 2.0**23 - 1).astype(numpy.float32)
x = torch.from_numpy(x).reshape(2, 3, 64, 64)
expected = {}


def write(name, model, obj, told, class_names=None, **how):
    buffer = io.BytesIO()
    torch.save(obj, buffer, **how)
    with open(os.path.join(out, name), "wb") as f:
        f.write(buffer.getvalue())
    with torch.no_grad():
        expected[name] = {part: v.flatten().tolist() for part, v in model.parts(x).items()}
    expected[name].update(told=told)
    if class_names:
        expected[name]["classes"] = class_names


fb = models.randomise(models.Facebook(**shape), 1)
write("facebook.pth.tar", fb, {"epoch": 100, "arch": "resnet18", "state_dict": models.parallel(fb.state_dict())},
      "module.encoder.fc.6.bias taken off projector.7.running_mean")
mm = models.randomise(models.MMPretrain(**shape), 2)
write("mmpretrain.pth", mm, models.mmengine_file(mm.state_dict(), None, False), "neck.fc0. -> projector.0.")
linear = models.randomise(models.MMLinear(**shape), 3)
write("mmpretrain_linear.pth", linear, models.mmengine_file(linear.state_dict(), classes, False), "head.fc. -> fc.",
      classes)
old = models.randomise(models.MMLinear(**shape), 4)  # mmcls 0.x: the classes stand elsewhere
write("mmcls.pth", old, {"meta": {"mmcls_version": "0.23.0", "CLASSES": list(classes)}, "state_dict": old.state_dict()},
      "head.fc. -> fc.", classes)
tv = models.randomise(models.Torchvision(**shape), 5)
write("torchvision_legacy.pth", tv, collections.OrderedDict(tv.state_dict()), "key names of torchvision",
      _use_new_zipfile_serialization=False)
li = models.randomise(models.Lightly(**shape), 6)
write("lightly.ckpt", li, {"epoch": 9, "global_step": 70, "pytorch-lightning_version": "1.9.0",
                           "state_dict": collections.OrderedDict(li.state_dict())}, "backbone.4. -> backbone.layer1.")
with open(os.path.join(out, "expected.json"), "w") as f:
    json.dump(expected, f, separators=(",", ":"))
    f.write("\n")
