"""A checkpoint's features on images: a run that stands still, in the live view's own panels."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cacr_core import data
from cacr_core.checkpoints import Card
from cacr_core.checkpoints.features.cost import time_for
from cacr_core.checkpoints.features.health import Health, health_on
from cacr_core.checkpoints.frozen import N_HELD_OUT, folder_of, freeze_checkpoint, n_passes
from cacr_core.checkpoints.networks import has_head
from cacr_core.checkpoints.untrained import shipped
from cacr_core.runs import shelf
from cacr_core.training.source import N_BANK, N_PROBE_VIEWS
from web.checkpoints.question import answered, images_of, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import ask_anew, forget, seen_by_process
from web.settings.looks import LIVE, defaults_of
from web.shell import roles
from web.shell.components import live_view
from web.shell.images import may_read, offered_images, take_by_hand, title_of_images
from web.shell.options import spoken
from web.shell.plain import plain

LAYERS = {"head": "after the head", "features": "before the head"}
INVITATION = (
    "One of the images is the query, seen under any loss: what pulls it in, what it pushes away, "
    "its synthetic negatives, and the numbers of all. Nothing was trained here, and nothing moves."
)


class Asked(NamedTuple):
    """What the panels ask about: the images, which features of them, and how many in the cloud."""

    dataset: str
    layer: str
    n: int


def here() -> list[str]:
    """Images that may be chosen and need no download."""
    return [name for name in offered_images() if data.is_here(name)]


def settle_images(shown: Shown, layer: str = "checkpoints_layer") -> None:
    """A dataset and a layer where none was chosen yet, or the file has not the one chosen. A
    dataset that nobody chose, for a file brought it, gives way to the next file's own.

    Args:
        layer: The key that holds the layer.
    """
    found, own = here(), trained_on(shown.card)
    dataset = st.session_state["checkpoints_dataset"]
    brought = dataset == st.session_state.get("checkpoints_brought")
    if not dataset or (brought and own in found):
        dataset = own if own in found else found[0]
        st.session_state["checkpoints_dataset"] = st.session_state["checkpoints_brought"] = dataset
    if st.session_state[layer] not in _layers(shown):
        st.session_state[layer] = _layers(shown)[0]


def trained_on(card: Card) -> str:
    """The name of the dataset that a file says it was trained on; empty where it says none."""
    settings = card.settings
    return str(settings.get("config.dataset", settings.get("metadata.dataset", "")))


def _layers(shown: Shown) -> list[str]:
    """Those that can be made; a head of other layers, such as DINO's last, cannot be built."""
    return list(LAYERS) if has_head(shown.card) else ["features"]


