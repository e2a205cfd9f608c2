"""SimSiam in PyTorch, with this project's names, random numbers and initialisation.

Used by the peers in bench/ and by tests/golden/make_golden.py; needs python3-torch and python3-numpy.

Random numbers (src/base/rng.h; all arithmetic modulo 2^64):
  G = 0x9e3779b97f4a7c15
  mix(z): z ^= z>>30; z *= 0xbf58476d1ce4e5b9; z ^= z>>27; z *= 0x94d049bb133111eb; z ^= z>>31
  key = seed; for w in (epoch, sample, view<<32 | op): key = mix((key ^ w) + G)
  u64 number i = mix(key + (i + 1) * G), i = 0, 1, 2 ...
  unit = (u64 >> 11) * 2^-53;  a tensor's stream: epoch 0, sample = FNV-1a 64 of its name, view 0
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
OP_INIT, OP_TEST = 1, 10


def _mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv1a(name):
    h = 14695981039346656037
    for b in name.encode():
        h = ((h ^ b) * 1099511628211) & MASK
    return h


def stream(seed, name, op, n):
    """The first n u64 of the stream of a name."""
    key = seed & MASK
    with np.errstate(over="ignore"):
        for w in (0, fnv1a(name), op):
            key = int(_mix(np.array([((key ^ w) + GOLDEN) & MASK], dtype=np.uint64))[0])
        i = np.arange(1, n + 1, dtype=np.uint64)
        return _mix(np.uint64(key) + i * np.uint64(GOLDEN))


def normals(seed, name, op, n):
    u = stream(seed, name, op, 2 * n) >> np.uint64(11)
    u1 = (u[0::2].astype(np.float64) + 0.5) * 2.0 ** -53
    u2 = u[1::2].astype(np.float64) * 2.0 ** -53
    return np.sqrt(-2.0 * np.log(u1)) * np.cos(2.0 * np.pi * u2)


class BasicBlock(nn.Module):
    expansion, last_bn = 1, "bn2"

    def __init__(self, cin, c, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c, 3, stride, 1, bias=False)
        self.bn1 = norm(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn2 = norm(c)
        self.downsample = None
        if stride != 1 or cin != c:
            self.downsample = nn.Sequential(nn.Conv2d(cin, c, 1, stride, bias=False), norm(c))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class Bottleneck(nn.Module):
    expansion, last_bn = 4, "bn3"

    def __init__(self, cin, c, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c, 1, bias=False)
        self.bn1 = norm(c)
        self.conv2 = nn.Conv2d(c, c, 3, stride, 1, bias=False)
        self.bn2 = norm(c)
        self.conv3 = nn.Conv2d(c, 4 * c, 1, bias=False)
        self.bn3 = norm(4 * c)
        self.downsample = None
        if stride != 1 or cin != 4 * c:
            self.downsample = nn.Sequential(nn.Conv2d(cin, 4 * c, 1, stride, bias=False), norm(4 * c))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


ARCHS = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
    "resnet101": (Bottleneck, (3, 4, 23, 3)),
    "resnet152": (Bottleneck, (3, 8, 36, 3)),
}


class ResNet(nn.Module):
    """torchvision's v1.5 ResNet with a width, an optional CIFAR stem and no classifier."""

    def __init__(self, arch, width, stem, in_channels=3):
        super().__init__()
        block, depth = ARCHS[arch]
        cifar = stem == "cifar"
        self.conv1 = nn.Conv2d(in_channels, width, 3 if cifar else 7, 1 if cifar else 2, 1 if cifar else 3,
                               bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.Identity() if cifar else nn.MaxPool2d(3, 2, 1)
        cin = width
        for s in range(4):
            c, blocks = width << s, []
            for b in range(depth[s]):
                blocks.append(block(cin, c, 2 if s and b == 0 else 1, nn.BatchNorm2d))
                cin = c * block.expansion
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.features, self.last_bn = cin, block.last_bn

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x)), inplace=True))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)


class SimSiam(nn.Module):
    def __init__(self, arch, width=64, stem="imagenet", projector_layers=3, dim=2048, hidden=0):
        super().__init__()
        hidden = hidden or dim // 4
        self.backbone = ResNet(arch, width, stem)
        layers, cin = [], self.backbone.features
        for _ in range(projector_layers - 1):
            layers += [nn.Linear(cin, dim, bias=False), nn.BatchNorm1d(dim), nn.ReLU(inplace=True)]
            cin = dim
        self.projector = nn.Sequential(*layers, nn.Linear(cin, dim, bias=False),
                                       nn.BatchNorm1d(dim, affine=False))
        self.predictor = nn.Sequential(nn.Linear(dim, hidden, bias=False), nn.BatchNorm1d(hidden),
                                       nn.ReLU(inplace=True), nn.Linear(hidden, dim))

    def forward(self, x):
        f = self.backbone(x)
        z = self.projector(f)
        return f, z, self.predictor(z)

    def is_last_gamma(self, name):
        """Is this the weight of the last BatchNorm of a residual block?"""
        return name.startswith("backbone.layer") and name.endswith(self.backbone.last_bn + ".weight")


def loss_of(p1, z1, p2, z2):
    """SPEC 1.4: D(p1, sg(z2))/2 + D(p2, sg(z1))/2, D the negative cosine, averaged over images."""
    return -0.5 * (F.cosine_similarity(p1, z2.detach(), eps=1e-8).mean()
                   + F.cosine_similarity(p2, z1.detach(), eps=1e-8).mean())


def init_like_siam(model, seed, zero_init=True):
    """Exactly siam_params_init (src/tensor/param.c): a stream per parameter, keyed by its name."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for name, p in model.named_parameters():
            m, n = modules[name.rpartition(".")[0]], p.numel()
            if isinstance(m, nn.Conv2d):
                fan = m.out_channels * m.kernel_size[0] * m.kernel_size[1]
                x = np.sqrt(2.0 / fan) * normals(seed, name, OP_INIT, n)
            elif isinstance(m, nn.Linear):
                bound = 1.0 / np.sqrt(float(m.in_features))
                unit = (stream(seed, name, OP_INIT, n) >> np.uint64(11)).astype(np.float64) * 2.0 ** -53
                x = -bound + (2.0 * bound) * unit
            elif name.endswith("weight"):
                x = np.full(n, 0.0 if zero_init and model.is_last_gamma(name) else 1.0)
            else:
                x = np.zeros(n)
            p.copy_(torch.from_numpy(x.astype(np.float32)).reshape(p.shape))
