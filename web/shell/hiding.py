"""What an address takes away of a page: parts by `hide=`, all around the panel by `embed=1`."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from web.shell.assets import ASSETS
from web.shell.places import hidden

MOST_NAMES = 60
YES = ("1", "true")


def hiding(query: str) -> tuple[str, str]:
    """What goes into the head and into the body of a page with that query string."""
    params = parse_qs(query)
    names = [name for text in params.get("hide", []) for name in text.split(",")][:MOST_NAMES]
    rules = hidden(name.strip() for name in names)
    head = f"<style>{rules}</style>" if rules else ""
    if params.get("embed", [""])[-1] not in YES:
        return head, ""
    # Its first words leave no room for a sidebar that will not come; for all later parts
    # the class is set by a module, for Streamlit makes an element of its own of every page
    head += "<style>.cacr-front-side { display: none; }</style>"
    head += f'<script type="module" src=".{ASSETS}/kit/embedded.js"></script>'
    whole = html.escape(without_embed(query))
    link = (
        f'<div class="cacr-embedded"><a data-embedded href="?{whole}" target="_blank" '
        'rel="noopener">Open in the playground</a></div>'
    )
    return head, link


def without_embed(query: str) -> str:
    """A query string but for what says that the page is in a frame."""
    parts = (part for part in query.split("&") if part)
    return "&".join(part for part in parts if not part.startswith(("embed=", "embed_options=")))
