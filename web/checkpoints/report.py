"""What two checkpoints make of the same images: no more is said than the images allow."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cacr_core.checkpoints.alike import (
    Apart,
    Changes,
    Likeness,
    Overlap,
    Spread,
    Votes,
    headline,
    looks,
)
from cacr_core.data import ImageSet
from cacr_core.scores import PROTOCOLS, short_of, words_of
from cacr_core.scores.paired import OF_IMAGES, headlines, over_untrained
from web.checkpoints import figures, tables
from web.checkpoints.charts import chart, in_a_row, in_rows, side_by_side, strip
from web.checkpoints.saved import save_picture
from web.live.readings import number
from web.shell.options import spoken
from web.shell.plain import plain

MOST_CHANGED, MOST_NEAR, MOST_PAIRS, MOST_ROWS = 5, 5, 3, 30
HIGH = 330  # of a figure
PAIR = 170  # pixels of two images side by side
# uniformity above it: cosines differ by what float32 can just hold
COLLAPSED = -1e-5
LAYERS = {"features": "features before the head", "head": "embeddings after the head"}
CKA_SAYS = "1 is the same but for a turn, a shift and a scale, about 0 is unrelated."


def headline_of(likeness: Likeness, images: ImageSet, stems: tuple[str, str], layer: str) -> None:
    """One sentence that the intervals of the images allow, and of what it is said.

    Args:
        images: The held-out ones that both saw.
        stems: Names of the two files, A and B.
        layer: What is compared, "features" or "head".
    """
    a, b = (plain(stem) for stem in stems)
    about = f"A is {a}, B is {b}: {LAYERS[layer]} of {len(images):,} held-out images."
    if likeness.votes:
        first, *others = _by_votes(likeness.votes)
        st.markdown(f"## {plain(first)}", anchors=False)
        st.caption(" ".join([about, *(f":material/warning: {plain(one)}." for one in others)]))
    else:
        st.markdown(f"## {by_neighbours(likeness.overlap)}", anchors=False)
        st.caption(about)
    for name, spread in zip("AB", likeness.spread, strict=True):
        if spread.uniformity > COLLAPSED:
            st.warning(
                f"All images lie in the same place under {name} but for the last digits, by which "
                "it is then decided who is nearest.",
                icon=":material/warning:",
            )


def by_neighbours(overlap: Overlap) -> str:
    """How many neighbours are kept, beside how many would be by chance."""
    which = f"the {overlap.k} nearest images" if overlap.k > 1 else "the nearest images"
    return (
        f"A and B share {100 * overlap.mean:.0f} % of {which}, {100 * overlap.expected:.1f} % by "
        "chance"
    )


def _by_votes(votes: dict[str, Votes]) -> list[str]:
    """What the chosen way to vote says of A and B, and what another says otherwise."""
    names = {name: short_of(name, one.scores[0].n_bank) for name, one in votes.items()}
    changes = {names[name]: one.changes.overall.change for name, one in votes.items()}
    return headlines(changes, names[st.session_state["checkpoints_vote"]], "A", "B")


def neighbours(likeness: Likeness, images: ImageSet) -> None:
    """How many neighbours are kept, the pairs that are near in one alone, whose changed most."""
    _kept(likeness)
    left, right = st.columns(2, gap="medium")
    with left:
        for pairs, near, far in zip(likeness.apart, "AB", "BA", strict=True):
            st.markdown(f"## Near under {near}, far under {far}", anchors=False)
            _pairs(pairs, images, near, far)
    with right:
        _changed(likeness.overlap, images)


def _pairs(pairs: list[Apart], images: ImageSet, near: str, far: str) -> None:
    """Each pair as one picture, with where the one stands in the other's list."""
    if not pairs:
        st.caption(f"No image among the nearest under {near} is farther down under {far}.")
        return
    pixels = images.images.permute(0, 2, 3, 1).numpy()
    n, pairs = len(pixels) - 1, pairs[:MOST_PAIRS]
    st.image(
        [side_by_side([pixels[one.one], pixels[one.other]]) for one in pairs],
        caption=[f"{near}: nearest {one.near}, {far}: {one.far:,} of {n:,}" for one in pairs],
        width=PAIR,
        alt=[
            f"{_called(images, [one.one, one.other])}: nearest {one.near} under {near}, "
            f"{one.far} under {far}"
            for one in pairs
        ],
    )
    both = [i for one in pairs for i in (one.one, one.other)]
    save_picture(in_a_row(pixels[both]), f"Pairs near under {near} and far under {far}")


