"""Two to four runs that differ in their loss alone, to be trained in lockstep from one start."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from cacr_core.training import TrainConfig

NAMES = ("a", "b", "c", "d")
# What may differ between paired runs: the loss, what it is given, and how fast it is followed.
MAY_DIFFER = (
    "loss",
    "n_views",
    "lr",
    "weight_decay",
    "n_synthetic",
    "pool_size",
    "mixing",
    "negatives",
    "host",
    "queue_size",
    "momentum",
)


@dataclass(frozen=True)
class Entry:
    """One of the runs compared.

    Args:
        label: What a person calls it, at most 60 characters; different for each entry.
    """

    label: str
    config: TrainConfig


@dataclass(frozen=True)
class Comparison:
    """Entries that start from the same encoder and see the same batches and first two views.

    Args:
        entries: Two to four.
        baseline: The position of the entry that differences are taken from.

    Raises:
        ValueError: They cannot be paired; the sentence says which setting is in the way.
    """

    entries: tuple[Entry, ...]
    baseline: int = 0

    def __post_init__(self) -> None:
        if not 2 <= len(self.entries) <= len(NAMES):
            raise ValueError(f"A comparison has 2 to 4 entries, got {len(self.entries)}.")
        if not 0 <= self.baseline < len(self.entries):
            raise ValueError(
                f"The baseline is one of entries 0 to {len(self.entries) - 1}, got {self.baseline}."
            )
        labels = [entry.label for entry in self.entries]
        if bad := [label for label in labels if not 1 <= len(label) <= 60]:
            raise ValueError(f"A label has 1 to 60 characters, got {len(bad[0])}. Shorten it.")
        if len(set(labels)) < len(labels):
            raise ValueError(f"Each entry needs a label of its own, got {', '.join(labels)}.")
        first = self.entries[0]
        for entry in self.entries[1:]:
            for field in dataclasses.fields(TrainConfig):
                ours, theirs = (getattr(e.config, field.name) for e in (first, entry))
                if field.name not in MAY_DIFFER and ours != theirs:
                    raise ValueError(
                        f"{first.label} and {entry.label} cannot be paired: {field.name} must be "
                        f"the same for all entries, got {ours} and {theirs}."
                    )

    @property
    def names(self) -> tuple[str, ...]:
        """What the entries' folders are called."""
        return NAMES[: len(self.entries)]

    @property
    def shared(self) -> TrainConfig:
        """The config of the first entry, for all that the entries have in common."""
        return self.entries[0].config

    def with_shared(self, **changes: Any) -> Comparison:
        """The same entries with settings changed for all of them."""
        entries = (
            dataclasses.replace(e, config=dataclasses.replace(e.config, **changes))
            for e in self.entries
        )
        return dataclasses.replace(self, entries=tuple(entries))

    def to_json(self) -> str:
        entries = [
            {"label": e.label, "config": json.loads(e.config.to_json())} for e in self.entries
        ]
        shared = {"dataset": self.shared.dataset, "n_steps": self.shared.n_steps}
        about = {"kind": "comparison", "baseline": self.baseline} | shared
        return json.dumps(about | {"entries": entries}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Comparison:
        fields = json.loads(text)
        if not is_comparison(fields) or not isinstance(fields.get("entries"), list):
            raise ValueError('A comparison is a JSON object of kind "comparison" with entries.')
        entries = tuple(
            Entry(str(e["label"]), TrainConfig.from_json(json.dumps(e["config"])))
            for e in fields["entries"]
        )
        return cls(entries, int(fields.get("baseline", 0)))


def is_comparison(config: Any) -> bool:
    """Whether the object in a config.json is a comparison rather than a single run."""
    return isinstance(config, dict) and config.get("kind") == "comparison"
