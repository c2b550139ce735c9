"""What a browser fetches while Streamlit's own program starts, and asks for as soon as it has.

Each of Streamlit's elements is a file with others behind it, asked for when it is first drawn: the
view's would come after those of every setting beside it. Only the view's is named here: naming all
of them made the page slower, as they are read before the program that draws them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from web.shell.assets import ASSETS, WEB, assets_version, sheets_of

ELEMENT = "BidiComponent"  # Streamlit's name for what holds a view
IMPORTED = re.compile(r"""(?:from|import) ?["']\./([\w.$-]+\.js)["']""")


@lru_cache(maxsize=1)
def chunks() -> list[str]:
    """Addresses of that element's file and of all that it imports, less what Streamlit's page names
    itself. None where Streamlit keeps them otherwise."""
    spec = find_spec("streamlit")
    if spec is None or spec.origin is None:
        return []
    static = Path(spec.origin).parent / "static"
    folder, index = static / "static" / "js", static / "index.html"
    named = index.read_text("utf-8") if index.is_file() else ""
    found: dict[str, None] = {}
    waiting = [path.name for path in folder.glob(f"{ELEMENT}.*.js")]
    while waiting:
        name = waiting.pop()
        if name in found or name in named or not (folder / name).is_file():
            continue
        found[name] = None
        waiting += IMPORTED.findall((folder / name).read_text("utf-8"))
    return [f"/static/js/{name}" for name in found]


def sheets_for(view: str) -> Iterator[str]:
    """Addresses of the stylesheets of a view, as the loader asks for them, and of their parts."""
    for _, sheet in sheets_of(view):
        yield f"{ASSETS}/{sheet}?v={assets_version()}"
        for path in re.findall(r"@import url\('([^']+)'\)", (WEB / sheet).read_text("utf-8")):
            yield f"{ASSETS}/{_beside(sheet, path)}"


def modules_of(view: str) -> Iterator[str]:
    """Addresses of a view's module, as the loader asks for it, and of all that it imports."""
    seen = {f"{view}/view/{view}.js"}
    yield f"{ASSETS}/{view}/view/{view}.js?v={assets_version()}"
    waiting = list(seen)
    while waiting:
        name = waiting.pop()
        text = (WEB / name).read_text("utf-8")
        for path in re.findall(r"""^(?:import|export)[^;]*?from '(\.[^']+)';""", text, re.M):
            found = _beside(name, path)
            if found not in seen:
                seen.add(found)
                waiting.append(found)
                yield f"{ASSETS}/{found}"


def _beside(name: str, path: str) -> str:
    """A path as a file of that name writes it, `./a.js` or `../../kit/b.js`, below `web/`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