def choose_images(shown: Shown, layer: str, all_of_it: bool = True) -> tuple[str, str, int]:
    """Dataset, layer and number of images, from widgets that keep what was chosen.

    Args:
        layer: The key that holds the layer.
        all_of_it: Whether layer and number may be chosen, too; else they stay as they are.
    """
    found, is_local = here(), roles.me().is_local
    st.selectbox(
        "Images: a dataset, or the path of a folder" if is_local else "Images",
        list(dict.fromkeys([*found, st.session_state["checkpoints_dataset"]])),
        format_func=spoken(lambda name: title_of_images(name) if name in found else name),
        key="checkpoints_dataset",
        persist_state="session",
        accept_new_options=is_local,
    )
    if all_of_it:
        st.selectbox(
            "Features",
            _layers(shown),
            format_func=spoken(LAYERS.__getitem__),
            key=layer,
            persist_state="session",
        )
        st.number_input(
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


def features_panel(shown: Shown, asked: Asked) -> None:
    """One query of the embedded images under any loss, in the panels of a live run."""
    if run_id := embedded_run(shown, asked, INVITATION):
        live_view(
            key="checkpoint",
            run=run_id,
            example=False,
            view=defaults_of(LIVE),
            present=False,
            invite="",
            state="finished",
            room="still",
        )


def embedded_run(shown: Shown, asked: Asked, invitation: str) -> str | None:
    """The id of the run that shows these features once they were asked for; until then an
    invitation with what they cost. Each question is asked once for all panels.

    Args:
        invitation: What the panel will show.
    """
    invite = st.empty()
    if not _is_made(shown, *asked):
        with invite.container():
            st.markdown(invitation)
            if st.button("Show its features", type="primary"):
                st.session_state["checkpoints_features"] = (shown.reference, *asked)
                ask_anew("health", "frozen")
            st.caption(cost_of(shown, asked.n))
        if not _was_asked(shown, asked):
            return None
    if not lives(shown, asked.dataset):
        return None
    run_id = frozen_run(shown, *asked)
    if run_id is not None:
        invite.empty()
    return run_id


def _was_asked(shown: Shown, asked: Asked) -> bool:
    """Whether these features were asked for, in this session or before."""
    question = (shown.reference, *asked)
    return st.session_state.get("checkpoints_features") == question or _is_made(shown, *asked)


def _is_made(shown: Shown, dataset: str, layer: str, n_probes: int) -> bool:
    """Whether these features were asked for before, so that they are there at once."""
    folder = run_folder(shown, dataset, layer, n_probes)
    return folder is not None and (folder / "config.json").exists()


def run_folder(shown: Shown, dataset: str, layer: str, n_probes: int) -> Path | None:
    """Where these features are kept once they are made; None where the images cannot be looked
    into. It is named once for what a folder holds, since that is a walk through all of it."""
    asked: dict[str, Any] = {"dataset": dataset, "layer": layer, "n_probes": n_probes}

    def named() -> Path | None:
        try:
            return folder_of(shown.opened, shown.card, **asked)
        except (ValueError, OSError):
            return None

    runs = str(shelf.runs_folder())
    return answered(("run", state_of(shown), images_of(dataset), layer, n_probes, runs), named)


def cost_of(shown: Shown, n_probes: int) -> str:
    """How many passes the images take, and about how long they are."""
    beside = answered(("beside", state_of(shown)), lambda: shipped(shown.card) is not None)
    n = n_passes(n_probes, N_BANK + N_HELD_OUT, beside)
    says = f"{n_probes:,} images in {N_PROBE_VIEWS} views, and those that score them: "
    return f"{says}at most {n:,} passes through the network, {time_for([shown.card], n)}."


def health(shown: Shown, dataset: str) -> Health | None:
    """Whether its features live, by a few images; None where the work was ended.

    Raises:
        ValueError: The network cannot be built or fed.
    """
    question = ("health", state_of(shown), images_of(dataset))
    work = partial(health_on, shown.opened, shown.card, dataset, "auto")
    return seen_by_process(question, work, quick=True)


def lives(shown: Shown, dataset: str) -> bool:
    """Say first where features are dead; whether a picture can be made of them."""
    try:
        found = health(shown, dataset)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    if found is None:
        return False
    for finding in found.findings:
        st.warning(plain(finding), icon=":material/warning:")
    return not any("NaN" in finding for finding in found.findings)


def frozen_run(shown: Shown, dataset: str, layer: str, n_probes: int) -> str | None:
    """The id of the run that shows these features, made if it is not there yet; None where it
    cannot be made, which has then been said, or was ended."""
    opened, card = shown.opened, shown.card
    title = f"{shown.name} on {dataset}"[:80]
    asked: dict[str, Any] = {"dataset": dataset, "layer": layer, "n_probes": n_probes}
    try:
        folder = run_folder(shown, **asked) or folder_of(opened, card, **asked)
        if (folder / "config.json").exists():
            return shelf.id_of(folder)
        question = ("frozen", str(folder))
        forget(question)
        work = partial(freeze_checkpoint, opened, card, **asked, title=title, device="auto")
        made = seen_by_process(question, work)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return None if made is None else shelf.id_of(made)
