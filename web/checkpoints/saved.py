"""What can be taken away: tables as CSV and Parquet, pictures as PNG, figures as either and as SVG;
made when it is asked for."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from web.checkpoints import figures
from web.shell.components import assets, register

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a program of tables may take for one begins so
# a browser draws a figure, no server; nothing stands there until the popover is open
_pictures = register("figure", "cacr-figure", "checkpoints", starts="36px")


def save_table(frame: pd.DataFrame, what: str) -> None:
    """A table as a file.

    Args:
        what: What it says; the file is called so.
    """
    _save(what, {"csv": partial(as_csv, frame), "parquet": partial(as_parquet, frame)})


def save_figure(figure: Any, what: str, key: str) -> None:
    """A figure as it is drawn, and its numbers as a table.

    Args:
        key: Of the container that it stands in.
    """
    _save(
        what,
        {
            "csv": lambda: as_csv(figures.numbers_in(figure)),
            "parquet": lambda: as_parquet(figures.numbers_in(figure)),
        },
        key,
    )


def as_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with the mark that Excel knows it by; a name, such as a folder's class, that it would
    take for a formula begins with an apostrophe, as in what a browser saves."""

    def named(cell: Any) -> Any:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell

    text: str = frame.map(named).rename(columns=named).to_csv(index=False)
    return text.encode("utf-8-sig")


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Its columns have one type each: of a column with words and numbers all are words."""
    mixed = {
        name: frame[name].astype(str)
        for name in frame.columns
        if frame[name].dtype == object and len({type(v) for v in frame[name].dropna()}) > 1
    }
    made = frame.assign(**mixed).to_parquet(index=False)
    assert made is not None
    return made


def save_picture(picture: np.ndarray, what: str) -> None:
    """A picture, uint8 `(height, width, 3 or 4)`, as a file."""
    _save(what, {"png": partial(as_png, picture)})


def as_png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _save(what: str, kinds: dict[str, Callable[[], str | bytes]], figure: str = "") -> None:
    name = re.sub("[^a-z0-9]+", "-", what.lower()).strip("-")[:80]
    with st.popover("Save", key=f"checkpoints_save_{name}", type="tertiary", help=what):
        if figure:
            _pictures(key=f"{figure}_saved", data={"figure": figure, "title": what, **assets()})
        with st.container(horizontal=True):
            for suffix, make in kinds.items():
                st.download_button(
                    f"as {suffix.upper() if len(suffix) == 3 else suffix.title()}",
                    make,
                    f"{name}.{suffix}",
                    key=f"checkpoints_{suffix}_{name}",
                    on_click="ignore",
                )
