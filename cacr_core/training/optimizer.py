"""What moves the weights: AdamW, or Muon for all that are matrices and AdamW for the rest."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cacr_core.training.config import TrainConfig

TIMES = 10.0  # Muon's rate for one of AdamW: its updates of a matrix all have one length
MOMENTUM = 0.9
ROUNDS = 5


def make_optimizer(
    config: TrainConfig, weights: list[nn.Parameter], learned: list[nn.Parameter]
) -> torch.optim.AdamW:
    """Of weights, which decay, and of what the loss learns, which is not to shrink."""
    matrices = [w for w in weights if w.dim() > 1] if config.optimizer == "muon" else []
    by_muon = {id(w) for w in matrices}
    groups: list[dict[str, Any]] = [{"params": [w for w in weights if id(w) not in by_muon]}]
    groups += [{"params": [numbers], "weight_decay": 0.0} for numbers in learned]
    groups += [{"params": matrices, "is_muon": True}] if matrices else []
    return Optimizer(
        groups, lr=config.lr, betas=(0.9, 0.99), weight_decay=config.weight_decay, foreach=True
    )


class Optimizer(torch.optim.AdamW):
    """AdamW, but groups marked `is_muon` move by Muon.

    The momentum of a matrix, or of filters as a matrix with a row for each, is made orthogonal
    before it is added: all directions of its outputs learn alike, the rare ones too.

    Source: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; with its coefficients.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        groups = self.param_groups
        self.param_groups = [group for group in groups if not group.get("is_muon")]
        try:
            super().step(closure)
        finally:
            self.param_groups = groups
        for group in groups:
            if group.get("is_muon"):
                self._move(group)

    def _move(self, group: dict[str, Any]) -> None:
        rate = TIMES * group["lr"]
        for weight in group["params"]:
            if weight.grad is None:
                continue
            state = self.state[weight]
            if not state:
                state["step"] = torch.zeros(())  # AdamW asks for it of all
                state["momentum"] = torch.zeros_like(weight)
            state["step"] += 1
            momentum = state["momentum"].lerp_(weight.grad, 1 - MOMENTUM)
            ahead = weight.grad.lerp(momentum, MOMENTUM)
            rows, columns = weight.flatten(1).shape
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(orthogonal(ahead), alpha=-rate * max(1, rows / columns) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix of the same shape whose rows are orthonormal (or columns, if these
    are fewer): singular values from 0.7 to 1.2, very small ones less. Filters are flattened.

    Newton and Schulz's iteration X <- (a + b XX' + c (XX')^2) X, of which only its factor P of X
    is kept, so that all products but two are of the shorter side with itself.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.flatten(1).float()
    x = x / (x.norm() + 1e-7)
    is_tall = x.shape[0] > x.shape[1]
    gram = x.T @ x if is_tall else x @ x.T
    factor = torch.eye(len(gram), device=x.device)
    for _ in range(ROUNDS):
        step = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        step.diagonal().add_(a)
        factor, gram = step @ factor, step @ gram @ step
    return (x @ factor if is_tall else factor @ x).view_as(matrix)
