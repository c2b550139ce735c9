"""The other languages of the page, each a link."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from web.settings import language
from web.shell import options


def show(place: DeltaGenerator) -> None:
    """Links to the same page in each other language, in that language's own words.

    The table comes with the page, so it is loaded anew.

    Args:
        place: An `st.empty()`, filled again once the page has written its address.
    """
    params = st.query_params.to_dict()
    links = (
        f'<a href="?{html.escape(urlencode({**params, "lang": code}))}" target="_self" '
        f'lang="{code}" hreflang="{code}" translate="no">{html.escape(name)}</a>'
        for code, name in language.LANGUAGES.items()
        if code != options.of_page()
    )
    place.html(f'<p class="cacr-languages">{" ".join(links)}</p>')
