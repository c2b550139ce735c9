"""Figures and pictures on the page, each told to who does not see it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from cacr_core.checkpoints.pictures import filter_grid
from web.checkpoints import figures
from web.checkpoints.saved import save_figure

GAP = 4  # pixels around a picture
STRIP = 40  # pixels of a small image on the screen
SOFT = "#5B6067"  # text of axes: 6.3:1 on white, where Streamlit's own is 3.7:1


def chart(figure: Any, height: int | None = None) -> None:
    """A figure that stands still; its title says what is seen. Beside it, it and its numbers are
    saved.

    Args:
        height: In pixels; None for its own.
    """
    if height is not None:
        figure.update_layout(height=height)
    if st.context.theme.type == "light":
        soft = {"tickfont_color": SOFT, "title_font_color": SOFT}
        figure.update_xaxes(soft).update_yaxes(soft).update_annotations(font_color=SOFT)
        bar = {f"colorbar_{key}": value for key, value in soft.items()}
        figure.update_traces(bar, selector={"type": "heatmap"})
    alt = figure.layout.title.text.replace("<br>", " ")
    name = hashlib.sha256(alt.encode()).hexdigest()[:12]
    with st.container(key=(key := f"checkpoints_chart_{name}")):
        st.plotly_chart(figure, width="stretch", config={"displayModeBar": False}, alt=alt)
        save_figure(figure, alt, key)


def strip(pixels: Sequence[np.ndarray], alt: str) -> None:
    """Small images side by side as one picture.

    In the page itself: a file of Streamlit's may be gone before the browser asks for it.

    Args:
        pixels: uint8 `(height, width, 3)` each, of one size.
    """
    st.image(side_by_side(pixels), width=(STRIP + 2) * len(pixels), alt=alt)


def side_by_side(pixels: Sequence[np.ndarray]) -> str:
    """Small images as one picture in a row, in the page itself."""
    return figures.data_url(framed(in_a_row(np.stack(pixels))))


def in_a_row(images: np.ndarray) -> np.ndarray:
    """Images `(n, height, width, 3)` as one with see-through gaps; those of few pixels stay
    sharp."""
    return in_rows(images, columns=len(images))


def in_rows(images: np.ndarray, columns: int) -> np.ndarray:
    """The same in rows of so many."""
    scale = max(1, round(2 * STRIP / max(images.shape[1:3])))
    return filter_grid(images, columns=columns, scale=scale)


def framed(image: np.ndarray) -> np.ndarray:
    """A picture with see-through room around it, uint8 `(height, width, 4)`."""
    if image.shape[2] == 3:
        image = np.concatenate([image, np.full_like(image[..., :1], 255)], 2)
    return np.pad(image, ((GAP, GAP), (GAP, GAP), (0, 0)))
