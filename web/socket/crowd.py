"""How many views may be open: in all, of one browser, and where it shows no cookie of one address.

A view that has said nothing since it was opened gives its place to the next that comes, and only
then: a page that lies behind others, or has nothing to ask, is not cut off where there is room.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection

from starlette.requests import cookie_parser
from starlette.websockets import WebSocket

from web.shell import hosts, roles
from web.socket.viewer import Viewer

MOST = 600  # a page has one to five
FOR_OWNER = 40  # of these, whoever else is there
MOST_OF_BROWSER = 60
MOST_OF_ADDRESS = 400  # a class in a frame, where browsers keep no cookie, comes from one
SILENT_FOR = 30.0  # seconds after which a view that has said nothing may have to go


class Crowd:
    """The views that are open, and whose each is."""

    def __init__(self) -> None:
        self._whose: dict[Viewer, str] = {}  # in the order in which they came

    def __len__(self) -> int:
        return len(self._whose)

    def enter(self, viewer: Viewer) -> str:
        """Take a view in; where there is no room for it, why, in a sentence."""
        whose = whose_is(viewer.websocket)
        is_owner = whose == roles.OWNERS
        theirs = [other for other, of in self._whose.items() if of == whose]
        of_one, kind = MOST_OF_BROWSER, "browser"
        if whose.startswith("at "):
            of_one, kind = MOST_OF_ADDRESS, "address"
        in_all = MOST if is_owner else MOST - FOR_OWNER
        if not is_owner and not self._has_room(theirs, of_one):
            return f"{of_one} views are open from this {kind}, which is all there may be."
        if not self._has_room(self._whose, in_all):
            return f"{in_all} views are open here, which is all there may be."
        self._whose[viewer] = whose
        return ""

    def leave(self, viewer: Viewer) -> None:
        self._whose.pop(viewer, None)

    def _has_room(self, among: Collection[Viewer], most: int) -> bool:
        """Whether one more may come among some, in place of one that says nothing if need be."""
        if len(among) < most:
            return True
        before = time.monotonic() - SILENT_FOR
        silent = (one for one in among if not one.has_spoken and one.since <= before)
        if (gone := next(silent, None)) is None:
            return False
        gone.unread.set()
        self.leave(gone)
        return True


def whose_is(websocket: WebSocket) -> str:
    """Who opens a view, as far as the handshake says: the owner, a browser, else an address."""
    shown = cookie_parser(websocket.headers.get("cookie", ""))
    if hosts.is_local(websocket.headers) or roles.is_proof(shown.get(roles.OWNER_COOKIE, "")):
        return roles.OWNERS
    if known := shown.get(roles.VISITOR_COOKIE):
        return f"by {hashlib.sha256(known.encode()).hexdigest()}"
    return f"at {websocket.client.host if websocket.client else ''}"
