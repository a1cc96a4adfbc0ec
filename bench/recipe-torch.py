"""The recipe written the same way in PyTorch. Started by bench/recipe.ts:

    python bench/recipe-torch.py DATA WEIGHTS EPOCHS none|book

DATA has train/ and val/. The frozen network runs in every epoch. Prints one line of JSON.
"""

import json
import os
import sys
import time

import torch
from torchvision import datasets, transforms

from inception_weights import torch_trunk

torch.set_flush_denormal(True)
data, weights, epochs, augmentation = sys.argv[1:5]
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

plain = [transforms.Resize((150, 150)), transforms.ToTensor()]
changes = []
if augmentation == "book":
    # Shear is in degrees, as Keras reads the text's 0.2.
    changes = [
        transforms.RandomAffine(40, translate=(0.2, 0.2), scale=(0.8, 1.2), shear=0.2),
        transforms.RandomHorizontalFlip(),
    ]
train = datasets.ImageFolder(os.path.join(data, "train"), transforms.Compose(plain[:1] + changes + plain[1:]))
validation = datasets.ImageFolder(os.path.join(data, "val"), transforms.Compose(plain))


def loader(images, **options):
    return torch.utils.data.DataLoader(images, batch_size=20, num_workers=cores, persistent_workers=True, **options)


trunk = torch_trunk(weights).to(memory_format=torch.channels_last)
for parameter in trunk.parameters():
    parameter.requires_grad = False
head = torch.nn.Sequential(
    torch.nn.Flatten(),
    torch.nn.Linear(37_632, 1_024),
    torch.nn.ReLU(),
    torch.nn.Dropout(0.2),
    torch.nn.Linear(1_024, 1),
)
optimizer = torch.optim.RMSprop(head.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
loss_of = torch.nn.BCEWithLogitsLoss()


def logits_of(images):
    with torch.no_grad():
        features = trunk(images.to(memory_format=torch.channels_last))
    return head(features).squeeze(1)


def right(logits, labels):
    return ((logits > 0) == (labels > 0.5)).sum().item()


train_batches, validation_batches = loader(train, shuffle=True), loader(validation)
seconds, accuracy, validation_accuracy = [], [], []
for _ in range(int(epochs)):
    started = time.perf_counter()
    head.train()
    hits = 0
    for images, labels in train_batches:
        labels = labels.float()
        optimizer.zero_grad(set_to_none=True)
        logits = logits_of(images)
        loss_of(logits, labels).backward()
        optimizer.step()
        hits += right(logits, labels)
    accuracy.append(hits / len(train))
    head.eval()
    with torch.no_grad():
        hits = sum(right(logits_of(images), labels.float()) for images, labels in validation_batches)
    validation_accuracy.append(hits / len(validation))
    seconds.append(time.perf_counter() - started)
print(json.dumps({"epochSeconds": seconds, "accuracy": accuracy, "validationAccuracy": validation_accuracy}))
