"""Lessons as files: what a folder of the owner's may hold, and a check that its why is true of."""

import pytest

from tests import browser_code, lessons
from web.learn import lesson

STEP = '[[step]]\npage = "forces"\nwords = "Look."\n'
OWN = f'title = "Mine"\nteaches = "It."\nminutes = 1\n{STEP}'


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_LESSONS", str(tmp_path))
    (tmp_path / "own.toml").write_text(OWN)
    return tmp_path


def test_an_editors_lock_beside_a_lesson_is_none(folder):
    (folder / ".#own.toml").symlink_to("someone@somewhere.1234")
    (folder / ".own.toml").write_text("half wri")
    found = lesson.read_all()
    assert found.wrong == [] and "own" in found.known


def test_a_lesson_that_leads_nowhere_is_named_and_takes_no_other_down(folder):
    (folder / "gone.toml").symlink_to(folder / "moved.toml")
    found = lesson.read_all()
    (wrong,) = found.wrong
    assert "gone.toml" in wrong and "own" in found.known


@pytest.mark.parametrize(("t_neg", "met"), [(0, False), (0.05, True), (0.3, True), (5, False)])
def test_weight_is_not_pull_is_done_where_the_nearest_is_pushed_most(t_neg, met):
    step = lesson.read_all().known["weight-is-not-pull"].steps[2]
    facts = lessons.facts("forces", f"preset=drawn-in&a=cacr~t_neg:{t_neg}")
    body = """
    const { allHold } = await load('learn/view/conditions.js');
    return allHold(data.check, data.facts);"""
    held = browser_code.run(body, {"check": list(step.check), "facts": facts}, "web")
    assert held is met
    if met:
        pulls = [facts["a"][f"n{i}"]["pull"] for i in range(1, 7)]
        assert min(pulls) == pulls[0] < max(pulls) <= 0
