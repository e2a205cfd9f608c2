#!/usr/bin/python3
"""Write the PyTorch checkpoints of tests/data/torch and what is in them (expected.json). Needs PyTorch and numpy:

    /usr/bin/python3 tests/golden/make_torch_golden.py tests/data/torch

The tensors are small and their values exact in float32, so that the reader must give exactly these."""
import collections
import io
import json
import os
import pickle
import sys
import types
import zipfile

import numpy
import torch

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
expected = {}
LEGACY = dict(_use_new_zipfile_serialization=False)


def module(name, **members):
    """A module of that name, so that pickles of its classes name it."""
    m = types.ModuleType(name)
    for key, value in members.items():
        value.__module__ = name
        setattr(m, key, value)
    sys.modules[name] = m
    return m


def expect(name, state, prefix=""):
    expected[name] = {
        prefix + k: {"shape": list(v.shape), "values": v.detach().double().flatten().tolist()}
        for k, v in state.items()
    }


def save(name, obj, **how):
    buffer = io.BytesIO()  # the archive's folder is then "archive", whatever the file's name
    torch.save(obj, buffer, **how)
    with open(os.path.join(out, name), "wb") as f:
        f.write(buffer.getvalue())


def stored_zip(name, members):
    """A zip whose local headers hold sizes and checksums, unlike PyTorch's own."""
    with zipfile.ZipFile(os.path.join(out, name), "w", zipfile.ZIP_STORED) as z:
        for key, data in members.items():
            z.writestr(zipfile.ZipInfo(key), data)


base = torch.arange(12, dtype=torch.float32) / 4 - 1
kinds = collections.OrderedDict()
kinds["plain"] = base.reshape(3, 4)
kinds["transposed"] = base.reshape(3, 4).t()  # the same storage, other strides
kinds["part"] = base[2:11:3]
kinds["images"] = base.reshape(1, 3, 2, 2).contiguous(memory_format=torch.channels_last)
kinds["expanded"] = torch.tensor([0.5, -2.0]).unsqueeze(1).expand(2, 3)
kinds["half"] = torch.tensor([1.0, -2.0, 2.0**-24, 65504.0]).half()
kinds["bfloat"] = torch.tensor([1.0, -3.140625]).bfloat16()
kinds["double"] = torch.tensor([[0.25, -1e30]]).float().double()
kinds["steps"] = torch.tensor(1234)
kinds["empty"] = torch.zeros(0, 3)
kinds["parameter"] = torch.nn.Parameter(torch.tensor([1.5, 2.5]))
expect("kinds.pth", kinds)
expected["kinds_legacy.pth"] = expected["kinds.pth"]
save("kinds.pth", kinds)
save("kinds_legacy.pth", kinds, **LEGACY)

# Types that can be listed only, and more dimensions than a description holds.
save("listed.pth", {
    "byte": torch.tensor([1, 2], dtype=torch.uint8), "bool": torch.tensor([True]),
    "int": torch.tensor([3], dtype=torch.int32), "five": torch.zeros(1, 1, 2, 1, 1), "good": torch.ones(2),
    "complex": torch.zeros(1, dtype=torch.complex64), "big": torch.tensor([2**24 + 1]),
    "huge": torch.tensor([1e300], dtype=torch.float64),
})
expected["listed.pth"] = {"good": {"shape": [2], "values": [1.0, 1.0]}}

# What only code could rebuild, and what is no tensor at all. Written where PyTorch is new enough (2.1).
class Wrapped(torch.Tensor):
    pass
if hasattr(torch, "float8_e4m3fn"):
    two = torch.tensor([1.0, 0.0])
    save("unread.pth", {
        "good": two, "sparse": two.to_sparse(), "csr": two.reshape(1, 2).to_sparse_csr(), "meta": two.to("meta"),
        "quantized": torch.quantize_per_tensor(two, 0.1, 0, torch.qint8), "array": two.numpy(),
        "class": two.as_subclass(Wrapped), "float8": two.to(torch.float8_e4m3fn), "listed.weight": [1.0, 0.0],
        "none.bias": None, "number.running_var": 1.0, "remark": "not a tensor's name"})

tiny = {"w": torch.tensor([[1.0, 2.0], [3.0, -4.0]]), "b": torch.tensor([0.5])}
for name, how in (("tiny.pth", {}), ("tiny_legacy.pth", LEGACY), ("tiny_protocol4.pth", {**LEGACY, "pickle_protocol": 4})):
    save(name, tiny, **how)
    expect(name, tiny)

# As Facebook's main_simsiam.py and main_lincls.py save them: the tensor beside the state dict is not part of it.
layer = torch.nn.Linear(2, 2)
with torch.no_grad():
    layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    layer.bias.copy_(torch.tensor([5.0, 6.0]))
