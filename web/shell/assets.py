"""Serves the browser's modules and the installed wheel's plotly.js: nothing comes from a CDN."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

WEB = Path(__file__).parents[1]
# folders of modules and stylesheets; the first is used by the others
ROOMS = ("live", "compare", "forces", "checkpoints", "learn", "classroom")
FOLDERS = ("kit", *(f"{room}/view" for room in ROOMS))
BASE = "/_cacr"
ASSETS = f"{BASE}/assets"
PLOTLY = f"{BASE}/plotly"


def sheets_of(view: str, room: str = "") -> list[tuple[str, str]]:
    """Name and path below `web/` of the stylesheets of a view: the kit's, and its own if any."""
    own = f"{room or view}/view/{view}.css"
    return [("kit", "kit/kit.css"), *([(view, own)] if (WEB / own).is_file() else [])]


def assets_version() -> str:
    """Changes whenever a module, a stylesheet or plotly changes."""
    digest = hashlib.sha256(version("plotly").encode())
    for name in FOLDERS:
        for path in sorted((WEB / name).glob("*.*")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class _Checked(StaticFiles):
    """Static files that the browser keeps but asks about, so that an upgrade is seen at once."""

    def file_response(
        self,
        full_path: Any,
        stat_result: Any,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response


def plotly_folder() -> Path:
    """The folder of the installed wheel that holds plotly.min.js; plotly is not imported."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ValueError("The cloud needs the plotly package; install requirements.txt.")
    return Path(spec.origin).parent / "package_data"


def asset_routes() -> list[Mount]:
    """The mounts that the views need beside the socket."""
    return [
        *(Mount(f"{ASSETS}/{name}", _Checked(directory=WEB / name)) for name in FOLDERS),
        Mount(PLOTLY, _Checked(directory=plotly_folder())),
    ]
