"""Words of others on a page are words: no markup, no links."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from web.shell.plain import JOINER, plain

WEB = Path(__file__).parents[1] / "web"
BOXES = {"error", "warning", "info", "success"}
OURS = {"name", "title", "unit"}  # a side A or B, a set's title, a word for steps


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[Log in](https://evil.example)", rf"\[Log in\]\(https\:{JOINER}//evil.example\)"),
        ("see WWW.evil.example", f"see WWW{JOINER}.evil.example"),
        ("me@evil.example", f"me@{JOINER}evil.example"),
        ("RUN~STEP~IMAGE", r"RUN\~STEP\~IMAGE"),
        ("a_b *c* :red[x] $t^+$ &lt;", r"a\_b \*c\* \:red\[x\] \$t^\+\$ \&lt;"),
        ("1. first", r"1\. first"),
        ("Lower lr, now 0.5.", "Lower lr, now 0.5."),
    ],
)
def test_no_sign_is_markup_and_no_address_a_link(text, shown):
    assert plain(text) == shown


def boxes():
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                if node.func.attr in BOXES and isinstance(of, ast.Name) and node.args:
                    if of.id in ("st", "facts", "place", "box"):
                        yield f"{path.relative_to(WEB)}:{node.lineno}", node.args[0]


def is_safe(text):
    """A text of ours, or one that is shown as it is."""
    if isinstance(text, ast.JoinedStr):
        return all(is_safe(part) for part in text.values)
    if isinstance(text, ast.FormattedValue):
        return is_safe(text.value) or (isinstance(text.value, ast.Name) and text.value.id in OURS)
    called = isinstance(text, ast.Call) and isinstance(text.func, ast.Name) and text.func.id
    return isinstance(text, ast.Constant) or called == "plain"


def test_boxes_show_what_is_not_ours_as_it_is():
    found = list(boxes())
    assert len(found) > 30
    assert [where for where, text in found if not is_safe(text)] == []


def test_a_link_in_a_link_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    page = AppTest.from_file(str(WEB.parent / "frame.py"), default_timeout=60)
    page.query_params["preset"] = "[Log in](https://evil.example)"
    page.run()
    said = [one.value for one in page.warning]
    assert len(said) == 1
    assert r"\[Log in\]" in said[0] and "://" not in said[0]
