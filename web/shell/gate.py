"""Middleware that every request passes: whether it is answered, where, and with which headers.

Streamlit serves its own routes below `server.baseUrlPath` and those of `st.App` at the root: here
ours answer at both, as a proxy in front may take the path off or leave it on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from web.shell import hosts, roles
from web.shell.assets import BASE
from web.shell.policy import policy_of

SOCKET = f"{BASE}/socket"
READS = ("GET", "HEAD", "OPTIONS")
UPLOAD = "/_stcore/upload_file/"  # Streamlit's own; a session and a file follow
KEPT = 30 * 86_400  # seconds for which a browser is known again
REFUSED = 1008  # how a socket is closed that is not to be tried again


class Gate:
    """Turns away who asks by another name or from another site; passes on all else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = _at_root(scope)
        asked = dict(Headers(scope=scope))
        if scope.get("method") in READS:
            asked.pop("origin", None)  # a page elsewhere cannot read what it has asked for
        sentence = hosts.refusal(asked) or _upload_refusal(scope, asked)
        if scope["type"] == "websocket":
            if sentence:
                await _turn_away(scope["path"] == SOCKET, sentence, receive, send)
            else:
                await self.app(_as_asked(scope), receive, send)
        elif sentence:
            await PlainTextResponse(sentence, 403)(scope, receive, send)
        else:
            await self.app(scope, receive, _with_headers(scope, send))


def _upload_refusal(scope: Scope, asked: dict[str, str]) -> str:
    """Why a request may not bring a file: Streamlit takes it from anyone who has a session."""
    _, is_upload, rest = scope["path"].partition(UPLOAD)
    if scope.get("method") != "PUT" or not is_upload:
        return ""
    cookies = cookie_parser(asked.get("cookie", ""))
    return roles.upload_refusal(asked, cookies, rest.partition("/")[0])


def _at_root(scope: Scope) -> Scope:
    """A request of our own routes, without the path that Streamlit's are below."""
    below = str(config.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{below}{BASE}/"
    if not below or not scope["path"].startswith(prefix):
        return scope
    path = scope["path"][len(below) + 1 :]
    return {**scope, "path": path, "raw_path": path.encode()}


def _as_asked(scope: Scope) -> Scope:
    """A socket's handshake as the browser meant it: Streamlit compares Origin with Host again, and
    where they differ asks a machine of the internet for this one's address."""
    headers = Headers(scope=scope)
    origin = headers.get("origin", "")
    if "//" not in origin:
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {**scope, "headers": [*kept, (b"host", origin.partition("//")[2].encode())]}


async def _turn_away(is_ours: bool, sentence: str, receive: Receive, send: Send) -> None:
    """Close a socket before it is one; ours says why first: a browser reads it nowhere else."""
    if is_ours:
        await receive()
        await send({"type": "websocket.accept"})
        text = json.dumps({"type": "refused", "message": sentence})
        await send({"type": "websocket.send", "text": text})
    await send({"type": "websocket.close", "code": REFUSED, "reason": sentence[:100]})


def _with_headers(scope: Scope, send: Send) -> Send:
    """Adds to an answer what a browser is to forbid, and to a page who it is shown to."""
    asked = Headers(scope=scope)

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in policy_of(headers.get("content-type", "")).items():
                headers.setdefault(name, value)
            is_kept = message["status"] == 304 and "." not in scope["path"].rpartition("/")[2]
            is_page = is_kept or "text/html" in headers.get("content-type", "")
            for cookie in _cookies(scope, asked) if is_page else ():
                headers.append("set-cookie", cookie)
            message = {**message, "headers": headers.raw}
        await send(message)

    return add


def _cookies(scope: Scope, asked: Headers) -> Iterable[str]:
    """Of a page alone, also of one that the browser has kept, and for its own path: without Path a
    browser keeps to the page's folder, which behind a proxy is this server's, not its neighbours'.
    """
    if scope["method"] != "GET":
        return ()
    query: dict[str, str] = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    given = roles.cookies_for(query, cookie_parser(asked.get("cookie", "")))
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return [f"{k}={v}; HttpOnly; SameSite=Lax; Max-Age={KEPT}{secure}" for k, v in given.items()]
