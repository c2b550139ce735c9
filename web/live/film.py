"""The frames of one space and layout of a run, by step, and where they put the probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cacr_core.layouts import SteadyPCA


@dataclass
class Film:
    """The frames of one space and layout, by step.

    Attributes:
        first: The step that a viewer waits for: its frame is made before the others.
        frames: The version they were made as, and the message.
        positions: As they are drawn, where a cloud's size says how far its images lie apart.
        planes: Where PCA puts the probes, each turned to lie near the one of the step before.
    """

    space: str
    layout: str
    with_agreement: bool
    first: int | None = None
    frames: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    positions: dict[int, np.ndarray] = field(default_factory=dict)
    spreads: dict[int, float] = field(default_factory=dict)
    kinds: dict[int, tuple[str, int, float | None]] = field(default_factory=dict)
    agreements: dict[int, np.ndarray] = field(default_factory=dict)
    planes: dict[int, np.ndarray] = field(default_factory=dict)
    pca: SteadyPCA = field(default_factory=SteadyPCA)

    def missing(self, steps: list[int]) -> list[int]:
        """Steps that have no frame yet, in the order to make them in."""
        return sorted(
            (s for s in steps if s not in self.positions), key=lambda s: (s != self.first, s)
        )

    def since(self, version: int, first: int | None) -> tuple[int, list[bytes]]:
        """The newest version, and frames made since one in the order of their making, but one."""
        found = [
            (step != first, made, message)
            for step, (made, message) in self.frames.items()
            if made > version
        ]
        newest = max((made for _, made, _ in found), default=version)
        return newest, [message for _, _, message in sorted(found)]

    def plane(
        self, step: int, steps: list[int], points: Callable[[int], np.ndarray | None]
    ) -> np.ndarray:
        """The PCA of a step.

        Each is turned to lie near the one before it, so those before it are made, too.

        Args:
            steps: All there are.
            points: What is laid out at a step, None where there is nothing.
        """
        for earlier in [s for s in steps if s <= step and s not in self.planes]:
            x = points(earlier)
            if x is not None:
                self.planes[earlier] = self.pca.layout(x)
        return self.planes[step]

    def keep(self, steps: set[int]) -> None:
        """Forget what is known of all other steps."""
        for table in vars(self).values():
            if isinstance(table, dict):
                for old in table.keys() - steps:
                    del table[old]
