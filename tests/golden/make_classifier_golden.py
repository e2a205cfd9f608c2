#!/usr/bin/python3
"""Write tests/data/classifier: a small classifier as mmpretrain keeps one, and what PyTorch and torchvision make of
small images with it. Debian 12's python3-torch (1.13), python3-torchvision and Pillow (9.4).

tiny.pth       ResNet-20 of He et al. with 4, 8 and 16 channels, 1x1 shortcuts, 6 classes with names
expected.json  softmax of its logits for files of tests/data/codec, at 32 px (short side brought to 32) and 24 px (to 27)"""
import json
import sys
from pathlib import Path

import torch
import torchvision.transforms as T
from PIL import Image
from torch import nn
from torch.nn import functional as F

NAMES = ("ant", "bee", "cat", "dog", "eel", "fox")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILES = ("rgb_420.jpg", "grey.jpg", "cmyk.jpg", "progressive.jpg", "rgb8.png", "palette4.png", "rgba16.png", "one_row.jpg",
         "low_quality.jpg", "written_by_pillow.png")


class Block(nn.Module):
    def __init__(self, cin, c, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, c, 3, stride, 1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.downsample = None
        if stride != 1 or cin != c:
            self.downsample = nn.Sequential(nn.Conv2d(cin, c, 1, stride, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        for stage, c in enumerate((4, 8, 16), 1):
            cin, stride = (4, 1) if stage == 1 else (c // 2, 2)
            setattr(self, f"layer{stage}", nn.Sequential(Block(cin, c, stride), Block(c, c, 1), Block(c, c, 1)))
        self.fc = nn.Linear(16, len(NAMES))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def view(image, size):
    """Resize as torchvision does: short side to size * 256 / 224, or to size for an image that is smaller."""
    side = size * 256 // 224 if min(image.size) > size else size
    return T.Compose([T.Resize(side), T.CenterCrop(size), T.ToTensor(), T.Normalize(MEAN, STD)])(image)


root = Path(__file__).resolve().parent.parent / "data"
out = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "classifier"
out.mkdir(exist_ok=True)
torch.manual_seed(1)
torch.set_num_threads(1)
net = Net()
for m in net.modules():
    if isinstance(m, nn.BatchNorm2d):
        m.weight.data.uniform_(0.5, 1.5)
        m.bias.data.normal_(0, 0.2)
images = [Image.open(root / "codec" / f).convert("RGB") for f in FILES]
with torch.no_grad():
    net.train()
    for _ in range(60):  # running statistics of these images
        net(torch.stack([view(i, 32) for i in images]))
    net.eval()
    features = net(torch.stack([view(i, 32) for i in images]))
    net.fc.bias.data -= features.mean(0)  # so that the classes differ between the images
    net.fc.weight.data *= 3
    net.fc.bias.data *= 3
    net = net.double()
    scores = {str(size): {f: F.softmax(net(view(i, size).double()[None])[0], 0).tolist() for f, i in zip(FILES, images)}
              for size in (32, 24)}
net = net.float()
state = {("head." if k.startswith("fc.") else "backbone.") + k: v for k, v in net.state_dict().items()}
torch.save({"meta": {"epoch": 1, "dataset_meta": {"classes": NAMES}}, "state_dict": state}, out / "tiny.pth")
(out / "expected.json").write_text(json.dumps({"classes": NAMES, "scores": scores}, indent=0) + "\n")
for f, p in scores["32"].items():
    print(f"{f:24} {NAMES[max(range(6), key=p.__getitem__)]}", *("%.3f" % v for v in p))
print((out / "tiny.pth").stat().st_size, "bytes")
