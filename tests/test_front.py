"""The shell that a browser gets first says what the app is and hurries its modules."""

import asyncio
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from web.shell import ahead, front
from web.shell.assets import WEB, asset_routes

SHELL = b'<html><head><title>Streamlit</title></head><body><div id="root"></div></body></html>'
HTML = {"accept": "text/html,application/xhtml+xml"}


async def shell(request):
    return Response(SHELL, media_type="text/html", headers={"etag": "of-the-old"})


async def other(request):
    return HTMLResponse("<p>an error</p>")


async def text(request):
    return PlainTextResponse("ok")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self):
        return self.content.decode()


ROUTES = [Route("/other", other), Route("/text", text), *asset_routes()]
APP = Starlette(
    routes=[*ROUTES, Route("/{page:path}", shell)], middleware=[Middleware(front.Front)]
)


def get(address, headers=None, method="GET"):
    path, _, query = address.partition("?")
    sent = []

    async def receive():
        return {"type": "http.disconnect"}  # a GET has no body to wait for

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode()}
    scope |= {"query_string": query.encode(), "http_version": "1.1", "root_path": ""}
    scope["headers"] = [(k.encode(), v.encode()) for k, v in (headers or {}).items()]
    asyncio.run(APP(scope, receive, send))
    start, *bodies = sent
    named = {k.decode().lower(): v.decode() for k, v in start["headers"]}
    return Answer(start["status"], named, b"".join(m.get("body", b"") for m in bodies))


@pytest.mark.parametrize("page", ["", "live", "compare", "forces", "checkpoints", "learn"])
def test_every_page_says_at_once_what_it_is(page):
    answer = get(f"/{page}", HTML)
    assert front.TITLES[page or "live"] in answer.text.replace("&#x27;", "'")
    assert "<title>CACR playground</title>" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert answer.text.count('<div id="root">') == 1


@pytest.mark.parametrize("page", ["live", "compare", "forces", "learn"])
def test_the_modules_that_are_hurried_exist_and_are_all_that_the_view_imports(page):
    found = re.findall(r'href="\.(/_cacr/[^"]+)"', get(f"/{page}", HTML).text)
    assert all(get(address).status == 200 for address in found)
    modules = {re.sub(r"^/_cacr/assets/|\?.*", "", a) for a in found if ".js" in a}
    assert f"{page}/view/{page}.js" in modules
    for name in modules:
        text = (WEB / name).read_text()
        for path in re.findall(r"""^[^/*\n]*from '(\.[^']+)';""", text, re.M):
            whole = (WEB / name).parent.joinpath(path).resolve().relative_to(WEB)
            assert str(whole) in modules


def test_what_is_no_page_is_left_as_it_is():
    assert get("/other", HTML).text == "<p>an error</p>"
    assert get("/text", HTML).text == "ok"
    assert get("/live").content == SHELL  # a program asks, not a browser
    assert get("/text", HTML, "POST").status == 405


def test_the_files_of_what_holds_a_view_are_named_with_all_that_they_import():
    files = [path.removeprefix("/static/js/") for path in ahead.chunks()]
    assert files[0].startswith("BidiComponent.") and 2 <= len(files) < 12
    static = Path(streamlit.__file__).parent / "static"
    index = (static / "index.html").read_text()
    for name in files:
        text = (static / "static/js" / name).read_text()
        for needed in re.findall(r'from"\./([^"]+)"', text):
            assert needed in files or needed in index, (name, needed)
    shell = front.filled(SHELL, "live").decode()
    assert all(f'<link rel="modulepreload" href="./static/js/{name}">' in shell for name in files)
