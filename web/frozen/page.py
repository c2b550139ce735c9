"""The one file: the app's view, its words and styles and what is to be seen; it fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import tomllib
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cacr_core.runs.shelf import ROOT
from web.frozen.bundle import bundle, stylesheet
from web.frozen.recording import Part, as_json
from web.settings import language
from web.settings.glossary import terms
from web.shell.assets import plotly_folder, sheets_of
from web.shell.front import data_element

# stands until the view does: older browsers cannot even read the script
NEEDS = "This page opens in a browser of 2023 or later, where JavaScript may run."
CHARTS = "plotly"  # the part that holds their library
HANDED = {  # to the page of a room, beside its view
    "live": ("learn/view/conditions.js", "allHold"),
    "forces": ("forces/view/places.js", "vector"),
}
THEME = {
    "primaryColor": "--st-primary-color",
    "backgroundColor": "--st-background-color",
    "secondaryBackgroundColor": "--st-secondary-background-color",
    "textColor": "--st-text-color",
}
# nothing is asked of any address: a picture and the sphere's library are made of the file itself
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)


def page(
    room: str,
    about: dict[str, Any],
    parts: list[Part],
    title: str,
    words: str,
    is_still: bool = False,
    code: str = language.ENGLISH,
) -> str:
    """The whole file as text.

    Args:
        room: Whose view it shows: "live", "compare" or "forces".
        about: What the page is told at once, with `page`: what Python tells the view in the app.
        parts: What it asks for, `charts()` among them where it draws any.
        title: Of the page.
        words: HTML of the line above the view.
        is_still: What is shown has no moments but one.
        code: Of the language that it speaks.
    """
    spoken = language.table(code)
    modules = [*_modules(room), *(["kit/pagelanguage.js"] if spoken else [])]
    script = bundle(*modules, last=_last(room))
    scripts = f"'sha256-{digest(script)}'"
    if any(part.name == CHARTS for part in parts):
        scripts += " blob:"
    sheets = [path for _, path in sheets_of(room)]
    tables = data_element("cacr-glossary", [term._asdict() for term in terms().values()])
    tables += data_element("cacr-language", spoken) if spoken else ""
    classes = "cacr-live" if room == "live" else f"cacr-live cacr-{room}"
    classes += " still" if is_still else ""
    return "\n".join(
        [
            f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" '
            f'content="{POLICY.format(scripts=scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{theme()}\n{stylesheet(*sheets, 'frozen/view/page.css')}</style>",
            tables,
            f"</head><body>{words}",
            f'<main class="{classes}" data-{room}-root>{spoken.get(NEEDS, NEEDS)}</main>',
            f'<script type="module">{script}</script>',
            *map(_element, [Part("about", as_json(about)), *parts]),
            "</body></html>",
        ]
    )


def charts() -> Part:
    """The library of charts and spheres, for a page that draws with it."""
    return Part(CHARTS, (plotly_folder() / "plotly.min.js").read_bytes())


def _modules(room: str) -> list[str]:
    handed = [HANDED[room][0]] if room in HANDED else []
    return [f"{room}/view/{room}.js", *handed, f"frozen/view/{room}page.js"]


def _last(room: str) -> str:
    view, *handed, opens = _modules(room)
    given = [f"modules['{view}'].mount", *(f"modules['{m}'].{HANDED[room][1]}" for m in handed)]
    return f"modules['{opens}'].open({', '.join(given)});"


def theme() -> str:
    """The app's font, where Streamlit has it, and both themes as the variables it makes of them."""
    rules = (
        f":root[data-theme='{name}'] {{ color-scheme: {name}; {variables(name)} }}"
        for name in ("light", "dark")
    )
    return "\n".join([font(), *rules])


def variables(name: str) -> str:
    """What a theme of the app sets, "light" or "dark"."""
    with open(ROOT / ".streamlit" / "config.toml", "rb") as file:
        known = tomllib.load(file)["theme"][name]
    return "; ".join(f"{THEME[key]}: {value}" for key, value in known.items())


def font() -> str:
    """The letters of the app: a page is as wide as there."""
    spec = find_spec("streamlit")
    folder = Path(spec.origin).parent / "static" if spec and spec.origin else Path()
    for path in sorted(folder.rglob("SourceSansVF-Upright*.woff2")):
        data = base64.b64encode(path.read_bytes()).decode()
        return (
            "@font-face { font-family: 'Source Sans'; font-weight: 200 900; "
            f"src: url(data:font/woff2;base64,{data}) format('woff2') }}\n"
            ":root { --st-font: 'Source Sans', system-ui, sans-serif }"
        )
    return ""


def _element(part: Part) -> str:
    content = part.content if part.is_packed else _deflated(part.content)
    how = "" if part.is_packed else " data-deflated"
    text = base64.b64encode(content).decode()
    return f'<script type="text/plain" data-part="{part.name}"{how}>{text}</script>'


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def digest(script: str) -> str:
    """What a policy knows a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
