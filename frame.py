"""The frame around the pages."""

import streamlit as st

st.set_page_config(page_title="CACR playground", layout="wide", initial_sidebar_state="expanded")
st.sidebar.markdown("### CACR playground")
st.navigation(
    [
        st.Page("pages/live.py", title="Live", url_path="live", default=True),
        st.Page("pages/compare.py", title="Compare", url_path="compare"),
    ],
    position="top",
).run()
