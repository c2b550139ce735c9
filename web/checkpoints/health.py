"""Whether a file is healthy: what is broken in its weights, and whether its features live."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from cacr_core.checkpoints import Card, inside
from cacr_core.checkpoints.alike import Spread, spread_of
from cacr_core.checkpoints.architecture import COUNTER
from cacr_core.checkpoints.faults import Row
from cacr_core.checkpoints.features.health import Health, is_one
from cacr_core.runs import folder as files
from cacr_core.scores.evenness import relative_spread
from web.checkpoints import figures
from web.checkpoints.charts import chart
from web.checkpoints.features import Asked, health
from web.checkpoints.question import answered, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import Job, answer_to
from web.live.readings import number
from web.live.readings.reading import COLLAPSED
from web.shell.plain import plain

READ_AT_ONCE = 400e6  # bytes of weights that are looked through without being asked: a ViT-B's
MOST_FINDINGS = 2
HIGH = 148  # pixels of a figure in this panel


def healthy(shown: Shown, asked: Asked, run: Path | None) -> None:
    """A sentence on the weights and one on the features, norms by layer, and the spectrum."""
    st.markdown("## Is it healthy", anchors=False)
    rows = weights_of(shown)
    if rows is not None:
        _weights_say(rows)
    seen = None if run is None else lies(run)
    if seen is not None:
        found = health(shown, asked.dataset)
        if found is not None and found.n_seen > 1:
            for warns, sentence in features_say(found, seen, asked.layer):
                st.caption(f"{':material/warning: ' * warns}{sentence}")
    left, right = st.columns(2, gap="small")
    if rows:
        with left:
            chart(sizes_figure(rows))
    with right:
        if seen is not None:
            spectrum = seen.spread.spectrum.numpy()
            chart(figures.small(figures.spectrum_figure({shown.name: spectrum}), HIGH))
        else:
            st.caption(
                "Dead features, how far apart images lie and how many directions are in use: once "
                "its features are there."
            )


def weights_of(shown: Shown) -> list[Row] | None:
    """A row a tensor, in the network's order; None where they were not asked for, or the work was
    ended. Those of a large file are read on a click."""
    question = ("layers", state_of(shown))
    paths = inside.paths_of(shown.opened, shown.card)  # what beside them is in the file is not read
    total = sum(shown.opened.tensors[path].n_bytes for path in paths.values())
    if total > READ_AT_ONCE and st.session_state.get("checkpoints_weights") != question:
        if not st.button(f"Look through {total / 1e6:,.0f} MB of weights"):
            return None
        st.session_state["checkpoints_weights"] = question

    def work(job: Job) -> list[Row]:
        rows = []
        for row in inside.each_layer(shown.opened, shown.card):
            rows.append(row)
            job.tell(len(rows), len(paths), "tensors")
        return in_order(rows, shown.card)

    return answer_to(question, work)


def in_order(rows: list[Row], card: Card) -> list[Row]:
    """As the network has them, counters behind all. A safetensors file is sorted by type and by
    letters; there layer 2 is put before layer 10."""
    if card.container == "safetensors":
        rows = sorted(rows, key=lambda row: _numbered(row.name))
    return sorted(rows, key=lambda row: row.name.endswith(COUNTER))


def _numbered(name: str) -> list[tuple[bool, int, str]]:
    parts = [(part, part.isdecimal() and len(part) < 10) for part in name.split(".")]
    return [(not is_number, int(part) if is_number else 0, part) for part, is_number in parts]


def _weights_say(rows: list[Row]) -> None:
    found = inside.findings(rows)
    for sentence in found[:MOST_FINDINGS]:
        st.caption(f":material/warning: {plain(sentence)}")
    if len(found) > MOST_FINDINGS:
        st.caption(f"And {len(found) - MOST_FINDINGS:,} more like these, under Inside.")
    if not found:
        st.caption(f"Weights: nothing that shows is broken in {len(rows):,} tensors.")


class Lies(NamedTuple):
    """What the probe images of a frozen run say.

    Attributes:
        spread: Of their embeddings.
        apart: How far these lie apart, against an even spread.
        n: Images.
        n_dead: Features before the head that are one number for all of them, as far as the sixteen
            bits of a run tell numbers apart; None where it keeps none.
    """

    spread: Spread
    apart: float
    n: int
    n_dead: int | None


def lies(run: Path) -> Lies:
    """How a frozen run lies, read once."""

    def work() -> Lies:
        seen = files.read_snapshot(run, 0)
        z = seen.embeddings[0]
        n_dead = None if seen.features is None else int(is_one(seen.features).sum())
        return Lies(spread_of(torch.from_numpy(z)), relative_spread(z), len(z), n_dead)

    return answered(("lies", str(run)), work)


def features_say(found: Health, seen: Lies, layer: str) -> list[tuple[bool, str]]:
    """What is dead before the head, and how what is looked at lies: sentences, and whether each
    warns.

    Args:
        layer: What is looked at, "features" or "head".
    """
    n_dead, n = found.n_dead, found.n_seen
    if seen.n_dead is not None:  # what a few images move lives
        n_dead, n = min(n_dead, seen.n_dead), seen.n
    what = "embeddings" if layer == "head" else "features"
    where = "Features before the head" if layer == "head" else "Features"
    dead = f"{where}: {n_dead:,} of {found.dim:,} dead, over {n:,} images."
    if seen.apart < COLLAPSED:
        collapsed = f"{what.capitalize()}: collapsed, all images lie in nearly one place."
        return [(False, dead), (True, collapsed)]
    spread = seen.spread
    lie = (
        f"The {what} lie {100 * seen.apart:.0f} % as far apart as an even spread and use "
        f"{number(spread.effective_rank)} of {min(spread.dim, seen.n)} directions; uniformity "
        f"{number(spread.uniformity)}."
    )
    return [(False, f"{dead} {lie}")]


def sizes_figure(rows: list[Row]) -> object:
    """Root mean squares of the weights of each layer, in the network's order."""
    weights = [row for row in rows if len(row.shape) > 1 and row.count]
    sizes = np.array([row.norm / np.sqrt(row.count) for row in weights])
    return figures.small(figures.sizes_figure([row.name for row in weights], sizes), HIGH)