optimizer = torch.optim.SGD(layer.parameters(), 0.1, momentum=0.9)
layer(torch.ones(1, 2)).sum().backward()
optimizer.step()
state = collections.OrderedDict(("module." + k, v) for k, v in layer.state_dict().items())
state._metadata = layer.state_dict()._metadata
save("facebook.pth.tar", {"epoch": 100, "arch": "resnet50", "state_dict": state, "best_acc1": torch.tensor(71.25),
                          "lr": 0.1, "fixed": True, "optimizer": optimizer.state_dict()}, **LEGACY)
expect("facebook.pth.tar", state)

# As mmengine's Runner.save_checkpoint: objects that are none of the state dict's business.
class HistoryBuffer:
    def __init__(self):
        self._log_history, self._count_history = numpy.array([0.5, 0.25]), numpy.array([1, 1])
        self._statistics_methods = {"min": HistoryBuffer.min}

    @staticmethod
    def min(values):
        return values.min()


module("mmengine")
module("mmengine.logging")
module("mmengine.logging.history_buffer", HistoryBuffer=HistoryBuffer)
state = collections.OrderedDict({"backbone.conv1.weight": torch.full((1, 1, 2, 2), 0.75),
                                 "backbone.bn1.num_batches_tracked": torch.tensor(7)})
save("mmengine.pth", {
    "meta": {"epoch": 2, "iter": 10, "mmengine_version": "0.10.0", "dataset_meta": {"classes": ("tench", "goldfish")}},
    "state_dict": state, "message_hub": {"log_scalars": collections.OrderedDict(loss=HistoryBuffer()),
                                         "runtime_info": collections.OrderedDict(best=numpy.float64(0.5))},
    "optimizer": {"state": {0: {"momentum_buffer": torch.ones(1)}}, "param_groups": [{"lr": 0.05, "params": [0]}]},
    "param_schedulers": [{"_global_step": 3}]})
expect("mmengine.pth", state)

# Two networks side by side: their names are joined.
save("halves.pth", {"model": {"w": torch.tensor([1.0])}, "head": {"w": torch.tensor([2.0])}}, **LEGACY)
expected["halves.pth"] = {"model.w": {"shape": [1], "values": [1.0]}, "head.w": {"shape": [1], "values": [2.0]}}
# A wrapper in a wrapper, and an average of the weights beside it.
save("wrapped.pth", {"model": {"state_dict": tiny}, "model_ema": {"w": torch.zeros(1)}}, **LEGACY)
expect("wrapped.pth", tiny)


# ---- to be refused ----
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))


module("models")
module("models.residual", Net=Net)
save("object.pth", Net())
save("object_inside.pth", {"epoch": 3, "model": Net(), "best": torch.tensor(1.0)}, **LEGACY)


class Run:
    """What a malicious file does: its pickle names a function and its arguments."""

    def __reduce__(self):
        return (os.system, ("touch /tmp/simsiam-was-here",))


class Storages(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, bytes):
            return ("storage", torch.FloatStorage, "0", "cpu", len(obj) // 4)
        return None


class Rebuild:
    def __init__(self, data, size, offset=0, stride=(1,)):
        self.args = (data, offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return (torch._utils._rebuild_tensor_v2, self.args)


def by_hand(obj):
    buffer = io.BytesIO()
    Storages(buffer, 2).dump(obj)
    return buffer.getvalue()


ones = torch.ones(2).numpy().tobytes()
# A call in the place of a tensor, beside a good one: only who asks for that tensor is refused. All numbers of this file
# stand in zip64 fields, as they do over 4 GiB.
zipfile.ZIP64_LIMIT, limit = 1, zipfile.ZIP64_LIMIT
stored_zip("call.pth", {"x/data.pkl": by_hand({"good": Rebuild(ones, (2,)), "evil": Run()}), "x/data/0": ones})
zipfile.ZIP64_LIMIT = limit
expected["call.pth"] = {"good": {"shape": [2], "values": [1.0, 1.0]}}
stored_zip("beyond.pth", {"x/data.pkl": by_hand({"w": Rebuild(ones, (2,), 1)}), "x/data/0": ones})
stored_zip("short.pth", {"x/data.pkl": by_hand({"w": Rebuild(ones, (2,))}), "x/data/0": ones[:4]})
stored_zip("wide.pth", {"x/data.pkl": by_hand({"w": Rebuild(ones, (2**40, 2**40), 0, (0, 0))}), "x/data/0": ones})
stored_zip("absent.pth", {"x/data.pkl": by_hand({"w": Rebuild(ones, (2,))})})
with zipfile.ZipFile(os.path.join(out, "deflated.pth"), "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("x/data.pkl"), by_hand({"w": Rebuild(ones, (2,))}), zipfile.ZIP_DEFLATED)

with open(os.path.join(out, "expected.json"), "w") as f:
    json.dump(expected, f, separators=(",", ":"))
    f.write("\n")
