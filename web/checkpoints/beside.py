"""Beside the cloud: the nearest of one image, filters of the first layer, what a ViT looks at."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
import torch

from cacr_core.checkpoints.frozen.probe_images import probes_of
from cacr_core.checkpoints.pictures import attention_of
from cacr_core.data import ImageSet
from cacr_core.neighbours import nearest_by_cosine
from cacr_core.runs import folder as files
from web.checkpoints import figures
from web.checkpoints.charts import chart, framed, in_a_row
from web.checkpoints.features import Asked
from web.checkpoints.filters import filters_of
from web.checkpoints.question import answered, images_of, state_of
from web.checkpoints.saved import save_picture
from web.checkpoints.session import Shown
from web.checkpoints.work import seen_by_process
from web.shell.plain import plain

NEAREST, FILTERS, ATTENTION = "Nearest images", "First layer", "Attention"
N_NEAREST = 9
SIDE = 72  # pixels of an image in the panel


def beside_the_cloud(shown: Shown, asked: Asked, run: Path | None, query: int) -> None:
    """One of three, chosen by a switch; the nearest come first once there is a cloud."""
    is_vit = bool(shown.card.network and shown.card.network.kind == "vit")
    views = [NEAREST, FILTERS, *([ATTENTION] if is_vit else [])]
    if run is None:
        views = views[1:]
    chosen = views[0] if len(views) == 1 else _switch(views, run is not None)
    if chosen == FILTERS:
        filters_of(shown)
        return
    try:
        images = probes(shown, asked)
    except (ValueError, OSError) as error:
        st.info(plain(str(error)))
        return
    if chosen == NEAREST and run is not None:
        _nearest(images, run, query)
    else:
        attention_on(shown, images, query if run is not None else 0)


def _switch(views: list[str], has_cloud: bool) -> str:
    """What was chosen before there was a cloud does not keep the nearest images away."""
    key = f"checkpoints_beside_{'cloud' if has_cloud else 'invitation'}"
    if st.session_state.get(key) not in views:
        st.session_state[key] = views[0]
    chosen = st.segmented_control(
        "Beside the cloud",
        views,
        format_func=lambda view: f":green[{view}]",
        key=key,
        label_visibility="collapsed",
        required=True,
    )
    return str(chosen or views[0])


def probes(shown: Shown, asked: Asked) -> ImageSet:
    """The images in the cloud, in its order."""
    size = int(shown.card.input_size or 32)
    return answered(
        ("probes", images_of(asked.dataset), asked.n, size),
        lambda: probes_of(asked.dataset, asked.n, size),
    )


def _nearest(images: ImageSet, run: Path, query: int) -> None:
    """The chosen image and the others nearest to it, by cosine."""
    near, cosines = answered(("nearest", str(run)), lambda: nearest_in(run))
    query = min(query, len(near) - 1)
    labels, names = images.labels.tolist(), images.class_names

    def called(i: int) -> str:
        return plain(names[labels[i]]) if 0 <= labels[i] < len(names) else "no label"

    own, found = labels[query], near[query].tolist()
    same = sum(labels[i] == own for i in found)
    says = f"**Image {query}**, {called(query)}: the {len(found)} nearest, by cosine"
    if own >= 0:
        share = (labels.count(own) - 1) / max(1, len(labels) - 1)
        says += f"; {same} of its class, {share * len(found):.1f} by chance"
    pixels = images.images.permute(0, 2, 3, 1).numpy()
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.markdown(f"{says}. Choose another in the cloud.", width="stretch")
        save_picture(in_a_row(pixels[[query, *found]]), "Nearest images")
    near_by = zip(cosines[query], found, strict=True)
    st.image(
        [_enlarged(pixels[i]) for i in (query, *found)],
        caption=["itself", *(f"{cosine:.2f} {called(i)}" for cosine, i in near_by)],
        width=SIDE,
        alt=[f"Image {i}, {called(i)}" for i in (query, *found)],
    )


def nearest_in(run: Path) -> tuple[np.ndarray, np.ndarray]:
    """The nearest images of each in a frozen run, and their cosines, `(image, neighbour)`."""
    z = torch.from_numpy(files.read_snapshot(run, 0).embeddings[0])
    cosines, near = nearest_by_cosine(z, N_NEAREST)
    return near.numpy(), cosines.numpy()


def _enlarged(image: np.ndarray) -> str:
    """A picture in the page itself, with room around it; small images stay sharp."""
    scale = max(1, round(2 * SIDE / max(image.shape[:2])))
    return figures.data_url(framed(image.repeat(scale, 0).repeat(scale, 1)))


def attention_on(shown: Shown, images: ImageSet, chosen: int) -> None:
    """What the class token of the last block looks at in one image."""
    image = images.images[min(chosen, len(images) - 1)].clone()  # without the others
    question = ("attention", state_of(shown), image.numpy().tobytes())
    try:
        work = partial(attention_of, shown.opened, shown.card, image)
        weights = seen_by_process(question, work, quick=True)
    except ValueError as error:
        st.info(plain(str(error)))
        return
    if weights is None:
        return
    chart(figures.attention_figure(image.permute(1, 2, 0).numpy(), weights.mean(0)))
    st.caption(f"The mean of the {len(weights)} heads of the last block, on image {chosen}.")
