"""A checkpoint's features on images: a run that stands still, in the live view's own panels."""

from __future__ import annotations

import streamlit as st
import torch

from cacr_core import data, figures
from cacr_core.commands import embed
from cacr_core.features import features_of, image_sets
from cacr_core.frozen import folder_of, freeze_checkpoint
from cacr_core.likeness import spread_of
from cacr_core.runs import shelf
from cacr_core.scores import knn_score, probe_score
from web.checking.state import SAVE, Shown
from web.components import live_view
from web.fields import VIEW_DEFAULTS

N_TRAIN, N_TEST, MOST_CLASSES = 2000, 1000, 20
LAYERS = {"head": "after the head", "features": "before the head"}


def here() -> list[str]:
    """Datasets that need no download."""
    return [name for name in data.DATASETS if data.is_here(name)]


def choose_images(shown: Shown) -> tuple[str, str, int]:
    """Dataset, layer and number of images, from widgets that keep what was chosen."""
    found = here()
    settings = shown.card.settings
    own = str(settings.get("config.dataset", settings.get("metadata.dataset", "")))
    if not st.session_state["checkpoints_dataset"]:
        st.session_state["checkpoints_dataset"] = own if own in found else found[0]
    layers = list(LAYERS) if shown.card.head else ["features"]
    if st.session_state["checkpoints_layer"] not in layers:
        st.session_state["checkpoints_layer"] = layers[0]
    one, two, three = st.columns([2, 2, 1], vertical_alignment="bottom")
    one.selectbox(
        "Images: a dataset, or the path of a folder",
        list(dict.fromkeys([*found, st.session_state["checkpoints_dataset"]])),
        format_func=lambda name: data.DATASETS[name].title if name in data.DATASETS else name,
        key="checkpoints_dataset",
        accept_new_options=True,
    )
    two.selectbox("Features", layers, format_func=LAYERS.get, key="checkpoints_layer")
    three.number_input("Images", 16, 2000, step=16, key="checkpoints_n_probes")
    return (
        st.session_state["checkpoints_dataset"],
        st.session_state["checkpoints_layer"],
        int(st.session_state["checkpoints_n_probes"]),
    )


def features_panel(shown: Shown) -> None:
    """Embed images and show them: cloud, query, lens, synthetic negatives and numbers."""
    if shown.card.network is None:
        st.info("Features need a network that this app knows; the card says what was found.")
        return
    dataset, layer, n_probes = choose_images(shown)
    question = (shown.reference, dataset, layer, n_probes)
    if not _is_made(shown, dataset, layer, n_probes):
        if st.button("Show its features", type="primary"):
            st.session_state["checkpoints_features"] = question
        if st.session_state.get("checkpoints_features") != question:
            st.caption(
                "The images through this encoder, in the panels of a live run: cloud, one query's "
                "weights under any loss, synthetic negatives, and numbers."
            )
            return
    run_id = frozen_run(shown, dataset, layer, n_probes)
    if run_id is None:
        return
    live_view(
        key="checkpoint",
        run=run_id,
        example=False,
        view=VIEW_DEFAULTS,
        present=False,
        invite="",
        state="finished",
    )
    with st.expander("What classes the features know, on held-out images"):
        if st.button("Score them"):
            st.session_state["checkpoints_scored"] = (shown.reference, dataset, layer)
        if st.session_state.get("checkpoints_scored") == (shown.reference, dataset, layer):
            _scores(shown, dataset, layer)
        else:
            st.caption(
                f"Neighbours and a linear probe: fitted on {N_TRAIN:,} training images, scored on "
                f"{N_TEST:,} held-out ones."
            )


def _is_made(shown: Shown, dataset: str, layer: str, n_probes: int) -> bool:
    """Whether these features were asked for before, so that they are there at once."""
    try:
        folder = folder_of(
            shown.opened, shown.card, dataset=dataset, layer=layer, n_probes=n_probes
        )
    except (ValueError, OSError):
        return False
    return (folder / "config.json").exists()


def frozen_run(shown: Shown, dataset: str, layer: str, n_probes: int) -> str | None:
    """The id of the run that shows these features, made if it is not there yet; None where it
    cannot be made, which has then been said."""
    bar = st.empty()

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(1, total), f"{done:,} of {total:,} images embedded")

    try:
        folder = freeze_checkpoint(
            shown.opened,
            shown.card,
            dataset=dataset,
            layer=layer,
            n_probes=n_probes,
            title=f"{shown.opened.path.stem} on {dataset}"[:80],
            progress=progress,
        )
    except (ValueError, OSError) as error:
        bar.empty()
        st.error(str(error), icon=":material/error:")
        return None
    bar.empty()
    return shelf.id_of(folder)


def _scores(shown: Shown, dataset: str, layer: str) -> None:
    """Accuracy by neighbours and by a linear probe with intervals, confusion, and the spectrum."""
    bar = st.empty()

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(1, total), f"{done:,} of {total:,} images embedded")

    try:
        size = embed.image_size(dataset, [shown.card])
        sets = image_sets(dataset, n_train=N_TRAIN, n_test=N_TEST, size=size)
        found = {
            split: torch.from_numpy(
                features_of(
                    shown.opened, shown.card, images.images, dataset=dataset, split=split,
                    layers=(layer,), progress=progress,
                )[layer]
            )
            for split, images in (("train", sets.train), ("test", sets.test))
        }  # fmt: skip
        names = sets.test.class_names
        fits = (found["train"], sets.train.labels, found["test"], sets.test.labels, len(names))
        near, linear = knn_score(*fits), probe_score(*fits)
    except (ValueError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    finally:
        bar.empty()
    chance = 1 / max(1, len(names))
    columns = st.columns(2, gap="large")
    told = (("10 nearest neighbours", near), ("A linear probe", linear))
    for column, (name, score) in zip(columns, told, strict=True):
        one = score.accuracy
        column.metric(name, f"{100 * one.value:.1f} %")
        column.caption(
            f"{100 * one.low:.1f} to {100 * one.high:.1f} % (95 %), chance {100 * chance:.0f} %"
        )
        if len(names) <= MOST_CLASSES:
            figure = figures.confusion_figure(score.confusion.numpy(), names)
            column.plotly_chart(figure, width="stretch", config=SAVE)
    spread = spread_of(found["test"])
    figure = figures.spectrum_figure({shown.opened.path.stem: spread.spectrum.numpy()})
    st.plotly_chart(figure, width="stretch", config=SAVE)
