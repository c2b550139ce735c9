"""Making views of a batch at once, against torchvision's pipeline image by image."""

from __future__ import annotations

import torch
from PIL import Image
from torchvision import transforms

from benchmarks.timing import Row, at_least, medians
from cacr_core import views

N_IMAGES, SIZE = 256, 32


def rows() -> list[Row]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        0, 256, (N_IMAGES, 3, SIZE, SIZE), dtype=torch.uint8, generator=generator
    )
    recipe = views.ViewRecipe(
        size=SIZE, crop_scale=(0.2, 1.0), crop_ratio=(0.75, 4 / 3), flip=0.5, rotation=10,
        brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, jitter_prob=0.8, grayscale=0.2,
    )  # fmt: skip
    pillows = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
    pipeline = transforms.Compose(
        [
            transforms.RandomResizedCrop(SIZE, scale=(0.2, 1.0)),
            transforms.RandomHorizontalFlip(),
            transforms.RandomRotation(10),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
            transforms.RandomGrayscale(0.2),
            transforms.ToTensor(),
            transforms.Normalize([0.5] * 3, [0.5] * 3),
        ]
    )

    def ours() -> None:
        for seed in range(2):
            views.make_view(images, recipe, torch.Generator().manual_seed(seed))

    def theirs() -> None:
        for _ in range(2):
            torch.stack([pipeline(image) for image in pillows])

    took = medians({"ours": ours, "theirs": theirs})
    what = "two views of 256 images of 32x32x3 against torchvision's PIL pipeline"
    return [at_least(what, took["theirs"] / took["ours"], 10)]
