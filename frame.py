"""The frame around the pages."""

import itertools

import streamlit as st

from web.classroom import bar
from web.learn import guide
from web.shell import carried, roles, tongue

st.set_page_config(page_title="CACR playground", layout="wide", initial_sidebar_state="auto")
pages = {
    "live": st.Page("pages/live.py", title="Live", url_path="live", default=True),
    "compare": st.Page("pages/compare.py", title="Compare", url_path="compare"),
    "forces": st.Page("pages/forces.py", title="Forces", url_path="forces"),
    "checkpoints": st.Page("pages/checkpoints.py", title="Checkpoints", url_path="checkpoints"),
    "learn": st.Page("pages/learn.py", title="Learn", url_path="learn"),
}
if roles.is_class():
    pages["class"] = st.Page("pages/class.py", title="Class", url_path="class")
roles.take_secret()
chosen = st.navigation(list(pages.values()), position="hidden")
name = next(name for name, page in pages.items() if page.title == chosen.title)
carried.read()
guide.go_on(pages)
bar.go_on(pages)
with st.sidebar:
    st.markdown("### CACR playground")
    places = itertools.chain(*(st.columns(2, gap="small") for _ in range(0, len(pages) + 1, 2)))
    for page in pages.values():
        next(places).page_link(page, width="stretch")
    with next(places):
        languages = st.empty()
tongue.show(languages)
over = st.container(key="cacr_over")  # takes no room: front.css
with over:
    guide.show(name)
bar.show(name)
if sentence := roles.secret_refusal():
    st.warning(sentence, icon=":material/key_off:")
chosen.run()
tongue.show(languages)
bar.tell(name)
