"""The frame around the pages."""

import streamlit as st

from web.shell import roles

st.set_page_config(page_title="CACR playground", layout="wide", initial_sidebar_state="auto")
pages = [
    st.Page("pages/live.py", title="Live", url_path="live", default=True),
    st.Page("pages/compare.py", title="Compare", url_path="compare"),
    st.Page("pages/forces.py", title="Forces", url_path="forces"),
    st.Page("pages/checkpoints.py", title="Checkpoints", url_path="checkpoints"),
]
roles.take_secret()
chosen = st.navigation(pages, position="hidden")
with st.sidebar:
    st.markdown("### CACR playground")
    places = [*st.columns(2, gap="small"), *st.columns(2, gap="small")]
    for place, page in zip(places, pages, strict=True):
        place.page_link(page, width="stretch")
chosen.run()
