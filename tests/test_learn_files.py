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


CHECK = "why = 'So.'\ncheck = [{{ fact = 'a.t_neg', {} }}]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"x = {'[' * 5000}", "lists lie in each other too deep"),
        (OWN.replace("minutes = 1", "minutes = true"), "minutes is a whole number, got True"),
        (OWN.replace("minutes = 1", "minutes = -3"), "minutes must be 1 or more, got -3"),
        (f"order = false\n{OWN}", "order is a whole number, got False"),
        (f"order = {'9' * 5000}\n{OWN}", "digits"),
        (OWN + CHECK.format("at_least = nan"), "step 1: at_least is a number or a fact, got nan"),
        (OWN + CHECK.format("at_most = -inf"), "at_most is a number or a fact, got -inf"),
        (OWN + CHECK.format("equals = nan"), "equals is a number or a fact, got nan"),
        (OWN + CHECK.format("at_least = true"), "at_least is a number or a fact, got True"),
        (OWN + CHECK.format("at_least = 1, times = inf"), "times of check is a number, got inf"),
        (OWN + CHECK.format("at_least = 1, times = true"), "times of check is a number, got True"),
    ],
)
def test_a_lesson_that_makes_no_sense_is_named_and_takes_no_other_down(folder, text, said):
    (folder / "other.toml").write_text(text)
    found = lesson.read_all()
    (wrong,) = found.wrong
    assert wrong.startswith("other.toml") and said in wrong
    assert "own" in found.known and "other" not in found.known


def test_what_a_check_holds_a_fact_against_may_be_true_or_false(folder):
    (folder / "other.toml").write_text(OWN + CHECK.format("equals = false"))
    assert lesson.read_all().known["other"].steps[0].check[0]["equals"] is False


def test_a_lesson_that_an_editor_marked_as_utf_8_is_read(folder):
    (folder / "other.toml").write_text(OWN, encoding="utf-8-sig")
    assert lesson.read_all().known["other"].title == "Mine"


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
