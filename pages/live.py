"""Start, watch, pause, step, stop and scrub a run."""

import streamlit as st

from web import controls
from web.components import live_view

shown = controls.shown_run()
live_view(
    run=shown.id,
    example=shown.is_example,
    view=controls.view(),
    present=st.session_state.get("live_present", False),
    invite=shown.invite,
    state=shown.state,
    on_view_change=controls.take_view,
    on_leave_change=controls.leave_presentation,
)
controls.read_address()
with st.sidebar:
    controls.run_buttons(shown)
    controls.choices()
    controls.shelf_and_present()
    controls.to_forces(shown)
    controls.settings()
    controls.preview()
controls.write_address(shown)
