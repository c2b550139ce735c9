"""The Learn page and what it leads to: words, article, hidden parts, frames, the guide's way."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core.__main__ import main
from cacr_core.papers.study import QUESTIONS, ROWS, Study
from cacr_core.papers.study.answers import answers
from cacr_core.papers.study.evidence import values_of
from cacr_core.papers.tasks import read_rows
from cacr_core.runs.repeats import interval
from tests import browser_code
from web.learn import guide, lesson, page
from web.learn.article import sections
from web.live.readings import read_all
from web.settings.glossary import terms
from web.shell import carried, hiding, places

ROOT = Path(__file__).parents[1]
FRAME = str(ROOT / "frame.py")
app = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")

# --- the words


def test_about_thirty_words_are_explained_in_one_sentence_each():
    known = terms()
    assert 30 <= len(known) <= 50
    assert len({term.name for term in known.values()}) == len(known)
    for term in known.values():
        assert term.words.endswith(".") and term.words.count(". ") == 0, term.id
        assert len(term.words) < 170, term.id


def test_every_number_of_the_live_page_has_its_word():
    titled = set(re.findall(r'Reading\(\s*"(\w+)"', readings_source()))
    titled |= {"knn_features", "knn_embeddings"}
    shown = titled - {"attraction", "repulsion", "knn_embeddings"}  # in another's tile
    explained = [key for term in terms().values() for key in term.at]
    assert len(explained) == len(set(explained))
    assert shown <= set(explained), shown - set(explained)
    assert read_all  # the module whose numbers these are


def readings_source():
    folder = ROOT / "web" / "live" / "readings"
    return "".join(path.read_text() for path in sorted(folder.glob("*.py")))


def test_views_explain_no_word_that_the_table_lacks():
    used = set()
    for path in (ROOT / "web").rglob("*.js"):
        used |= set(re.findall(r"\bword\('([\w-]+)'", path.read_text()))
    assert {"synthetic", "effective"} <= used <= terms().keys()
    assert {"positive", "negative"} <= terms().keys()


def test_the_moments_value_of_a_word_is_left_out_where_nothing_is_known():
    said = browser_code.run(
        "const { filledOrNothing } = await load('kit/blanks.js');"
        "return [data.facts, {}].map((facts) => filledOrNothing(data.text, facts))",
        {"text": "Now {number.alignment}.", "facts": {"number": {"alignment": 0.375}}},
        "web",
    )
    assert said == ["Now 0.375.", ""]


# --- the article


FOUND = {  # what the article says of a question, by what the study's rows say
    "attraction": {
        "for": "Weighing far positives more helps, by {n} points.",
        "against": "Weighing far positives more costs {n} points.",
        "none": "Weighing far positives more was not told apart from weighing all alike.",
    },
    "repulsion": {
        "for": "Weighing near negatives more is what makes CACR work here: where all weigh "
        "alike it loses {apart}.",
        "against": "Weighing near negatives more costs {n} points.",
        "none": "Weighing near negatives more was not told apart from weighing all alike.",
    },
    "imbalance": {
        "for": "CACR's lead over InfoNCE is {n} points larger on imbalanced classes.",
        "against": "CACR's lead over InfoNCE is {n} points smaller on imbalanced classes.",
        "none": "CACR's lead over InfoNCE was found neither larger nor smaller on imbalanced "
        "classes.",
    },
    "curation": {
        "for": "On less curated images that lead is {n} points larger.",
        "against": "On less curated images that lead is {n} points smaller.",
        "none": "Nor were less curated images found to change it.",
    },
    "sscl": {
        "for": "SSCL is {n} points better than InfoNCE.",
        "against": "SSCL is {n} points worse than InfoNCE.",
        "none": "SSCL was not told apart from InfoNCE.",
    },
    "batch": {
        "for": "InfoNCE gains {n} points more from a larger batch than CACR.",
        "against": "InfoNCE gains {n} points less from a larger batch than CACR.",
        "none": "InfoNCE and CACR gain alike from a larger batch, as far as was found.",
    },
    "positives": {
        "for": "At as many views in all, four positives are {n} points better than one.",
        "against": "At as many views in all, four positives are {n} points worse than one.",
        "none": "At as many views in all, four positives were not told apart from one.",
    },
    "negatives": {
        "for": "A queue of 1,024 negatives gives CACR with one positive {n} points.",
        "against": "A queue of 1,024 negatives costs CACR with one positive {n} points.",
        "none": "A queue of 1,024 negatives was not told apart from none.",
    },
}
NONE = "Nor was any of its parts alone: mixing, hard sampling, debiasing."
PARTS = {  # where one of them was
    "for": "{part} alone is {n} points better than InfoNCE.",
    "against": "{part} alone is {n} points worse than InfoNCE.",
    "none": "{part} alone was not told apart from InfoNCE.",
}


def test_the_article_says_what_the_study_found():
    (text,) = (section.text for section in sections() if section.source == "docs/study.md")
    text, study = " ".join(text.split()), Study()
    rows = [row for row in read_rows(ROWS) if "trial" not in row]
    found = answers(QUESTIONS, rows)
    assert [one.question.id for one in found] == list(FOUND)
    for one in found:
        by_dataset = values_of(one.question.contrast, rows)
        points = {
            name: f"{100 * abs(interval(values.values()).mean):.1f}"
            for name, values in by_dataset.items()
        }
        apart = "{shapes} points on shapes, {fashion-mnist} on Fashion-MNIST"
        says(text, FOUND[one.question.id], one.found, apart=apart.format(**points))
        together = {part.verdict for part in one.parts.values()} == {"none"}
        assert (NONE in text) == together or not one.parts
        for name, part in one.parts.items() if not together else ():
            says(text, PARTS, part, part=name[0].upper() + name[1:])
    assert f"runs of {study.n_steps} updates" in text and study.n_steps == 360
    assert "over six seeds" in text and len(study.seeds) == 6
    assert "by thirteen trials" in text and study.n_trials == 13
    assert "on shapes and on Fashion-MNIST" in text
    assert study.datasets == ("shapes", "fashion-mnist")
    assert len(QUESTIONS) == 8 and text.startswith("Eight questions")


def says(text, by_verdict, found, **blanks):
    amount = f"{100 * abs(found.evidence.interval.mean):.1f}"
    for verdict, sentence in by_verdict.items():
        told = sentence.format(n=amount, **blanks)
        assert (told in text) == (verdict == found.verdict), (found.verdict, told)


def test_the_commands_that_the_article_names_are_there(capsys):
    named = {name for one in sections() for name in re.findall(r"command `(\w+)`", one.text)}
    assert named == {"reproduce", "papers"}
    with pytest.raises(SystemExit):
        main(["--help"])
    assert named <= set(re.findall(r"\w+", capsys.readouterr().out))


def test_every_section_leads_to_what_there_is():
    known = lesson.read_all().known
    found = sections()
    assert 8 <= len(found) <= 14
    for section in found:
        assert not section.lesson or section.lesson in known
        assert 40 <= len(section.text.split()) <= 160, section.title
        if section.figure:
            assert section.figure.page in places.PLACES
            assert "embed=1" in section.figure.frame and "embed" not in section.figure.link
    assert sum(section.figure is not None for section in found) >= 4


# --- what an address takes away


def test_hidden_parts_are_those_named_and_unknown_names_are_passed_over():
    head, body = hiding.hiding("preset=sscl&hide=numbers,sidebar,nothing,a.n1")
    assert body == ""
    rules = head.removeprefix("<style>").removesuffix("</style>").splitlines()
    assert all(rule.endswith("{ display: none !important }") for rule in rules)
    assert [rule.partition(" {")[0] for rule in rules] == [
        "[data-live-root] .numbers",
        '[data-testid="stSidebar"]',
        places.selector_of("forces", "a.n1"),
    ]


def test_nothing_of_the_address_gets_into_the_page_but_by_the_table():
    for text in ("</style><script>alert(1)</script>", "a{}", "*", "%3Cscript%3E"):
        head, body = hiding.hiding(f"hide={text}")
        assert (head, body) == ("", "")
    _, body = hiding.hiding('x="><script>&embed=1')
    assert "<script>" not in body and "&quot;&gt;&lt;script&gt;" in body


def test_a_page_in_a_frame_has_a_link_to_itself_without_the_frame():
    head, body = hiding.hiding("preset=synthetic&embed=1&v=1")
    assert "kit/embedded.js" in head
    assert ".cacr-front-side { display: none; }" in head  # no room for a sidebar that never comes
    assert 'href="?preset=synthetic&amp;v=1"' in body
    assert hiding.hiding("preset=synthetic&embed=0")[1] == ""


def test_parts_of_every_page_have_names_and_selectors_of_their_own():
    for name, parts in places.PLACES.items():
        selectors = [places.selector_of(name, part) for part in parts]
        assert len(set(selectors)) == len(selectors)
    with pytest.raises(ValueError, match=r"forces page has no part 'nope'; it has sidebar"):
        places.selector_of("forces", "nope")


# --- the way of a lesson


def opened(**params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


class Params(dict):
    """An address as Streamlit holds it."""

    to_dict = dict.copy

    def from_dict(self, other):
        self.clear()
        self.update(other)


@pytest.fixture
def session(monkeypatch):
    """A session without a browser: what is kept, what the address says, and where one is sent."""
    sent = []
    fake = SimpleNamespace(
        session_state={},
        query_params=Params(),
        switch_page=lambda page, query_params: sent.append((page, query_params)),
        sent=sent,
    )
    monkeypatch.setattr(guide, "st", fake)
    monkeypatch.setattr(carried, "st", fake)
    return fake


PAGES = {name: name for name in places.PLACES}


def go(session, name, number, page="live", solved=False):
    guide.ask({"lesson": name, "at": number, "page": page, "solved": solved})
    guide.go_on(PAGES)
    return session.sent.pop() if session.sent else None


@app
def test_an_address_keeps_a_lesson_and_what_is_hidden_beside_what_is_the_pages():
    at = opened(lesson="first-words", at="2", hide="tools", preset="sscl", colour="pull")
    said = {"lesson": "first-words", "at": "2", "hide": "tools", "colour": "pull"}
    assert said.items() <= dict(at.query_params).items()
    assert at.session_state["live_ignored"] == []


def test_a_step_opens_its_page_in_its_state_whatever_stood_there(session):
    session.session_state |= {
        "live_view": 1, "live_preset": "sscl", "compare_view": 2, "carried": {"hide": "tools"}
    }  # fmt: skip
    page, params = go(session, "collapse", 2)
    assert page == "live"
    assert params == {
        "preset": "cacr-uniform", "step": "700", "lesson": "collapse", "at": "2", "hide": "tools"
    }  # fmt: skip
    assert not any(key.startswith("live_") for key in session.session_state)
    assert session.session_state["compare_view"] == 2


def test_a_step_without_a_state_leaves_the_page_as_it_is(session):
    session.session_state["forces_board"] = 1
    assert go(session, "attraction", 2, page="forces") is None
    assert session.session_state["forces_board"] == 1
    assert carried.carried() == {"lesson": "attraction", "at": "2"}
    carried.write({"preset": "sphere"})
    assert session.query_params == {"preset": "sphere", "lesson": "attraction", "at": "2"}


def test_from_elsewhere_a_step_without_a_state_opens_that_of_the_step_before(session):
    assert go(session, "attraction", 2, page="learn")[1]["preset"] == "far-positive"


def test_show_me_opens_the_state_in_which_the_check_holds(session):
    assert go(session, "attraction", 3, page="forces", solved=True)[1]["a"].startswith(
        "cacr~t_pos:4"
    )


def test_a_board_put_by_a_step_stays_newer_than_the_one_before(session):
    session.session_state |= {"forces_board": 1, "forces_revision": 5}
    go(session, "attraction", 3, page="forces")
    assert session.session_state.items() >= {"forces_revision": 5}.items()
    assert "forces_board" not in session.session_state


def test_nonsense_asked_for_leads_nowhere(session):
    for asked in (None, 3, {"lesson": "attraction"}, {"lesson": "moon", "at": 1}):
        guide.ask(asked)
        guide.go_on(PAGES)
    assert session.sent == []
    assert go(session, "attraction", -5)[1]["at"] == "1"


def test_a_rerun_with_the_address_of_a_moment_ago_leads_back_to_no_step(session):
    session.query_params.from_dict({"lesson": "attraction", "at": "3"})
    carried.read()
    go(session, "attraction", 4, page="forces")
    carried.read()  # the browser has not heard of the new address yet
    guide.go_on(PAGES)
    assert session.sent == [] and carried.carried()["at"] == "4"


def test_leaving_takes_the_lesson_from_the_address_and_leaves_what_is_hidden(session):
    session.query_params.update({"lesson": "x", "at": "1", "hide": "tools", "preset": "sscl"})
    carried.read()
    guide.leave()
    carried.write({"preset": "sscl"})
    assert session.query_params == {"preset": "sscl", "hide": "tools"}


@app
def test_the_learn_page_opens_and_ends_what_was_carried():
    at = opened(lesson="attraction", at="2")
    at.switch_page("pages/learn.py").run()
    assert not at.exception
    assert "lesson" not in at.query_params
    assert "lesson" not in at.session_state["carried"]


def test_what_the_guide_is_told_fits_the_step_and_says_what_is_wrong():
    lessons = lesson.read_all()
    told = guide.told(lessons, "attraction", "99", "forces")
    assert told["at"] == told["n"] == 4
    assert told["following"]["lesson"] == "repulsion"
    assert guide.told(lessons, "attraction", "3", "forces")["following"] is None
    assert guide.told(lessons, list(lessons.known)[-1], "99", "live")["following"] is None
    assert guide.told(lessons, "attraction", "x", "forces")["at"] == 1
    assert "There is no lesson 'moon'" in guide.told(lessons, "moon", "1", "live")["error"]


def test_a_link_to_a_step_without_a_state_has_that_of_the_step_before():
    known = lesson.read_all().known["attraction"]
    assert page.link_to(known, 2) == "forces?preset=far-positive&p=115,150&lesson=attraction&at=2"
    first = lesson.read_all().known["first-words"]
    assert page.link_to(first, 1).startswith("./?preset=cacr-4&")  # the first page has no name


# --- the questions that a student should be able to answer from the app alone

TEN = {  # what is asked of a student -> the lesson that answers it
    "positive and negative": "first-words",
    "a far positive": "attraction",
    "pushed hardest, and t⁻": "repulsion",
    "a negative that attracts": "weight-is-not-pull",
    "temperature": "temperature",
    "synthetic negatives": "synthetic",
    "debiasing": "false-negatives",
    "collapse": "collapse",
    "alignment and uniformity": "align-uniform",
    "a map of embeddings": "reading-umap",
}


def clicks_to(one, at):
    """From the lesson's first step to the answer: Next up to the step, the choice, and Show me or
    a button of the page."""
    step = one.steps[at - 1]
    return at - 1 + bool(step.choices) + bool(step.check or not step.why)


def test_every_lesson_answers_a_question_at_most_three_clicks_from_its_first_step():
    known = lesson.read_all().known
    assert set(TEN.values()) < set(known)
    for one in known.values():
        (at,) = [at for at, step in enumerate(one.steps, start=1) if step.answers]
        assert one.steps[at - 1].answers.endswith("?")
        assert clicks_to(one, at) <= 3, one.id
