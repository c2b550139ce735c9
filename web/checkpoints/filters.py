"""The first layer's filters as images."""

from __future__ import annotations

import streamlit as st

from cacr_core.checkpoints import pictures
from web.checkpoints import figures
from web.checkpoints.question import answered, state_of
from web.checkpoints.saved import save_picture
from web.checkpoints.session import Shown

MOST_FILTERS, ACROSS, SIDE = 48, 8, 48  # filters shown, in a row, and the pixels of one


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
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.caption(f"{which}, each scaled by its largest weight; mid grey is 0.", width="stretch")
        save_picture(grid, "Filters of the first layer")
