"""Two checkpoints: which, on what images, and their tensors side by side."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st
import torch

from cacr_core.checkpoints import head_state_dict_of, state_dict_of
from cacr_core.checkpoints.alike import (
    Likeness,
    Row,
    Seen,
    Source,
    difference,
    differences,
    likeness_of,
)
from cacr_core.checkpoints.features import (
    Sets,
    augmented,
    features_of,
    image_sets,
    layers_of,
    network_of,
)
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD, Progress
from cacr_core.checkpoints.frozen import pair
from cacr_core.checkpoints.untrained import shipped
from cacr_core.commands import embed
from cacr_core.runs import shelf
from web.checkpoints import session
from web.checkpoints.features import choose_images, frozen_run
from web.checkpoints.pick import refused
from web.checkpoints.report import report
from web.settings.fields import COMPARE_VIEW_DEFAULTS
from web.shell.components import compare_view

N_TRAIN, N_ALIGNED, MOST_LAYERS = 2000, 500, 8
LAYER = "checkpoints_layer_two"


def two_panel(shown: session.Shown) -> None:
    """Pick a second file; compare tensors at once, features when asked."""
    found = session.references()
    now = st.session_state["checkpoints_b"]
    if now not in found:
        others = [reference for reference in found if reference != shown.reference]
        st.session_state["checkpoints_b"] = (others or list(found))[0]
    st.selectbox("Against", list(found), format_func=found.__getitem__, key="checkpoints_b")
    try:
        other = session.open_reference(st.session_state["checkpoints_b"])
    except (ValueError, OSError) as error:
        refused(error)
        return
    _features(shown, other)
    with st.expander("Tensors side by side"):
        _tensors(shown, other)


def _tensors(a: session.Shown, b: session.Shown) -> None:
    buildable = all(one.card.network and not one.card.blocked for one in (a, b))
    if buildable:
        rows = difference(_named(a), _named(b))
    else:
        rows = list(differences(*(Source(o.opened.tensors, o.opened.load) for o in (a, b))))
    st.markdown(session.plain(tensors_say(rows)))
    apart = "|a − b| / |a|"
    frame = pd.DataFrame(
        [(r.name, r.kind, _size(r.shape_a), _size(r.shape_b), r.relative) for r in rows],
        columns=["name", "kind", "A", "B", apart],
    )
    number = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(frame, hide_index=True, column_config={apart: number}, alt="Tensors of A and B")


def tensors_say(rows: list[Row]) -> str:
    """How many there are of each kind, and which is farthest from the other's."""
    kinds = {k: sum(row.kind == k for row in rows) for k in ("added", "removed", "changed", "same")}
    told = ", ".join(f"{n:,} {kind}" for kind, n in kinds.items()) + "."
    apart = {row.name: row.relative for row in rows if row.relative and row.relative < math.inf}
    if not apart:
        return told
    most = f"{max(apart.values()):.2f}"
    farthest = [name for name, value in apart.items() if f"{value:.2f}" == most]
    if len(farthest) > 1:
        return f"{told} Farthest apart: {len(farthest)} tensors, by {most} times their length in A."
    return f"{told} Farthest apart: {farthest[0]}, by {most} times its length in A."


def _named(one: session.Shown) -> dict[str, torch.Tensor]:
    found = dict(state_dict_of(one.opened, one.card))
    if one.card.head:
        try:
            head = head_state_dict_of(one.opened, one.card)
        except ValueError:  # of an unknown form: the encoders are compared all the same
            return found
        found |= {f"head.{name}": tensor for name, tensor in head.items()}
    return found


