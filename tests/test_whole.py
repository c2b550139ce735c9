"""A callback of a page is done whole though another rerun waits; every callback is such a one."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from web.shell import whole as module

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


def script():
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from web.shell.whole import whole

    def act(name):
        session = get_script_run_ctx().session_state

        def another():
            raise RerunException(RerunData())

        ask = object.__getattribute__(session, "_yield_callback")
        if name == "cut":
            object.__setattr__(session, "_yield_callback", another)
        try:
            st.session_state[name] = "begun"
            st.session_state[name] = "done"
        finally:
            object.__setattr__(session, "_yield_callback", ask)

    def waits(name):
        session = get_script_run_ctx().session_state
        asked = []
        before = object.__getattribute__(session, "_yield_callback")
        object.__setattr__(session, "_yield_callback", lambda: asked.append(1))
        whole(act)(name)
        object.__setattr__(session, "_yield_callback", before)
        st.session_state["asked"] = len(asked)

    st.button("cut", on_click=act, args=("cut",))
    st.button("whole", on_click=waits, args=("whole",))


def test_a_callback_is_not_asked_whether_another_rerun_waits():
    at = AppTest.from_function(script).run()
    at.button[0].click().run()
    assert "cut" not in at.session_state  # as Streamlit does it
    at.button[1].click().run()
    assert at.session_state["whole"] == "done"
    assert at.session_state["asked"] == 0


def named_callbacks():
    """Names of functions that are handed to an `on_...` of a widget or a view, by file."""
    for path in [*(ROOT / "web").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.keyword) or not (node.arg or "").startswith("on_"):
                continue
            value = node.value
            if isinstance(value, ast.Name) and not value.id.startswith("on_"):
                yield value.id
            elif isinstance(value, ast.Attribute):
                yield value.attr


def test_every_callback_is_whole():
    decorated = set()
    for path in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                if any(getattr(d, "id", "") == module.whole.__name__ for d in node.decorator_list):
                    decorated.add(node.name)
    assert set(named_callbacks()) - decorated == set()
