"""Inside a file, tensor by tensor, and what can be taken away from it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from cacr_core import figures
from cacr_core.checkpoints import command, inside, pictures, state_dict_of
from cacr_core.features import image_sets, network_of, prepare
from cacr_core.runs import folder as files
from web.checking.features import choose_images, frozen_run, here
from web.checking.state import SAVE, Shown, plain

MOST_FINDINGS = 6


@st.cache_data(max_entries=4, show_spinner="Reading every tensor")
def _rows(reference: str, written: int, encoder: str | None, _shown: Shown) -> list[inside.Row]:
    return inside.layers(_shown.opened, _shown.card)


def inside_panel(shown: Shown) -> None:
    """What is broken, the first filters, positions and attention of a ViT, and every tensor."""
    opened, card = shown.opened, shown.card
    rows = _rows(shown.reference, opened.written, card.encoder, shown)
    if found := inside.findings(rows):
        for sentence in found[:MOST_FINDINGS]:
            st.warning(plain(sentence), icon=":material/warning:")
        if len(found) > MOST_FINDINGS:
            st.caption(f"And {len(found) - MOST_FINDINGS:,} more like these, in the table.")
    else:
        st.markdown("**Nothing is broken: no dead channel, no number out of range**")
    filters_of(shown)
    if card.network and card.network.kind == "vit":
        _vit(shown)
    table = pd.DataFrame(
        [
            (
                r.name, " x ".join(map(str, r.shape)) or "one number", r.dtype, r.norm,
                r.mean_absolute, r.std, r.dead_fraction, r.finding,
            )
            for r in rows
        ],
        columns=["name", "shape", "type", "norm", "mean of |w|", "deviation", "dead", "finding"],
    )  # fmt: skip
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "dead": st.column_config.NumberColumn(
                format="percent", help="Dead or constant channels"
            ),
            "norm": st.column_config.NumberColumn(format="%.3g"),
            "mean of |w|": st.column_config.NumberColumn(format="%.3g"),
            "deviation": st.column_config.NumberColumn(format="%.3g"),
        },
    )
    named = {row.name: row for row in rows if row.count > 1}
    chosen = st.selectbox("How the numbers lie of", list(named))
    if chosen:
        path = named[chosen].path
        lie = inside.histogram(opened.load([path])[path])
        figure = figures.histogram_figure(
            lie.counts, lie.edges, name=chosen, n_left_out=lie.n_left_out
        )
        st.plotly_chart(figure, width="stretch", config=SAVE)


def filters_of(shown: Shown, most: int = 96) -> None:
    """The first layer's filters as images; nothing where there are none to see."""
    try:
        images = pictures.first_filters(shown.opened, shown.card)
    except ValueError:
        return
    st.markdown("**What the first layer looks for**")
    st.image(figures.data_url(pictures.filter_grid(images[:most])))
    more = f", the first {most} of {len(images):,}" if len(images) > most else ""
    st.caption(f"Filters of the first layer, each by its largest weight{more}; grey is 0.")


def _vit(shown: Shown) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        try:
            similarity = pictures.position_similarity(shown.opened, shown.card)
        except ValueError as error:
            st.info(str(error))
        else:
            figure = figures.position_similarity_figure(similarity)
            st.plotly_chart(figure, width="stretch", config=SAVE)
    with right:
        if not st.toggle("What the class token looks at", help="The last block, on one image."):
            return
        images = image_sets(here()[0], n_train=2, n_test=16).test.images
        chosen = st.number_input("Image", 0, len(images) - 1, 0)
        image = images[int(chosen)][None]
        card = shown.card
        if card.normalisation is None or card.input_size is None:
            st.info("Attention needs an input size and a normalisation; set them on the card.")
            return
        norm = card.normalisation
        try:
            module, _ = network_of(shown.opened, card, with_head=False)
            ready = prepare(image, card.input_size, norm.mean, norm.std)
            weights = pictures.attention(module, card, ready[0])
        except ValueError as error:
            st.error(str(error))
            return
        picture = image[0].permute(1, 2, 0).numpy()
        figure = figures.attention_figure(picture, weights.mean(0))
        st.plotly_chart(figure, width="stretch", config=SAVE)


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
        width="stretch",
    )
    if card.network is None or card.blocked:
        st.info("Features and weights need a network that this app can build.")
        return
    right.download_button(
        "Encoder as safetensors, with its card",
        lambda: encoder_file(shown),
        f"{name}-encoder.safetensors",
        on_click="ignore",
        width="stretch",
        help=f"Tensors under the names of {card.architecture}.",
    )
    st.markdown("**Embeddings of images**")
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
                f"{name}-{Path(dataset).name}.npz",
                on_click="ignore",
            )
    st.markdown("**Lines that load the encoder**")
    st.code(snippet(shown, f"{name}-encoder.safetensors"), language="python")


def encoder_file(shown: Shown) -> bytes:
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
                "from cacr_core.features import network_of",
                "",
                f"opened = open_file({shown.opened.path.name!r})",
                "encoder, head = network_of(opened, card_of(opened))",
            ]
        )
    lines += [f"model.load_state_dict(load_file({name!r}))", "model.eval()"]
    return "\n".join([*imports, "", *lines])