def layers(likeness: Likeness, n: int) -> None:
    """How alike layers are, and how each spreads its features."""
    left, right = st.columns(2, gap="large")
    with left:
        chart(figures.cka_figure(
            likeness.cka.debiased.numpy(), likeness.cka.rows, likeness.cka.columns, a="A", b="B"
        ), HIGH)  # fmt: skip
        st.caption("Linear CKA, debiased; layers are averaged over places.")
    with right:
        spectra = {n: o.spectrum.numpy() for n, o in zip("AB", likeness.spread, strict=True)}
        chart(figures.spectrum_figure(spectra), HIGH)
    _spread(likeness.spread, n)


def classes(likeness: Likeness, bases: tuple[str | None, str | None]) -> None:
    """Accuracy of both beside guessing and untrained networks, and class by class.

    Args:
        bases: Names of the untrained networks beside them.
    """
    votes = likeness.votes
    if not votes:
        st.caption("These images have too few labels to learn classes from.")
        return
    chosen = st.session_state["checkpoints_vote"]
    one = votes[chosen]
    change = one.changes.overall.change
    words = words_of(chosen, one.scores[0].n_bank)
    _accuracies(votes, bases)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _figure_of(one.changes)
    with right, st.container(gap="xsmall"):
        st.selectbox(
            "Headline and classes by",
            list(PROTOCOLS),
            format_func=spoken(lambda name: words_of(name, one.scores[0].n_bank)),
            key="checkpoints_vote",
            persist_state="session",
        )
        st.caption(f"By {words}, as are the classes and the gains below.")
        for side, gain in zip("AB", one.gains, strict=True):
            if gain is not None:
                icon = ":material/warning: " if gain.sign <= 0 else ""
                st.markdown(f"{icon}{side} is {plain(over_untrained(gain))}.")
        more = "" if change.sign else " More images make them narrower."
        st.caption(looks(one.changes))
        st.caption(f"{OF_IMAGES}{more}")
    _by_class(one.changes)


def _by_class(changes: Changes) -> None:
    """All classes, in numbers."""
    with st.expander("Accuracy by class, as a table"):
        rows: tables.Rows = [
            (one.name, [f"{one.before.n:,}", one.before, one.after, one.change])
            for one in (*changes.by_class, changes.overall)
        ]  # no dict: a class may be called as all of them are
        columns = ["images", "A, 95 %", "B, 95 %", "B − A in percentage points"]
        tables.table("class", rows, columns, "Accuracy by class under A and B")


def _accuracies(votes: dict[str, Votes], bases: tuple[str | None, str | None]) -> None:
    """A row a protocol; the untrained network of both forms once where it is one."""
    shown = dict.fromkeys(base for base in bases if base)
    rows: dict[str, list[tables.Cell]] = {
        words_of(name, one.scores[0].n_bank): [
            *(score.accuracy for score in one.scores),
            one.changes.overall.change,
            *(score.accuracy for base in shown if (score := one.untrained[bases.index(base)])),
        ]
        for name, one in votes.items()
    }
    columns = ["A", "B", "B − A in points", *(str(base) for base in shown)]
    first = next(iter(votes.values())).scores[0]
    foot = (
        f"Right of {first.accuracy.n:,} labelled images, by the votes of {first.n_bank:,} others. "
        f"Guessing the commonest class gets {100 * first.guess:.1f} %."
    )
    tables.table("95 % intervals", rows, columns, "Accuracy by each way to vote", foot)


