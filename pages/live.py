"""Start, watch, pause, step, stop and scrub a run."""

import streamlit as st

from web import controls
from web.components import live_view

shown = controls.shown_run()
told = controls.told()
live_view(
    run=shown.id,
    example=shown.is_example,
    invite=shown.invite,
    state=shown.state,
    refusal=controls.refusal(),
    on_view_change=controls.take_view,
    on_leave_change=controls.leave_presentation,
    on_transport_change=controls.obey,
    **told,
)
controls.read_address()
with st.sidebar:
    controls.choices()
    controls.complaints()
    controls.settings()
    controls.shelf_and_present()
    controls.to_forces(shown)
    controls.preview()
controls.write_address(shown)
if controls.told() != told:  # the settings had not been read when the view was drawn
    st.rerun()
