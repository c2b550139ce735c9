"""What decides a run: `TrainConfig`, checked at birth, survives JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from cacr_core.data import IMBALANCES, RARE
from cacr_core.losses import LOSSES, Loss, default_loss, loss_name, needs_labels
from cacr_core.losses import make_loss as make_loss
from cacr_core.losses.words import own
from cacr_core.models import BACKBONES
from cacr_core.pairs import MIXINGS, NEGATIVES, Mixing, Negatives
from cacr_core.training.devices import NAMED
from cacr_core.training.precision import PRECISIONS

Host = Literal["batch", "queue", "predictor"]
HOSTS: dict[str, str] = {
    "batch": "the batch, one encoder (as SimCLR)",
    "queue": "a momentum encoder's queue and the batch (as MoCo)",
    "predictor": "a momentum encoder's keys of the batch, by a predictor (as MoCo v3; CACR only)",
}

OPTIMIZERS: dict[str, str] = {
    "adamw": "AdamW",
    "muon": "Muon for matrices, AdamW for the rest",
}

MOST_SECONDS = 1_000_000
WHOLE_NUMBERS: dict[str, tuple[int, int]] = {
    "n_views": (2, 16),
    "batch_size": (2, 8192),
    "embedding_dim": (2, 4096),
    "n_steps": (1, 10_000_000),
    "seed": (0, 2**31 - 1),
    "n_synthetic": (0, 1024),
    "pool_size": (1, 65_536),
    "queue_size": (1, 65_536),
    "snapshot_every": (1, 100_000),
    "n_probes": (16, 5_000),
    "image_size": (32, 128),
    "n_states": (0, 64),
    "n_min": (0, 1_000_000),
}
NUMBERS = (
    "lr", "seconds", "weight_decay", "momentum", "imbalance_ratio", "duplicates", "noise_images",
    "mixture_share",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a run: equal configs give equal snapshots on equal machines, to the bit
    where a CPU trains; a GPU may add up in another order each time.

    Args:
        loss: A loss of `LOSSES` with its settings. One that needs labels is told those of its
            batch, and only such a loss: no other sees a label.
        dataset: A name in `data.DATASETS`, or the path of a folder or zip of images.
        backbone: A name in `models.BACKBONES`.
        embedding_dim: Width of the projection head's output; 2 and 3 are drawn as they are.
        n_views: Views of each image in a batch, 2 or more; a query has n_views - 1 positives.
        batch_size: Images in a batch, 2 or more.
        n_steps: Updates in the run.
        seconds: How long the updates may take, instead of n_steps, and 0 in a run that trains: the
            number that fits is found first (`training.seconds.laid_out`) and stands in n_steps.
        lr: Peak learning rate, reached after a warm-up and followed by a cosine to zero.
        weight_decay: Decoupled from the gradient.
        optimizer: What moves the weights, a key of `OPTIMIZERS`.
        seed: Decides first weights, order, views and synthetics.
        n_synthetic: Synthetic negatives for each query, 0 for none.
        pool_size: How many of the nearest negatives may be their parents.
        mixing: How they are mixed, a key of `pairs.MIXINGS`.
        negatives: "all_views", or "later_views" as CACR was released (CACR only).
        host: Where positives and negatives come from, a key of `HOSTS`. "queue" gives every loss
            `pairs.pair_with_queue` with the batch. "predictor" trains CACR by
            `losses.cacr_moco_v3` with keys of the first two views (light mode, crops of one size):
            its temperature is 1 / t_pos and its cost is the loss's; t_neg, t_rbf and
            detach_weights have no part in it.
        queue_size: Entries in the queue, 1 or more; older ones are overwritten.
        momentum: How slowly the momentum encoder follows, in [0, 1]: the share of itself that it
            keeps in an update. 0 copies the encoder, 1 never moves. Hosts "queue", "predictor".
        snapshot_every: Updates between snapshots; the first few come sooner.
        n_states: Moments whose whole state is kept, spread over the run: each is an encoder to look
            into, and an update to open. Large networks keep fewer (`runs.states`).
        n_probes: Images that are watched; they are never trained on.
        image_size: Height and width that a folder or zip is read at and seen at, in pixels; a
            dataset known by name has its own.
        device: "auto" (cuda, then xpu, then mps, then cpu), or one of these; "cuda:1" where there
            are several.
        precision: What the network's layers compute in while they train, a key of `PRECISIONS`;
            all that is measured, and the loss, is float32 whatever it is.
        imbalance: What is kept of each class for training, a name in `data.IMBALANCES`.
        imbalance_ratio: Of "ratio": how many times fewer the smallest class keeps.
        n_min: Images of each class that imbalance leaves at least, where there are as many.
        rare: Which classes imbalance makes rare: "first" as released, "last", or "seed", drawn by
            the seed.
        duplicates: Share of the training images replaced by copies of others.
        noise_images: Share of the training images replaced by noise.
        mixture: A second dataset, by name or path, whose images come among those trained on.
        mixture_share: Share of the training images replaced by images of it.
    """

    loss: Loss = field(default_factory=default_loss)
    dataset: str = "shapes"
    backbone: str = "small"
    embedding_dim: int = 64
    n_views: int = 2
    batch_size: int = 64
    n_steps: int = 1_200
    seconds: float = 0.0
    lr: float = 0.01
    weight_decay: float = 1e-4
    optimizer: str = "adamw"
    seed: int = 0
    n_synthetic: int = 0
    pool_size: int = 32
    mixing: Mixing = "pair"
    negatives: Negatives = "all_views"
    host: Host = "batch"
    queue_size: int = 1_024
    momentum: float = 0.99
    snapshot_every: int = 20
    n_states: int = 8
    n_probes: int = 512
    image_size: int = 32
    device: str = "auto"
    precision: str = "auto"
    imbalance: str = "none"
    imbalance_ratio: float = 10.0
    n_min: int = 0
    rare: str = "first"
    duplicates: float = 0.0
    noise_images: float = 0.0
    mixture: str = ""
    mixture_share: float = 0.0

    def __post_init__(self) -> None:
        self._check_whole_numbers()
        self._check_numbers()
        if type(self.loss).__name__ not in {cls.__name__ for cls in LOSSES.values()}:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {self.loss!r}.")
        if not 0 < self.lr <= sys.float_info.max:
            raise ValueError(f"lr must be a finite number above 0, got {self.lr}.")
        if not 0 <= self.seconds <= MOST_SECONDS:
            raise ValueError(
                f"seconds must be from 0, for none, to {MOST_SECONDS:,}, got {self.seconds}."
            )
        if not 0 <= self.weight_decay <= sys.float_info.max:
            raise ValueError(f"weight_decay must be 0 or more, got {self.weight_decay}.")
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be from 0 to 1, got {self.momentum}.")
        self._check_names()
        self._check_negatives()
        self._check_host()
        self._check_spoiling()
        self._check_pool()

    def _check_whole_numbers(self) -> None:
        for name, (least, most) in WHOLE_NUMBERS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"{name} must be a whole number, got {value!r}.")
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most}, got {value}.")

    def _check_numbers(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number, got {value!r}.")

    def _check_names(self) -> None:
        known: dict[str, Collection[str]] = {
            "backbone": BACKBONES,
            "host": HOSTS,
            "mixing": MIXINGS,
            "negatives": NEGATIVES,
            "optimizer": OPTIMIZERS,
            "precision": PRECISIONS,
            "imbalance": IMBALANCES,
            "rare": RARE,
        }
        for name, names in known.items():
            if getattr(self, name) not in names:
                raise ValueError(
                    f"{name} must be one of {', '.join(names)}, got {getattr(self, name)!r}."
                )
        if not isinstance(self.device, str) or not NAMED.fullmatch(self.device):
            raise ValueError(
                "device must be auto, cpu, mps, cuda or xpu, the last two with a number where "
                f"there are several (cuda:1), got {self.device!r}."
            )

    def _check_negatives(self) -> None:
        if self.negatives == "later_views" and (
            not own(self.loss, "later_views") or self.n_synthetic
        ):
            raise ValueError(
                "Negatives from later views only are CACR's released sampling; this loss or its "
                "synthetic negatives need negatives 'all_views', got 'later_views'."
            )
        if needs_labels(self.loss) and (self.host != "batch" or self.n_synthetic):
            raise ValueError(
                f"{type(self.loss).__name__} is told the class of every negative, and those of a "
                f"queue or mixed ones have none, got host {self.host!r} and n_synthetic "
                f"{self.n_synthetic}. Take host 'batch' and n_synthetic 0."
            )

    def _check_pool(self) -> None:
        if self.n_synthetic and self.pool_size > self.n_negatives:
            kinds = f"{self.n_views} views of {self.batch_size - 1} other images"
            if self.host == "queue":
                kinds = f"{self.batch_size - 1} other images and a queue of {self.queue_size}"
            raise ValueError(
                f"The hard pool cannot be larger than the {self.n_negatives} negatives of a query "
                f"({kinds}), got pool_size {self.pool_size}."
            )

    def _check_host(self) -> None:
        if self.host != "batch" and self.negatives != "all_views":
            raise ValueError(
                f"Host {self.host!r} has negatives of its own and needs negatives 'all_views', got "
                f"{self.negatives!r}."
            )
        if self.host != "predictor":
            return
        if own(self.loss, "of_keys") is None or self.n_synthetic:
            raise ValueError(
                "Host 'predictor' is a form of CACR without synthetic negatives, got loss "
                f"{loss_name(self.loss)!r} and n_synthetic {self.n_synthetic}. Take host 'queue'."
            )
        own(self.loss, "check_keys")()

    def _check_spoiling(self) -> None:
        for name, least, most in (
            ("imbalance_ratio", 1, 1e6),
            ("duplicates", 0, 0.95),
            ("noise_images", 0, 0.95),
            ("mixture_share", 0, 0.95),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most:g}, got {value}.")
        if not isinstance(self.mixture, str):
            raise ValueError(f"mixture must be the name of a dataset, got {self.mixture!r}.")
        if self.mixture_share and not self.mixture:
            raise ValueError(
                "A mixture needs a second dataset, got none; name one in mixture or set "
                f"mixture_share to 0 (now {self.mixture_share:g})."
            )
        if self.mixture_share and self.mixture == self.dataset:
            raise ValueError(
                f"A mixture needs a second dataset, got {self.mixture!r} twice; name another."
            )

    @property
    def n_negatives(self) -> int:
        """Real negatives of a query in a batch, those of the queue included."""
        if self.host == "queue":
            return self.batch_size - 1 + self.queue_size
        if self.host == "predictor":
            return self.batch_size - 1
        per_row = self.n_views if self.negatives == "all_views" else 1
        return per_row * (self.batch_size - 1)

    def to_json(self) -> str:
        fields = dataclasses.asdict(self)
        fields["loss"] = {"name": loss_name(self.loss), **fields["loss"]}
        return json.dumps(fields, indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        fields = json.loads(text)
        if not isinstance(fields, dict) or not isinstance(fields.get("loss", {}), dict):
            raise ValueError("A config must be a JSON object whose loss is one too.")
        loss = fields.pop("loss", {"name": loss_name(default_loss())})
        _refuse_unknown(fields, cls)
        return cls(loss=make_loss(**loss), **fields)


def _refuse_unknown(settings: dict[str, Any], cls: type) -> None:
    known = [f.name for f in dataclasses.fields(cls)]
    if unknown := sorted(settings.keys() - set(known)):
        raise ValueError(
            f"Unknown settings of {cls.__name__}: {', '.join(unknown)}. Known are "
            f"{', '.join(known)}."
        )
