"""Tabs of people who visit the app: each finds the browser as new, but for what it has compiled."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

MEDIA = {"color_scheme", "reduced_motion", "forced_colors"}


class Visitors:
    """Contexts of one browser, given to one person after another.

    The browser's cache outlives a visit, so that Streamlit's program is fetched and compiled once
    and not for every test; cookies and what pages have stored do not.
    """

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.rested: dict[tuple[tuple[str, Any], ...], list[Any]] = {}
        self.seen: dict[Any, tuple[tuple[tuple[str, Any], ...], set[str]]] = {}

    def page(self, width: int = 1440, height: int = 900, **wishes: Any) -> Any:
        """A tab of somebody new, in a window of a size, with wishes as of Playwright's contexts."""
        media = {name: wishes.pop(name) for name in MEDIA & wishes.keys()}
        kind = tuple(sorted(wishes.items()))
        rested = self.rested.setdefault(kind, [])
        context = rested.pop() if rested else self._context(kind)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        if media:
            page.emulate_media(**media)
        return page

    def _context(self, kind: tuple[tuple[str, Any], ...]) -> Any:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, **dict(kind))
        _, origins = self.seen[context] = (kind, set())

        def went(frame: Any) -> None:
            origins.add("://".join(urlsplit(frame.url)[:2]))

        context.on("page", lambda page: page.on("framenavigated", went))
        return context

    def leave(self, context: Any) -> None:
        """Close a person's tabs and forget all that was kept for them."""
        kind, origins = self.seen[context]
        for page in context.pages:
            page.close()
        context.clear_cookies()
        page = context.new_page()
        browser = context.new_cdp_session(page)
        for origin in origins:
            everything = {"origin": origin, "storageTypes": "all"}
            browser.send("Storage.clearDataForOrigin", everything)
        page.close()
        origins.clear()
        self.rested[kind].append(context)

    @contextlib.contextmanager
    def visit(self, kind: type, *of: Any) -> Iterator[Callable[..., Any]]:
        """Opens tabs, each of another person, as `kind(page, *of)`: none may say an error on the
        browser's console."""
        opened: list[Any] = []

        def tab(width: int = 1440, height: int = 900, **wishes: Any) -> Any:
            opened.append(kind(self.page(width, height, **wishes), *of))
            return opened[-1]

        yield tab
        for one in opened:
            self.leave(one.page.context)
        assert [error for one in opened for error in one.errors] == []
