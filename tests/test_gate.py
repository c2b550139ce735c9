"""What the server answers at all, at which paths, and which headers go with it."""

import asyncio
import json
import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute

from tests.reached import reached
from web.shell import roles
from web.shell.front import Front
from web.shell.gate import SOCKET, Gate

SHELL = (
    "<html><head><title>Streamlit</title><script>window.prerenderReady = false</script>"
    '<script type="module" src="./a.js"></script></head><body><div id="root"></div></body></html>'
)
HERE = {"host": "127.0.0.1:8501", "accept": "text/html"}
heard = []


async def shell(request):
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return HTMLResponse(SHELL)


async def asset(request):
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return Response("export {};", media_type="text/javascript", headers={"x-frame-options": "DENY"})


async def socket(websocket):
    heard.append(dict(websocket.headers))
    await websocket.accept()
    await websocket.close()


APP = Starlette(
    routes=[
        Route("/_cacr/assets/a.js", asset),
        WebSocketRoute(SOCKET, socket),
        WebSocketRoute("/_stcore/stream", socket),
        Route("/lab/{page:path}", shell),
        Route("/{page:path}", shell),
    ],
    middleware=[Middleware(Gate), Middleware(Front)],
)


def asked(kind, path, headers, query=""):
    """What is sent to one request."""
    sent, first = [], {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def receive():
        return first

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "raw_path": path.encode(), "root_path": ""}
    scope |= {"query_string": query.encode(), "http_version": "1.1", "subprotocols": []}
    scope |= {"method": "GET"} if kind == "http" else {}
    scope["headers"] = [(k.encode(), v.encode()) for k, v in headers.items()]
    asyncio.run(APP(scope, receive, send))
    return sent


def get(path="/", query="", **headers):
    start, *bodies = asked("http", path, HERE | headers, query)
    named = [(k.decode().lower(), v.decode()) for k, v in start["headers"]]
    return start["status"], named, b"".join(m.get("body", b"") for m in bodies).decode()


def policy(page_headers):
    (text,) = [v for k, v in page_headers if k == "content-security-policy"]
    return {name: rest for name, _, rest in (part.partition(" ") for part in text.split("; "))}


def test_a_name_that_is_not_known_gets_a_sentence_and_no_page(monkeypatch):
    reached(monkeypatch)
    status, _, body = get(host="rebound.example")
    assert (status, "rebound.example" in body, "serverAddress" in body) == (403, True, True)
    assert get()[0] == 200


def test_a_foreign_page_is_told_why_over_our_socket_and_turned_away_from_both(monkeypatch):
    reached(monkeypatch)
    heard.clear()
    foreign = {"host": "127.0.0.1:8501", "origin": "https://evil.example"}
    accepted, said, closed = asked("websocket", SOCKET, foreign)
    assert accepted["type"] == "websocket.accept"
    told = json.loads(said["text"])
    assert told["type"] == "refused"
    assert "evil.example" in told["message"]
    assert closed["code"] == 1008
    (closed,) = asked("websocket", "/_stcore/stream", foreign)
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert not heard


def test_streamlit_is_asked_by_the_name_that_the_browser_used(monkeypatch):
    reached(monkeypatch, serverAddress="lab.example")
    heard.clear()
    rewritten = {"host": "127.0.0.1:8501", "origin": "https://lab.example"}
    asked("websocket", "/_stcore/stream", rewritten)
    assert heard[0]["host"] == "lab.example"


@pytest.mark.parametrize("base", ["", "lab", "/lab/", "a/b"])
def test_our_routes_answer_below_the_base_path_and_without_it(monkeypatch, base):
    reached(monkeypatch, baseUrlPath=base)
    below = f"/{base.strip('/')}".rstrip("/")
    for path in {"/_cacr/assets/a.js", f"{below}/_cacr/assets/a.js"}:
        assert get(path)[2] == "export {};", path
    heard.clear()
    asked("websocket", f"{below}{SOCKET}", {"host": "localhost", "origin": "http://localhost"})
    assert len(heard) == 1


def test_a_page_allows_its_own_scripts_and_no_markup_from_elsewhere(monkeypatch):
    reached(monkeypatch)
    monkeypatch.delenv("CACR_FRAME_ANCESTORS", raising=False)
    _, headers, body = get()
    found = policy(headers)
    scripts = found["script-src"].split()
    n_inline = len(re.findall(r"<script(?![^>]*\bsrc=)", body))  # the shell's own
    assert len([s for s in scripts if s.startswith("'sha256-")]) == n_inline > 0
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(scripts)
    assert not [s for s in scripts if "http" in s or s == "*"]
    assert found["object-src"] == "'none'"
    assert found["frame-ancestors"] == "'self'"
    assert re.search("<title>CACR", body)
    assert ("x-content-type-options", "nosniff") in headers
    assert ("referrer-policy", "same-origin") in headers
    assert ("x-content-type-options", "nosniff") in get("/_cacr/assets/a.js")[1]


def test_which_sites_may_frame_the_app_is_a_setting(monkeypatch):
    reached(monkeypatch)
    monkeypatch.setenv("CACR_FRAME_ANCESTORS", "https://class.example, https://*.lab.example x;y")
    ancestors = policy(get()[1])["frame-ancestors"]
    assert ancestors == "'self' https://class.example https://*.lab.example"


def cookies(headers):
    return [v for k, v in headers if k == "set-cookie"]


def test_pages_of_an_open_server_give_cookies_for_their_own_path_and_assets_do_not(monkeypatch):
    reached(monkeypatch, serverAddress="lab.example")
    here = {"host": "lab.example"}
    (visitor,) = cookies(get(**here)[1])
    assert visitor.startswith(f"{roles.VISITOR_COOKIE}=")
    assert "HttpOnly" in visitor and "SameSite=Lax" in visitor and "path" not in visitor.lower()
    _, headers, _ = get(query=f"owner={roles._secret}", cookie=visitor.partition(";")[0], **here)
    (owner,) = cookies(headers)
    assert owner.startswith(f"{roles.OWNER_COOKIE}={roles.proof()};")
    assert not cookies(get(query="owner=guess", cookie=visitor.partition(";")[0], **here)[1])
    assert not cookies(get("/_cacr/assets/a.js", **here)[1])
    # a page that the browser has kept, while its cookies have gone
    status, headers, _ = get(query=f"owner={roles._secret}", **here, **{"if-none-match": "x"})
    assert status == 304
    assert {one.partition("=")[0] for one in cookies(headers)} == set(roles.COOKIES)
    assert not cookies(get("/_cacr/assets/a.js", **here, **{"if-none-match": "x"})[1])
    reached(monkeypatch)
    assert not cookies(get(query=f"owner={roles._secret}")[1])
