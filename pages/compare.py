"""Several losses from one start, in lockstep."""

import streamlit as st

from web.compare import page
from web.frozen.offer import offer
from web.shell.components import compare_view

shown = page.shown_comparison()
told = page.told()
compare_view(
    run=shown.id,
    example=shown.is_example,
    invite=shown.invite,
    state=shown.state,
    plays=page.plays(),
    refusal=page.refusal(),
    on_view_change=page.take_view,
    on_leave_change=page.leave_presentation,
    on_transport_change=page.obey,
    **told,
)
page.read_address()
with st.sidebar:
    page.complaints()
    page.choices(shown)
    page.entries()
    page.less_curated()
    page.shelf_and_seeds(shown)
    offer(shown.folder if shown.id else None, "compare")
page.write_address(shown)
if page.told() != told:  # the settings had not been read when the view was drawn
    st.rerun()
