"""What a browser gets before Streamlit's own program has started: words, room, and a head start.

Streamlit's page is an empty shell until its JavaScript runs, about a second on a slow machine. Here
the shell says at once what the app is, leaves the room that the sidebar will take, so that nothing
moves when it comes, and names what will be asked for, so that it is here by then.
"""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.settings import language
from web.settings.glossary import terms
from web.shell.ahead import chunks, modules_of, sheets_for
from web.shell.assets import ASSETS, WEB
from web.shell.hiding import hiding
from web.shell.policy import policy_of

ROOT = b'<div id="root"></div>'
TITLES = {
    "live": "Watch contrastive losses pull and push",
    "compare": "Several losses from one start",
    "forces": "What draws one query in, and what drives it away",
    "checkpoints": "What is in a checkpoint",
    "learn": "Learn what pulls and what pushes",
    "class": "Follow the class",
}
WAIT = "CACR, SSCL and the losses they grew out of, on real images. One moment."
# a page -> the view whose modules it needs
VIEW_OF = {
    "live": "live",
    "compare": "compare",
    "forces": "forces",
    "checkpoints": "live",
    "learn": "learn",
    "class": "classroom",
}


class Front:
    """Middleware that fills in the shell of a page and leaves all else as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = _page_of(scope)
        if page is None:
            await self.app(scope, receive, send)
            return
        plain = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        query = scope.get("query_string", b"").decode("latin-1")
        accepted = Headers(scope=scope).get("accept-language", "")
        code = language.chosen(parse_qs(query).get("lang", [""])[-1], accepted)
        await self.app({**scope, "headers": plain}, receive, _filling(page, query, code, send))


def _page_of(scope: Scope) -> str | None:
    """The page that a browser asks for, None for anything else."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if "text/html" not in Headers(scope=scope).get("accept", ""):
        return None
    name = scope["path"].rstrip("/").rpartition("/")[2]
    return name if name in TITLES else "live"


def _filling(page: str, query: str, code: str, send: Send) -> Send:
    """Holds a page back until it is whole, and sends it filled in; passes on what is no page."""
    start: dict[str, Any] = {}
    body = bytearray()

    async def fill(message: Message) -> None:
        if message["type"] == "http.response.start":
            if "text/html" in Headers(raw=message["headers"]).get("content-type", ""):
                start.update(message)
            else:
                await send(message)
            return
        if not start or message["type"] != "http.response.body":
            await send(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        whole = filled(bytes(body), page, query, code)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(whole))
        headers.add_vary_header("Accept-Language")
        headers.update(policy_of("text/html", whole))
        if "etag" in headers:
            del headers["etag"]  # it is of the shell as it was
        await send(start | {"headers": headers.raw})
        await send({"type": "http.response.body", "body": whole})

    return fill


def filled(shell: bytes, page: str, query: str = "", code: str = language.ENGLISH) -> bytes:
    """Streamlit's shell with a head start and words for a page in a language; unchanged where it is
    none."""
    if shell.count(ROOT) != 1:
        return shell
    head, waiting = _parts(page, code)
    rules, link = (part.encode() for part in hiding(query))
    head, waiting = head + rules, waiting + link
    shell = re.sub(rb"<title>[^<]*</title>", b"<title>CACR playground</title>", shell, count=1)
    shell = shell.replace(b'<html lang="en"', f'<html lang="{code}"'.encode(), 1)
    shell = shell.replace(b"</head>", head + b"</head>", 1)
    return shell.replace(ROOT, waiting + ROOT)


@lru_cache(maxsize=len(TITLES) * len(language.LANGUAGES))
def _parts(page: str, code: str) -> tuple[bytes, bytes]:
    view, words = VIEW_OF[page], language.table(code)
    links = [f'<script type="module" src=".{ASSETS}/kit/turnedaway.js"></script>']
    modules = [*chunks(), *modules_of(view)]
    links += [f'<link rel="modulepreload" href=".{address}">' for address in modules]
    links += [f'<link rel="preload" as="style" href=".{address}">' for address in sheets_for(view)]
    style = (WEB / "shell" / "front.css").read_text("utf-8")
    waiting = (
        '<div class="cacr-front" translate="no">'
        '<div class="cacr-front-side"><b>CACR playground</b></div>'
        f'<div class="cacr-front-main"><b>{html.escape(words.get(TITLES[page], TITLES[page]))}</b>'
        f"<p data-waiting>{html.escape(words.get(WAIT, WAIT))}</p>"
        "</div></div>"
    )
    tables = data_element("cacr-glossary", [term._asdict() for term in terms().values()])
    if code != language.ENGLISH:
        tables += data_element("cacr-language", words)
        links.append(f'<script type="module" src=".{ASSETS}/kit/pagelanguage.js"></script>')
    return f"<style>{style}</style>{tables}{''.join(links)}".encode(), waiting.encode()


def data_element(name: str, value: Any) -> str:
    """An element that holds data for the modules."""
    data = _safe(json.dumps(value, ensure_ascii=False))
    return f'<script type="application/json" id="{name}">{data}</script>'


def _safe(data: str) -> str:
    """JSON that ends no element of the page it stands in."""
    return data.replace("<", "\\u003c")
