"""The options of a select box in the page's language.

The one that is chosen stands in a field, where `kit/pagelanguage.js` finds no text; and what is
typed there to find another is compared with the options as they were sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from web.settings import language
from web.shell.carried import carried


def spoken(text_of: Callable[[Any], Any] = str) -> Callable[[Any], str]:
    """A `format_func` whose texts are looked up as they are; names stay.

    Args:
        text_of: An option's text in English.
    """
    accepted = st.context.headers.get("Accept-Language") or ""
    words = language.table(language.chosen(carried().get("lang", ""), accepted))

    def text(option: Any) -> str:
        english = str(text_of(option))
        return words.get(english, english)

    return text
