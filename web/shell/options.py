"""The page's language, and the options of a select box in it.

The one that is chosen stands in a field, where `kit/pagelanguage.js` finds no text; and what is
typed there to find another is compared with the options as they were sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from web.settings import language
from web.shell.carried import carried


def of_page() -> str:
    """The code of the page's language, as the shell that it came with has it."""
    accepted = st.context.headers.get("Accept-Language") or ""
    return language.chosen(carried().get("lang", ""), accepted)


def spoken(text_of: Callable[[Any], Any] = str) -> Callable[[Any], str]:
    """A `format_func` whose texts are looked up, and of a name with brackets the brackets.

    Args:
        text_of: An option's text in English.
    """
    words = language.table(of_page())

    def text(option: Any) -> str:
        english = str(text_of(option))
        if known := words.get(english):
            return known
        name, bracket, rest = english.partition(" (")
        number = "".join(re.findall(r"\d+", rest)[:1])
        pattern = "{w}" + bracket + (rest.replace(number, "{n}", 1) if number else rest)
        found = words.get(pattern)
        return found.replace("{w}", name).replace("{n}", number) if found else english

    return text
