"""What can be taken away from a file: its card, its encoder, lines that load it, embeddings."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import streamlit as st

from cacr_core.checkpoints import exported, snippets
from cacr_core.commands import inspect
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.checkpoints.features import choose_images, frozen_run
from web.checkpoints.session import Shown, plain

NAMED_BY = {"resnet": "torchvision's", "vit": "timm's"}


def take_away(shown: Shown) -> None:
    """The card, the embeddings, the encoder, and lines that load it."""
    card, name = shown.card, shown.opened.path.stem
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
                lambda: exported.export(shown.opened, card),
                f"{name}-encoder.safetensors",
                on_click="ignore",
            )
    if card.network is None or card.blocked:
        st.info("Features and weights need a network that this app can build.")
        return
    whose = NAMED_BY.get(card.network.kind, "this app's")
    st.caption(f"Its tensors are named as in {whose} {plain(card.network.name)}.")
    st.markdown("Lines that load the encoder:")
    lines = snippets.lines(card, exported.published(card), f"{name}-encoder.safetensors")
    st.code(lines, language=None, wrap_lines=True)
    st.markdown("## Embeddings of images", anchors=False)
    dataset, layer, n_probes = choose_images(shown)
    question = (shown.reference, dataset, layer, n_probes)
    st.caption(
        "Five augmented views of each image, scaled to length 1 and kept in 16 bits, with labels "
        "and the names of classes."
    )
    if st.button("Embed these images"):
        st.session_state["checkpoints_embedded"] = question
    if st.session_state.get("checkpoints_embedded") == question:
        run = frozen_run(shown, dataset, layer, n_probes)
        if run:
            st.download_button(
                "Embeddings as .npz",
                lambda: _arrays(run),
                f"{name}-{Path(dataset).name}.npz",
                on_click="ignore",
            )


def _arrays(run: str) -> bytes:
    folder = shelf.find(run)
    snapshot = files.read_snapshot(folder, 0)
    probes = files.read_json(files.images_folder(folder) / "probes.json")
    frozen = files.read_json(folder / "run.json").get("frozen", {})
    about = {key: value for key, value in frozen.items() if key not in ("scores", "labels")}
    buffer = io.BytesIO()
    np.savez(
        buffer,
        embeddings=snapshot.embeddings,
        labels=np.asarray(probes["labels"]),
        class_names=np.asarray(probes["class_names"], dtype=str),
        about=json.dumps(about),
    )
    return buffer.getvalue()
