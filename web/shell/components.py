"""Registers the browser components: live, compare and forces; they compute no formula."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from web.shell.assets import assets_version, sheets_of

# A view's module and its stylesheets are fetched once; every rerun of the script only hands on new
# data. The kit's stylesheet comes first: a view's own adds to it.
LOADER = """
const loading = new Map();

function stylesheet(href, name) {
  return new Promise((resolve) => {
    const found = document.head.querySelector(`link[data-cacr="${name}"]`);
    if (found && found.href === href) return resolve();
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.dataset.cacr = name;
    link.onload = link.onerror = () => { if (found) found.remove(); resolve(); };
    const others = document.head.querySelector('link[data-cacr]:not([data-cacr="kit"])');
    const later = name === 'kit' ? others : null;
    document.head.insertBefore(link, later);
  });
}

export default async function (component) {
  const { parentElement, setStateValue, setTriggerValue } = component;
  // Pages stand one name below where the app was served, whatever a proxy has put before that.
  const data = { ...component.data, base: new URL('_cacr', document.baseURI).href };
  const assets = `${data.base}/assets`;
  const module = `${assets}/ROOM/view/VIEW.js?v=${data.version}`;
  if (!loading.has(module)) {
    const sheets = SHEETS;
    loading.set(module, Promise.all([
      import(module),
      ...sheets.map(([name, path]) => stylesheet(`${assets}/${path}?v=${data.version}`, name)),
    ]));
  }
  const [{ mount }] = await loading.get(module);
  return mount(parentElement, data, { setStateValue, setTriggerValue });
}
"""

# Has the size of the real thing before anything is fetched: the page does not jump.
PLACEHOLDER = """
<div class="CLASSES" data-VIEW-root
     style="min-height: STARTS; width: 100%"></div>
