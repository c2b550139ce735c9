"""A folder or zip that is chosen: read behind the page, and what became of its files."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from web.shell.plain import plain

if TYPE_CHECKING:
    from cacr_core.data import Account

MOST_KEPT = 8
LOOK_EVERY = 0.5  # seconds
LOOKED_AT_EVERY = 5.0  # seconds
AT_ONCE = 0.6  # seconds that a page waits for a small folder
LOCK = threading.Lock()


class Told(NamedTuple):
    """What a page says of a folder.

    Attributes:
        sizes: Images of each class, by its name; those without a label under "".
        n_images: All of its images.
        n_train, n_probes, n_held_out: How they are split.
    """

    sizes: dict[str, int]
    n_images: int
    n_train: int
    n_probes: int
    n_held_out: int
    account: Account


@dataclass(eq=False)
class Reading:
    """A folder that is being read: how far, and what it held."""

    future: Future[Any] | None = None
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)

    def tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total


READINGS: OrderedDict[tuple[str, int, str], Reading] = OrderedDict()


@lru_cache(maxsize=1)
def _reader() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "folders")


@lru_cache(maxsize=32)
def contents_of(name: str, while_: int) -> str:
    """What changes with the files of a folder; looked at once in a while, as there may be many."""
    from cacr_core import data

    return data.contents_of(name)


def reading_of(name: str, size: int) -> Reading:
    """The reading of a folder as it is now, begun where there is none. It goes on when the page is
    left; what took long is kept on the disk, and the run that follows need not read it again."""
    key = (name, size, contents_of(name, int(time.monotonic() / LOOKED_AT_EVERY)))
    with LOCK:
        reading = READINGS.get(key)
        if reading is None:
            reading = READINGS[key] = Reading()
            reading.future = _reader().submit(_read, reading, name, size)
        READINGS.move_to_end(key)
        for old in list(READINGS)[: max(0, len(READINGS) - MOST_KEPT)]:
            future = READINGS[old].future
            if future and future.done():
                del READINGS[old]
        return reading


def is_being_read(name: str, size: int) -> bool:
    """Whether these images are a folder or zip that is not yet read."""
    from cacr_core import data

    if data.size_of(name, size) is None or not data.is_here(name):
        return False
    future = reading_of(name, size).future
    return future is None or not future.done()


def _read(reading: Reading, name: str, size: int) -> tuple[Any, Any, Account]:
    from cacr_core import data

    with data.listening(reading.tell):
        found = data.parts_of(name, size)
    test = None if found.test is None else found.test.without_pixels()
    return found.train.without_pixels(), test, found.account


def told_of(reading: Reading, n_watched: int) -> Told:
    """What a page says of a folder that has been read.

    Raises:
        ValueError: It cannot be trained on; the sentence says why.
    """
    from cacr_core import data

    assert reading.future is not None
    train, test, account = reading.future.result()
    split = data.split_folder(train, test, n_watched, 1000, 0)
    counts: dict[str, int] = {}
    for part in (train, test) if test is not None else (train,):
        for name, n in zip(part.class_names, data.count_per_class(part), strict=True):
            counts[name] = counts.get(name, 0) + n
        if n_unlabelled := int((part.labels < 0).sum()):
            counts[""] = counts.get("", 0) + n_unlabelled
    n_train, n_probes, n_held_out = map(len, split)
    return Told(counts, sum(counts.values()), n_train, n_probes, n_held_out, account)


def say_folder(prefix: str, name: str, size: int) -> bool:
    """Say what a chosen folder holds, what was left out and what so few images change; while it is
    read, how far that is. Whether it has been read."""
    try:
        reading = reading_of(name, size)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    assert reading.future is not None
    until = time.monotonic() + AT_ONCE
    while not reading.future.done() and time.monotonic() < until:
        time.sleep(0.02)
    if not reading.future.done():
        _progress(prefix, reading)
        return False
    try:
        told = told_of(reading, int(st.session_state[f"{prefix}_n_probes"]))
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    _say(prefix, told)
    return True


@st.fragment(run_every=LOOK_EVERY)
def _progress(prefix: str, reading: Reading) -> None:
    assert reading.future is not None
    if reading.future.done():
        st.rerun()
    share = reading.done / reading.total if reading.total else 0.0
    line = f"Reading images: {reading.done:,} of {reading.total:,}" if reading.total else "Looking"
    left = (time.monotonic() - reading.began) * (1 - share) / share if share > 0.02 else 0
    st.progress(share, f"{line}, {left:,.0f} s left" if left >= 2 else line)


def _say(prefix: str, told: Told) -> None:
    from cacr_core.training.few import said_of_few

    config = st.session_state.get(f"{prefix}_batch_size"), st.session_state[f"{prefix}_n_probes"]
    few = said_of_few(int(config[0] or 0), int(config[1]), told.n_train, told.n_probes)
    for line in (first_line(told), told.account.left_out_sentence(), " ".join(few)):
        if line:
            st.caption(plain(line))
    for question in told.account.questions:
        st.warning(plain(question), icon=":material/help:")
    if told.account.notes:
        with st.expander("How its files were read"):
            for note in told.account.notes:
                st.caption(plain(note))


def first_line(told: Told) -> str:
    """How many images of which classes, and what becomes of them."""
    largest = sorted((n for n in told.sizes if n), key=lambda n: -told.sizes[n])
    some = ", ".join(f"{name} {told.sizes[name]:,}" for name in largest[:6])
    more = f", {len(largest) - 6} more" if len(largest) > 6 else ""
    unlabelled = f", {told.sizes['']:,} without a label" if told.sizes.get("") else ""
    classes = f"{len(largest)} {'class' if len(largest) == 1 else 'classes'}"
    return (
        f"{told.n_images:,} images in {classes} ({some}{more}{unlabelled}): "
        f"{told.n_train:,} are trained on, {told.n_probes:,} watched, {told.n_held_out:,} scored."
    )
