"""The site names every recorded run, opens those that can be frozen, and sends nobody elsewhere."""

import argparse
import html
import re
from html.parser import HTMLParser

import pytest

from cacr_core.commands.freeze import command
from cacr_core.presets import COMPARISONS, PRESETS, recorded_comparison, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests import browser_code
from web.forces.presets import SCENES
from web.frozen import freeze as freezing
from web.frozen.__main__ import main as frozen_command
from web.frozen.lessons import lessons_of
from web.frozen.offer import _why_not
from web.frozen.page import digest
from web.frozen.site import main as site_command
from web.frozen.site import write_site
from web.learn.article import sections
from web.learn.lesson import read_all
from web.settings import language
from web.shell.front import data_element


@pytest.fixture
def site(tmp_path, monkeypatch):
    def frozen(folder, most, code, home):
        if why := _why_not(folder):
            raise ValueError(why)
        return f'frozen {folder.name}, <a href="{home}">'

    monkeypatch.setattr(freezing, "freeze", frozen)
    monkeypatch.setattr(
        freezing, "freeze_scenes", lambda known, code, home: f"{len(known)}, {home}"
    )
    write_site(tmp_path, said=lambda _: None)
    return tmp_path


def test_the_index_opens_the_run_of_every_preset(site):
    index = (site / "index.html").read_text()
    for name, preset in PRESETS.items():
        frozen = (site / "runs" / f"{name}.html").read_text()
        assert frozen == f'frozen {recording_of(name)}, <a href="../index.html">'
        assert preset.title in index and f'href="runs/{name}.html"' in index
    assert {path.stem for path in (site / "runs").iterdir()} == set(PRESETS)


def test_the_index_opens_every_comparison_and_every_scene(site):
    index = (site / "index.html").read_text()
    for name, preset in COMPARISONS.items():
        frozen = (site / "comparisons" / f"{name}.html").read_text()
        assert frozen == f'frozen {recorded_comparison(name)}, <a href="../index.html">'
        assert html.escape(preset.title) in index and f'href="comparisons/{name}.html"' in index
    assert {path.stem for path in (site / "comparisons").iterdir()} == set(COMPARISONS)
    assert "Only in the app" not in index
    for name in SCENES:
        assert f'href="forces.html#scene={name}"' in index
    assert (site / "forces.html").read_text() == f"{len(SCENES)}, index.html"


def test_every_lesson_is_on_the_index_and_leads_to_a_run_that_has_its_steps(site):
    index = (site / "index.html").read_text()
    for lesson in read_all().known.values():
        assert lesson.title in index
    links = re.findall(r'href="runs/([^.]+)\.html#lesson=([^"]+)"', index)
    assert links
    for preset, lesson in links:
        assert lesson in {one["id"] for one in lessons_of(preset)}
    told = {(preset, lesson["id"]) for preset in PRESETS for lesson in lessons_of(preset)}
    assert set(links) == told


def test_the_article_opens_each_figure_of_a_scene_or_a_run(site):
    article = (site / "article.html").read_text()
    assert 'href="forces.html#scene=near-negative"' in article
    assert 'href="runs/cacr-4.html#step=700"' in article
    assert article.count("Open it") == sum(one.figure is not None for one in sections())


def test_every_link_of_the_site_leads_to_a_file_of_it(site):
    for page in ("index.html", "article.html"):
        text = (site / page).read_text()
        for address in re.findall(r'href="([^"#]+)', text):
            assert (site / address).is_file(), address
        assert "default-src 'none'" in text and not re.findall(r"(?:src|href)=.https?:", text)


class Texts(HTMLParser):
    """The texts of a page, each by itself, as `kit/pagelanguage.js` finds them."""

    def __init__(self, page):
        super().__init__()
        self.within, self.found = "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.within = tag

    def handle_endtag(self, tag):
        self.within = ""

    def handle_data(self, data):
        if self.within not in ("style", "script", "code"):
            self.found.append(data)


LACKING = """
const { Language } = await load('language.js');
const language = new Language(data.table);
const lacking = [];
language.onmissing = (text) => lacking.push(text);
for (const text of data.texts) language.translate(text);
return lacking;
"""


