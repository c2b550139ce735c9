"""A checkpoint's features on images: a run that stands still, in the live view's own panels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from cacr_core import data
from cacr_core.checkpoints.features import size_for
from cacr_core.checkpoints.features.cost import in_words, seconds_for
from cacr_core.checkpoints.features.health import few_images, health_of
from cacr_core.checkpoints.frozen import N_HELD_OUT, folder_of, freeze_checkpoint, n_passes
from cacr_core.checkpoints.untrained import shipped
from cacr_core.runs import shelf
from cacr_core.training.source import N_BANK, N_PROBE_VIEWS
from web.checkpoints.question import answered, state_of
from web.checkpoints.scored import scored
from web.checkpoints.session import Shown, plain
from web.checkpoints.work import Job, answer_to, forget
from web.settings.looks import LIVE, defaults_of
from web.shell import roles
from web.shell.components import live_view
from web.shell.images import may_read, offered_images, take_by_hand, title_of_images

LAYERS = {"head": "after the head", "features": "before the head"}


def here() -> list[str]:
    """Images that may be chosen and need no download."""
    return [name for name in offered_images() if data.is_here(name)]


def choose_images(shown: Shown, layer: str = "checkpoints_layer") -> tuple[str, str, int]:
    """Dataset, layer and number of images, from widgets that keep what was chosen.

    Args:
        layer: The key that holds the layer.
    """
    found, is_local = here(), roles.me().is_local
    settings = shown.card.settings
    own = str(settings.get("config.dataset", settings.get("metadata.dataset", "")))
    if not st.session_state["checkpoints_dataset"]:
        st.session_state["checkpoints_dataset"] = own if own in found else found[0]
    layers = list(LAYERS) if shown.card.head else ["features"]
    if st.session_state[layer] not in layers:
        st.session_state[layer] = layers[0]
    one, two, three = st.columns([2, 2, 1], vertical_alignment="bottom")
    one.selectbox(
        "Images: a dataset, or the path of a folder" if is_local else "Images",
        list(dict.fromkeys([*found, st.session_state["checkpoints_dataset"]])),
        format_func=lambda name: title_of_images(name) if name in found else name,
        key="checkpoints_dataset",
        persist_state="session",
        accept_new_options=is_local,
    )
    two.selectbox(
        "Features", layers, format_func=LAYERS.__getitem__, key=layer, persist_state="session"
    )
    three.number_input(
        "How many", 16, 2000, step=16, key="checkpoints_n_probes", persist_state="session"
    )
    chosen = st.session_state["checkpoints_dataset"]
    if is_local:
        take_by_hand(chosen)
    return (
        chosen if may_read(chosen) else found[0],
        st.session_state[layer],
        int(st.session_state["checkpoints_n_probes"]),
    )


def features_panel(shown: Shown) -> None:
    """Embed images and show them: cloud, query, lens, synthetic negatives and numbers."""
    if shown.card.network is None:
        st.info("Features need a network that this app knows; the card says what was found.")
        return
    dataset, layer, n_probes = choose_images(shown)
    question = (shown.reference, dataset, layer, n_probes)
    invite = st.empty()
    if not _is_made(shown, dataset, layer, n_probes):
        with invite.container():
            st.markdown(
                "The images through this encoder, in the panels of a live run: cloud, one query's "
                "weights under any loss, synthetic negatives, and numbers. Below it, which "
                "classes neighbours and a linear probe can tell."
            )
            if st.button("Show its features", type="primary"):
                st.session_state["checkpoints_features"] = question
            st.caption(cost_of(shown, n_probes))
        if st.session_state.get("checkpoints_features") != question:
            return
    if not lives(shown, dataset):
        return
    run_id = frozen_run(shown, dataset, layer, n_probes)
    if run_id is None:
        return
    invite.empty()
    live_view(
        key="checkpoint",
        run=run_id,
        example=False,
        view=defaults_of(LIVE),
        present=False,
        invite="",
        state="finished",
    )
    scored(shown, run_id)


def _is_made(shown: Shown, dataset: str, layer: str, n_probes: int) -> bool:
    """Whether these features were asked for before, so that they are there at once."""
    try:
        folder = folder_of(
            shown.opened, shown.card, dataset=dataset, layer=layer, n_probes=n_probes
        )
    except (ValueError, OSError):
        return False
    return (folder / "config.json").exists()


def cost_of(shown: Shown, n_probes: int) -> str:
    """How many passes the images take, and about how long they are."""
    beside = answered(("beside", state_of(shown)), lambda: shipped(shown.card) is not None)
    n = n_passes(n_probes, N_BANK + N_HELD_OUT, beside)
    says = f"{n_probes:,} images in {N_PROBE_VIEWS} views, and those that score them: "
    says += f"at most {n:,} passes through the network"
    try:
        return f"{says}, {in_words(seconds_for(shown.card, n))} on this machine."
    except (ValueError, RuntimeError):
        return f"{says}."


def lives(shown: Shown, dataset: str) -> bool:
    """Say first where features are dead; whether a picture can be made of them."""
    try:
        size = size_for(dataset, [shown.card])
        health = answered(
            ("health", state_of(shown), dataset),
            lambda: health_of(shown.opened, shown.card, few_images(dataset, size)),
        )
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    for finding in health.findings:
        st.warning(plain(finding), icon=":material/warning:")
    return not any("NaN" in finding for finding in health.findings)


def frozen_run(shown: Shown, dataset: str, layer: str, n_probes: int) -> str | None:
    """The id of the run that shows these features, made if it is not there yet; None where it
    cannot be made, which has then been said, or was ended."""
    opened, card = shown.opened, shown.card
    title = f"{opened.path.stem} on {dataset}"[:80]
    asked: dict[str, Any] = {"dataset": dataset, "layer": layer, "n_probes": n_probes}
    try:
        folder = folder_of(opened, card, **asked)
        question = ("frozen", str(folder))
        if not (folder / "config.json").exists():
            forget(question)

        def work(job: Job) -> Path:
            return freeze_checkpoint(opened, card, **asked, title=title, progress=job.tell)

        made = answer_to(question, work)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return None if made is None else shelf.id_of(made)
