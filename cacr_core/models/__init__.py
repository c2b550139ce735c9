"""Encoders: a backbone, of `BACKBONES` by name, and a projection head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from cacr_core.models.backbones import BACKBONES as BACKBONES
from cacr_core.models.backbones import Backbone as Backbone
from cacr_core.models.backbones import SmallAlexNet as SmallAlexNet
from cacr_core.models.backbones import SmallNet as SmallNet
from cacr_core.models.layers import LagFreeBatchNorm as LagFreeBatchNorm


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
    """Rows scaled to length one in float32; a row of zeros becomes the first axis, and one that
    is not finite, or so long that its length is not, becomes NaN."""
    x = x.float()
    norm = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    norm = torch.where(norm < torch.inf, norm, torch.nan)
    first_axis = torch.zeros_like(x)
    first_axis[:, 0] = 1
    return torch.where(norm <= 1e-12, first_axis, x / norm.clamp_min(1e-12))


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