def test_a_site_in_german_asks_for_german_pages_and_has_every_text_in_it(tmp_path, monkeypatch):
    def frozen(folder, most, code, home):
        if folder.name == "example":
            raise ValueError("no")
        return code

    monkeypatch.setattr(freezing, "freeze", frozen)
    monkeypatch.setattr(freezing, "freeze_scenes", lambda known, code, home: code)
    write_site(tmp_path, lambda _: None, "de")
    frozen_pages = [*tmp_path.glob("*/*.html"), tmp_path / "forces.html"]
    assert {page.read_text() for page in frozen_pages} == {"de"}
    table = language.table("de")
    for name in ("index", "article"):
        page = (tmp_path / f"{name}.html").read_text("utf-8")
        assert '<html lang="de"' in page
        assert data_element("cacr-language", table) in page
        (script,) = re.findall(r'<script type="module">(.*?)</script>', page, re.S)
        assert f"script-src 'sha256-{digest(script)}'" in page
        texts = Texts(page).found
        assert len(texts) > 50
        names = {"CACR playground"}
        asked = {"table": table, "texts": texts}
        assert set(browser_code.run(LACKING, asked, folder="web/kit")) <= names


def test_a_site_in_english_runs_nothing(site):
    for name in ("index", "article"):
        page = (site / f"{name}.html").read_text("utf-8")
        assert '<html lang="en"' in page
        assert "<script" not in page and "script-src" not in page


def test_a_language_that_is_not_there_is_refused_in_a_sentence(tmp_path, capsys):
    said = "There is no language 'xx'; there are en, de.\n"
    assert site_command(["--out", str(tmp_path), "--lang", "xx"]) == 2
    assert capsys.readouterr().err == said
    assert frozen_command(["forces", "--out", str(tmp_path / "x.html"), "--lang", "xx"]) == 2
    assert capsys.readouterr().err == said
    assert list(tmp_path.iterdir()) == []


def test_the_terminal_freezes_in_the_language_that_it_is_given(tmp_path):
    out = tmp_path / "scene.html"
    assert frozen_command([f"forces:{next(iter(SCENES))}", "--out", str(out), "--lang", "de"]) == 0
    page = out.read_text("utf-8")
    assert '<html lang="de"' in page
    assert data_element("cacr-language", language.table("de")) in page
    words = argparse.Namespace(run="example", out=out, most=15.0, lang="de")
    assert command(words)[-2:] == ["--lang", "de"]


def test_a_page_of_the_site_leads_back_and_one_by_itself_nowhere():
    page = f"<body>{freezing.header('12 moments.', 'all')}</body>"
    assert "<a" not in freezing.with_home(page, "")
    assert '<a href="../index.html">CACR playground</a>' in freezing.with_home(
        page, "../index.html"
    )


def test_steps_of_a_frozen_run_are_those_of_the_lesson_file_without_another_loss():
    (words, *_) = lessons_of("cacr-4")
    assert (words["id"], len(words["steps"])) == ("first-words", 4)
    known = {step.words for step in read_all().known["first-words"].steps}
    assert {step["words"] for step in words["steps"]} <= known
    for preset in PRESETS:
        for lesson in lessons_of(preset):
            assert all("lens" not in step["view"] for step in lesson["steps"])


def test_a_lesson_within_an_update_is_no_lesson_of_a_frozen_run_which_opens_none():
    assert "one-update" in read_all().known
    for preset in PRESETS:
        for lesson in lessons_of(preset):
            facts = [one["fact"] for step in lesson["steps"] for one in step["check"]]
            assert not [fact for fact in facts if fact.startswith("inside.")], lesson["id"]


def test_what_cannot_be_frozen_is_named_on_the_index_and_has_no_link(tmp_path, monkeypatch):
    def frozen(folder, most, code, home):
        if folder.name == "example":
            raise ValueError("example cannot be frozen.")
        return "frozen"

    monkeypatch.setattr(freezing, "freeze", frozen)
    monkeypatch.setattr(freezing, "freeze_scenes", lambda known, code, home: "scenes")
    said = []
    write_site(tmp_path, said=said.append)
    index = (tmp_path / "index.html").read_text()
    assert "cacr-4: example cannot be frozen." in said
    assert PRESETS["cacr-4"].title in index and 'href="runs/cacr-4.html"' not in index
    assert index.count("Only in the app") == 1


@pytest.mark.parametrize("name", ["example", "live-sscl", "compare-sscl-parts"])
def test_the_button_freezes_what_is_recorded(name):
    assert _why_not(RECORDED / name) == ""


def test_the_button_says_why_a_run_at_work_cannot_be_frozen(monkeypatch):
    monkeypatch.setattr(files, "status", lambda folder: "running")
    assert _why_not(RECORDED / "example") == "example is at work: stop it first, then freeze it."
