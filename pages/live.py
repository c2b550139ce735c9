"""Start, watch, pause, step, stop and scrub a run."""

import streamlit as st

from web.frozen.offer import offer
from web.live import page
from web.shell.components import live_view

shown = page.shown_run()
told = page.told()
live_view(
    run=shown.id,
    example=shown.is_example,
    invite=shown.invite,
    state=shown.state,
    refusal=page.refusal(),
    on_view_change=page.take_view,
    on_leave_change=page.leave_presentation,
    on_transport_change=page.obey,
    **told,
)
page.read_address()
with st.sidebar:
    page.choices(shown)
    page.complaints()
    page.settings()
    page.shelf_and_present()
    offer(shown.folder if shown.id else None)
    page.to_forces(shown)
    page.preview()
page.write_address(shown)
if page.told() != told:  # the settings had not been read when the view was drawn
    st.rerun()
