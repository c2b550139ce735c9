"""Two checkpoints: their tensors side by side, and how alike they see the same images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from cacr_core import figures
from cacr_core.checkpoints import head_state_dict_of, state_dict_of
from cacr_core.commands import embed
from cacr_core.features import augmented, features_of, image_sets, layers_of, network_of
from cacr_core.frozen import pair
from cacr_core.likeness import (
    Source,
    cka_table,
    class_changes,
    difference,
    differences,
    neighbour_overlap,
    spread_of,
)
from cacr_core.runs import shelf
from cacr_core.scores import knn_score
from web.checking import state
from web.checking.features import choose_images, frozen_run
from web.checking.pick import refused
from web.components import compare_view
from web.fields import COMPARE_VIEW_DEFAULTS
from web.readings import number

N_TRAIN, N_ALIGNED, MOST_LAYERS, MOST_CHANGED = 2000, 500, 8, 8


def two_panel(shown: state.Shown) -> None:
    """Pick a second file; compare tensors at once, features when asked."""
    found = state.references()
    now = st.session_state["checkpoints_b"]
    if now not in found:
        others = [reference for reference in found if reference != shown.reference]
        st.session_state["checkpoints_b"] = (others or list(found))[0]
    st.selectbox("Against", list(found), format_func=found.get, key="checkpoints_b")
    try:
        other = state.open_reference(st.session_state["checkpoints_b"])
    except (ValueError, OSError) as error:
        refused(error)
        return
    _features(shown, other)
    with st.expander("Tensors side by side"):
        _tensors(shown, other)


def _tensors(a: state.Shown, b: state.Shown) -> None:
    buildable = all(one.card.network and not one.card.blocked for one in (a, b))
    if buildable:
        rows = difference(_named(a), _named(b))
    else:
        rows = list(differences(*(Source(o.opened.tensors, o.opened.load) for o in (a, b))))
    kinds = {k: sum(row.kind == k for row in rows) for k in ("added", "removed", "changed", "same")}
    st.caption(", ".join(f"{n:,} {kind}" for kind, n in kinds.items()) + ".")
    table = pd.DataFrame(
        [(r.name, r.kind, _size(r.shape_a), _size(r.shape_b), r.relative) for r in rows],
        columns=["name", "kind", "first", "second", "relative distance"],
    )
    st.dataframe(table, hide_index=True)


def _named(one: state.Shown) -> dict[str, torch.Tensor]:
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


def _features(a: state.Shown, b: state.Shown) -> None:
    if any(one.card.network is None for one in (a, b)):
        st.info("Features need networks that this app knows; one of the two is not.")
        return
    dataset, _, n_probes = choose_images(a)
    question = (a.reference, b.reference, dataset, n_probes)
    if st.button("Compare their features", type="primary"):
        st.session_state["checkpoints_compared"] = question
    if st.session_state.get("checkpoints_compared") != question:
        st.caption("The same held-out images through both: who is near whom, layer by layer.")
        return
    bar = st.empty()
    try:
        report = _compared(a, b, dataset, n_probes, bar)
    except (ValueError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    finally:
        bar.empty()
    _report(report)
    _clouds(a, b, dataset, n_probes)


def _clouds(a: state.Shown, b: state.Shown, dataset: str, n_probes: int) -> None:
    """Both clouds, linked and turned to lie alike; one query under both."""
    if not st.toggle("Both clouds, linked", help="Point at an image and it lights up in both."):
        return
    layer = "head" if a.card.head and b.card.head else "features"
    runs = [frozen_run(one, dataset, layer, n_probes) for one in (a, b)]
    if None in runs:
        return
    stems = [one.opened.path.stem[:50] for one in (a, b)]
    labels = stems if stems[0] != stems[1] else [f"A: {stems[0]}", f"B: {stems[1]}"]
    try:
        folder = pair([shelf.find(str(run)) for run in runs], labels)
    except (ValueError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    compare_view(
        key="checkpoints_pair",
        run=shelf.id_of(folder),
        example=False,
        view=COMPARE_VIEW_DEFAULTS | {"panel": "moved"},
        invite="",
        state="finished",
    )


def _compared(a: state.Shown, b: state.Shown, dataset: str, n: int, bar: Any) -> dict[str, Any]:
    """Features of both on the same images, from the cache where it has them, and their likeness."""
    sets = image_sets(
        dataset, n_train=N_TRAIN, n_test=n, size=embed.image_size(dataset, [a.card, b.card])
    )
    sides = []
    for letter, one in zip("AB", (a, b), strict=True):

        def progress(done: int, total: int, letter: str = letter) -> None:
            bar.progress(done / max(1, total), f"{letter}: {done:,} of {total:,} images embedded")

        inner = list(layers_of(network_of(one.opened, one.card, with_head=False)[0]))
        layers = ("features", *inner[-MOST_LAYERS:])
        images = sets.test.images
        test = features_of(
            one.opened, one.card, images, dataset=dataset, split="test",
            layers=layers, progress=progress,
        )  # fmt: skip
        train = features_of(
            one.opened, one.card, sets.train.images, dataset=dataset, split="train",
            progress=progress,
        )  # fmt: skip
        size = int(images.shape[-1])
        seen = [
            features_of(one.opened, one.card, view, dataset=dataset, split=f"view {v}")
            for v, view in enumerate(augmented(images[:N_ALIGNED], dataset, size))
        ]
        sides.append(
            {
                "views": [torch.from_numpy(found["features"]) for found in seen],
                "layers": {name: torch.from_numpy(test[name]) for name in layers[1:]},
                "test": torch.from_numpy(test["features"]),
                "train": torch.from_numpy(train["features"]),
            }
        )
    labels, names = sets.test.labels, sets.test.class_names
    overlap = neighbour_overlap(sides[0]["test"], sides[1]["test"])
    report: dict[str, Any] = {
        "cka": cka_table(*(side["layers"] | {"features": side["test"]} for side in sides)),
        "overlap": overlap,
        "spread": [spread_of(side["test"], side["views"]) for side in sides],
        "images": sets.test.images,
        "labels": labels,
        "names": names,
        "scores": None,
    }
    if (sets.train.labels >= 0).sum() >= 10 and bool((labels >= 0).any()) and len(names) > 1:
        scores = [
            knn_score(s["train"], sets.train.labels, s["test"], labels, len(names)) for s in sides
        ]
        report["scores"] = scores
        right = [score.said == labels for score in scores]
        report["classes"] = class_changes(right[0], right[1], labels, names)
    return report


def _report(report: dict[str, Any]) -> None:
    overlap, cka = report["overlap"], report["cka"]
    first, second, third, fourth = st.columns(4)
    first.metric("10-NN neighbours kept", f"{100 * overlap.mean:.0f} %")
    first.caption(f"{100 * overlap.expected:.1f} % by chance")
    second.metric("Linear CKA of the features", number(float(cka.debiased[-1, -1])))
    second.caption("1: alike but for a rotation; 0: unrelated (debiased)")
    for column, name, i in ((third, "A", 0), (fourth, "B", 1)):
        score = report["scores"] and report["scores"][i].accuracy
        column.metric(f"{name}: 10-NN accuracy", f"{100 * score.value:.1f} %" if score else "–")
        spread = report["spread"][i]
        interval = f"{100 * score.low:.1f} to {100 * score.high:.1f} %, " if score else ""
        column.caption(
            f"{interval}effective rank {number(spread.effective_rank)} of {spread.dim}, "
            f"uniformity {number(spread.uniformity)}, alignment {number(spread.alignment or 0)}"
        )
    left, right = st.columns([1, 1], gap="large")
    with left:
        shown = cka.debiased.clamp(0, 1).numpy()
        figure = figures.cka_figure(shown, cka.rows, cka.columns, a="A", b="B")
        st.plotly_chart(figure, width="stretch", config=state.SAVE)
        st.caption(
            "Linear CKA, debiased: unrelated layers are at 0. Layers are averaged over places."
        )
        spectra = {n: o.spectrum.numpy() for n, o in zip("AB", report["spread"], strict=True)}
        st.plotly_chart(figures.spectrum_figure(spectra), width="stretch", config=state.SAVE)
    with right:
        if report["scores"]:
            by_class = [np.array([one.value for one in sc.by_class]) for sc in report["scores"]]
            figure = figures.class_accuracy_figure(report["names"], *by_class, a="A", b="B")
            st.plotly_chart(figure, width="stretch", config=state.SAVE)
            rows = [
                (c.name, c.before.value, c.after.value, c.change, f"{c.low:+.0%} to {c.high:+.0%}")
                for c in report["classes"]
            ]
            columns = ["class", "A", "B", "B − A", "95 % of it"]
            percent = st.column_config.NumberColumn(format="percent")
            st.dataframe(
                pd.DataFrame(rows, columns=columns),
                hide_index=True,
                column_config={name: percent for name in columns[1:4]},
            )
    st.markdown("**The images whose neighbours changed most**")
    _changed(report)


def _changed(report: dict[str, Any]) -> None:
    overlap, pixels = report["overlap"], report["images"].permute(0, 2, 3, 1).numpy()
    # in the page itself: a file of Streamlit's may be gone before the browser asks for it
    images = {}
    for i in overlap.changed[:MOST_CHANGED].tolist():
        for j in (i, *overlap.before[i][:8].tolist(), *overlap.after[i][:8].tolist()):
            images[j] = figures.data_url(pixels[j])
    for i in overlap.changed[:MOST_CHANGED].tolist():
        one, before, after = st.columns([1, 5, 5], vertical_alignment="center")
        one.image(images[i], width=56)
        one.caption(f"{100 * float(overlap.share[i]):.0f} % kept")
        for column, near, letter in (
            (before, overlap.before[i], "A"),
            (after, overlap.after[i], "B"),
        ):
            column.image([images[j] for j in near[:8].tolist()], width=40)
            column.caption(f"nearest under {letter}")
