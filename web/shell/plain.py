"""Words of others on a page: what a link, a file or a person gave is shown as it is."""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\\`*_{}\[\]<>()#+!|$~:&-]|(?<=^\d)\.")
_ADDRESSES = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)", re.IGNORECASE)
JOINER = "\u2060"  # seen by no one; an address is none any more


def plain(text: str) -> str:
    """A sentence as Streamlit's Markdown that shows it as it is: no sign in it is markup, and no
    address in it becomes a link."""
    return _MARKS.sub(r"\\\g<0>", _ADDRESSES.sub(JOINER, text))
