"""The losses against literal transcriptions of the released code."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.timing import Row, at_least, at_most, medians, peak_megabytes
from cacr_core.losses import CACR, SSCL
from cacr_core.pairs import pair_views, with_synthetic_negatives
from tests import reference


def rows() -> list[Row]:
    found = []
    for shape, bar in [
        ((2, 128, 128), 2),
        ((5, 128, 128), 7),
        ((5, 256, 128), 20),
        ((5, 512, 128), 20),
    ]:
        raw = unit_free(shape)
        repeats = 9 if shape[1] < 512 else 3
        took = medians({"ours": cacr(raw), "released": cacr_released(raw)}, repeats)
        what = f"CACR value and gradient against the released loops, {shape}"
        found.append(at_least(what, took["released"] / took["ours"], bar))
    ours, released = (
        peak_megabytes("benchmarks.losses", name) for name in ("peak_ours", "peak_released")
    )
    found.append(
        at_most("CACR extra memory against the released loops, (5, 512, 128)", ours / released, 0.1)
    )
    found += exactness()
    raw = unit_free((2, 256, 128))
    took = medians({"sscl": sscl(raw), "nt_xent": nt_xent(raw)}, 31)
    found.append(
        at_most(
            "SSCL (s=64, k=32) value and gradient against plain NT-Xent, (2, 256, 128)",
            took["sscl"] / took["nt_xent"],
            2.5,
            "x",
        )
    )
    return found


def unit_free(shape: tuple[int, int, int], dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator, dtype=dtype, requires_grad=True)


def cacr(raw: Tensor) -> Callable[[], tuple[Tensor, Tensor]]:
    def call() -> tuple[Tensor, Tensor]:
        z = normalize(raw, dim=-1)
        total = CACR(1.0, 1.0)(pair_views(z, "later_views")).total
        return total.detach(), torch.autograd.grad(total, raw)[0]

    return call


def cacr_released(raw: Tensor) -> Callable[[], tuple[Tensor, Tensor]]:
    def call() -> tuple[Tensor, Tensor]:
        z = normalize(raw, dim=-1)
        total = sum(reference.cacr_as_released(list(z), 1.0, 1.0, 1.0, 1.0))
        return total.detach(), torch.autograd.grad(total, raw)[0]

    return call


def sscl(raw: Tensor) -> Callable[[], object]:
    def call() -> object:
        z = normalize(raw, dim=-1)
        generator = torch.Generator().manual_seed(1)
        pairs, _ = with_synthetic_negatives(
            pair_views(z), z, n_synthetic=32, pool_size=64, generator=generator
        )
        return torch.autograd.grad(SSCL()(pairs).total, raw)

    return call


def nt_xent(raw: Tensor) -> Callable[[], object]:
    def call() -> object:
        z = normalize(raw, dim=-1)
        return torch.autograd.grad(reference.nt_xent_by_cross_entropy(z, 0.5), raw)

    return call


def peak_ours() -> Callable[[], object]:
    cacr(unit_free((2, 8, 8)))()
    return cacr(unit_free((5, 512, 128)))


def peak_released() -> Callable[[], object]:
    cacr_released(unit_free((2, 8, 8)))()
    return cacr_released(unit_free((5, 512, 128)))


def exactness() -> list[Row]:
    raw = unit_free((5, 32, 16), torch.float64)
    (ours, our_grad), (theirs, their_grad) = cacr(raw)(), cacr_released(raw)()
    error = max(relative(ours, theirs), relative(our_grad, their_grad))
    found = [at_most("CACR against the released loops in float64, relative error", error, 1e-10)]
    raw = unit_free((2, 64, 16), torch.float64)
    z = normalize(raw, dim=-1)
    generator = torch.Generator().manual_seed(1)
    pairs, made = with_synthetic_negatives(
        pair_views(z), z, n_synthetic=32, pool_size=64, generator=generator
    )
    ours = SSCL()(pairs).total
    theirs = reference.sscl_as_released(z, made.parents, made.coefficients, 0.5, 1.0, 0.1)
    grads = [torch.autograd.grad(t, raw, retain_graph=True)[0] for t in (ours, theirs)]
    error = max(relative(ours, theirs), relative(*grads))
    found.append(at_most("SSCL against the released order, float64, relative error", error, 1e-10))
    return found


def relative(a: Tensor, b: Tensor) -> float:
    return ((a - b).norm() / b.norm()).item()
