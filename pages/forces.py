"""Points on a circle or a sphere: weights, pulls, arrows, landscapes and flows of two losses."""

import streamlit as st

from web import forcing
from web.components import forces_view

forcing.read_address()
forces_view(
    **forcing.view(),
    on_board_change=forcing.take_board,
    on_leave_change=forcing.leave_presentation,
)
with st.sidebar:
    forcing.scenes()
    forcing.from_a_run()
    forcing.train()
forcing.write_address()
