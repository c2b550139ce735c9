"""Backbones by name, projection heads, and encoders made of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode


class LagFreeBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Mixed into a BatchNorm: running statistics are a plain mean of the first batches.

    With torch's fixed momentum of 0.1 the statistics still hold a third of their starting values
    after ten steps, and early snapshots, taken in eval mode, would show that rather than the
    encoder. Step n counts 1/n until that is less than 0.1.

    Attributes:
        normalise: What is done in train mode instead, where a batch lies in several processes.
    """

    normalise: Callable[[Any, Tensor], Tensor] | None = None
    _n_seen: int | None = None  # batches, None where only the module's own counter knows

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            if self._n_seen is None:
                assert self.num_batches_tracked is not None
                self._n_seen = int(self.num_batches_tracked)
            self._n_seen += 1
            self.momentum = max(0.1, 1 / self._n_seen)
            if self.normalise is not None:
                return self.normalise(self, x)
        return super().forward(x)

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self._n_seen = None  # count on from what was loaded


class BatchNorm1d(LagFreeBatchNorm, nn.BatchNorm1d):
    pass


class BatchNorm2d(LagFreeBatchNorm, nn.BatchNorm2d):
    pass


class MeanOverPlaces(nn.AdaptiveAvgPool2d):
    """`(n, channels, height, width)` -> `(n, channels, 1, 1)`.

    Its gradient lies in memory as its input does. That of torch's own does not where channels come
    last, and the layer before takes ten times as long to go through it.
    """

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1, 2).mean(1)[:, :, None, None]


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


class Encoder(nn.Module):
    """A backbone and a projection head.

    Args:
        backbone: Module `(n, 3, height, width)` -> `(n, feature_dim)`.
        feature_dim: Width of the features.
        embedding_dim: Dimensions of an embedding, 2 or more; 2 and 3 are a circle and a sphere.
        head_width: Width of the hidden layer; None for a single linear layer.
    """

    def __init__(
        self, backbone: nn.Module, feature_dim: int, embedding_dim: int, head_width: int | None
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.feature_dim = feature_dim
        self.embedding_dim = embedding_dim
        if head_width is None:
            self.projection_head: nn.Module = nn.Linear(feature_dim, embedding_dim)
        else:
            self.projection_head = nn.Sequential(
                nn.Linear(feature_dim, head_width),
                nn.ReLU(inplace=True),
                nn.Linear(head_width, embedding_dim),
            )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Views -> features `(n, feature_dim)` and embeddings `(n, embedding_dim)`, unit rows
        in float32 whatever the precision of the rest."""
        features = self.backbone(x)
        return features, unit_rows(self.projection_head(features))


def unit_rows(x: Tensor) -> Tensor:
    """Rows scaled to length one in float32; a row of zeros becomes the first axis."""
    x = x.float()
    norm = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    first_axis = torch.zeros_like(x)
    first_axis[:, 0] = 1
    return torch.where(norm > 1e-12, x / norm.clamp_min(1e-12), first_axis)


def make_encoder(
    backbone: str = "small", embedding_dim: int = 128, image_size: int = 32, seed: int = 0
) -> Encoder:
    """A new encoder on the CPU. Equal arguments give equal weights, whatever other threads draw;
    torch's own random state is left as it was.

    Args:
        backbone: A name in `BACKBONES`.
        embedding_dim: 2 or more.
        image_size: Height and width of the views it will see; matters to smallalexnet only.
        seed: Of the starting weights.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"There is no backbone {backbone!r}. Choose from {', '.join(BACKBONES)}.")
    if embedding_dim < 2:
        raise ValueError(f"embedding_dim must be 2 or more, got {embedding_dim}.")
    chosen = BACKBONES[backbone]
    with FirstWeights(torch.Generator().manual_seed(seed)):
        net = chosen.build(image_size)
        width = net.feature_dim
        assert isinstance(width, int)
        encoder = Encoder(net, width, embedding_dim, chosen.head_width)
    return encoder.to(memory_format=memory_format(torch.device("cpu")))


class FirstWeights(TorchDispatchMode):
    """In it, and in this thread alone, what torch's layers draw at birth comes from one generator.

    They ask torch's own, which all threads share: two that build networks at once would take each
    other's numbers.
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if any(argument.name == "generator" for argument in func._schema.arguments):
            given["generator"] = given.get("generator") or self.generator
        return func(*args, **given)


def memory_format(device: torch.device) -> torch.memory_format:
    """How images lie in memory on a device: channels last takes a third off small convolutions on
    CPUs and nothing elsewhere; on MPS the gradients of its batch norms were reported wrong
    (pytorch/pytorch#175189)."""
    return torch.contiguous_format if device.type == "mps" else torch.channels_last


@torch.no_grad()
def set_batch_norm(encoder: nn.Module, views: Tensor) -> None:
    """Take the running statistics from one batch of views, so that eval mode is sensible before
    the first step. The first training batch replaces them.

    Args:
        encoder: Its weights are not changed.
        views: `(n, 3, height, width)`, 2 or more.
    """
    was_training = encoder.training
    norms = [m for m in encoder.modules() if isinstance(m, LagFreeBatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm._n_seen = 0
    encoder.train()
    with torch.autocast(views.device.type, enabled=False):
        encoder(views)
    for norm in norms:
        norm._n_seen = 0
        assert norm.num_batches_tracked is not None
        norm.num_batches_tracked.zero_()
    encoder.train(was_training)
