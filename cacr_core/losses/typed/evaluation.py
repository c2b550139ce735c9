"""What a tree of operations comes to on the distances of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from cacr_core.losses.expression import Node

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs


def variables(pairs: Pairs) -> dict[str, Tensor]:
    return {
        "d_pos": pairs.pos, "d_neg": pairs.neg,
        "s_pos": 1 - pairs.pos / 2, "s_neg": 1 - pairs.neg / 2,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _operations() -> dict[str, Callable[..., Tensor]]:
    import torch

    return {
        "+": torch.add,
        "-": torch.sub,
        "*": torch.mul,
        "/": torch.div,
        "**": torch.pow,
        "minus": torch.neg,
        "sum": lambda x: x.sum(1, keepdim=True),
        "mean": lambda x: x.mean(1, keepdim=True),
        "logsumexp": lambda x: x.logsumexp(1, keepdim=True),
        "softmax": lambda x: x.softmax(1),
        "max": lambda x, *y: torch.maximum(x, *y) if y else x.amax(1, keepdim=True),
        "min": lambda x, *y: torch.minimum(x, *y) if y else x.amin(1, keepdim=True),
        "exp": torch.exp,
        "log": torch.log,
        "sqrt": torch.sqrt,
        "relu": torch.relu,
        "softplus": torch.nn.functional.softplus,
        "sigmoid": torch.sigmoid,
        "detach": torch.detach,
    }


def value_of(node: Node, values: Mapping[str, Tensor], used: dict[Node, Tensor]) -> Tensor:
    """What a tree stands for: `()`, `(query, 1)`, `(query, K)` or `(query, M)`."""
    import torch

    if node.op == "constant":
        return torch.tensor(node.value, dtype=torch.float64)
    if not node.args:
        return values[node.name or node.op]
    result = _operations()[node.op](*(value_of(arg, values, used) for arg in node.args))
    if node.op == "softmax":
        used[node] = result
    return result


def normalised(pulls: Tensor) -> Tensor:
    """Absolute pulls `(query, sample)` with rows that sum to 1; uniform where all are 0."""
    sizes = pulls.abs()
    sums = sizes.sum(1, keepdim=True)
    return (sizes / sums).where(sums > 0, 1 / sizes.shape[1])
