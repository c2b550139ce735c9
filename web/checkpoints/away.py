"""What can be taken away from a file: its card, its encoder, lines that load it, embeddings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from cacr_core.checkpoints import export, snippets
from cacr_core.checkpoints.features.embedded import embedded
from cacr_core.commands import inspect
from web.checkpoints.features import Asked, run_folder
from web.checkpoints.question import images_of, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import ask_anew, seen_by_process
from web.shell.plain import plain

NAMED_BY = {"resnet": "torchvision's", "vit": "timm's"}


def take_away(shown: Shown, asked: Asked | None) -> None:
    """The card, the embeddings, the encoder, and lines that load it."""
    card, name = shown.card, shown.file_name
    st.markdown("## The encoder", anchors=False)
    with st.container(horizontal=True):
        st.download_button(
            "Card as JSON",
            inspect.as_json(card),
            f"{name}-card.json",
            "application/json",
            on_click="ignore",
        )
        if card.network and not card.blocked:
            st.download_button(
                "Encoder as safetensors, with its card",
                lambda: export.export(shown.opened, card),
                f"{name}-encoder.safetensors",
                on_click="ignore",
            )
    if card.network is None or card.blocked:
        st.info("Features and weights need a network that this app can build.")
        return
    whose = NAMED_BY.get(card.network.kind, "this app's network")
    st.caption(f"Its tensors are named as in {whose} {plain(card.network.name)}.")
    st.markdown("Lines that load the encoder:")
    lines = snippets.lines(card, export.published(card), f"{name}-encoder.safetensors")
    st.code(lines, language=None, wrap_lines=True)
    if asked is not None:
        _embeddings(shown, *asked)
    if features_run(shown, asked) is not None:
        st.markdown("## Its features as a page of their own", anchors=False)


def features_run(shown: Shown, asked: Asked | None) -> Path | None:
    """The run that shows these features, where it has been made."""
    card = shown.card
    if asked is None or card.network is None or card.blocked:
        return None
    folder = run_folder(shown, *asked)
    return folder if folder and (folder / "config.json").is_file() else None


def _embeddings(shown: Shown, dataset: str, layer: str, n: int) -> None:
    """Clean images of a dataset through the encoder, as the terminal's `embed` writes them."""
    name = shown.file_name
    st.markdown("## Embeddings of images", anchors=False)
    question = (shown.reference, dataset, layer, n)
    st.caption(
        "Held-out images as they are, in 32 bits and not scaled, with the names of their files, "
        "labels, classes and how they were made: what the terminal writes by embed, under the "
        "same keys."
    )
    if st.button("Embed these images"):
        st.session_state["checkpoints_embedded"] = question
        ask_anew("embedded")
    if st.session_state.get("checkpoints_embedded") != question:
        return
    try:
        made = seen_by_process(
            ("embedded", state_of(shown), images_of(dataset), layer, n),
            partial(embedded, shown.opened, shown.card, dataset, layer=layer, n=n, device="auto"),
        )
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if made is None:
        return
    st.caption(plain(f"{made.about['protocol']}."))
    with st.container(horizontal=True):
        for label, suffix in (("Embeddings as .npz", ".npz"), ("as Parquet", ".parquet")):
            st.download_button(
                label,
                partial(made.as_file, suffix),
                f"{name}-{Path(dataset).name}{suffix}",
                on_click="ignore",
            )
