"""What is known of a code base: its encoders, how its files are told, how its networks are fed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cacr_core.checkpoints.architecture import MaxPool

Confidence = Literal["sure", "likely", "unsure"]
ANY = "*"  # stands for whatever network the file has


class Role(NamedTuple):
    """An encoder that a family's files hold.

    Attributes:
        path: Where, without wrappers and containers that say nothing.
        what: What it is, in words.
        used: Whether the papers evaluate it; None where that is not known.
    """

    path: str
    what: str
    used: bool | None = False


@dataclass(frozen=True, kw_only=True)
class Family:
    """A code base and how its files are told from others.

    Args:
        name: What a person reads; all of them where files of several have one layout.
        roles: Its encoders, the one to take first.
        has: What must be there, each a word of `recognition.evidence`; `|` stands between
            alternatives.
        hasnt: What must not be there.
        confidence: When all that fits.
        why: What it was told by, or what it cannot be told from: a sentence without its dot.
        stem_padding, max_pool: Of its ResNets with a cifar stem; None where it is not known.
        heads: Attention heads of its ViTs by their width, where the code base decides them.
        pixels: What the code base does to images: a row of `pixels.CODE_BASES`; empty where that
            is not known, so that ImageNet's mean and deviation are assumed.
        image_size: Of its ResNets with an imagenet stem.
        classifies: Whether a single linear layer behind its features is a classifier.
        doubt: What cannot be seen in its files and was assumed: a sentence, or empty.
    """

    name: str
    roles: tuple[Role, ...]
    has: tuple[str, ...] = ()
    hasnt: tuple[str, ...] = ()
    confidence: Confidence = "sure"
    why: str
    stem_padding: int | None = None
    max_pool: MaxPool | None = None
    heads: Mapping[int, int] = field(default_factory=dict)
    pixels: str = ""
    image_size: int = 224
    classifies: bool = False
    doubt: str = ""


NORMALISATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    "stl10": ((0.4409, 0.4279, 0.3868), (0.2683, 0.2610, 0.2687)),
    "minus one to one": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "cifar10-247": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),  # its real deviation
    "cifar100-2673": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
    "stl10-247": ((0.4914, 0.4823, 0.4466), (0.247, 0.243, 0.261)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "ydbdr": ((0.457, -0.082, -0.052), (0.500, 1.331, 1.333)),  # PyContrast's CMC
    "lab": ((50.0, 6.025, -6.6895), (50.0, 92.208, 101.1675)),  # CMC's own
}
