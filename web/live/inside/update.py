"""What is told of a whole update: its images, layers, distances, and where its step leads."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cacr_core.losses import loss_name
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training.inside import Inside
from web.live.inside.opened import Opened, layout_of, nearest, open_update, recorded, steps_of
from web.live.inside.words import agreement, of_stages
from web.settings.fields import loss_text, loss_title
from web.shell.assets import BASE

MOST_ROWS = 384  # of the table of distances
Arrays = dict[str, np.ndarray]


def of_update(message: dict[str, Any], folder: Path) -> tuple[dict[str, Any], Arrays]:
    """An update, the nearest to the step asked for: plain data, and arrays beside it.

    Raises:
        ValueError: It cannot be opened, or the question makes no sense.
    """
    asked = message.get("step")
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 0:
        raise ValueError(f"step is a whole number from 0, got {str(asked)[:40]!r}.")
    opened = open_update(folder, nearest(folder, asked))
    inside, wrote = opened.inside, recorded(folder, opened)
    made = inside.step < _last_step(folder)
    plane, share, flat = plane_of(inside)
    n_matrix = min(len(inside.index), max(2, MOST_ROWS // len(inside.before)))
    about = {
        "step": inside.step,
        "steps": steps_of(folder),
        "n_steps": opened.config.n_steps,
        "made": made,
        "recorded": wrote,
        "agreement": agreement(folder, opened, wrote, made),
        "batch": _batch(folder, opened, n_matrix),
        "layers": [{"words": one.words, "shape": list(one.shape)} for one in inside.layers],
        "norms": [{"words": words, "norm": norm} for words, norm in inside.norms],
        "loss": _loss(opened),
        "gradient_norm": inside.gradient_norm,
        "rate": inside.rate,
        "n_synthetic": inside.n_synthetic,
        "n_queued": inside.n_queued,
        "said": of_stages(opened, share, flat),
        "share": share,
        "flat": flat,
    }
    arrays = {
        "before": _on(plane, inside.before),
        "after": _on(plane, inside.after),
        "push": _on(plane, force(inside)) - _on(plane, torch.zeros_like(inside.before)),
        "distances": _table(inside, n_matrix),
    }
    return about, arrays


def _last_step(folder: Path) -> int:
    """How many updates the run has made, as far as it has told."""
    rows = files.read_metrics(folder)
    told = int(files.heart(files.home(folder)).get("step", 0))
    return max([int(row["step"]) for row in rows[-1:]] + [told])


def _batch(folder: Path, opened: Opened, n_matrix: int) -> dict[str, Any]:
    inside = opened.inside
    base = f"{BASE[1:]}/runs/{shelf.id_of(folder)}/inside/{inside.step}"
    n = len(inside.index)
    return {
        "n": n,
        "views_each": len(inside.views),
        "matrix": n_matrix,
        "n_train": opened.n_train,
        "index": inside.index.tolist(),
        "classes": [opened.class_of(item) for item in range(n)],
        "images": f"{base}/images.webp",
        "views": [f"{base}/view-{v}.webp" for v in range(len(inside.views))],
    } | layout_of(opened)


def _loss(opened: Opened) -> dict[str, Any]:
    loss, record = opened.inside.formula, opened.inside.record
    name = loss_name(loss)
    return {
        "title": loss_title(name),
        "text": loss_text(name, dataclasses.asdict(loss)),
        "total": opened.inside.loss,
        "attraction": float(record.attraction),
        "repulsion": float(record.repulsion),
    }


def force(inside: Inside) -> Tensor:
    """`(view, item, dim)`: where the batch's loss would have each embedding go, along the sphere.

    It is minus the gradient, times the number of queries that the loss is a mean over."""
    z, down = inside.before, -inside.gradient * len(inside.pairs.pos)
    return down - (down * z).sum(-1, keepdim=True) * z


def plane_of(inside: Inside) -> tuple[tuple[Tensor, Tensor], float, bool]:
    """Centre and two axes `(dim, 2)` along which the embeddings spread most; which share of their
    spread lies on it; whether it is the embeddings' own plane."""
    flat = inside.before.flatten(0, 1).double()
    if flat.shape[1] == 2:
        return (flat.new_zeros(2), torch.eye(2, dtype=flat.dtype)), 1.0, True
    centre = flat.mean(0)
    _, lengths, axes = torch.linalg.svd(flat - centre, full_matrices=False)
    total = float(lengths.square().sum())
    share = float(lengths[:2].square().sum()) / total if total > 0 else 1.0
    return (centre, axes[:2].T), share, False


def _on(plane: tuple[Tensor, Tensor], points: Tensor) -> np.ndarray:
    centre, axes = plane
    placed: np.ndarray = ((points.flatten(0, 1).double() - centre) @ axes).float().numpy()
    return placed


def _table(inside: Inside, n_matrix: int) -> np.ndarray:
    """`(row, column)` float32, as the record says it."""
    n_views, n_items = inside.before.shape[:2]
    shown = (torch.arange(n_views)[:, None] * n_items + torch.arange(n_matrix)).flatten()
    whole = torch.full((len(shown), n_views * n_items + inside.n_synthetic), torch.nan)
    for row, query in enumerate(shown.tolist()):
        pos, neg = inside.columns(query)
        whole[row, pos] = inside.pairs.pos[query]
        whole[row, neg] = inside.pairs.neg[query, : len(neg)]
        if inside.n_synthetic:
            whole[row, -inside.n_synthetic :] = inside.pairs.neg[query, -inside.n_synthetic :]
    made = torch.arange(n_views * n_items, whole.shape[1])
    table: np.ndarray = whole[:, torch.cat([shown, made])].numpy()
    return table
