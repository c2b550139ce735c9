"""A training between two updates as flat tensors, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cacr_core.losses.words import text_of_loss

if TYPE_CHECKING:
    from cacr_core.training import Training


def state_of(training: Training) -> dict[str, Tensor]:
    """Encoder, optimizer, host, what the loss learned, scale, digests, and what a snapshot would
    say of the last batch, on the CPU."""
    tensors = {f"encoder.{k}": v for k, v in training.encoder.state_dict().items()}
    for i, slots in training.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{slot}": torch.as_tensor(v) for slot, v in slots.items()}
    if training.host is not None:
        tensors |= {f"host.{k}": v for k, v in training.host.state().items()}
    tensors |= {f"loss.{i}": v for i, v in enumerate(training.loss.learned())}
    tensors |= training.scale.state() | training.proof.state()
    told = training.batch_metrics()
    tensors |= {f"record.{k}": torch.tensor(v, dtype=torch.float64) for k, v in told.items()}
    tensors["step"] = torch.tensor(training.step)
    return {k: v.detach().cpu().contiguous() for k, v in tensors.items()}


def load_state(training: Training, tensors: dict[str, Tensor]) -> None:
    """Put a training of the same config into a `state_of`.

    Raises:
        ValueError: The state is of another network or host; the training is as it was.
    """
    config = training.config
    learned = {f"loss.{i}": v for i, v in enumerate(training.loss.learned())}
    encoder = {f"encoder.{k}": v for k, v in training.encoder.state_dict().items()}
    own = {k: v.shape for k, v in (encoder | learned).items()}
    theirs = {k: v.shape for k, v in tensors.items() if k.startswith(("encoder.", "loss."))}
    if own != theirs:
        raise ValueError(
            f"The saved state does not fit backbone {config.backbone!r} with embedding_dim "
            f"{config.embedding_dim} and {text_of_loss(config.loss)}. Start the run anew."
        )
    if training.host is not None:
        kept = {k: v for k, v in tensors.items() if k.startswith("host.")}
        training.host.load_state({k.removeprefix("host."): v for k, v in kept.items()})
    training.encoder.load_state_dict({k.removeprefix("encoder."): tensors[k] for k in encoder})
    with torch.no_grad():
        for name, numbers in learned.items():
            numbers.copy_(tensors[name])
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, slot = name.split(".", 2)
            slots.setdefault(int(index), {})[slot] = value.clone()  # it is moved in place
    groups = training.optimizer.state_dict()["param_groups"]
    training.optimizer.load_state_dict({"state": slots, "param_groups": groups})
    training.scale.load_state(tensors)
    training.proof.load_state(tensors)
    training.step = int(tensors["step"])
