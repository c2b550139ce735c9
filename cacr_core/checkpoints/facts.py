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


def n_weights(opened: Opened) -> int:
    """Numbers in a file's state dicts, or, where it has none, in its tensors; statistics of batch
    norms and a training run's state are none."""
    statistics = (nets.COUNTER, "running_mean", "running_var")
    groups = list(opened.groups.values())
    if not groups and not is_state_alone(opened):
        groups = [{name: one for name, one in opened.tensors.items() if not of_training(name)}]
    return sum(
        math.prod(one.shape)
        for names in groups
        for name, one in names.items()
        if name.rpartition(".")[2] not in statistics
    )


def is_state_alone(opened: Opened) -> bool:
    """Whether all tensors are an optimizer's or another part of a training run's state."""
    is_optimizer = any(name.startswith("param_groups.") for name in opened.facts)
    return bool(opened.tensors) and all(
        of_training(name) or (is_optimizer and name.startswith("state.")) for name in opened.tensors
    )


def why_not_known(opened: Opened) -> str:
    """Why no network is found in a file, as a clause."""
    if is_state_alone(opened):
        return "it holds a training run's state, such as an optimizer's, and no weights"
    if not opened.tensors and opened.unread:
        return "it holds no tensor that can be read, but entries that are not read"
    if not opened.tensors:
        return "it holds no tensor" + (", settings alone" if opened.facts else "")
    return "no network of a known form, so that only the table of tensors can be shown"
