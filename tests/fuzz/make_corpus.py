#!/usr/bin/python3
"""Writes the seeds of the fuzz targets: tests/fuzz/corpus/TARGET/NAME, all small, all made here.

    /usr/bin/python3 tests/fuzz/make_corpus.py

Needs PyTorch 1.13, numpy and Pillow as Debian 12 has them. PyTorch names the storages of its older stream after addresses,
so those files differ from run to run. Files that a fuzzer found and that were kept as tests are called
found_*; this script leaves them alone.
"""
import collections
import gzip
import io
import json
import os
import pickle
import pickletools
import struct
import tarfile
import zipfile
import zlib

import numpy
import torch
from PIL import Image

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


# ---- images ----


def picture(mode, w, h):
    rgb = numpy.zeros((h, w, 3), numpy.uint8)
    for y in range(h):
        for x in range(w):
            rgb[y, x] = (17 * x % 256, 29 * y % 256, 7 * (x + y) % 256)
    return Image.fromarray(rgb).convert(mode)


def saved(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


def exif(order, orientation):
    """An EXIF block whose only entry is the orientation."""
    mark, e = (b"II", "<") if order == "little" else (b"MM", ">")
    tiff = mark + struct.pack(e + "HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"Exif\0\0" + tiff


def jpegs():
    rgb = picture("RGB", 19, 13)
    good = saved(rgb, "JPEG", quality=60)
    put("jpeg", "rgb", good)
    put("jpeg", "rgb_444", saved(rgb, "JPEG", quality=60, subsampling=0))
    put("jpeg", "grey", saved(picture("L", 9, 9), "JPEG"))
    put("jpeg", "cmyk", saved(picture("CMYK", 8, 8), "JPEG"))
    put("jpeg", "progressive", saved(rgb, "JPEG", progressive=True))
    put("jpeg", "optimised", saved(picture("RGB", 8, 8), "JPEG", optimize=True))
    put("jpeg", "exif_6_little", saved(rgb, "JPEG", exif=exif("little", 6)))
    put("jpeg", "exif_3_big", saved(rgb, "JPEG", exif=exif("big", 3)))
    put("jpeg", "exif_9_cut", saved(rgb, "JPEG", exif=exif("big", 9)[:17]))
    put("jpeg", "cut", good[: len(good) * 2 // 3])
    put("jpeg", "no_end", good[:-2])
    frame = good.index(b"\xff\xc0") + 5
    put("jpeg", "65000_high", good[:frame] + struct.pack(">H", 65000) + good[frame + 2 :])
    put("jpeg", "no_rows", good[:frame] + struct.pack(">H", 0) + good[frame + 2 :])
    tables = good.index(b"\xff\xc4")
    put("jpeg", "restart", good[:tables] + b"\xff\xdd\0\4\0\1" + good[tables:])
    put("jpeg", "no_tables", good[:tables] + good[good.index(b"\xff\xda") :])
    put("jpeg", "comment", good[:2] + b"\xff\xfe\0\7hello" + good[2:])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(w, h, depth, colour, rows, before=b"", interlaced=0):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced)) + before
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pngs():
    put("png", "rgb", saved(picture("RGB", 7, 5), "PNG"))
    put("png", "rgba", saved(picture("RGBA", 5, 5), "PNG"))
    put("png", "palette", saved(picture("P", 9, 4), "PNG"))
    put("png", "one_bit", saved(picture("1", 11, 3), "PNG"))
    put("png", "grey_alpha", saved(picture("LA", 4, 4), "PNG"))
    grey16 = b"".join(b"\0" + struct.pack(">4H", 0, 300, 40000, 65535) for _ in range(3))
    put("png", "grey16", png(4, 3, 16, 0, grey16))
    put("png", "rgb16", png(1, 2, 16, 2, 2 * (b"\0" + struct.pack(">3H", 1, 256, 65535))))
    # Adam7 of 3x3: passes 1, 4, 5, 6 and 7 have pixels.
    put("png", "interlaced", png(3, 3, 8, 0, b"\0\1" + b"\0\2" + b"\0\3\4" + b"\0\5" + b"\0\6" + b"\0\7\10\11", b"", 1))
    put("png", "palette_alpha", png(2, 1, 8, 3, b"\0\0\1", chunk(b"PLTE", b"\1\2\3\4\5\6") + chunk(b"tRNS", b"\0\x80")))
    put("png", "index_too_high", png(2, 1, 8, 3, b"\0\0\7", chunk(b"PLTE", b"\1\2\3\4\5\6")))
    put("png", "exif", png(1, 2, 8, 0, b"\0\1\0\2", chunk(b"eXIf", exif("big", 6)[6:])))
    put("png", "colour_key", png(1, 1, 8, 2, b"\0\1\2\3", chunk(b"tRNS", b"\0\1\0\2\0\3")))
    put("png", "too_few_rows", png(4, 4, 8, 0, b"\0\1\2\3\4"))
    put("png", "too_many_rows", png(1, 1, 8, 0, 100 * b"\0\1"))
    put("png", "filter_9", png(1, 1, 8, 0, b"\11\1"))
    put("png", "huge", png(1 << 30, 1 << 30, 8, 6, b""))
    put("png", "no_pixels", png(0, 5, 8, 0, b""))
    put("png", "cut", saved(picture("RGB", 7, 5), "PNG")[:-20])
    broken = bytearray(saved(picture("L", 4, 4), "PNG"))
    broken[-17] ^= 1  # a checksum
    put("png", "checksum", bytes(broken))


# ---- lists ----


# What the good files of tests/data/codec do not have; those are seeds, too.
ODD = {
    "bmp": ["rgb.bmp", "rle8.bmp", "rle4.bmp", "rgb565.bmp", "os2.bmp"],
    "pnm": ["bits_text.pbm", "rgb16.ppm", "rgb_alpha.pam"],
    "gif": ["interlaced.gif", "transparent.gif", "animated.gif", "sticks_out.gif"],
    "webp": ["lossy.webp", "lossless.webp", "animated.webp", "exif.webp"],
    "tiff": ["rgb_raw.tif", "tiles_deflate.tif", "bigtiff.tif", "rgb_jpeg.tif", "bits_group4.tif", "palette.tif"],
}


def odd_images():
    """Cut in two places, and with one byte of the first 64 after the other set to 255, 16 of them a file."""
    for target, names in ODD.items():
        for name in names:
            with open(os.path.join(CORPUS, "..", "..", "data", "codec", name), "rb") as f:
                good = f.read()
            stem = name.replace(".", "_")
            put(target, stem + "_cut", good[: len(good) * 2 // 3])
            put(target, stem + "_head", good[:40])
            for at in range(8, min(64, len(good)), 16):
                put(target, "%s_255_at_%d" % (stem, at), good[:at] + b"\xff" + good[at + 1 :])


def lists():
    put("list", "labels", b"a/b.jpg 0\na/c.png 1\nd e.jpg 2\n")
    put("list", "no_labels", b"a.jpg\nb.png\n")
    put("list", "windows", b"\xef\xbb\xbfa.jpg 0\r\nb.jpg 1\r\n\r\n")
    put("list", "tabs", b"a.jpg\t3\nb.jpg \t 4\n")
    put("list", "comment", b"# a list\na.jpg 1\n")
    put("list", "no_end", b"a.jpg 1\nb.jpg 2")
    put("list", "labels_beyond", b"a.jpg -1\nb.jpg 99999999999999999999\n")
    put("list", "mixed", b"a.jpg 1\nb.jpg\n")
    put("list", "up", b"../../a.jpg 1\n/etc/passwd 0\n")
    put("list", "zero_byte", b"a\0.jpg 1\n")
    put("list", "not_text", b"\xff\xfe\x80.jpg 1\n")
    put("list", "objects", b'{"path": "a.jpg", "label": 3, "text": "one\\ntwo"}\n\n{"label": 2.0, "path": "b\\u00e4.png"}\n')
    put("list", "objects_split", b'{"file_name":"a.jpg","class":"x","split":"train"}\n{"file_name":"b.jpg","class":"y","split":"val"}\n')
    put("list", "objects_cut", b'{"path": "a.jpg", "label": true}\n{"path": "b.jpg", "la')
    put("list", "objects_keys", b'{"path": "a.jpg"}\n{"path": "b.jpg", "label": 1}\n')
    put("list", "objects_nested", b'{"image": {"path": "a.jpg"}, "label": [1, 2]}\n{}\n')
    put("list", "objects_many", b'{' + b",".join(b'"k%d": %d' % (i, i) for i in range(65)) + b"}\n")
    put("list", "long", b"x" * 5000 + b".jpg 1\n")
    put("list", "blank", b" \n\t\n\n")
    put("list", "table", b"path,label,split\n\"a,b.jpg\",\"cat\",train\nc.jpg,dog,val\n,,\n")
    put("list", "table_quotes", b"Bild;Klasse\n\"a \"\"b\"\".jpg\";3.0\n\"c\n.jpg;4\n")
    put("list", "table_ids", b"id\tbreed\n0a1\tape\n0a2\tant\n#c\td\n")
    put("list", "table_bare", b"0,a.jpg,7,test\n")
    put("list", "names", b"'a.jpg' great white shark\nb.jpg ant\n")
    put("list", "utf16", "\ufeffa.jpg 1\r\n\U0001f431.png 2\r\n".encode("utf-16-le"))
    put("list", "utf16_big", "path,label\na.jpg,1\n".encode("utf-16-be"))
    put("list", "utf32", b"\xff\xfe\0\0" + "a.jpg 1\n".encode("utf-32-le") + b"\xff\xff\xff\xff\n")
    put("list", "mac", b"a.jpg 1\rb.jpg 2\r")


# ---- checkpoints ----


def safetensors(header, data=b"", pad=0):
    text = (header if isinstance(header, str) else json.dumps(header)).encode() + b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensor_files():
    floats = struct.pack("<6f", *range(6))
    one = {"conv1.weight": tensor("F32", [2, 3], 0, 24)}
    meta = {"__metadata__": {"siam.arch": "resnet18", "siam.width": "64", "siam.size": "32", "siam.stem": "cifar",
                             "siam.mean": "0.5,0.5,0.5", "siam.std": "0.2,0.2,0.2", "siam.epoch": "3", "epoch": "3",
                             "siam.classes": "cat\ndog"}}
    put("safetensors", "one", safetensors(one, floats))
    put("safetensors", "metadata", safetensors({**meta, **one}, floats, 3))
    put("safetensors", "types", safetensors(
        {"a": tensor("F16", [2], 0, 4), "b": tensor("BF16", [2], 4, 8), "c": tensor("I64", [1], 8, 16),
         "d": tensor("I32", [], 16, 20), "e": tensor("U8", [4], 20, 24), "f": tensor("F32", [0, 3], 24, 24)}, floats))
    names = ["backbone.conv1.weight", "backbone.bn1.running_mean", "projector.0.weight", "predictor.3.bias",
             "module.encoder.conv1.weight", "module.encoder.fc.6.bias"]
    for i, group in enumerate((names[:4], names[4:])):
        put("safetensors", "names_%d" % i, safetensors({n: tensor("F32", [1], 4 * k, 4 * k + 4) for k, n in enumerate(group)},
                                                     floats[: 4 * len(group)]))
    put("safetensors", "hash", safetensors({"__metadata__": {"payload_xxh3": "0" * 16, "header_xxh3": "0" * 16}, **one}, floats))
    put("safetensors", "overlap", safetensors({"a": tensor("F32", [6], 0, 24), "b": tensor("F32", [6], 0, 24)}, floats))
    put("safetensors", "hole", safetensors({"a": tensor("F32", [1], 20, 24)}, floats))
    put("safetensors", "beyond", safetensors({"a": tensor("F32", [7], 0, 28)}, floats))
    put("safetensors", "backwards", safetensors({"a": tensor("F32", [6], 24, 0)}, floats))
    put("safetensors", "overflow", safetensors({"a": tensor("F32", [1 << 32, 1 << 32], 0, 24)}, floats))
    put("safetensors", "negative", safetensors({"a": tensor("F32", [-1, -6], 0, 24)}, floats))
    put("safetensors", "five_dimensions", safetensors({"a": tensor("F32", [1, 1, 1, 2, 3], 0, 24)}, floats))
    put("safetensors", "twice", safetensors('{"a":%s,"a":%s}' % (2 * (json.dumps(tensor("F32", [6], 0, 24)),)), floats))
    put("safetensors", "deep", safetensors("[" * 300))
    put("safetensors", "no_json", safetensors("{"))
    put("safetensors", "empty_header", safetensors("{}"))
    put("safetensors", "long_header", struct.pack("<Q", 1 << 62) + b"{}")
    state = {"conv1.weight": torch.arange(6.0).view(2, 3), "n": torch.tensor(3)}
    put("safetensors", "torch_zip", torch_file(state, True))
    put("safetensors", "torch_legacy", torch_file(state, False))
    put("safetensors", "torch_zip_cut", torch_file(state, True)[:-30])
    deflated = io.BytesIO()
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as z:
        for name in ("x/data.pkl", "x/version"):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, b"\x80\2}q\0." + bytes(90))
    put("safetensors", "zip_deflated", deflated.getvalue())
    put("safetensors", "tar", b"sys_info".ljust(100, b"\0") + b"0000644\0" + bytes(149) + b"ustar\0" + bytes(249))


def torch_file(value, as_zip):
    f = io.BytesIO()
    torch.save(value, f, _use_new_zipfile_serialization=as_zip)
    return f.getvalue()


def pickle_of(value):
    """data.pkl of the archive that torch makes."""
    with zipfile.ZipFile(io.BytesIO(torch_file(value, True))) as z:
        return z.read([n for n in z.namelist() if n.endswith("/data.pkl")][0])


def stream_of(value):
    """The older stream behind its first three pickles."""
    f = io.BytesIO(torch_file(value, False))
    for _ in range(3):
        for _ in pickletools.genops(f):
            pass
    return f.read()


class Unknown:
    """Pickled by name: a reader that runs nothing has no use for it."""

    def __init__(self, *value):
        self.value = value

    def __reduce__(self):
        return (os.path.join, ("a", "b"), {"value": self.value})


def values():
    """Each fits the two storages of the zip target: 64 floats, one 64-bit number."""
    x = torch.arange(64.0)
    n = torch.tensor(3)
    names = collections.OrderedDict
    yield "plain", {"conv1.weight": x.view(4, 4, 2, 2), "bn1.num_batches_tracked": n}
    yield "facebook", {"epoch": 3, "arch": "resnet50", "state_dict": names(
        [("module.encoder.conv1.weight", x[:54].view(2, 3, 3, 3)), ("module.encoder.fc.6.bias", x[:4]),
         ("module.encoder.fc.7.running_mean", x[4:8]), ("module.predictor.0.weight", x[:16].view(4, 4))])}
    yield "mmpretrain", {"meta": {"epoch": 3, "iter": 9, "mmengine_version": "0.8", "dataset_meta": {"classes": ("cat", "dog")},
                                  "cfg": "model = dict()\n"},
                         "state_dict": names([("backbone.conv1.weight", x[:54].view(2, 3, 3, 3)), ("head.fc.weight", x[:6].view(2, 3))]),
                         "optimizer": {"state": {0: {"momentum_buffer": x[:4]}}, "param_groups": [{"lr": 0.05, "fix_lr": True}]},
                         "message_hub": {"log_scalars": names([("loss", Unknown(1.5, numpy.arange(3.0)))])}}
    yield "views", {"t": x.view(8, 8).t(), "part": x[3:9], "none": x[:0], "scalar": x[0], "same": x}
    yield "parameter", {"w": torch.nn.Parameter(x[:8]), "numpy": numpy.float64(0.5), "list": [1, 2.5, None, True, "x", b"y"]}
    yield "half", {"h": torch.zeros(128, dtype=torch.float16)}
    yield "bfloat", {"h": torch.zeros(128, dtype=torch.bfloat16), "n": n}
    yield "bytes", {"b": torch.zeros(256, dtype=torch.uint8), "set": {1, 2}, "big": 1 << 70, "neg": -(1 << 40)}
    yield "unknown", {"state_dict": {"a": x}, "hook": Unknown(x)}


def op(text):
    """A pickle by hand: its opcodes, protocol 2."""
    return b"\x80\2" + text + b"."


# torch._utils._rebuild_tensor_v2(storage 0, offset, size, stride, ...) with the arguments to be filled in.
STORAGE = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0%sX\3\0\0\0cpuK@tQ"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"%s%s%s\x89ccollections\nOrderedDict\n)RtR"


def rebuilt(offset=b"K\0", size=b"K\2\x85", stride=b"K\1\x85", key=b"0"):
    return b"}X\1\0\0\0a" + REBUILD % (key, offset, size, stride) + b"s"


def pickles():
    yield "rebuilt", op(rebuilt())
    yield "offset_beyond", op(rebuilt(offset=b"K\x7f"))
    yield "offset_negative", op(rebuilt(offset=b"J\xff\xff\xff\xff"))
    yield "size_huge", op(rebuilt(size=b"\x8a\x08" + b"\xff" * 7 + b"\x7f\x85"))
    yield "sizes_overflow", op(rebuilt(size=2 * (b"\x8a\x05\0\0\0\0\1") + b"\x86", stride=b"K\0K\0\x86"))
    yield "stride_zero", op(rebuilt(size=b"K\x40K\x40\x86", stride=b"K\0K\0\x86"))
    yield "stride_negative", op(rebuilt(stride=b"J\xff\xff\xff\xff\x85"))
    yield "ranks_differ", op(rebuilt(stride=b"K\1K\1\x86"))
    yield "no_such_storage", op(rebuilt(key=b"9"))
    yield "protocol_0", b"(dp0\nS'a'\nI1\nsV\\u00e9\nF1.5\nsL12L\n(lp1\nI00\naI01\nas."
    yield "protocol_4", pickle.dumps({"a": [1, {"b": (2, "c")}], "s": frozenset([1]), "x": b"y" * 300}, 4)
    yield "protocol_5", pickle.dumps({"a": bytearray(b"z"), "os": os.path.join}, 5)
    yield "call", op(b"cos\nsystem\nX\2\0\0\0ls\x85R")
    yield "call_new", op(b"cbuiltins\neval\nX\1\0\0\0" + b"1\x85\x81}b")
    yield "inst", op(b"(X\2\0\0\0lsios\nsystem\n")
    yield "obj", op(b"(cos\nsystem\nX\2\0\0\0lso")
    yield "stack_global", b"\x80\4\x8c\2os\x8c\6system\x93\x8c\2ls\x85R."
    yield "extension", op(b"\x82\1")
    yield "memo_missing", op(b"h\x77")
    yield "memo_huge", op(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff")
    yield "deep", op(b"(" * 2000)
    yield "deep_lists", op(b"]" * 500 + b"a" * 499)
    yield "wide", op(b"}q\0" + b"".join(b"(h\0h\0h\0h\0tq%c" % i for i in range(1, 40)))
    yield "self", op(b"]q\0h\0a")
    yield "no_mark", op(b"t")
    yield "no_stop", b"\x80\2}"
    yield "string_beyond", op(b"X\xff\xff\xff\x7fabc")
    yield "long_beyond", op(b"\x8b\xff\xff\xff\x7f\1")
    yield "build_on_number", op(b"K\1}b")
    yield "items_on_list", op(b"](K\1K\2u")


def torches():
    for name, value in values():
        put("torch_zip", name, pickle_of(value))
        put("torch_legacy", name, stream_of(value))
    for name, data in pickles():
        put("torch_zip", "op_" + name, data)
    # Behind the tensors' pickle: the list of storages, then each one's length and numbers.
    storages = op(b"](X\1\0\0\0" + b"0e") + struct.pack("<q64f", 64, *range(64))
    for name in ("rebuilt", "offset_beyond", "size_huge", "stride_zero", "no_such_storage", "call", "protocol_0"):
        put("torch_legacy", "op_" + name, dict(pickles())[name] + storages)
    legacy = op(rebuilt())
    put("torch_legacy", "storage_cut", legacy + storages[:-9])
    put("torch_legacy", "storage_long", legacy + op(b"](X\1\0\0\0" + b"0e") + struct.pack("<q", 1 << 60))
    put("torch_legacy", "storage_negative", legacy + op(b"](X\1\0\0\0" + b"0e") + struct.pack("<q", -1))
    put("torch_legacy", "storages_none", legacy + op(b"]"))
    put("torch_legacy", "storages_no_list", legacy + op(b"K\1"))


# ---- configurations ----


def configs():
    put("config", "empty", b"")
    put("config", "train", b"task: train\nmodel:\n  arch: resnet18\n  width: 16\ntrain:\n  lr: 0.05\n  epochs: 3\n")
    put("config", "dotted", b"train.lr: 5e-2 # a comment\ndata.path: 'a b, c'\nrun.out: \"x\\ty\"\n")
    put("config", "list", b"data:\n  mean: [0.1, 0.2, 0.3]\n  std:\n  - 1\n  - 2\n  - 3\n")
    put("config", "auto", b"train:\n  lr: auto\n  batch: 512\nrun: {threads: auto, device: ref}\n")
    put("config", "texts", "data.path: 'it''s: # \u00e4 \u4e2d'\nmodel.path: \"- x\"\nrun.out: '~'\n".encode())
    put("config", "odd_texts", b"data.path: 'null'\nrun.out: 'true'\nmodel.path: '012'\n")
    put("config", "numbers", b"train: {lr: 1e-300, epochs: 2147483647, seed: 18446744073709551615}\n")
    put("config", "unknown", b"train:\n  lrr: 1\n  momentum: nan\n  batch: -1\n")
    put("config", "control", b'run.out: "a\\nb\\x1b[2J"\n')
    put("config", "anchor", b"a: &x 1\nb: *x\n")
    put("config", "tag", b"a: !!python/object x\n")
    put("config", "twice", b"train.lr: 1\ntrain:\n  lr: 2\n")
    put("config", "deep", b"a: " + b"{a: " * 20 + b"1" + b"}" * 20 + b"\n")
    put("config", "documents", b"--- 1\n--- 2\n")
    put("config", "linear", b"task: linear\nmodel.path: run\ntrain:\n  optimizer: sgd\n  lr: 30\n")
    put("config", "not_utf8", b"run.out: '\xff\xfe'\n")
    put("config", "long", b"run.out: " + b"x" * 5000 + b"\n")


# ---- CIFAR's archives, and choices of kernels ----


def archive(files, compressed=True):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            t.addfile(entry, io.BytesIO(data))
    return gzip.compress(f.getvalue(), mtime=0) if compressed else f.getvalue()


def text(s):
    return b"U" + bytes([len(s)]) + s.encode()


def python_batch(images, label, key="labels"):
    """As Python 2 pickles {key: [label ...], "data": numpy.zeros((images, 3072), numpy.uint8)}."""
    return (b"\x80\x02}q\x01(" + text(key) + b"]q\x02(" + bytes([0x4B, label]) * images + b"e" + text("data") +
            b"cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01" + bytes([0x4B, images]) +
            b"M\x00\x0c\x86cnumpy\ndtype\n" + text("u1") + b"K\x00K\x01\x87R(K\x03" + text("|") +
            b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<I", 3072 * images) + bytes(3072 * images) + b"tbu.")


def cifars_of_python():
    ten = [("cifar-10-batches-py/data_batch_%d" % i, python_batch(2, i)) for i in range(1, 6)]
    ten.append(("cifar-10-batches-py/test_batch", python_batch(1, 9)))
    names = b"\x80\x02}" + text("label_names") + b"](" + b"".join(text("name%d" % i) for i in range(10)) + b"es."
    hundred = [("cifar-100-python/train", python_batch(2, 99, "fine_labels")), ("cifar-100-python/test", python_batch(1, 0, "fine_labels"))]
    put("cifar", "python_ten", archive(ten + [("cifar-10-batches-py/batches.meta", names)]))
    put("cifar", "python_tar", archive(ten + [("cifar-10-batches-py/batches.meta", names)], False))
    put("cifar", "python_hundred", archive(hundred, False))
    put("cifar", "python_label", archive([(n, d.replace(b"K\x09", b"K\x0a")) for n, d in ten], False))
    put("cifar", "python_short", archive([(n, d[:-9]) for n, d in ten]))
    put("cifar", "python_names", archive(ten + [("batches.meta", names[:-20])]))
    put("cifar", "python_call", archive([(n, b"\x80\x02}U\x04datacos\nsystem\nU\x02ls\x85Rs.") for n, d in ten]))


def cifars():
    record = bytes([3]) + bytes(3072)
    ten = [("cifar-10-batches-bin/data_batch_%d.bin" % i, record * 2) for i in range(1, 6)]
    ten.append(("cifar-10-batches-bin/test_batch.bin", record))
    names = ("cifar-10-batches-bin/batches.meta.txt", b"airplane\nautomobile\nbird\ncat\n")
    hundred = bytes([1, 99]) + bytes(3072)
    put("cifar", "ten", archive(ten + [names]))
    put("cifar", "ten_names_first", archive([names] + ten))
    put("cifar", "hundred", archive([("train.bin", hundred * 2), ("test.bin", hundred), ("fine_label_names.txt", b"a\nb\n")]))
    put("cifar", "missing", archive(ten[1:]))
    put("cifar", "twice", archive(ten + ten[:1]))
    put("cifar", "label", archive([(n, b"\x0a" + d[1:]) for n, d in ten]))
    put("cifar", "short", archive([(n, d[:-1]) for n, d in ten]))
    put("cifar", "mixed", archive(ten[:3] + [("train.bin", hundred)]))
    put("cifar", "others", archive([("a.jpg", b"x"), ("b/c.tar", b"y")]))
    put("cifar", "none", archive([]))
    put("cifar", "cut", archive(ten)[:-20])
    put("cifar", "gz_of_nothing", gzip.compress(b"", mtime=0))
    put("cifar", "tar_cut", archive([("data_batch_1.bin", record)], False)[:1024])
    for name, text in {
        "plan": '{"machine":"fuzz","choices":{"conv2d n2 f32 fwd":{"variant":"winograd","ms":0.5}}}',
        "plan_other": '{"machine":"other","choices":{"a":{"variant":"b"}}}',
        "plan_texts": '{"machine":"fuzz","choices":{"a":"b"}}',
        "plan_types": '{"machine":1,"choices":[]}',
        "plan_deep": '{"machine":"fuzz","choices":' + '{"a":' * 300 + "1" + "}" * 301,
        "plan_cut": '{"machine":"fuzz","choices":{"a',
        "plan_twice": '{"machine":"fuzz","machine":"fuzz","choices":{}}',
        "plan_control": '{"machine":"fuzz","choices":{"a\\u0000b":{"variant":"\\u001b"}}}',
    }.items():
        put("cifar", name, text.encode())


def stl10s():
    record = bytes([9]) * (3 * 96 * 96)
    files = [("test_X.bin", record), ("test_y.bin", b"\x02"), ("train_X.bin", record * 2), ("train_y.bin", b"\x01\x0a"), ("unlabeled_X.bin", record)]
    files = [("stl10_binary/" + n, d) for n, d in files] + [("stl10_binary/class_names.txt", b"airplane\nbird\n")]
    put("cifar", "stl", archive(files))
    put("cifar", "stl_tar", archive(files, False)[:2048])
    put("cifar", "stl_missing", archive(files[:3]))
    put("cifar", "stl_label", archive(files[:1] + [("test_y.bin", b"\x00")]))
    put("cifar", "stl_more", archive(files[:1] + [("test_y.bin", b"\x01\x02")]))
    put("cifar", "stl_twice", archive(files + files[:1]))


# ---- IDX files ----


def idx(dims, values, kind=8):
    return bytes([0, 0, kind, len(dims)]) + b"".join(struct.pack(">I", d) for d in dims) + values


def idxs():
    put("idx", "images", idx([2, 3, 5], bytes(range(30))))
    put("idx", "labels", idx([4], bytes([0, 1, 9, 2])))
    put("idx", "two", idx([2, 3], bytes(6)))
    put("idx", "none", b"")
    put("idx", "no_dimension", idx([], b"x"))
    put("idx", "empty", idx([0, 3, 5], b""))
    put("idx", "overflow", idx([0xFFFFFFFF] * 3, bytes(8)))
    put("idx", "overflow_to_nothing", idx([0x80000000, 0x80000000, 4], bytes(8)))
    put("idx", "short", idx([2, 3, 5], bytes(29)))
    put("idx", "long", idx([4], bytes(5)))
    put("idx", "header_cut", idx([2, 3, 5], b"")[:11])
    put("idx", "floats", idx([2], bytes(8), 13))
    put("idx", "name", b"emnist-letters-train-images-idx3-ubyte.gz")
    put("idx", "name_dots", b"t10k-images.idx3-ubyte")
    put("idx", "name_long", b"a" * 300 + b"-train-images-idx3-ubyte")


# ---- tar files of images ----


def tar_of(files, kind=tarfile.USTAR_FORMAT):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode="w", format=kind) as t:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            t.addfile(entry, io.BytesIO(data))
    whole = f.getvalue()
    return whole[: (len(whole.rstrip(b"\0")) + 511) // 512 * 512 + 1024]  # without what fills a tape's block


def tars():
    folders = [("set/%s/%s/%d.jpg" % (s, c, i), b"x%d" % i) for s in ("train", "val") for c in ("ant", "bee") for i in range(2)]
    put("tar", "splits", tar_of(folders))
    put("tar", "splits_other_class", tar_of(folders + [("set/val/cat/1.png", b"")]))
    put("tar", "classes", tar_of([("%s/%d.jpg" % (c, i), b"x") for c in "ab" for i in range(2)]))
    put("tar", "flat", tar_of([("a.jpg", b"x"), ("b/c.png", b""), ("._a.jpg", b"x"), ("notes.txt", b"y")]))
    put("tar", "cls", tar_of([("0.cls", b"3\n"), ("0.jpg", b"x"), ("1.jpg", b"y"), ("1.cls", b" 12 ")]))
    put("tar", "json", tar_of([("a/0.jpg", b"x"), ("a/0.json", b'{"label": "cat"}'), ("a/1.json", b'{"class": 4}'), ("a/1.jpg", b"y")]))
    put("tar", "several", tar_of([("0.left.jpg", b"x"), ("0.right.jpg", b"y"), ("0.cls", b"z")]))
    put("tar", "gap", tar_of([("0.jpg", b"x"), ("0.cls", b"1"), ("1.jpg", b"x")]))
    put("tar", "bad_cls", tar_of([("0.jpg", b"x"), ("0.cls", b"a\nb")]))
    put("tar", "bad_json", tar_of([("0.jpg", b"x"), ("0.json", b'{"label": [1]}')]))
    put("tar", "gnu_long", tar_of([("l" * 200 + "/a.jpg", b"x")], tarfile.GNU_FORMAT))
    put("tar", "pax_long", tar_of([("\u00e4" * 120 + "/a.jpg", b"x")], tarfile.PAX_FORMAT))
    put("tar", "cut", tar_of(folders)[:5000])
    put("tar", "no_end", tar_of([("a.jpg", b"x")])[:1024])
    put("tar", "none", b"")


# ---- changes to the folder of a run (fuzz_run.c says what the bytes are) ----

REPLACE, PATCH, CUT, DROP, LINK, LINK_FOLDER, LINK_NOTHING, HARD, FOLDER, PIPE = range(10)


def change(file, how, data=b""):
    return bytes([file, how]) + struct.pack("<H", len(data)) + data


def runs():
    put("run", "none", b"")
    for how, name in enumerate("replace patch cut drop link link_folder link_nothing hard folder pipe".split()):
        for file in (0, 5, 7, 9):
            put("run", "%s_%d" % (name, file), change(file, how, b"\x20\x00xyz" if how in (PATCH, CUT) else b"xyz\n"))
    config = b'task: train\nrun:\n  plan: ../outside/plan\n  out: ../outside\nmodel:\n  path: "a\\nb"\n'
    put("run", "values", change(0, REPLACE, config))
    put("run", "last_elsewhere", change(5, REPLACE, b"../outside/file"))
    put("run", "both_cut", change(6, CUT, b"\x40\x00") + change(7, CUT, b"\x08\x00"))
    put("run", "one_good", change(7, PATCH, b"\x80\x00\xff\xff\xff") + change(5, DROP))
    put("run", "lock_of_others", change(9, REPLACE, b"my notes\n") + change(10, REPLACE, b"17\n"))
    put("run", "checkpoints_elsewhere", change(8, LINK_FOLDER))


jpegs()
pngs()
odd_images()
lists()
configs()
cifars()
cifars_of_python()
stl10s()
idxs()
tars()
runs()
safetensor_files()
torches()
