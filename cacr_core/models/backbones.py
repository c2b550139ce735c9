"""Backbones by name: what each is, costs and is built of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from cacr_core.models.layers import BatchNorm1d, BatchNorm2d, MeanOverPlaces


class SmallNet(nn.Sequential):
    """Four convolutions and a mean over places: `(n, 3, any, any)` -> `(n, 128)` standardised.

    Made for two CPU cores and images of 16 to 32 pixels: the image is halved by the first three
    layers, because layers that see many places cost most.

    Args:
        feature_dim: Fewer than 128 are made of these by a linear map before they are standardised.
    """

    def __init__(self, feature_dim: int = 128) -> None:
        layers: list[nn.Module] = []
        before = 3
        for width, kernel, stride in ((24, 5, 2), (64, 3, 2), (128, 3, 2), (128, 3, 1)):
            layers += [
                nn.Conv2d(before, width, kernel, stride, padding=kernel // 2, bias=False),
                BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            before = width
        flat: nn.Module = nn.Flatten()
        if feature_dim != before:
            flat = nn.Sequential(flat, nn.Linear(before, feature_dim, bias=False))
        centred = BatchNorm1d(feature_dim, affine=False)
        super().__init__(*layers, MeanOverPlaces(), flat, centred)
        self.feature_dim = feature_dim


class SmallAlexNet(nn.Module):
    """The encoder of CACR's small-scale experiments up to its 4096 features (fc7).

    Modules are named as in the released checkpoints: `blocks.0.0` is the first convolution;
    their `blocks.7.0` is the projection head here. Weights start from N(0, 0.02).

    Args:
        image_size: 32 or 64 in the paper; decides the first fully connected layer's width.
    """

    def __init__(self, image_size: int = 32) -> None:
        super().__init__()
        if not 15 <= image_size <= 128:
            raise ValueError(
                f"smallalexnet needs images of 15 to 128 pixels, got {image_size}. "
                "Change the view's size or take backbone 'small'."
            )
        blocks, before, side = [], 3, image_size
        for i, width in enumerate((96, 192, 384, 384, 192)):
            layers: list[nn.Module] = [
                nn.Conv2d(before, width, 3, padding=1, bias=False),
                BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            if i in (0, 1, 4):
                layers.append(nn.MaxPool2d(3, 2))
                side = (side - 3) // 2 + 1
            blocks.append(nn.Sequential(*layers))
            before = width
        flat = 192 * side * side
        blocks.append(_fully_connected(flat, nn.Flatten()))
        blocks.append(_fully_connected(4096))
        self.blocks = nn.ModuleList(blocks)
        self.feature_dim = 4096
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.normal_(module.weight, 0, 0.02)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x


def _fully_connected(before: int, *first: nn.Module) -> nn.Sequential:
    linear = nn.Linear(before, 4096, bias=False)
    return nn.Sequential(*first, linear, BatchNorm1d(4096), nn.ReLU(inplace=True))


def _resnet18() -> nn.Module:
    """torchvision's ResNet-18 with SSCL's stem for small images: 3 x 3 at stride 1, then a
    maximum over 3 x 3 at stride 1 without padding."""
    from torchvision.models import resnet18

    net = resnet18(norm_layer=BatchNorm2d)
    net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    net.maxpool = nn.MaxPool2d(3, stride=1)
    net.fc = nn.Identity()
    net.feature_dim = 512
    return net


@dataclass(frozen=True)
class Backbone:
    """A backbone to choose from.

    Args:
        title: What a person reads.
        note: One line on where it comes from and what it costs.
        build: Image size -> module with `feature_dim`.
        head_width: Width of the projection head's hidden layer; None for a single linear layer.
    """

    title: str
    note: str
    build: Callable[[int], nn.Module]
    head_width: int | None


BACKBONES: dict[str, Backbone] = {
    "small": Backbone(
        "Small",
        "four convolutions; learns in about a minute on two CPU cores",
        lambda image_size: SmallNet(),
        256,
    ),
    "quick": Backbone(
        "Small, quick",
        "the same convolutions, 64 features by a linear map and a head of one layer: what the loss "
        "asks of embeddings reaches the features sooner",
        lambda image_size: SmallNet(64),
        None,
    ),
    "smallalexnet": Backbone(
        "SmallAlexNet",
        "the encoder of CACR's small-scale experiments; 27 million weights at 32 pixels",
        SmallAlexNet,
        None,
    ),
    "resnet18": Backbone(
        "ResNet-18",
        "the encoder of SSCL's experiments, stem for small images; wants a GPU",
        lambda image_size: _resnet18(),
        512,
    ),
}
