"""Checkpoints of one training as a time axis, a folder of epochs or the moments that a run keeps:
numbers against time, and clouds."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from cacr_core.checkpoints.alike.epochs import (
    N_IMAGES,
    PROTOCOL,
    Course,
    course_of,
    folder_of,
    training_in,
    unit_of,
)
from cacr_core.checkpoints.alike.files import File
from cacr_core.checkpoints.features.cost import time_for
from cacr_core.checkpoints.folders import NO_WEIGHTS
from cacr_core.scores import words_of
from web.checkpoints import figures, tables
from web.checkpoints.charts import chart
from web.checkpoints.features import Asked
from web.checkpoints.figures.marks import Theme
from web.checkpoints.overrides import by_hand_words, overrides
from web.checkpoints.question import answered, at_most, images_of, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import ask_anew, seen_by_process
from web.shell.plain import plain

MOST_NAMED = 4  # files that were left out
INVITATION = (
    "The same images through each of them: how many neighbours get right, how alike the features "
    "are to the last's, how many directions they use, and where the images lie."
)
HIGH, CLOUD = 164, 460  # pixels of a figure along time, and of the cloud


def course_panel(shown: Shown, asked: Asked) -> None:
    """The files beside this one that hold the same encoder at other moments, along time."""
    own = File(shown.opened, shown.card)
    if not own.can_be_built:
        st.info("A course needs a network that this app knows; the card says what was found.")
        return
    folder = folder_of(own)
    stamp = answered_stamp(folder)
    own_words = overrides(shown.reference)
    found = answered(
        ("training", state_of(shown), stamp, repr(own_words)),
        lambda: training_in(folder, own, own_words),
    )
    training = found.files
    if len(training) < 2:
        st.info(
            "No other file in the folder of this one holds the same encoder at another epoch. "
            "Files of one training are of one family, have equal settings and names that differ by "
            "a number alone, or that name no other training where files store their epoch; they "
            "are told by the epoch stored in them, or by that number; of a run of this app by the "
            "moments that it keeps whole."
        )
        return
    if own_words:
        st.caption(plain(f"Every checkpoint as set by hand: {by_hand_words(own_words)}."))
    if found.by_length:
        st.caption("Their names give lengths: they may be trainings of their own.")
    unit = unit_of(own)
    if found.left_out:
        st.caption(plain(left_out_words(found.left_out, unit)))
    dataset = asked.dataset
    question = ("course", state_of(shown), stamp, images_of(dataset), repr(own_words))
    n = at_most(dataset, N_IMAGES) * len(training)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        follow = st.button("Follow the training", type="primary")
        st.caption(
            f"{len(training)} checkpoints, {unit}s {training[0][0]:,} to {training[-1][0]:,}: "
            f"at most {n:,} passes through the network, {time_for([shown.card], n)}."
        )
    if follow:
        st.session_state["checkpoints_course"] = question
        ask_anew("course")
    if st.session_state.get("checkpoints_course") != question:
        st.caption(INVITATION)
        return
    try:
        course = seen_by_process(question, partial(course_of, training, dataset, device="auto"))
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if course is not None:
        _course(course, unit)


def left_out_words(left_out: Mapping[str, str], unit: str) -> str:
    """Which files have the epoch, or the step, of another, and which that is."""
    told = [f"{one} ({other})" for one, other in list(left_out.items())[:MOST_NAMED]]
    more = len(left_out) - len(told)
    return f"Left out, since another file, in brackets, has its {unit}: {', '.join(told)}" + (
        f" and {more:,} more." if more else "."
    )


def answered_stamp(folder: Path) -> str:
    """A text that changes with what may be weights in the folder, and with a run's states: no log
    that a training writes beside them."""
    found = []
    for path in (*folder.glob("*"), *(folder / "states").glob("*")):
        if path.suffix.lower() not in NO_WEIGHTS:
            with contextlib.suppress(OSError):  # it is gone meanwhile, or a link to what is
                status = path.stat()
                found.append((str(path), status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()


def _course(course: Course, unit: str) -> None:
    moments = course.moments
    epochs = [one.epoch for one in moments]
    chosen = st.select_slider(unit.capitalize(), epochs, epochs[-1], key="checkpoints_epoch")
    now = moments[epochs.index(chosen)]
    left, right = st.columns([3, 2], gap="large")
    with left:
        _numbers(course, unit, chosen)
    with right:
        labels, names = course.images.labels.numpy(), course.images.class_names
        points = now.points.numpy().astype(np.float32)
        most = 1.05 * max(float(one.points.abs().max()) for one in moments)
        title = f"Images at {unit} {chosen:,}"
        theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
        chart(figures.cloud_figure(points, labels, names, title, most, theme), CLOUD)
        st.caption(
            f"The two directions of most variance at each {unit}, turned to lie near the last's. "
            f"{course.n_bank} images teach the classes, {len(labels)} others are scored and drawn."
        )
    with st.expander(f"All {unit}s, as a table"):
        tables.rows(table_of(course, unit), f"Numbers of each {unit}")


def table_of(course: Course, unit: str) -> pd.DataFrame:
    """A row a checkpoint; shares of a hundred with the ends of their intervals."""
    rows = []
    for one in course.moments:
        share = one.knn
        ends = (share.value, share.low, share.high) if share else (math.nan,) * 3
        rows.append((one.epoch, one.name, *(100 * end for end in ends), one.cka, one.rank,
                     one.uniformity))  # fmt: skip
    columns = [unit, "file", "kNN, %", "from, %", "to, %", "CKA to the last", "effective rank",
               "uniformity"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).round(4)


def _numbers(course: Course, unit: str, chosen: int) -> None:
    moments = course.moments
    epochs = [one.epoch for one in moments]
    scored = [one.knn for one in moments if one.knn is not None]
    if len(scored) == len(moments):
        what = f"Right by {words_of(PROTOCOL, course.n_bank)}, 95 %"
        values, low, high = (
            [100 * share for share in shares]
            for shares in zip(*((one.value, one.low, one.high) for one in scored), strict=True)
        )
        figure = figures.course_figure(
            epochs, values, what, chosen, low, high, unit=unit, sign=" %"
        )
        chart(figures.small(figure, HIGH))
    for what, values in (
        ("Linear CKA with the last, debiased", [one.cka for one in moments]),
        ("Effective rank", [one.rank for one in moments]),
    ):
        chart(figures.small(figures.course_figure(epochs, values, what, chosen, unit=unit), HIGH))
