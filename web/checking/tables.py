"""Inside a file, tensor by tensor, and what can be taken away from it."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import streamlit as st

from cacr_core.checkpoints import anatomy, command, state_dict_of
from cacr_core.runs import folder as files
from web.checking.features import choose_images, frozen_run
from web.checking.state import Shown

SOME = 400


def inside_panel(shown: Shown) -> None:
    """First filters, what is odd, and the numbers of every tensor."""
    names = list(shown.opened.tensors)
    prefix = shown.card.encoder or ""
    own = [name for name in names if name.startswith(prefix)] or names
    if found := anatomy.first_filters(shown.opened, prefix):
        name, images = found
        st.markdown("**What the first layer looks for**")
        st.image(anatomy.sheet(images[:96]))
        st.caption(f"Each filter of {name}, from its least to its greatest number.")
    rows = list(anatomy.layers(shown.opened, own[:SOME]))
    odd = [row for row in rows if row.odd]
    if odd:
        for row in odd[:8]:
            st.warning(f"{row.name}: {row.odd}.", icon=":material/warning:")
    else:
        st.markdown("**Nothing odd: no dead channel, no number out of range**")
    table = pd.DataFrame(rows).drop(columns=["count", "n_bad"])
    table["shape"] = [" x ".join(map(str, shape)) for shape in table["shape"]]
    st.dataframe(table, hide_index=True)
    if len(own) > SOME:
        st.caption(f"The first {SOME} of {len(own):,} tensors.")
    chosen = st.selectbox("Spread of the numbers of", [r.name for r in rows if r.norm == r.norm])
    if chosen:
        counts, edges = anatomy.histogram(shown.opened, chosen)
        middle = (edges[1:] + edges[:-1]) / 2
        table = pd.DataFrame({"value": middle, "numbers": counts})
        st.bar_chart(table, x="value", y="numbers", height=220)


def take_away(shown: Shown) -> None:
    """The card, the embeddings, the encoder, and lines that load it."""
    card, name = shown.card, shown.opened.path.stem
    left, right = st.columns(2, gap="large")
    left.download_button(
        "Card as JSON",
        command.as_json(card),
        f"{name}-card.json",
        "application/json",
        on_click="ignore",
    )
    if card.network is None or card.blocked:
        st.info("Features and weights need a network that this app can build.")
        return
    left.download_button(
        "Encoder as safetensors, with its card",
        lambda: _safetensors(shown),
        f"{name}-encoder.safetensors",
        on_click="ignore",
    )
    left.caption(f"Tensors under the names of {card.architecture}.")
    with right:
        dataset, layer, n_probes = choose_images(shown)
        question = (shown.reference, dataset, layer, n_probes)
        if st.button("Embed these images"):
            st.session_state["checkpoints_embedded"] = question
        if st.session_state.get("checkpoints_embedded") == question:
            run = frozen_run(shown, dataset, layer, n_probes)
            if run:
                st.download_button(
                    "Embeddings as .npz",
                    lambda: _arrays(run),
                    f"{name}-{dataset}.npz",
                    on_click="ignore",
                )
    st.markdown("**Load the encoder with torch**")
    st.code(_snippet(shown, f"{name}-encoder.safetensors"), language="python")


def _safetensors(shown: Shown) -> bytes:
    from safetensors.torch import save

    state = {k: v.contiguous() for k, v in state_dict_of(shown.opened, shown.card).items()}
    return save(state, metadata={"card": command.as_json(shown.card)})


def _arrays(run: str) -> bytes:
    from cacr_core.runs import shelf

    folder = shelf.find(run)
    snapshot = files.read_snapshot(folder, 0)
    probes = files.read_json(files.images_folder(folder) / "probes.json")
    about = files.read_json(folder / "run.json").get("frozen", {})
    buffer = io.BytesIO()
    np.savez(
        buffer,
        embeddings=snapshot.embeddings,
        labels=np.asarray(probes["labels"]),
        class_names=np.asarray(probes["class_names"], dtype=str),
        about=json.dumps(about),
    )
    return buffer.getvalue()


def _snippet(shown: Shown, name: str) -> str:
    card = shown.card
    lines = ["from safetensors.torch import load_file", f"state = load_file({name!r})"]
    if card.network and card.network.kind == "resnet":
        lines += ["import torch, torchvision", f"model = torchvision.models.{card.architecture}()"]
        if card.stem == "cifar":
            sizes = f"{card.network.channels}, {card.network.stem_width}, 3"
            padding = f"padding={card.network.stem_padding}, bias=False"
            lines.append(f"model.conv1 = torch.nn.Conv2d({sizes}, {padding})")
        lines += ["model.fc = torch.nn.Identity()", "model.load_state_dict(state)", "model.eval()"]
    elif card.network and card.network.kind == "vit":
        lines += ["import timm", f"model = timm.create_model({card.architecture!r}, num_classes=0)",
                  "model.load_state_dict(state)", "model.eval()"]  # fmt: skip
    else:
        lines += [
            "from cacr_core.checkpoints import card_of, open_file",
            "from cacr_core.features import network_of",
            f"opened = open_file({shown.opened.path.name!r})",
            "encoder, head = network_of(opened, card_of(opened))",
        ]
    return "\n".join(lines)
