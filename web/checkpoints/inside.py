"""Inside a file: what is broken, what the first layer looks like, and every tensor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
import torch

from cacr_core.checkpoints import Card, inside, pictures
from cacr_core.checkpoints.architecture import COUNTER
from cacr_core.checkpoints.faults import Row
from cacr_core.checkpoints.features import image_sets, network_of, prepare
from web.checkpoints import figures
from web.checkpoints.charts import chart
from web.checkpoints.features import here
from web.checkpoints.question import answered, state_of
from web.checkpoints.session import Shown, plain

MOST_FINDINGS = 6
MOST_FILTERS, ACROSS, SIDE = 48, 8, 48  # filters shown, in a row, and the pixels of one


def inside_panel(shown: Shown) -> None:
    """What is broken, the first filters, positions and attention of a ViT, and every tensor."""
    opened, card = shown.opened, shown.card
    with st.spinner("Reading every tensor"):
        layers = answered(("layers", state_of(shown)), lambda: inside.layers(opened, card))
    rows = _in_order(layers, card)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("## What is broken", anchors=False)
        _findings(rows)
    with right:
        filters_of(shown)
    if card.network and card.network.kind == "vit":
        _vit(shown)
    st.markdown("## Tensor by tensor", anchors=False)
    _tensors(rows)
    named = {row.name: row for row in rows if row.count > 1}
    first = next((i for i, row in enumerate(named.values()) if len(row.shape) > 1), 0)
    chosen = st.selectbox("How the numbers lie of", list(named), first)
    if chosen:
        path = named[chosen].path
        lie = answered(
            ("histogram", state_of(shown), path),
            lambda: inside.histogram(opened.load([path])[path]),
        )
        figure = figures.histogram_figure(
            lie.counts, lie.edges, name=chosen, n_left_out=lie.n_left_out
        )
        chart(figure)


def _in_order(rows: list[Row], card: Card) -> list[Row]:
    """As the network has them, counters behind all. A safetensors file is sorted by type and by
    letters; there layer 2 is put before layer 10."""
    if card.container == "safetensors":
        rows = sorted(rows, key=lambda row: _numbered(row.name))
    return sorted(rows, key=lambda row: row.name.endswith(COUNTER))


def _numbered(name: str) -> list[tuple[bool, int, str]]:
    parts = name.split(".")
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _findings(rows: list[Row]) -> None:
    found = inside.findings(rows)
    for sentence in found[:MOST_FINDINGS]:
        st.warning(plain(sentence), icon=":material/warning:")
    if len(found) > MOST_FINDINGS:
        st.caption(f"And {len(found) - MOST_FINDINGS:,} more like these, in the table.")
    if not found:
        st.markdown("Nothing that shows in the weights.")
    st.caption(
        f"Looked for in {len(rows):,} tensors of the encoder and its head: NaN and infinite "
        "numbers, channels whose weights are all next to 0 or all one number, batch norms with "
        "statistics that no working network has."
    )


def _tensors(rows: list[Row]) -> None:
    names = ["name", "shape", "type", "norm", "mean of |w|", "deviation", "dead", "finding"]
    frame = pd.DataFrame(
        [
            (
                r.name, " x ".join(map(str, r.shape)) or "one number", r.dtype, r.norm,
                r.mean_absolute, r.std, r.dead_fraction, r.finding,
            )
            for r in rows
        ],
        columns=names,
    )  # fmt: skip
    numbers = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(
        frame,
        hide_index=True,
        column_order=[name for name in names if name != "finding" or any(frame["finding"])],
        column_config={
            "dead": st.column_config.NumberColumn(
                format="percent", help="Dead or constant channels"
            ),
            **dict.fromkeys(("norm", "mean of |w|", "deviation"), numbers),
        },
        alt="Every tensor of the encoder and its head",
    )


def filters_of(shown: Shown) -> None:
    """The first layer's filters as images; nothing where there are none to see."""
    try:
        images = answered(
            ("filters", state_of(shown)), lambda: pictures.first_filters(shown.opened, shown.card)
        )
    except ValueError:
        return
    n = min(MOST_FILTERS, len(images))
    st.markdown("## Filters of the first layer", anchors=False)
    scale = max(1, round(SIDE / max(images.shape[1:3])))
    grid = pictures.filter_grid(images[:n], columns=ACROSS, scale=scale)
    st.image(figures.data_url(grid), alt=f"{n} filters as small images, side by side")
    which = f"{n:,} of {len(images):,}" if n < len(images) else f"All {n:,}"
    st.caption(f"{which}, each scaled by its largest weight; mid grey is 0.")


def _vit(shown: Shown) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        try:
            similarity = answered(
                ("positions", state_of(shown)),
                lambda: pictures.position_similarity(shown.opened, shown.card),
            )
        except ValueError as error:
            st.info(plain(str(error)))
        else:
            chart(figures.position_similarity_figure(similarity))
    with right:
        if not st.toggle("What the class token looks at", help="The last block, on one image."):
            return
        name = here()[0]
        images = answered(("images", name), lambda: image_sets(name, n_train=2, n_test=16)).test
        chosen = int(st.number_input("Image", 0, len(images) - 1, 0))
        image = images.images[chosen][None]
        if shown.card.normalisation is None or shown.card.input_size is None:
            st.info("Attention needs an input size and a normalisation; set them on the card.")
            return
        try:
            weights = answered(
                ("attention", state_of(shown), name, chosen), lambda: _attention(shown, image)
            )
        except ValueError as error:
            st.error(plain(str(error)))
            return
        picture = image[0].permute(1, 2, 0).numpy()
        chart(figures.attention_figure(picture, weights.mean(0)))
        st.caption(f"The mean of the {len(weights)} heads of the last block.")


def _attention(shown: Shown, image: torch.Tensor) -> np.ndarray:
    """`(head, row, column)`, what the class token of the last block looks at in `(1, 3, h, w)`."""
    card = shown.card
    assert card.normalisation is not None and card.input_size is not None
    module, _ = network_of(shown.opened, card, with_head=False)
    norm = card.normalisation
    ready = prepare(image, card.input_size, norm.mean, norm.std, norm.space)
    return pictures.attention(module, card, ready[0])