def _size(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"


def _features(a: session.Shown, b: session.Shown) -> None:
    if any(one.card.network is None for one in (a, b)):
        st.info("Features need networks that this app knows; one of the two is not.")
        return
    dataset, layer, n_probes = choose_images(a, LAYER)
    if layer == HEAD and b.card.head is None:
        st.info("B has no head: features before the head are compared.")
        layer = FEATURES
    question = (a.reference, b.reference, dataset, layer, n_probes)
    if st.button("Compare their features", type="primary"):
        st.session_state["checkpoints_compared"] = question
    if st.session_state.get("checkpoints_compared") != question:
        st.caption(
            "The same held-out images through both: which classes each tells, who is near whom, "
            "and how alike their layers are."
        )
        return
    bar = st.empty()
    try:
        sets = image_sets(
            dataset,
            n_train=N_TRAIN,
            n_test=n_probes,
            size=embed.image_size(dataset, [a.card, b.card]),
        )
        likeness, bases = _compared(a, b, sets, dataset, layer, bar)
    except (ValueError, OSError) as error:
        st.error(session.plain(str(error)), icon=":material/error:")
        return
    finally:
        bar.empty()
    stems = (a.opened.path.stem, b.opened.path.stem)
    report(likeness, sets.test, stems, bases, layer)
    _clouds(a, b, dataset, layer, n_probes)


def _clouds(a: session.Shown, b: session.Shown, dataset: str, layer: str, n_probes: int) -> None:
    """Both clouds, linked and turned to lie alike; one query under both."""
    if not st.toggle("Both clouds, linked", help="Point at an image and it lights up in both."):
        return
    runs = [frozen_run(one, dataset, layer, n_probes) for one in (a, b)]
    if None in runs:
        return
    stems = [one.opened.path.stem[:50] for one in (a, b)]
    labels = stems if stems[0] != stems[1] else [f"A: {stems[0]}", f"B: {stems[1]}"]
    try:
        folder = pair([shelf.find(str(run)) for run in runs], labels)
    except (ValueError, OSError) as error:
        st.error(session.plain(str(error)), icon=":material/error:")
        return
    compare_view(
        key="checkpoints_pair",
        run=shelf.id_of(folder),
        example=False,
        view=COMPARE_VIEW_DEFAULTS | {"panel": "moved"},
        invite="",
        state="finished",
    )


def _compared(
    a: session.Shown, b: session.Shown, sets: Sets, dataset: str, layer: str, bar: Any
) -> tuple[Likeness, tuple[str | None, str | None]]:
    """Their likeness on the same images, from the cache where that has features, and the names of
    the untrained networks set beside them."""
    seen, bases = [], []
    for letter, one in zip("AB", (a, b), strict=True):

        def progress(done: int, total: int, letter: str = letter) -> None:
            bar.progress(done / max(1, total), f"{letter}: {done:,} of {total:,} images embedded")

        base = shipped(one.card, layer)
        beside = base and _seen(session.Shown("", *base), sets, dataset, layer, progress)
        seen.append(_seen(one, sets, dataset, layer, progress, beside, inner=True))
        bases.append(base[0].path.stem if base else None)
    labels, names = sets.test.labels, sets.test.class_names
    likeness = likeness_of(seen[0], seen[1], sets.train.labels, labels, names, of=layer)
    return likeness, (bases[0], bases[1])


def _seen(
    one: session.Shown,
    sets: Sets,
    dataset: str,
    layer: str,
    progress: Progress,
    untrained: Seen | None = None,
    inner: bool = False,
) -> Seen:
    """What one network makes of the images, of some in two augmented views where inner layers are
    wanted too."""
    within = list(layers_of(network_of(one.opened, one.card, with_head=False)[0])) if inner else []
    layers = (*within[-MOST_LAYERS:], layer)

    def made(images: torch.Tensor, split: str, *layers: str) -> dict[str, torch.Tensor]:
        found = features_of(
            one.opened, one.card, images, dataset=dataset, split=split, layers=layers,
            progress=progress,
        )  # fmt: skip
        return {name: torch.from_numpy(values) for name, values in found.items()}

    images = sets.test.images
    views = augmented(images[:N_ALIGNED], dataset, int(images.shape[-1])) if inner else []
    test = made(images, "test", *layers)
    return Seen(
        made(sets.train.images, "train", layer)[layer],
        test.pop(layer),
        test,
        [made(view, f"view {v}", layer)[layer] for v, view in enumerate(views)],
        untrained,
    )
