"""SimSiam as four projects name its parts, at any width, from the layers of bench/torch_model.py. Each model's
parts(x) gives features, z and p, or features and logits, and FILE says how the project saves it."""
import collections
import os
import sys

import torch
import torch.nn as nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from torch_model import ResNet  # noqa: E402


class Named(nn.Module):
    """A module that is nothing but its parts."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def linear(cin, cout, bias=False):
    return nn.Linear(cin, cout, bias=bias)


class Torchvision(ResNet):
    def __init__(self, arch, width, stem, classes=10, **_):
        super().__init__(arch, width, stem)
        self.fc = nn.Linear(self.features, classes)

    def parts(self, x):
        f = ResNet.forward(self, x)
        return {"features": f, "logits": self.fc(f)}


class Facebook(nn.Module):
    """As in the paper's published checkpoints: the projector in the place of the encoder's fc; its last layer has a
    bias, which is never trained."""

    def __init__(self, arch, width, stem, dim, **_):
        super().__init__()
        self.encoder = ResNet(arch, width, stem)
        c, h = self.encoder.features, dim // 4
        self.encoder.fc = nn.Sequential(linear(c, c), nn.BatchNorm1d(c), nn.ReLU(), linear(c, c), nn.BatchNorm1d(c),
                                        nn.ReLU(), linear(c, dim, True), nn.BatchNorm1d(dim, affine=False))
        self.predictor = nn.Sequential(linear(dim, h), nn.BatchNorm1d(h), nn.ReLU(), linear(h, dim, True))

    def parts(self, x):
        f = ResNet.forward(self.encoder, x)
        z = self.encoder.fc(f)
        return {"features": f, "z": z, "p": self.predictor(z)}


class MMPretrain(nn.Module):
    def __init__(self, arch, width, stem, dim, **_):
        super().__init__()
        self.backbone = ResNet(arch, width, stem)
        c, h = self.backbone.features, dim // 4
        self.neck = Named(fc0=linear(c, dim), bn0=nn.BatchNorm1d(dim), fc1=linear(dim, dim), bn1=nn.BatchNorm1d(dim),
                          fc2=linear(dim, dim), bn2=nn.BatchNorm1d(dim, affine=False))
        self.head = Named(predictor=Named(fc0=linear(dim, h), bn0=nn.BatchNorm1d(h), fc1=linear(h, dim, True)))

    def parts(self, x):
        n, p = self.neck, self.head.predictor
        f = self.backbone(x)
        z = n.bn2(n.fc2(torch.relu(n.bn1(n.fc1(torch.relu(n.bn0(n.fc0(f))))))))
        return {"features": f, "z": z, "p": p.fc1(torch.relu(p.bn0(p.fc0(z))))}


class MMLinear(nn.Module):
    def __init__(self, arch, width, stem, classes=10, **_):
        super().__init__()
        self.backbone = ResNet(arch, width, stem)
        self.head = Named(fc=nn.Linear(self.backbone.features, classes))

    def parts(self, x):
        f = self.backbone(x)
        return {"features": f, "logits": self.head.fc(f)}


class Lightly(nn.Module):
    def __init__(self, arch, width, stem, dim, **_):
        super().__init__()
        r, h = ResNet(arch, width, stem), dim // 4
        c = r.features
        self.backbone = nn.Sequential(r.conv1, r.bn1, nn.ReLU(), r.maxpool, r.layer1, r.layer2, r.layer3, r.layer4,
                                      nn.AdaptiveAvgPool2d(1))
        self.projection_head = Named(layers=nn.Sequential(
            linear(c, dim), nn.BatchNorm1d(dim), nn.ReLU(), linear(dim, dim), nn.BatchNorm1d(dim), nn.ReLU(),
            linear(dim, dim), nn.BatchNorm1d(dim, affine=False)))
        self.prediction_head = Named(layers=nn.Sequential(linear(dim, h), nn.BatchNorm1d(h), nn.ReLU(),
                                                          linear(h, dim, True)))

    def parts(self, x):
        f = self.backbone(x).flatten(1)
        z = self.projection_head.layers(f)
        return {"features": f, "z": z, "p": self.prediction_head.layers(z)}


def randomise(model, seed):
    """Numbers as after a training, BatchNorm's statistics and the frozen bias included."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, x in model.state_dict().items():
            noise = torch.randn(x.shape, generator=g) if x.dtype.is_floating_point else None
            if noise is None:
                x.fill_(1234)
            elif name.endswith("running_var"):
                x.copy_(0.5 + noise.abs())
            elif name.endswith(("running_mean", "bias")):
                x.copy_(0.3 * noise)
            elif x.dim() == 1:
                x.copy_(1 + 0.2 * noise)
            else:
                x.copy_(noise * (2.0 / x[0].numel()) ** 0.5)
    return model.eval()


def parallel(state):
    """What data-parallel training makes of the names."""
    return collections.OrderedDict(("module." + k, v) for k, v in state.items())


def history_buffer():
    """mmengine's class of that name, or a stand-in that is pickled as it is: an instance with numpy arrays and, by
    name, its own static methods."""
    try:
        from mmengine.logging import HistoryBuffer
        return HistoryBuffer([0.5, 0.25], [1, 1])
    except ImportError:
        pass
    import types

    import numpy

    module = "mmengine.logging.history_buffer"
    if module in sys.modules:
        return sys.modules[module].HistoryBuffer()

    class HistoryBuffer:
        def __init__(self):
            self._max_length = 1000000
            self._set_default_statistics()
            self._log_history, self._count_history = numpy.array([0.5, 0.25]), numpy.array([1, 1])

        def _set_default_statistics(self):
            self._statistics_methods = {"min": HistoryBuffer.min, "mean": HistoryBuffer.mean}

        @staticmethod
        def min(values):
            return values.min()

        @staticmethod
        def mean(values):
            return values.mean()

    for name in ("mmengine", "mmengine.logging", module):
        sys.modules[name] = types.ModuleType(name)
    for x in (HistoryBuffer, HistoryBuffer.min, HistoryBuffer.mean):
        x.__module__ = module
    HistoryBuffer.__qualname__ = "HistoryBuffer"
    for x in (HistoryBuffer.min, HistoryBuffer.mean):
        x.__qualname__ = "HistoryBuffer." + x.__name__
    sys.modules[module].HistoryBuffer = HistoryBuffer
    return HistoryBuffer()


def mmengine_file(state, classes, published):
    """What mmengine's Runner saves; `published`: what is left of it when a file is put on a model page."""
    import numpy

    meta = {"epoch": 90, "iter": 112590, "mmengine_version": "0.10.4", "experiment_name": "linear", "seed": 0,
            "time": "20240101_000000", "cfg": "model = dict(type='ImageClassifier')\n"}
    if classes:
        meta["dataset_meta"] = {"classes": tuple(classes)}
    file = {"meta": meta, "state_dict": state}
    if not published:
        buffer = history_buffer()
        file["message_hub"] = {
            "log_scalars": collections.OrderedDict([("train/loss", buffer), ("train/lr", buffer)]),
            "runtime_info": collections.OrderedDict(epoch=89, best_score=numpy.float64(0.7), dataset_meta=dict(meta.get(
                "dataset_meta", {}))),
            "resumed_keys": {"train/loss": True}}
        file["optimizer"] = {"state": {0: {"momentum_buffer": torch.ones(3)}},
                             "param_groups": [{"lr": 0.05, "initial_lr": 0.1, "fix_lr": True, "params": [0]}]}
        file["param_schedulers"] = [{"T_max": 90, "by_epoch": True, "base_values": [0.1], "_global_step": 3}]
    return file
