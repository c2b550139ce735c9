"""Which classes a frozen checkpoint knows: its scores beside guessing and the untrained network."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from cacr_core.checkpoints.alike import spread_of
from cacr_core.checkpoints.frozen import draw_untrained
from cacr_core.checkpoints.frozen.scored import PIXELS_SIDE
from cacr_core.metrics import Share, confusion
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.scores import words_of
from cacr_core.scores.paired import Change, over_untrained
from web.checkpoints import figures, tables
from web.checkpoints.charts import chart
from web.checkpoints.features import Asked, embedded_run
from web.checkpoints.session import Shown
from web.checkpoints.work import ask_anew, seen_by_process, was_cancelled
from web.shell.options import spoken
from web.shell.plain import plain

MOST_CLASSES = 20  # of a confusion that can be read
HIGH = 390  # pixels of a figure
WARNING = ":material/warning:"
SPACES = {"features": "before the head", "embeddings": "after the head"}


INVITATION = (
    "Which classes neighbours and a linear probe tell by these features, with intervals, beside "
    "guessing, the untrained network and the images themselves; and what is mistaken for what."
)


def classes_panel(shown: Shown, asked: Asked) -> None:
    """Accuracy by each way to vote and by a linear probe, what is mistaken for what, and how the
    variance is shared between directions."""
    run_id = embedded_run(shown, asked, INVITATION)
    if run_id is None:
        return
    folder = shelf.find(run_id)
    frozen = files.read_json(folder / "run.json")["frozen"]
    names = list(files.read_json(folder / "probes.json")["class_names"])
    scores = by_words(frozen)
    if scores:
        st.markdown("## Which classes the features tell", anchors=False)
        _accuracies(scores, frozen)
        _beside(shown, folder, scores)
    way = (
        st.selectbox("Mistakes by", list(scores), format_func=spoken(), width=420)
        if scores
        else None
    )
    left, right = st.columns(2, gap="large")
    with left:
        if way and len(names) <= MOST_CLASSES:
            said, labels = torch.tensor(scores[way]["said"]), torch.tensor(frozen["labels"])
            counts = confusion(said, labels, len(names))
            chart(figures.confusion_figure(counts.numpy(), names), HIGH)
    with right:
        _spectrum(shown, folder)


def by_words(frozen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All scores of run.json by what a row of the table is called."""
    scores = dict(frozen["scores"])
    if frozen["layer"] == "features":  # they are the embeddings too
        scores.pop("embeddings", None)
    return {
        one["words"] if len(scores) == 1 else f"{one['words']}, {SPACES[space]}": one
        for space, ways in scores.items()
        for one in ways.values()
    }


def told_in_short(shown: Shown, run: Path | None) -> None:
    """The accuracies of the layer that is looked at, on a panel of the first screen."""
    st.markdown("## What it tells", anchors=False)
    if run is None:
        st.caption(
            "Right answers of neighbours and of a linear probe on held-out images, with 95 % "
            "intervals, beside the same network untrained and beside the images themselves."
        )
        return
    frozen = files.read_json(run / "run.json")["frozen"]
    if not frozen["scores"]:
        st.caption("These images have too few labels to learn classes from.")
        return
    space = "features" if frozen["layer"] == "features" else "embeddings"
    scores = {one["words"].split(",")[0]: one for one in frozen["scores"][space].values()}
    first = next(iter(scores.values()))
    name = first["untrained"] and first["untrained"]["name"]
    rows = {
        words: [
            share_of(one),
            *([Share(**one["untrained"]["accuracy"])] if name else []),
            share_of(frozen["pixels"][way]),
        ]
        for (way, one), words in zip(frozen["scores"][space].items(), scores, strict=True)
    }
    columns = ["% right", *([name] if name else []), "pixels alone"]
    ways = "; ".join(one["words"] for one in scores.values())
    foot = f"{_of_images(first, frozen['n_fitted'])} With 95 % intervals. {ways}."
    what = "Accuracy beside the untrained network and pixels"
    tables.table(SPACES[space], rows, columns, what, foot, short=True)
    if not name:
        draw_one(shown, run)
    for words, gain in gains_of(scores).items():
        if gain.sign <= 0:
            st.caption(f"{WARNING} By {plain(f'{words}: {over_untrained(gain)}.')}")
            break


def _of_images(first: dict[str, Any], n_fitted: int) -> str:
    return (
        f"Of {first['n']:,} labelled held-out images, by {n_fitted:,} others. "
        f"Guessing the commonest class gets {100 * first['guess']:.1f} %."
    )


def _accuracies(scores: dict[str, dict[str, Any]], frozen: dict[str, Any]) -> None:
    first = next(iter(scores.values()))
    name = first["untrained"] and first["untrained"]["name"]
    pixels = {words_of(way, frozen["n_fitted"]): one for way, one in frozen["pixels"].items()}
    rows = {
        words: [
            share_of(one),
            *(_base(one["untrained"]) if name else ()),
            share_of(pixels[one["words"]]),
        ]
        for words, one in scores.items()
    }
    columns = ["right, 95 %"]
    columns += [name, "gain in percentage points, 95 %"] if name else []
    columns += ["pixels alone"]
    foot = (
        f"{_of_images(first, frozen['n_fitted'])} Pixels alone: the images as at most "
        f"{PIXELS_SIDE} x {PIXELS_SIDE} numbers a colour, less their mean."
    )
    what = "Accuracy by each way to tell classes"
    tables.table("of held-out images, by", rows, columns, what, foot)


def _base(base: dict[str, Any] | None) -> list[tables.Cell]:
    if base is None:
        return [None, None]
    return [Share(**base["accuracy"]), Change(**base["gain"])]


def share_of(one: dict[str, Any]) -> Share:
    return Share(*(one[name] for name in Share._fields))


def _beside(shown: Shown, folder: Path, scores: dict[str, dict[str, Any]]) -> None:
    """Where it is no better than the untrained network, and that one on demand."""
    gains = gains_of(scores)
    for words, gain in gains.items():
        if gain.sign <= 0:
            st.warning(f"By {plain(f'{words}: {over_untrained(gain)}.')}", icon=WARNING)
    if not gains:
        draw_one(shown, folder)


def gains_of(scores: dict[str, dict[str, Any]]) -> dict[str, Change]:
    """What it gains over the untrained network, by the way to score; empty where there is none."""
    return {
        words: Change(**one["untrained"]["gain"])
        for words, one in scores.items()
        if one["untrained"]
    }


def draw_one(shown: Shown, folder: Path) -> None:
    """The untrained network of its form on demand, where none ships."""
    st.caption(
        "First weights alone tell some classes. An untrained network of this form does not ship; "
        "one can be drawn and scored on the same images, which takes as long as this one took."
    )
    if st.button("Score an untrained network beside it"):
        st.session_state["checkpoints_drawn"] = str(folder)
        ask_anew("drawn")
    if st.session_state.get("checkpoints_drawn") == str(folder):
        question = ("drawn", str(folder))
        try:
            seen_by_process(question, partial(draw_untrained, folder, shown.card, device="auto"))
        except (ValueError, OSError) as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        if was_cancelled(question):
            return
        st.session_state.pop("checkpoints_drawn")
        st.rerun()


def _spectrum(shown: Shown, folder: Path) -> None:
    z = torch.from_numpy(files.read_snapshot(folder, 0).embeddings[0])
    spectrum = {shown.name: spread_of(z).spectrum.numpy()}
    chart(figures.spectrum_figure(spectrum), HIGH)
