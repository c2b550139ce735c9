"""A set of images of the Hugging Face Hub by its name: told first, fetched on a click."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from web.shell.plain import plain
from web.shell.reading import LOOK_EVERY
from web.shell.whole import whole


@dataclass(eq=False)
class Fetching:
    """A set that is being fetched: how far, and where it is once it is here."""

    future: Future[Any] | None = None
    done: int = 0
    total: int = 0

    def tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total


FETCHINGS: dict[str, Fetching] = {}


def choose_of_the_hub(prefix: str) -> None:
    """Widgets that name a set, say what would be fetched, fetch it, and choose it."""
    from cacr_core.data import hub_sets

    text = st.text_input(
        "or a set of the Hugging Face Hub", key=f"{prefix}_hub_set", placeholder="uoft-cs/cifar10"
    ).strip()
    if not text:
        return
    try:
        name = hub_sets.named(text)
        if name in FETCHINGS:
            _follow(prefix, name)
            return
        offer = _offer(name, int(time.time() // 600))
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    some = f"{offer.n_images:,} of its {offer.n_of:,} images"
    some = some if offer.n_images < offer.n_of else f"Its {offer.n_of:,} images"
    labels = f"classes by {offer.label}" if offer.label else "no classes"
    st.caption(plain(f"{some}, {labels}; fetched once, into the folder of datasets."))
    st.button(
        f"Download about {offer.megabytes:,.0f} MB",
        key=f"{prefix}_hub_fetch",
        on_click=_fetch,
        args=(offer,),
    )


@lru_cache(maxsize=16)
def _offer(name: str, while_: int) -> Any:
    """What would be fetched; asked anew after ten minutes."""
    from cacr_core.data import hub_sets

    return hub_sets.look_up(name)


@lru_cache(maxsize=1)
def _fetcher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "sets of the Hub")


@whole
def _fetch(offer: Any) -> None:
    from cacr_core import data

    fetching = FETCHINGS[offer.name] = Fetching(total=offer.n_images)

    def work() -> None:
        with data.listening(fetching.tell):
            data.hub_sets.fetch(offer)

    fetching.future = _fetcher().submit(work)


def _follow(prefix: str, name: str) -> None:
    """How far a fetch is; once it is done its set is the one chosen.

    Raises:
        ValueError: It failed.
    """
    from cacr_core.data import hub_sets

    fetching = FETCHINGS[name]
    assert fetching.future is not None
    if not fetching.future.done():
        _progress(fetching)
        return
    del FETCHINGS[name]
    fetching.future.result()
    st.session_state[f"{prefix}_dataset"] = f"{hub_sets.MARK}{name}"
    st.rerun()


@st.fragment(run_every=LOOK_EVERY)
def _progress(fetching: Fetching) -> None:
    assert fetching.future is not None
    if fetching.future.done():
        st.rerun()
    share = min(1.0, fetching.done / fetching.total) if fetching.total else 0.0
    st.progress(share, f"Fetching images: {fetching.done:,} of {fetching.total:,}")
