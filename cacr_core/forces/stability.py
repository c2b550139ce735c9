"""Whether the regular polygon is an equilibrium that heals, or one that breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from cacr_core.forces.flow import force_on
from cacr_core.forces.start import FlowConfig, even_points
from cacr_core.losses import Loss

NUDGE = 1e-5  # radians, of the finite difference
NOTHING = 1e-7  # a growth that is none: rounding of a difference over 2e-5 radians


def growth(loss: Loss, n_items: int, n_views: int = 2) -> float:
    """How fast a small dent in the regular polygon grows: above 0 it breaks, below 0 it heals.

    The largest real part among the eigenvalues of the Jacobian of `force_on`, in the angles of
    tied points on the circle, without the one of turning all together. Per unit of a flow's time:
    a dent becomes exp(growth * time) times as deep.

    By central differences of the force, not by second derivatives of the loss: with detached
    weights the force is not its gradient. The polygon looks the same from each of its points, so
    one column holds the whole Jacobian, and its Fourier transform the eigenvalues.
    """
    config = FlowConfig(n_items=n_items, n_views=n_views)
    forces = [_turning(config, loss, nudge) for nudge in (NUDGE, -NUDGE)]
    column = (forces[0] - forces[1]) / (2 * NUDGE)
    return torch.fft.fft(column).real[1:].max().item()


def crossings(
    make_loss: Callable[[float], Loss], values: Sequence[float], n_items: int, n_views: int = 2
) -> list[float]:
    """Where the polygon begins to break or to heal, ascending; [] where it never changes.

    Between neighbours of `values` of which one breaks and one heals, by bisection. Values at which
    a dent stays as it is (as at t- = 0) are neither and are passed over.

    Args:
        make_loss: A setting's value to the loss.
        values: Ascending; of two crossings between the same neighbours neither is seen.
    """

    def speed(value: float) -> float:
        return growth(make_loss(value), n_items, n_views)

    speeds = [(value, speed(value)) for value in values]
    turning = [(value, found > 0) for value, found in speeds if abs(found) > NOTHING]
    found = []
    for (low, breaks), (high, then) in pairwise(turning):
        if breaks == then:
            continue
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if (speed(middle) > NOTHING) == breaks else (low, middle)
        found.append((low + high) / 2)
    return found


def _turning(config: FlowConfig, loss: Loss, nudge: float) -> torch.Tensor:
    """`(item,)`, the force along the circle on each point of a polygon whose first is nudged."""
    points = even_points("circle", config.n_items)
    points[0] = torch.tensor([math.cos(nudge), math.sin(nudge)], dtype=torch.float64)
    _, force = force_on(points[None], config, loss)
    along = torch.stack([-points[:, 1], points[:, 0]], dim=-1)
    return (force[0] * along).sum(-1)
