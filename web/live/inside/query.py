"""One query of an update: its way through the layers, its pairs, its loss, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cacr_core.losses import LossRecord, needs_labels, with_labels
from cacr_core.losses.tokens import Line
from cacr_core.pairs import Pairs, own_class
from cacr_core.training.inside import Inside, Layer
from web.live.answers.formula import formula
from web.live.answers.question import whole
from web.live.inside.opened import Opened, open_update
from web.live.inside.update import force
from web.live.inside.words import query_words

MOST_POSITIVES, MOST_NEGATIVES, MOST_SYNTHETICS = 15, 12, 6  # that are listed
WRITTEN_OUT = 3  # of each side, in the filled formula
KINDS = {"p": "positives", "n": "negatives", "s": "synthetics"}


def of_query(message: dict[str, Any], folder: Path) -> dict[str, Any]:
    """All that is told of one query of an update.

    Raises:
        ValueError: There is no such update or query.
    """
    opened = open_update(folder, whole(message, "step"))
    inside, query = opened.inside, whole(message, "query")
    n_views, n_items = inside.before.shape[:2]
    if not 0 <= query < n_views * n_items:
        raise ValueError(f"This update has queries 0 to {n_views * n_items - 1}, got {query}.")
    view, item = divmod(query, n_items)
    z, after = inside.before[view, item], inside.after[view, item]
    pushed, way = force(inside)[view, item], after - z
    moved = float(way.norm())
    strength = float(pushed.norm())
    along = float(pushed @ way) / (strength * moved) if strength * moved > 0 else 0.0
    order = _order(inside, query)
    return {
        "step": inside.step,
        "query": query,
        "item": item,
        "view": view,
        "class": opened.class_of(item),
        "layers": [_activation(layer, query) for layer in inside.layers],
        "pairs": [_pair(opened, query, kind, column) for kind, column in _listed(order)],
        "rest": _rest(inside, query, order),
        "formula": _formula(opened, query, order),
        "force": strength,
        "moved": moved,
        "along": along,
        "said": query_words(strength, moved, along),
    }


def _order(inside: Inside, query: int) -> dict[str, list[int]]:
    """Columns of each kind, heaviest first: positives, real negatives, synthetics."""
    near, far = inside.record.pos_weights[query], inside.record.neg_weights[query]
    n_real = len(far) - inside.n_synthetic
    made = far[n_real:].argsort(descending=True, stable=True) + n_real
    return {
        "p": near.argsort(descending=True, stable=True).tolist(),
        "n": far[:n_real].argsort(descending=True, stable=True).tolist(),
        "s": made.tolist(),
    }


def _listed(order: dict[str, list[int]]) -> list[tuple[str, int]]:
    most = {"p": MOST_POSITIVES, "n": MOST_NEGATIVES, "s": MOST_SYNTHETICS}
    return [(kind, column) for kind in KINDS for column in order[kind][: most[kind]]]


def _pair(opened: Opened, query: int, kind: str, column: int) -> dict[str, Any]:
    inside = opened.inside
    n_items = len(inside.index)
    pos, neg = inside.columns(query)
    side = 0 if kind == "p" else 1
    sample = pos[column] if kind == "p" else neg[column] if column < len(neg) else None
    item = None if sample is None else int(sample) % n_items
    label = int(inside.labels[query % n_items])
    is_same = item is not None and label >= 0 and int(inside.labels[item]) == label
    words = {"p": "positive", "n": "negative", "s": "synthetic"}[kind]
    after = None
    if sample is not None and (kind == "n" or not inside.n_queued):
        flat = inside.after.flatten(0, 1)
        after = max(0.0, float(2 - 2 * flat[query] @ flat[sample]))
    return {
        "kind": "queued" if words == "negative" and sample is None else words,
        "item": item,
        "view": None if sample is None else int(sample) // n_items,
        "class": "" if item is None else opened.class_of(item),
        "same_class": is_same and kind == "n",
        "parents": _parents(inside, query, column) if kind == "s" else [],
        "distance": float(inside.pairs[side][query, column]),
        "weight": float(_weights(inside.record, side)[query, column]),
        "pull": float(inside.pulls[side][query, column]),
        "after": after,
    }


def _weights(record: LossRecord, side: int) -> Tensor:
    return record.neg_weights if side else record.pos_weights


def _parents(inside: Inside, query: int, column: int) -> list[int]:
    """Samples of the batch that a synthetic is mixed of."""
    assert inside.synthetic is not None
    place = column - (inside.pairs.neg.shape[1] - inside.n_synthetic)
    n_samples = inside.before.shape[0] * inside.before.shape[1]
    found = inside.synthetic.parents[query, place].tolist()
    return [sample for sample in dict.fromkeys(found) if sample < n_samples]


def _rest(inside: Inside, query: int, order: dict[str, list[int]]) -> dict[str, Any]:
    columns = torch.tensor(order["n"][MOST_NEGATIVES:] + order["s"][MOST_SYNTHETICS:]).long()
    return {
        "n": len(columns),
        "weight": float(inside.record.neg_weights[query, columns].sum()),
        "pull": float(inside.pulls.neg[query, columns].sum()),
    }


def _formula(opened: Opened, query: int, order: dict[str, list[int]]) -> list[Line]:
    """The loss of this query alone, filled, its pairs by weight; of many the first are written."""
    inside = opened.inside
    loss = inside.formula
    near, far = torch.tensor(order["p"]), torch.tensor([*order["n"], *order["s"]]).long()
    pairs = Pairs(inside.pairs.pos[query][near][None], inside.pairs.neg[query][far][None])
    called = loss
    if needs_labels(loss):
        own = own_class(inside.labels, len(inside.before), torch.tensor([query]))
        called = with_labels(loss, own[:, far])
    record = called(pairs)
    marks = [f"{kind}{i}" for kind in KINDS for i in range(len(order[kind]))]
    return [
        line | {"tokens": shortened(line["tokens"])} for line in formula(loss, pairs, record, marks)
    ]


def shortened(tokens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line in which of each kind of mark the first terms stand, then how many more there are."""
    found: list[dict[str, Any]] = []
    dropped: dict[str, set[str]] = {}
    for token in tokens:
        mark = token.get("mark")
        if mark is None or int(mark[1:]) < WRITTEN_OUT:
            found += _left_out(dropped)
            found.append(token)
        else:
            dropped.setdefault(mark[0], set()).add(mark)
    return found + _left_out(dropped)


def _left_out(dropped: dict[str, set[str]]) -> list[dict[str, Any]]:
    """A sign for what was left out so far; then nothing is."""
    told = [{"t": f"+ … ({_more(len(marks), KINDS[kind])})"} for kind, marks in dropped.items()]
    dropped.clear()
    return told


def _more(n: int, kinds: str) -> str:
    return f"{n:,} more {kinds if n > 1 else kinds[:-1]}"


def _activation(layer: Layer, query: int) -> dict[str, Any]:
    values = layer.activations[query].float()
    least, most = float(values.min()), float(values.max())
    scaled = (values - least) / (most - least if most > least else 1)
    return {
        "shape": list(values.shape),
        "of": layer.shape[0],
        "least": least,
        "most": most,
        "values": (255 * scaled).round().int().flatten().tolist(),
    }
