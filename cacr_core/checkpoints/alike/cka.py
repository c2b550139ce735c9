"""Linear centred kernel alignment of features of the same images.

With X, Y centred, CKA = |X'Y|^2 / (|X'X| |Y'Y|) in Frobenius norms: 1 for features that differ by
a rotation, a scale or a shift. Unrelated features of dim not far below the number of images do
not give 0 but about sqrt(d e) / n / sqrt((1 + d/n) (1 + e/n)); the debiased form does give 0.

Source: Kornblith et al. 2019, https://arxiv.org/abs/1905.00414; the debiased form replaces HSIC by
the unbiased estimate of Song et al. 2012, https://jmlr.org/papers/v13/song12a.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

GRAM_BYTES = 1 << 30  # of the tables of similarities held at once


@dataclass(frozen=True, eq=False)
class CkaTable:
    """Linear CKA between the layers of two networks.

    Args:
        rows, columns: Names of the layers.
        plain: `(row, column)` float64 in 0..1, as published.
        debiased: The same free of the width's bias: 0 on average for unrelated features, also
            somewhat below. NaN below four images.
        expected: `(row, column)`, about what `plain` is for unrelated features of these widths.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    plain: Tensor
    debiased: Tensor
    expected: Tensor


def linear_cka(x: Tensor, y: Tensor, debiased: bool = False) -> float:
    """Linear CKA of two sets of features; NaN where one of them is the same for all images.

    Args:
        x, y: `(n, dim)` each, of the same images in the same order; dims may differ.
        debiased: Of the unbiased estimate of HSIC.
    """
    table = cka_table({"x": x}, {"y": y})
    return float((table.debiased if debiased else table.plain)[0, 0])


def cka_table(xs: Mapping[str, Tensor], ys: Mapping[str, Tensor]) -> CkaTable:
    """Linear CKA of every layer of one network with every layer of another, or of the same one.

    Costs O(n d e) a pair by products of features, or O(n^2 d) a layer by tables of similarities
    where that is less and these fit into memory.

    Args:
        xs, ys: Name of a layer -> `(n, dim)`, all of the same images in the same order.

    Raises:
        ValueError: The numbers of images differ.
    """
    counts = {len(x) for x in (*xs.values(), *ys.values())}
    if len(counts) != 1:
        raise ValueError(
            f"CKA needs features of the same images, got {sorted(counts)} images. Embed them alike."
        )
    (n,) = counts
    a, b = ([_scaled(x) for x in layers.values()] for layers in (xs, ys))
    dims_a, dims_b = ([x.shape[1] for x in layers] for layers in (a, b))
    by_features = sum(dims_a) * sum(dims_b) + sum(d * d for d in dims_a + dims_b)
    by_images = n * sum(dims_a + dims_b)
    if by_images < by_features and 8 * n * n * (len(b) + 1) <= GRAM_BYTES:
        cross, own_a, own_b = _by_images(a, b)
    else:
        cross = torch.tensor([[_squared(x.T @ y) for y in b] for x in a], dtype=torch.float64)
        own_a, own_b = (
            torch.tensor([_squared(x.T @ x) for x in layers], dtype=torch.float64)
            for layers in (a, b)
        )
    norms_a, norms_b = (torch.stack([x.square().sum(1) for x in layers]) for layers in (a, b))
    hsic = _unbiased(cross, norms_a @ norms_b.T, norms_a.sum(1)[:, None], norms_b.sum(1), n)
    hsic_a, hsic_b = (
        _unbiased(own, norms.square().sum(1), norms.sum(1), norms.sum(1), n)
        for own, norms in ((own_a, norms_a), (own_b, norms_b))
    )
    d, e = torch.tensor(dims_a).double()[:, None], torch.tensor(dims_b).double()
    return CkaTable(
        rows=tuple(xs),
        columns=tuple(ys),
        plain=_over(cross, own_a, own_b),
        debiased=_over(hsic, hsic_a, hsic_b),
        expected=(d * e).sqrt() / n / ((1 + d / n) * (1 + e / n)).sqrt(),
    )


def _scaled(x: Tensor) -> Tensor:
    """Centred, of mean squared length one; zeros if constant. In float64: debiasing takes away what
    each row is with itself, which of one very long row is nearly all."""
    x = x.cpu().double()  # MPS has no float64
    x = x - x.mean(0)
    size = x.square().sum(1).mean().sqrt()
    largest = float(x.abs().max()) if x.numel() else 0.0
    return x / size if largest > 0 and float(size) > 0 else x


def _squared(product: Tensor) -> float:
    return float(product.square().sum())


def _by_images(a: list[Tensor], b: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """|X'Y|^2 of all pairs, |X'X|^2 and |Y'Y|^2, from similarities: |X'Y|^2 = sum (XX' * YY')."""

    def together(one: Tensor, other: Tensor) -> float:
        return float((one * other).sum())

    tables = [y @ y.T for y in b]
    cross, own_a = [], []
    for x in a:
        table = x @ x.T
        cross.append([together(table, other) for other in tables])
        own_a.append(together(table, table))
    own_b = [together(table, table) for table in tables]
    return (
        torch.tensor(cross, dtype=torch.float64),
        torch.tensor(own_a, dtype=torch.float64),
        torch.tensor(own_b, dtype=torch.float64),
    )


def _unbiased(cross: Tensor, norms: Tensor, sum_a: Tensor, sum_b: Tensor, n: int) -> Tensor:
    """n (n - 3) x Song's estimate, from centred features: U-centring leaves only their norms."""
    if n < 4:
        return torch.full_like(cross, torch.nan)
    return cross - n / (n - 2) * norms + sum_a * sum_b / ((n - 1) * (n - 2))


def _over(cross: Tensor, own_a: Tensor, own_b: Tensor) -> Tensor:
    """Divided by the geometric mean of each with itself; NaN where that is nothing."""
    own_a, own_b = (torch.where(own > 0, own, torch.nan) for own in (own_a, own_b))
    return cross / (own_a[:, None] * own_b).sqrt()
