#!/usr/bin/python3
"""The other side of predict_cold.sh: one photograph through a ResNet-50 from a .pth, top five printed, in as few lines as
one would write. usage: torch_predict.py WEIGHTS PHOTO [THREADS]"""
import sys

import torch
import torchvision
from PIL import Image
from torchvision import transforms as T

if len(sys.argv) > 3:
    torch.set_num_threads(int(sys.argv[3]))
net = torchvision.models.resnet50(weights=None)
net.load_state_dict(torch.load(sys.argv[1], map_location="cpu"))
net.eval()
view = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize((.485, .456, .406), (.229, .224, .225))])
with torch.no_grad():
    scores = net(view(Image.open(sys.argv[2]).convert("RGB"))[None]).softmax(1)[0].topk(5)
for score, label in zip(*scores):
    print(f"{score:.4f} {label}")
