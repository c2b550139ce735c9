"""Places where a loss has no finite value, in a landscape that is to be drawn."""

from __future__ import annotations

import torch
from torch import Tensor

from cacr_core.forces import Landscape


def without_poles(found: Landscape) -> Landscape:
    """A landscape whose poles, as log(d_neg) has one on a negative, are as high as all else gets.

    The force is 0 there: it has no direction.

    Raises:
        ValueError: There is no finite number at all.
    """
    if bool(found.loss.isfinite().all() and found.force.isfinite().all()):
        return found
    known = found.loss[found.loss.isfinite()]
    if not len(known):
        raise ValueError("The loss comes to no finite number wherever the query stood.")
    least, most = float(known.min()), float(known.max())

    def filled(values: Tensor, below: float, above: float) -> Tensor:
        return torch.nan_to_num(values, nan=above, posinf=above, neginf=below)

    return Landscape(filled(found.loss, least, most), filled(found.force, 0.0, 0.0))