def _figure_of(changes: Changes) -> None:
    """Classes in order of their change; of many those that changed most."""
    shown = [one for one in changes.by_class if one.change.n]
    shown = sorted(shown, key=lambda one: -abs(one.change.value))[:MOST_ROWS]
    chart(figures.class_change_figure(
        [one.name for one in shown],
        np.array([one.change.value for one in shown]),
        np.array([(one.change.low, one.change.high) for one in shown]).reshape(-1, 2),
        title=headline(changes, "A", "B").replace("; ", ";\n"),
        a="A",
        b="B",
    ))  # fmt: skip
    if len(shown) < changes.n_intervals:
        st.caption(f"The {len(shown)} of {changes.n_intervals} classes that changed most.")


def _kept(likeness: Likeness) -> None:
    overlap = likeness.overlap
    what = {"head": "embeddings"}.get(likeness.cka.rows[-1], "features")
    cka = number(float(likeness.cka.debiased[-1, -1]))
    st.markdown(
        f"**{100 * overlap.mean:.0f} %** of an image's {overlap.k} nearest are kept, "
        f"{100 * overlap.expected:.1f} % by chance. Linear CKA of the {what}, debiased: **{cka}**; "
        f"{CKA_SAYS}"
    )


def _spread(spreads: tuple[Spread, Spread], n: int) -> None:
    rows = {
        "effective rank": [
            "–" if s.uniformity > COLLAPSED else f"{number(s.effective_rank)} of {min(s.dim, n)}"
            for s in spreads
        ],
        "uniformity": [number(s.uniformity) for s in spreads],
        "alignment": [number(s.alignment) if s.alignment is not None else "–" for s in spreads],
    }
    foot = (
        f"Effective rank: directions in use, of {n:,} images. Uniformity: 0 is all images in one "
        "place, lower is more evenly spread. Alignment: mean squared distance of two augmented "
        "views of an image, 0 to 4; 2 is as far apart as unrelated directions."
    )
    tables.table("how they lie", rows, ["A", "B"], "Spread of the features of A and B", foot)


def _changed(overlap: Overlap, images: ImageSet) -> None:
    pixels = images.images.permute(0, 2, 3, 1).numpy()
    changed, what = overlap.changed[:MOST_CHANGED].tolist(), "Whose neighbours changed most"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.markdown(f"## {what}", anchors=False, width="stretch")
        save_picture(pictures_of(overlap, pixels, changed), what)
    for i in changed:
        one, before, after = st.columns([1, 3, 3], vertical_alignment="center")
        n_kept = round(float(overlap.share[i]) * overlap.k)
        with one:
            strip([pixels[i]], alt=_called(images, [i]))
            st.caption(f"{n_kept} of {overlap.k} kept")
        for column, found, letter in ((before, overlap.before, "A"), (after, overlap.after, "B")):
            near = found[i][:MOST_NEAR].tolist()
            with column:
                strip([pixels[j] for j in near], f"Nearest under {letter}: {_called(images, near)}")
                st.caption(f"nearest under {letter}")


def pictures_of(overlap: Overlap, pixels: np.ndarray, changed: list[int]) -> np.ndarray:
    """A row an image: itself, its nearest under A, those under B."""
    near = [[i, *(j for of in (overlap.before, overlap.after) for j in of[i][:MOST_NEAR].tolist())]
            for i in changed]  # fmt: skip
    return in_rows(pixels[[j for row in near for j in row]], columns=len(near[0]))


def _called(images: ImageSet, which: list[int]) -> str:
    """The classes of some images, in words."""
    labels = images.labels[which].tolist()
    names = images.class_names
    return ", ".join(names[k] if 0 <= k < len(names) else "without a label" for k in labels)