"""
PAGE = "max(640px, calc(100vh - 84px))"
ALONE = "430px"


def register(view: str, classes: str, room: str = "", starts: str = PAGE, name: str = "") -> Any:
    """A component whose module is `ROOM/view/VIEW.js`.

    Args:
        classes: Of the element that the module gets.
        room: The folder in `web/`; the view's own name if empty.
        starts: The height that is kept until the module is there.
        name: Of the component, where a view is registered more than once.
    """
    js = LOADER.replace("ROOM", room or view).replace("VIEW", view)
    html = PLACEHOLDER.replace("VIEW", view).replace("CLASSES", classes)
    return st.components.v2.component(
        f"cacr_{name or view}_view",
        html=html.replace("STARTS", starts),
        js=js.replace("SHEETS", json.dumps(sheets_of(view, room))),
        isolate_styles=False,
    )


# A run that stands still has no bar and no step; beside other panels its cloud stands alone.
_LIVE = {
    "whole": register("live", "cacr-live"),
    "still": register("live", "cacr-live still", name="still"),
    "alone": register("live", "cacr-live still alone", starts=ALONE, name="alone"),
}
_COMPARE = {
    "whole": register("compare", "cacr-live cacr-compare"),
    "still": register("compare", "cacr-live cacr-compare still", name="compare_still"),
}
_forces_view = register("forces", "cacr-live cacr-forces")
_VERSION = assets_version()


def assets() -> dict[str, str]:
    """What every component is told: of which version its modules are."""
    return {"version": _VERSION}


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
    transport: dict[str, Any] | None = None,
    refusal: str = "",
    room: Literal["whole", "still", "alone"] = "whole",
    on_state_change: Callable[[], None] = _nothing,
    on_view_change: Callable[[], None] = _nothing,
    on_leave_change: Callable[[], None] = _nothing,
    on_transport_change: Callable[[], None] = _nothing,
) -> Any:
    """Draws a run live: cloud, scrubber, query panel and numbers, through the socket of the app.

    The script runs again only when the run's state changes, when a view setting has been changed
    and left alone for 0.6 s, when Start, Reset or the speed is asked for, or when the reader leaves
    the presentation.

    Args:
        run: Id of the run to watch, None for the inviting empty state.
        example: The run is the recorded one: it plays by itself, in a loop.
        view: How the run is looked at, checked: all that `web.settings.looks.LIVE` lists.
        present: Cover the page with one large panel.
        invite: What the empty state, or the line above a recorded example, says.
        state: The run's state as the page believes it; a different one is reported. None
            reports only changes after the first.
        transport: What the bar of the run must know (`web.shell.buttons.bar`); None for a run that
            cannot be started.
        refusal: Why what the bar last asked for was not done.
        room: What of it is shown: all; all but what speaks of time, for a run that stands still;
            or of that the cloud alone.

    Returns:
        The component's state: `.view` (a dict as above, all keys), `.state` (a dict with "run",
        "state", "step", "reason"), `.leave` (True in the rerun in which the reader left the
        presentation; the page then turns its switch off) and `.transport` (in the rerun in which
        the bar asks for something: a dict with "act", "run" and for the act "speed" the "speed").
        Each is None before it was reported.
    """
    return _LIVE[room](
        key=key,
        data={
            "run": run,
            "example": example,
            "view": view,
            "present": present,
            "invite": invite,
            "state": state,
            "transport": transport,
            "refusal": refusal,
            "version": _VERSION,
        },
        on_state_change=on_state_change,
        on_view_change=on_view_change,
        on_leave_change=on_leave_change,
        on_transport_change=on_transport_change,
    )


def compare_view(
    *,
    run: str | None,
    example: bool,
    view: dict[str, Any],
    invite: str,
    key: str = "compare",
    state: str | None = None,
    plays: bool = False,
    present: bool = False,
    transport: dict[str, Any] | None = None,
    refusal: str = "",
    room: Literal["whole", "still"] = "whole",
    on_state_change: Callable[[], None] = _nothing,
    on_view_change: Callable[[], None] = _nothing,
    on_leave_change: Callable[[], None] = _nothing,
    on_transport_change: Callable[[], None] = _nothing,
) -> Any:
    """Draws a comparison: a cloud for each entry, one query's strips, curves and tables.

    The script runs again only when the comparison's state changes, when a view setting has been
    changed and left alone for 0.6 s, when Start, Reset or the speed is asked for, or when the
    reader leaves the presentation.

    Args:
        run: Id of the comparison to watch, None for the inviting empty state.
        example: The comparison is a recorded one: it plays by itself, in a loop.
        view: How it is looked at, checked: all that `web.settings.looks.COMPARE` lists.
        present: Cover the page with one large panel.
        invite: What the empty state, or the line above a recorded comparison, says.
        state: The comparison's state as the page believes it; a different one is reported. None
            reports only changes after the first.
        plays: A recorded comparison plays up to the view's step at first, not to hold it at once.
        transport, refusal, room: As for `live_view`.

    Returns:
        The component's state: `.view` (a dict as above, all keys), `.state` (a dict with "run",
        "state", "step", "reason"), `.leave` and `.transport`, as for `live_view`. Each is None
        before it was reported.
    """
    return _COMPARE[room](
        key=key,
        data={
            "run": run,
            "example": example,
            "view": view,
            "present": present,
            "invite": invite,
            "state": state,
            "plays": plays,
            "transport": transport,
            "refusal": refusal,
            "version": _VERSION,
        },
        on_state_change=on_state_change,
        on_view_change=on_view_change,
        on_leave_change=on_leave_change,
        on_transport_change=on_transport_change,
    )


def forces_view(
    *,
    board: dict[str, Any],
    revision: int,
    lenses: list[dict[str, Any]],
    taken: dict[str, Any] | None,
    present: bool,
    key: str = "forces",
    on_board_change: Callable[[], None] = _nothing,
    on_leave_change: Callable[[], None] = _nothing,
) -> Any:
    """Draws points on a circle or a sphere under two losses: weights, pulls, arrows and flows.

    The script runs again only when the board has been changed and left alone for 0.6 s, or when
    the reader leaves the presentation.

    Args:
        board: All that the page shows, checked (`web.settings.board`).
        revision: Grows when `board` is to replace the one that the browser holds.
        lenses: The losses to choose from with their settings, as `web.live.describe.lenses` has
            them.
        taken: Images of a query taken from a run and what is said of them, or None.
        present: Cover the window, everything larger.

    Returns:
        The component's state: `.board` and `.leave` (True in the rerun in which the reader left
        the presentation), each None before it was reported.
    """
    return _forces_view(
        key=key,
        data={
            "board": board,
            "revision": revision,
            "lenses": lenses,
            "taken": taken,
            "present": present,
            "version": _VERSION,
        },
        on_board_change=on_board_change,
        on_leave_change=on_leave_change,
    )
