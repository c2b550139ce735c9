"""What can be taken away from a file: its card, its encoder, lines that load it, embeddings."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import streamlit as st

from cacr_core.checkpoints import state_dict_of
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
                lambda: encoder_file(shown),
                f"{name}-encoder.safetensors",
                on_click="ignore",
            )
    if card.network is None or card.blocked:
        st.info("Features and weights need a network that this app can build.")
        return
    whose = NAMED_BY.get(card.network.kind, "this app's")
    st.caption(f"Its tensors are named as in {whose} {plain(card.network.name)}.")
    st.markdown("Lines that load the encoder:")
    lines = snippet(shown, f"{name}-encoder.safetensors")
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


def encoder_file(shown: Shown) -> bytes:
    from safetensors.torch import save

    state = {k: v.contiguous() for k, v in state_dict_of(shown.opened, shown.card).items()}
    return save(state, metadata={"card": inspect.as_json(shown.card)})


def _arrays(run: str) -> bytes:
    folder = shelf.find(run)
    snapshot = files.read_snapshot(folder, 0)
    probes = files.read_probes(folder)
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


def snippet(shown: Shown, name: str) -> str:
    """Lines that load what "Encoder as safetensors" saves under this name."""
    network = shown.card.network
    assert network is not None
    imports = ["from safetensors.torch import load_file"]
    lines = []
    if network.kind == "resnet":
        imports = ["import torch", "import torchvision", *imports]
        lines.append(f"model = torchvision.models.{network.name}()")
        if network.stem == "cifar":
            sizes = f"{network.channels}, {network.stem_width}, 3"
            padding = f"padding={network.stem_padding}, bias=False"
            lines.append(f"model.conv1 = torch.nn.Conv2d({sizes}, {padding})")
        if network.max_pool != "stride 2":
            pool = "Identity()" if network.max_pool == "none" else "MaxPool2d(3, 1)"
            lines.append(f"model.maxpool = torch.nn.{pool}")
        lines.append("model.fc = torch.nn.Identity()")
    elif network.kind == "vit":
        imports = ["import timm", *imports]
        lines.append(f"model = timm.create_model({network.name!r}, num_classes=0)")
    else:
        return "\n".join(
            [
                "from cacr_core.checkpoints import card_of, open_file",
                "from cacr_core.checkpoints.features import network_of",
                "",
                f"opened = open_file({shown.opened.path.name!r})",
                "encoder, head = network_of(opened, card_of(opened))",
            ]
        )
    lines += [f"model.load_state_dict(load_file({name!r}))", "model.eval()"]
    return "\n".join([*imports, "", *lines])
