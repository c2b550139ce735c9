"""What a file says beside its weights, and what its weights count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints.folders import PART

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

# entries of a training run's state that say nothing of the encoder
OF_TRAINING = frozenset(
    "optimizer optimizers optimizer_states optim lr_scheduler lr_schedulers scheduler scaler amp"
    " callbacks loops fp16_scaler".split()
)


def of_training(name: str) -> bool:
    """Whether an entry or a tensor is of a training run's state alone."""
    return name.partition(".")[0] in OF_TRAINING


def epoch_of(facts: Mapping[str, Any]) -> int | None:
    for key in ("epoch", "meta.epoch", "current_epoch"):
        if isinstance(value := facts.get(key), int) and not isinstance(value, bool):
            return value
    return None


def step_of(facts: Mapping[str, Any]) -> int | None:
    """After how many updates of a run of this app; None of another file."""
    value = facts.get("metadata.step")
    if not isinstance(value, str) or "metadata.config" not in facts:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None


def moment_of(epoch: int | None, facts: Mapping[str, Any]) -> str:
    """When in its training a file was saved, in words; empty where it does not say."""
    step = step_of(facts)
    return f"step {step:,}" if step is not None else "" if epoch is None else f"epoch {epoch:,}"


def is_no_whole(opened: Opened) -> str:
    """Why a file is no whole model: one part of several, or a shard of FSDP; else empty."""
    flat = [name for name in opened.tensors if "flat_param" in name.rpartition(".")[2]]
    if flat:
        return (
            f"one rank's shard of FSDP: {len(flat)} rows hold the numbers of many tensors each; "
            "gather a full state dict where it was trained (FullStateDictConfig, or "
            "torch.distributed.checkpoint.state_dict with full_state_dict=True)"
        )
    path = getattr(opened, "path", None)
    if path is not None and len(opened.paths) == 1 and (found := PART.search(path.name)):
        return (
            f"part {int(found[1])} of {int(found[2])} of a model; open the index of its parts, "
            "which ends in .index.json, or their folder"
        )
    return ""


def n_parameters(names: Mapping[str, tuple[int, ...]]) -> int:
    """Numbers in a state dict; statistics of batch norms are none."""
    statistics = (nets.COUNTER, "running_mean", "running_var")
    return sum(math.prod(s) for n, s in names.items() if n.rpartition(".")[2] not in statistics)
