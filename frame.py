"""The frame around the pages."""

import streamlit as st

st.set_page_config(page_title="CACR playground", layout="wide", initial_sidebar_state="expanded")
pages = [
    st.Page("pages/live.py", title="Live", url_path="live", default=True),
    st.Page("pages/compare.py", title="Compare", url_path="compare"),
    st.Page("pages/forces.py", title="Forces", url_path="forces"),
]
chosen = st.navigation(pages, position="hidden")
with st.sidebar:
    st.markdown("### CACR playground")
    for column, page in zip(st.columns(len(pages), gap="small"), pages, strict=True):
        column.page_link(page, width="stretch")
chosen.run()
