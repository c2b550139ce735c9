"""What is in a checkpoint, its features on images, and the difference of two."""

import streamlit as st

from web import checking

checking.read_address()
shown = checking.pick()
if shown is not None:
    st.markdown(f"### {shown.opened.path.stem}")
    panel = checking.shown_panel()
    if panel == "card":
        checking.card_panel(shown)
    elif panel == "features":
        checking.features_panel(shown)
    elif panel == "two":
        checking.two_panel(shown)
    elif panel == "inside":
        checking.inside_panel(shown)
    else:
        checking.take_away(shown)
checking.write_address()
