"""What stands above every panel at the same place: which file this is, what it is and what is in
doubt, which panel is looked at, the images that all panels ask about, and what is set by hand."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cacr_core import data
from cacr_core.checkpoints import Card, process
from cacr_core.checkpoints.alike.epochs import N_IMAGES
from cacr_core.checkpoints.facts import moment_of
from cacr_core.checkpoints.features.embedding import FEATURES
from cacr_core.runs import folder as files
from web.checkpoints.away import features_run
from web.checkpoints.by_hand import by_hand, normalisation_name
from web.checkpoints.features import LAYERS, Asked, choose_images, settle_images
from web.checkpoints.hangs import pixels_panel
from web.checkpoints.question import at_most
from web.checkpoints.session import PANELS, Shown
from web.shell.images import may_read, title_of_images
from web.shell.plain import plain

LAYER_OF = {"two": "checkpoints_layer_two"}  # a panel -> the key of its layer, where not the page's
WARNING = ":material/warning:"


def head(shown: Shown) -> tuple[str, Asked | None]:
    """The head of the page: a line of facts, a line of doubt, the panels, and two things to set.

    Returns:
        The panel that is looked at, and its images; None where no network can be built that could
        see any.
    """
    with st.container(key="checkpoints_head", gap="xsmall"):
        st.markdown(f"# {plain(shown.name)}", anchors=False)
        st.caption(facts_line(shown), wrap=False)
        st.caption(doubt_line(shown.card), wrap=False)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            panel = _panels()
            images = _images(shown, panel)
            _settings(shown, images)
    return panel, images


def _panels() -> str:
    """A switch; its labels are in green, which reads on the chosen one's ground in both themes."""
    chosen = st.segmented_control(
        "What to look at",
        list(PANELS),
        format_func=lambda panel: f":green[{PANELS[panel]}]",
        key="checkpoints_panel",
        persist_state="session",
        label_visibility="collapsed",
        required=True,
    )
    return str(chosen or "card")


def _images(shown: Shown, panel: str) -> Asked | None:
    """Which images every panel asks about, folded away behind what they are."""
    if shown.card.network is None or shown.card.blocked:
        return None
    layer = LAYER_OF.get(panel, "checkpoints_layer")
    process.keep_warm()  # what is asked of these images is asked of it
    settle_images(shown, layer)
    along = panel == "course"  # which has its own number of images, and its own layer
    of = FEATURES if along else st.session_state[layer]
    words = words_of_images(_at_most(N_IMAGES) if along else _n_there(shown, of), of)
    with st.popover(words, key="checkpoints_images"):
        return Asked(*choose_images(shown, layer, all_of_it=not along))


def _n_there(shown: Shown, layer: str) -> str:
    """How many images stand in the cloud; before it is made, how many at most."""
    dataset, n = st.session_state["checkpoints_dataset"], st.session_state["checkpoints_n_probes"]
    run = features_run(shown, Asked(dataset, layer, int(n))) if may_read(dataset) else None
    if run is not None:
        return f"{int(files.read_json(run / 'probes.json')['n']):,}"
    return _at_most(int(n))


def _at_most(n: int) -> str:
    dataset = st.session_state["checkpoints_dataset"]
    return f"up to {at_most(dataset, n) if may_read(dataset) else n:,}"


def words_of_images(n: str, layer: str) -> str:
    """The images that are asked about and the layer, in words."""
    dataset = st.session_state["checkpoints_dataset"]
    name = title_of_images(dataset) if data.is_offered(dataset) else Path(dataset).name
    return plain(f"{name[:24]}, {n} images, {LAYERS[layer]}")


def _settings(shown: Shown, asked: Asked | None) -> None:
    card = shown.card
    if card.network is None and len(card.encoders) < 2:
        return
    with st.popover("Set by hand", key="checkpoints_by_hand"):
        by_hand(shown)
        if asked is not None:
            pixels_panel(shown, asked.dataset)


def facts_line(shown: Shown) -> str:
    """The card in a line."""
    card, opened = shown.card, shown.opened
    told = [card.architecture or "its network is not known"]
    if card.stem:
        told[0] += f" ({card.stem} stem)"
    if card.feature_dim:
        told.append(f"{card.feature_dim:,} features")
    if card.head:
        told.append(f"head {', '.join(layer.text for layer in card.head.layers)}")
    if card.input_size and card.normalisation:
        known = normalisation_name(card.normalisation) or "numbers of its own"
        told.append(f"{card.input_size} pixels, {known}")
    if wanted := card.matched + len(card.missing):
        told.append(f"{card.matched:,} of {wanted:,} tensors fit")
    if moment := moment_of(card.epoch, card.settings):
        told.append(moment)
    told.append(f"{opened.n_bytes / 1e6:,.1f} MB, {card.n_parameters:,} weights")
    family = plain(card.family or "Not a layout this app knows")
    return f"**{family}**, {card.confidence} · {plain(' · '.join(told))}"


def doubt_line(card: Card) -> str:
    """What is in doubt, in a line: what stands in the way first, then what was assumed."""
    doubts = [one for one in card.doubts if one != card.blocked]
    if card.blocked:
        line = f"{WARNING} {plain(card.blocked)}"
    elif doubts:
        line = f"{WARNING} {plain(doubts[0])}"
        doubts = doubts[1:]
    elif card.network is None:
        return f"{WARNING} {plain(f'Because {card.why}.' if card.why else 'Nothing tells it.')}"
    elif card.normalisation and card.normalisation.assumed:
        because = f", by {card.normalisation.source}" if card.normalisation.source else ""
        line = plain(f"Assumed, since no file stores it: how pixels are normalised{because}.")
    else:
        line = "Nothing is assumed but what was set by hand."
    return f"{line} And {len(doubts)} more, under Inside." if doubts else line
