"""What is known of a checkpoint, as one record."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from cacr_core.checkpoints.architecture import Network
from cacr_core.checkpoints.families import Confidence
from cacr_core.checkpoints.heads import Head
from cacr_core.checkpoints.keys import join


@dataclass(frozen=True)
class EncoderChoice:
    """One of the encoders in a file.

    Args:
        prefix: Its path in the file, which `card_of(encoder=...)` takes.
        what: What it is, in words.
        used_by_papers: Whether the papers evaluate this one; None where that is not known.
        line: Both as a sentence.
    """

    prefix: str
    what: str
    used_by_papers: bool | None
    line: str


@dataclass(frozen=True)
class Normalisation:
    """What is done to pixels in [0, 1]: the mean is subtracted, the result divided by std.

    Args:
        mean, std: Of each channel.
        assumed: True, but where a person gave it: files do not store it.
        source: By what it was known, as a clause; empty where a person gave it.
        space: Of the colours: rgb, ydbdr or lab; a network of one channel sees grey, Y or L, of two
            Db and Dr, or a and b.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    assumed: bool = True
    source: str = ""
    space: str = "rgb"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known of a checkpoint; every field may be overridden in `card_of`.

    Args:
        family: Name of the code base, of several where they cannot be told apart; None where
            there is no network of a known form.
        encoder: Path of the chosen encoder in the file; empty where names have no prefix.
        encoders: All that are in it, the default first.
        architecture: torchvision's or timm's name, small_alexnet or small.
        network: All that `networks.build` needs, also what cannot be seen in weights.
        stem: Of a ResNet, imagenet or cifar.
        feature_dim: Width of the features, before the head.
        input_size: Height and width of images, in pixels.
        head: Layers behind the features.
        confidence: That family and network are right.
        why: What they were told by, and what cannot be told.
        doubts: What was assumed because files do not show it, a sentence each.
        matched: Tensors that fit the network, counters of batch norms left out.
        missing: Names that the network needs and the encoder has not, or not in that shape.
        unexpected: Names under the encoder that fit neither the network nor a head.
        blocked: Why the network cannot be built from these tensors; None where it can.
        settings: What in the file is no tensor.
        unread: What in the file was left out, and why; the rest is read all the same.
        n_parameters: Numbers in the state dicts, statistics of batch norms left out.
        refused: Why the file was not opened; None where it was.
    """

    family: str | None = None
    encoder: str | None = None
    encoders: tuple[EncoderChoice, ...] = ()
    architecture: str | None = None
    network: Network | None = None
    stem: str | None = None
    feature_dim: int | None = None
    input_size: int | None = None
    head: Head | None = None
    normalisation: Normalisation | None = None
    confidence: Confidence = "unsure"
    why: str = ""
    doubts: tuple[str, ...] = ()
    matched: int = 0
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    blocked: str | None = None
    epoch: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    container: str | None = None
    n_tensors: int = 0
    n_parameters: int = 0
    refused: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts of it."""
        out = dataclasses.asdict(self)
        if self.head:
            out["head"] = {
                "kind": self.head.kind,
                "out_dim": self.head.out_dim,
                "layers": [layer.text for layer in self.head.layers],
                "keys": [join(self.head.group, key) for key in self.head.keys],
            }
        return out
