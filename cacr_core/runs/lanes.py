"""What a worker steps: one training and its folder, or those of a comparison, in lockstep."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from cacr_core.runs import folder as files
from cacr_core.runs import states
from cacr_core.runs.comparison import Comparison, is_comparison
from cacr_core.runs.paths import require_run
from cacr_core.runs.sprites import require_same_images, write_about, write_probes
from cacr_core.training import EVALUATE_EVERY, Source, TrainConfig, Training
from cacr_core.training.faults import (
    STARTS_ANEW,
    give_back_after,
    is_out_of_memory,
    memory_sentence,
)


class Lane:
    """One training and the folder it is written into.

    Attributes:
        seconds: Time spent on its own updates so far, views included.
        said: What a person is to know of where it goes on; empty if nothing.
    """

    def __init__(self, folder: Path, training: Training) -> None:
        self.folder, self.training = folder, training
        self.seconds, self.said = 0.0, ""
        if (folder / "state.safetensors").exists():
            state, self.said = _state_of(folder)
            training.load_state(state)
            rows = files.read_metrics(folder)
            self.seconds = max((row.get("seconds", 0.0) for row in rows), default=0.0)

    @property
    def step(self) -> int:
        return self.training.step

    def memory_sentence(self, error: BaseException, then: str) -> str:
        training = self.training
        return memory_sentence(error, training.config, training.device, self.step, then)

    def look(self) -> None:
        """Write a snapshot of this moment."""
        require_run(self.folder)
        files.write_snapshot(self.folder, self.training.snapshot(), seconds=round(self.seconds, 4))

    def has_looked(self) -> bool:
        """Whether this moment has its snapshot, and the row of metrics that comes after it."""
        rows = files.read_metrics(self.folder)
        is_told = any(row["step"] == self.step for row in rows)
        return is_told and self.step in files.snapshot_steps(self.folder)

    def keep_state(self) -> None:
        """Keep the state of this moment: its encoder, and how to make the update to come again."""
        with contextlib.suppress(OSError):  # without it the run goes on as well
            require_run(self.folder)
            states.keep(self.folder, self.training)

    def save(self, with_encoder: bool = False) -> None:
        """Write the state of this moment; none where an update broke off in the midst of it."""
        if self.training.is_torn:
            return
        require_run(self.folder)
        tensors = self.training.state()
        told = states.told(self.training)
        files.write_bytes(self.folder / "state.safetensors", save(tensors, metadata=told))
        if with_encoder:
            encoder = {k: v for k, v in tensors.items() if k.startswith("encoder.")}
            encoder = {k.removeprefix("encoder."): v for k, v in encoder.items()}
            files.write_bytes(self.folder / "encoder.safetensors", save(encoder, metadata=told))

    def save_if_it_can(self) -> None:
        """Write the state with the encoder, of a training that ends for want of memory or room."""
        with contextlib.suppress(OSError, RuntimeError, MemoryError):
            self.save(with_encoder=True)


def _state_of(folder: Path) -> tuple[dict[str, Tensor], str]:
    """The state to go on from, and what to say of it: where a machine went down as the last was
    written, it is the newest that was kept before."""
    try:
        return load_file(folder / "state.safetensors"), ""
    except (SafetensorError, ValueError) as error:
        damage = f"state.safetensors of {folder.name} is damaged ({error})"
    for step in reversed(states.kept_steps(folder)):
        with contextlib.suppress(OSError, SafetensorError, ValueError):
            kept = load_file(states.state_path(folder, step))
            return kept, f"{damage}; it goes on from step {step}, whose state was kept."
    raise ValueError(f"{damage}; remove it to train this run from its first step.")


class Lanes:
    """The lanes of a run that still go on; those that are behind are stepped first.

    A single run that diverges or runs out of memory raises; an entry of a comparison ends alone
    and the others go on.
    """

    def __init__(self, folder: Path, training: Training | None = None) -> None:
        self.folder = folder
        text = (folder / "config.json").read_text("utf-8")
        if training is not None:
            self.going = [Lane(folder, training)]
        elif is_comparison(json.loads(text)):
            self.going = _entries(folder, Comparison.from_json(text))
        else:
            self.going = [Lane(folder, Training(TrainConfig.from_json(text)))]
        self.n_steps = self.going[0].training.config.n_steps
        self.is_comparison = files.home(self.going[0].folder) != self.going[0].folder

    @property
    def step(self) -> int:
        """Updates that all have made."""
        return min(lane.step for lane in self.going)

    @property
    def training(self) -> Training:
        return self.going[0].training

    def open(self, by: str) -> None:
        """Write what does not change, and a first snapshot of each. The probes come last of what
        describes a run: who waits for them finds all of it."""
        for folder in (self.folder, *(lane.folder for lane in self.going)):
            require_run(folder)
        first = self.going[0]
        require_same_images(first.folder, first.training.source.splits.probe)
        if self.is_comparison:
            write_about(self.folder, first.training, by)
        for lane in self.going:
            write_about(lane.folder, lane.training, by)
        images = files.images_folder(first.folder)
        if not (images / "probes.json").exists():
            write_probes(images, first.training)
        for lane in self.going:
            if not lane.step:
                lane.keep_state()  # where it began, to hold later moments against
        self.look(again=False)

    def update(self, keep: bool = False) -> None:
        """One update of every lane that is at the first step of all.

        The time to make views that lanes share is shared out by how many of them each one uses.

        Args:
            keep: Keep the states before it, so that it can be opened later; they are kept, too,
                before an update whose snapshot is scored.

        Raises:
            FloatingPointError: The only lane diverged, or the last one.
            RuntimeError: Memory ran out for the only lane or the last, or a device failed.
        """
        step = self.step
        behind = [lane for lane in self.going if lane.step == step]
        if keep or (step + 1) % (EVALUATE_EVERY * self.training.config.snapshot_every) == 0:
            for lane in behind:
                lane.keep_state()
        n_views = [lane.training.config.n_views for lane in behind]
        began = time.perf_counter()
        for number in range(max(n_views)):
            self.training.source.view(step, number)
        a_view = (time.perf_counter() - began) / sum(n_views)
        for lane, n in zip(behind, n_views, strict=True):
            began = time.perf_counter()
            self._do(lane, lane.training.update)
            lane.seconds += time.perf_counter() - began + n * a_view

    def is_level(self) -> bool:
        """Whether all lanes are at one step, which they are but for a while after a crash."""
        return all(lane.step == self.step for lane in self.going)

    def is_due(self) -> bool:
        return self.is_level() and self.training.is_due()

    def look(self, again: bool = True) -> None:
        """A snapshot of each lane, unless it has one of this step, and what proves them paired."""
        for lane in self.going[:]:
            if again or not lane.has_looked():
                self._do(lane, lane.look)
        if self.is_comparison and self.is_level():
            proofs = {lane.folder.name: lane.training.proof for lane in self.going}
            digests = {
                name: {"weights": p.weights, "order": p.order, "views": p.views}
                for name, p in proofs.items()
            }
            require_run(self.folder)
            files.write_json(self.folder / "proof.json", {"step": self.step, "entries": digests})

    def save(self, with_encoder: bool = False) -> None:
        for lane in self.going:
            lane.save(with_encoder)

    def save_if_it_can(self) -> None:
        for lane in self.going:
            lane.save_if_it_can()

    def _do(self, lane: Lane, act: Callable[[], None]) -> None:
        """A lane's part; where it cannot go on it ends alone, unless it is the last."""
        try:
            act()
        except Exception as error:
            diverged = isinstance(error, FloatingPointError)
            if not (diverged or is_out_of_memory(error)) or len(self.going) == 1:
                raise
            reason = str(error) if diverged else lane.memory_sentence(error, STARTS_ANEW)
            self.going.remove(lane)
            give_back_after(error)
            lane.save_if_it_can()
            require_run(lane.folder)
            files.end(lane.folder, "failed", f"Stopped alone at step {lane.step}: {reason}")


def _entries(folder: Path, comparison: Comparison) -> list[Lane]:
    """Those that are there and have not ended; one for which there is no memory left ends before it
    began."""
    source = Source(comparison.shared)
    lanes: list[Lane] = []
    for name, entry in zip(comparison.names, comparison.entries, strict=True):
        is_there = (folder / name / "config.json").exists()
        if not is_there or (folder / name / "end.json").exists():
            continue
        try:
            lanes.append(Lane(folder / name, Training(entry.config, source)))
        except Exception as error:
            if not lanes or not is_out_of_memory(error):
                raise
            words = memory_sentence(error, entry.config, source.device, 0, STARTS_ANEW)
            files.end(folder / name, "failed", f"Stopped alone before it began: {words}")
    return lanes
