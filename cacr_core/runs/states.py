"""States of a run at some of its moments: `states/00000099.safetensors`.

Each is what `state.safetensors` is, of an earlier moment: from it the update to come can be made
again, and it opens as a checkpoint of its encoder, since it says what run and step it is of. The
update from step 0 needs none: the config decides the first weights.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from cacr_core.runs.paths import names_in, snapshot_steps, write_bytes
from cacr_core.training import Training

A_STATE = 16 * 2**20  # bytes that each of the states asked for may take; larger ones are fewer
NAME = re.compile(r"\d{8}\.safetensors")


def state_path(folder: Path, step: int) -> Path:
    return folder / "states" / f"{step:08d}.safetensors"


def kept_steps(folder: Path) -> list[int]:
    """Steps of the states that are kept, in order."""
    return sorted(int(name[:8]) for name in names_in(folder / "states") if NAME.fullmatch(name))


def keep(folder: Path, training: Training) -> None:
    """Keep the state of this moment, as many as the config says and their bytes allow; of too many
    the one whose loss leaves the smallest gap goes, the first never."""
    if not training.config.n_states:
        return
    tensors = training.state()
    # step 0 has no memory of the optimizer yet, about two thirds of what the others take
    size = sum(t.nbytes for t in tensors.values()) * (1 if training.step else 3)
    most = min(training.config.n_states, training.config.n_states * A_STATE // size)
    if not most:
        return
    write_bytes(state_path(folder, training.step), save(tensors, metadata=told(training)))
    steps = kept_steps(folder)
    while len(steps) > most:
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        place = 1 + gaps.index(min(gaps)) if gaps else len(steps) - 1
        state_path(folder, steps.pop(place)).unlink(missing_ok=True)


def told(training: Training) -> dict[str, str]:
    """What a file of a run's weights says of itself: how it was trained, and how far."""
    return {"config": training.config.to_json(), "step": str(training.step)}


def round_states(folder: Path, steps: Iterable[int]) -> None:
    """Leave the states of these steps alone, the optimizer's memory in bfloat16: so they ship.

    The encoder stays as it was, so loss and gradient are the run's; what the step does to the
    weights is exact to about three digits.
    """
    for step in kept_steps(folder):
        path = state_path(folder, step)
        if step not in steps:
            path.unlink()
            continue
        tensors = {
            name: value.bfloat16() if name.startswith("optimizer.") and value.dim() else value
            for name, value in load_file(path).items()
        }
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        write_bytes(path, save(tensors, metadata=metadata))


def openable(folder: Path) -> list[int]:
    """Steps from which the update to come can be made again, in order."""
    if not snapshot_steps(folder):
        return []
    found = {0, *kept_steps(folder)}
    with contextlib.suppress(OSError, SafetensorError, ValueError):
        with safe_open(folder / "state.safetensors", "pt") as file:
            found.add(int(file.get_tensor("step")))
    return sorted(found)


def read_state(folder: Path, step: int) -> dict[str, Tensor]:
    """A state by its step, the last one among them.

    Raises:
        ValueError: There is none, or its file is damaged.
    """
    for path in (state_path(folder, step), folder / "state.safetensors"):
        if not path.is_file():
            continue
        try:
            tensors = load_file(path)
            if int(tensors["step"]) == step:
                return tensors
        except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
            raise ValueError(f"{path.name} of {folder.name} is damaged ({error}).") from None
    raise ValueError(
        f"This run keeps no state of step {step}; its updates can be opened at step "
        f"{', '.join(map(str, openable(folder)))}."
    )


def is_rounded(tensors: dict[str, Tensor]) -> bool:
    """Whether the optimizer's memory was kept in bfloat16."""
    return any(v.dtype == torch.bfloat16 for k, v in tensors.items() if k.startswith("optimizer."))
