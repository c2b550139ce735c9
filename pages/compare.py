"""Several losses from one start, in lockstep."""

import streamlit as st

from web import comparing
from web.components import compare_view

shown = comparing.shown_comparison()
told = comparing.told()
compare_view(
    run=shown.id,
    example=shown.is_example,
    invite=shown.invite,
    state=shown.state,
    plays=comparing.plays(),
    refusal=comparing.refusal(),
    on_view_change=comparing.take_view,
    on_leave_change=comparing.leave_presentation,
    on_transport_change=comparing.obey,
    **told,
)
comparing.read_address()
with st.sidebar:
    comparing.complaints()
    comparing.choices(shown)
    comparing.entries()
    comparing.less_curated()
    comparing.shelf_and_seeds(shown)
comparing.write_address(shown)
if comparing.told() != told:  # the settings had not been read when the view was drawn
    st.rerun()
