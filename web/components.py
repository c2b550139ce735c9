"""Registers the browser components: the live view, which draws a run and computes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import streamlit as st

LIVE = Path(__file__).parent / "live"

# The module and its stylesheet are fetched once; every rerun of the script only hands on new data.
LOADER = """
const loading = new Map();

function stylesheet(href) {
  return new Promise((resolve) => {
    const found = document.head.querySelector('link[data-cacr-live]');
    if (found && found.href === href) return resolve();
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.dataset.cacrLive = '';
    link.onload = link.onerror = () => { if (found) found.remove(); resolve(); };
    document.head.append(link);
  });
}

export default async function (component) {
  const { parentElement, data, setStateValue, setTriggerValue } = component;
  const base = window.location.origin + data.base;
  const module = `${base}/assets/live/live.js?v=${data.version}`;
  if (!loading.has(module)) {
    loading.set(module, Promise.all([
      import(module),
      stylesheet(`${base}/assets/live/live.css?v=${data.version}`),
    ]));
  }
  const [{ mount }] = await loading.get(module);
  return mount(parentElement, data, { setStateValue, setTriggerValue });
}
"""

# Has the size of the real thing before anything is fetched: the page does not jump.
PLACEHOLDER = """
<div class="cacr-live" data-live-root
     style="min-height: max(640px, calc(100vh - 84px)); width: 100%"></div>
"""


def assets_version() -> str:
    """Changes whenever a module, the stylesheet or plotly changes."""
    digest = hashlib.sha256(version("plotly").encode())
    for path in sorted(LIVE.glob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


_live_view = st.components.v2.component(
    "cacr_live_view", html=PLACEHOLDER, js=LOADER, isolate_styles=False
)
_VERSION = assets_version()


def _nothing() -> None:
    """A callback that leaves it at the rerun."""


def live_view(
    *,
    run: str | None,
    example: bool,
    view: dict[str, Any],
    present: bool,
    invite: str,
    key: str = "live",
    state: str | None = None,
    on_state_change: Callable[[], None] = _nothing,
    on_view_change: Callable[[], None] = _nothing,
    on_leave_change: Callable[[], None] = _nothing,
) -> Any:
    """Draws a run live: cloud, scrubber, query panel and numbers, through the socket of the app.

    The script runs again only when the run's state changes, when a view setting has been changed
    and left alone for 0.6 s, or when the reader leaves the presentation.

    Args:
        run: Id of the run to watch, None for the inviting empty state.
        example: The run is the recorded one: it plays by itself, in a loop.
        view: Settings of the view, checked, any subset of: `colour` ("class", "weight", "pull",
            "agreement" or "factor:NAME"), `layout` ("umap", "pca"), `space` ("embeddings",
            "features"), `trails` (bool), `images` (bool: images for dots), `group` ("probes",
            "batch"), `lens` (None, or a dict with "name" and the loss's fields), `query` (index
            of a probe, None for the first), `panel` ("cloud", "query", "numbers": the large one
            while presenting).
        present: Cover the page with one large panel.
        invite: What the empty state, or the line above a recorded example, says.
        state: The run's state as the page believes it; a different one is reported. None
            reports only changes after the first.

    Returns:
        The component's state: `.view` (a dict as above, all keys), `.state` (a dict with "run",
        "state", "step", "reason") and `.leave` (True in the rerun in which the reader left the
        presentation; the page then turns its switch off). Each is None before it was reported.
    """
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return _live_view(
        key=key,
        data={
            "run": run,
            "example": example,
            "view": view,
            "present": present,
            "invite": invite,
            "state": state,
            "version": _VERSION,
            "base": f"/{prefix}/_cacr" if prefix else "/_cacr",
        },
        on_state_change=on_state_change,
        on_view_change=on_view_change,
        on_leave_change=on_leave_change,
    )


_compare_view = st.components.v2.component(
    "cacr_compare_view",
    html=PLACEHOLDER.replace("data-live-root", "data-compare-root"),
    js=LOADER.replace("live/live", "compare/compare"),
    isolate_styles=False,
)


def compare_view(
    *,
    run: str | None,
    example: bool,
    view: dict[str, Any],
    invite: str,
    key: str = "compare",
    state: str | None = None,
    on_state_change: Callable[[], None] = _nothing,
    on_view_change: Callable[[], None] = _nothing,
) -> Any:
    """Draws a comparison live; arguments as of `live_view`."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return _compare_view(
        key=key,
        data={
            "run": run,
            "example": example,
            "view": view,
            "invite": invite,
            "state": state,
            "version": _VERSION,
            "base": f"/{prefix}/_cacr" if prefix else "/_cacr",
        },
        on_state_change=on_state_change,
        on_view_change=on_view_change,
    )
