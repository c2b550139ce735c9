"""Several losses from one start, in lockstep."""

import streamlit as st

from web import comparing
from web.components import compare_view

shown = comparing.shown_comparison()
compare_view(
    run=shown.id,
    example=shown.is_example,
    view=comparing.view(shown),
    invite=shown.invite,
    state=shown.state,
    plays=comparing.plays(),
    on_view_change=comparing.take_view,
)
comparing.read_address()
with st.sidebar:
    comparing.run_buttons(shown)
    comparing.choices(shown)
    comparing.entries()
    comparing.less_curated()
    comparing.shelf_and_seeds(shown)
comparing.write_address(shown)
