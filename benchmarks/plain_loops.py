"""Contrastive training as it is usually written, to measure ours against: torchvision's transforms
image by image in a DataLoader, NT-Xent, one optimizer, nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.models import resnet18

from cacr_core.views import ViewRecipe

N_WORKERS = 2
Look = Callable[[nn.Module], None]


class Views(Dataset[Any]):
    """Two views of each image, made when they are asked for."""

    def __init__(self, images: Tensor, transform: Any) -> None:
        self.images = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.images[i]), self.transform(self.images[i])


def transform_of(recipe: ViewRecipe) -> Any:
    """torchvision's transforms that do what a recipe says, its noise left out."""
    jitter = transforms.ColorJitter(
        recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue
    )
    steps: list[Any] = [
        transforms.RandomResizedCrop(recipe.size, recipe.crop_scale, recipe.crop_ratio),
        transforms.RandomHorizontalFlip(recipe.flip),
    ]
    steps += [transforms.RandomRotation(recipe.rotation)] if recipe.rotation else []
    steps += [
        transforms.RandomApply([jitter], recipe.jitter_prob),
        transforms.RandomGrayscale(recipe.grayscale),
        transforms.ToTensor(),
        transforms.Normalize([0.5] * 3, [0.5] * 3),
    ]
    return transforms.Compose(steps)


def nt_xent(one: Tensor, other: Tensor, temperature: float = 0.5) -> Tensor:
    """Chen et al. 2020, as a cross-entropy over all other samples; tested against InfoNCE."""
    z = F.normalize(torch.cat([one, other]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    n = len(one)
    return F.cross_entropy(logits, (torch.arange(2 * n, device=z.device) + n) % (2 * n))


def simclr() -> nn.Module:
    """ResNet-18 as torchvision has it with SimCLR's head, as in lightly's example for CIFAR-10."""
    backbone = resnet18()
    backbone.fc = nn.Identity()
    head = nn.Sequential(
        nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(),
        nn.Linear(512, 128, bias=False), nn.BatchNorm1d(128),
    )  # fmt: skip
    return nn.ModuleDict({"backbone": backbone, "head": head})


def trained(
    forward: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    loader: DataLoader[Any],
    device: torch.device,
    seconds: float,
    decays: bool,
) -> Iterator[tuple[float, int]]:
    """Seconds of training and views seen, after each update; time between two is not counted.

    Args:
        decays: Whether the rate falls to 0 by a cosine over the seconds.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    spent, n_views, began = 0.0, 0, time.perf_counter()
    while True:
        for one, other in loader:
            share = 0.5 * (1 + math.cos(math.pi * min(1.0, spent / seconds))) if decays else 1.0
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * share
            z = forward(torch.cat([one, other]).to(device))
            loss = nt_xent(*z.chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()  # as a loop that prints its loss does
            spent, n_views = spent + time.perf_counter() - began, n_views + 2 * len(one)
            yield spent, n_views
            if spent >= seconds:
                return
            began = time.perf_counter()


def loader_of(images: Tensor, recipe: ViewRecipe, batch_size: int) -> DataLoader[Any]:
    return DataLoader(
        Views(images, transform_of(recipe)),
        batch_size=batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=N_WORKERS,
        persistent_workers=True,
    )
