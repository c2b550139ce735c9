"""Points on a circle or a sphere: weights, pulls, arrows, landscapes and flows of two losses."""

import streamlit as st

from web.forces import page
from web.frozen.offer import offer_scene
from web.shell.components import forces_view

page.read_address()
forces_view(
    **page.view(),
    on_board_change=page.take_board,
    on_leave_change=page.leave_presentation,
)
with st.sidebar:
    page.scenes()
    page.from_a_run()
    page.train()
    offer_scene(page.as_it_stands())
page.write_address()
