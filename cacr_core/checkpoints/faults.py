"""What in a tensor is broken: a row of what was counted, and its faults in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

TINY_VARIANCE = 1e-8  # far below the 1e-5 that batch norms add
HUGE_VARIANCE = 1e6
FAR_MEAN = 30.0  # standard deviations
UNUSED = "the statistics are those of a new layer, as if no image was ever seen"


@dataclass(frozen=True)
class Row:
    """One tensor.

    Args:
        name: As the architecture spells it, or as the file does where that is not known.
        path: Its full name in the file.
        count: How many numbers.
        norm: Square root of their sum of squares; here and below finite numbers only.
        mean_absolute, std: Of the numbers; 0 where there are none.
        n_channels: Outputs: the first axis of a weight, the length of a norm's tensors; 0 for a
            bias, a counter, or an embedding of positions.
        n_dead: Channels whose weights are all (next to) 0: their output does not depend on the
            input.
        n_constant: Channels whose weights are one number other than 0.
        n_not_finite: NaN and infinite numbers.
        faults: What is out of range in a batch norm, a sentence part each.
        finding: The row's faults as one sentence; empty where there are none.
    """

    name: str
    path: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    norm: float
    mean_absolute: float
    std: float
    n_channels: int = 0
    n_dead: int = 0
    n_constant: int = 0
    n_not_finite: int = 0
    faults: tuple[str, ...] = field(default=())
    finding: str = ""

    @property
    def dead_fraction(self) -> float:
        """Of the channels, dead or constant ones."""
        return (self.n_dead + self.n_constant) / self.n_channels if self.n_channels else 0.0


def norm_faults(variance: np.ndarray, mean: np.ndarray | None) -> list[str]:
    """Statistics of a batch norm that no working network has; `(channel,)` each."""
    out = []
    counted = {
        "have a variance below 0": (variance < 0).sum(),
        "have no variance": ((variance >= 0) & (variance < TINY_VARIANCE)).sum(),
        f"have a variance above {HUGE_VARIANCE:,.0f}": (
            np.isfinite(variance) & (variance > HUGE_VARIANCE)
        ).sum(),
    }
    if mean is not None and mean.shape == variance.shape:
        usual = variance >= TINY_VARIANCE
        far = usual & (np.abs(mean) > FAR_MEAN * np.sqrt(np.where(usual, variance, 1.0) + 1e-5))
        far &= np.isfinite(mean)
        counted[f"have a mean more than {FAR_MEAN:.0f} standard deviations from 0"] = far.sum()
    for what, n in counted.items():
        if n:
            out.append(_of(int(n), len(variance), "channels", "", what))
    if mean is not None and len(variance) and not mean.any() and (variance == 1).all():
        out.append(UNUSED)
    return out


def finding(row: Row, layer: str, is_norm: bool) -> str:
    parts = []
    if row.n_not_finite:
        parts.append(_of(row.n_not_finite, row.count, "numbers", row.name, "are NaN or infinite"))
    if row.n_dead:
        why = " (weights next to 0)" if is_norm else ""
        parts.append(_of(row.n_dead, row.n_channels, "channels", layer, f"are dead{why}"))
    if row.n_constant:
        what = "have one weight for every input"
        parts.append(_of(row.n_constant, row.n_channels, "channels", layer, what))
    if row.faults:
        parts.append(f"{layer}: {', '.join(row.faults)}")
    return f"{'; '.join(parts)}." if parts else ""


def _of(n: int, total: int, what: str, owner: str, does: str) -> str:
    """Such as "12 of 64 channels of layer1.0.bn2 are dead"."""
    if n == 1:
        verb, _, rest = does.partition(" ")
        does = f"{ {'are': 'is', 'have': 'has'}[verb] } {rest}"
    return f"{n:,} of {total:,} {what}{f' of {owner}' if owner else ''} {does}"
