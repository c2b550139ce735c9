"""Each language's table is sound and has all of the lessons, article, presets and glossary;
the page comes in the language that is asked for."""

import html
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cacr_core.data import DATASETS
from cacr_core.presets import CATALOGUE, COMPARISONS, PRESETS
from tests import browser_code
from tests.browser_code import ROOT
from tests.framed import framed
from web.checkpoints import tables
from web.frozen.page import page
from web.learn import lesson
from web.learn.article import sections
from web.settings import language
from web.settings.glossary import terms
from web.shell import options
from web.shell.front import TITLES, WAIT, filled

OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
BLANK = re.compile(r"\{[^}]*\}")
NUMBER = re.compile(r"(?<!\w)\d+(?:\.\d+)?")
FRAME = str(Path(__file__).parents[1] / "frame.py")
SHELL = b'<html lang="en"><head></head><body><div id="root"></div></body></html>'


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_uses_the_blanks_of_its_pattern_and_no_other(code):
    for english, text in language.table(code).items():
        blanks = BLANK.findall(english)
        assert all(re.fullmatch(r"\{[nw]\d*\}", one) for one in blanks), english
        assert len(set(blanks)) == len(blanks), f"two blanks of one name in {english!r}"
        assert set(BLANK.findall(text)) <= set(blanks), english
        assert text.strip() == text, text
        assert english.strip() == english, english
        assert len(re.sub(r"[\W\d_]", "", BLANK.sub("", english))) > 1, f"{english!r} fits anything"


def test_german_has_one_word_for_an_idea_and_one_negative_is_no_plural():
    """Of the table in docs/languages.md, what was once said otherwise."""
    other = re.compile(r"ausgeglichen|Klassen-Prior|losgelöst|\b1 Negative\b")
    table = language.table("de")
    assert [text for text in table.values() if other.search(text)] == []
    assert "1 Negativ " in table["Weights are as uneven as if 1 negative had them all."]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_writes_the_numbers_of_its_pattern_and_no_separator_of_thousands(code):
    """1,250 is no more than one and a quarter to a German reader, and 1.250 to an English one."""
    for english, text in language.table(code).items():
        own = NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3})", "", BLANK.sub("", english)))
        assert set(NUMBER.findall(BLANK.sub("", text))) <= set(own), english


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr,en-GB;q=0.8,de;q=0.5", "en"),
        ("", "xx;q=1, de;q=0.3, en;q=0.7", "en"),
        ("", "de;q=none,en", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("tlh", "de", "de"),
        ("../../secrets", "", "en"),
    ],
)
def test_the_address_counts_and_then_what_the_browser_prefers(asked, accepted, code):
    assert language.chosen(asked, accepted) == code


def test_the_shell_of_a_page_is_in_its_language_and_brings_the_table():
    shell = filled(SHELL, "live", code="de").decode()
    words = language.table("de")
    assert '<html lang="de"' in shell
    assert words[TITLES["live"]] in shell
    assert words[WAIT] in shell
    assert 'id="cacr-language"' in shell
    assert "pagelanguage.js" in shell
    english = filled(SHELL, "live").decode()
    assert '<html lang="en"' in english
    assert 'id="cacr-language"' not in english
    assert "pagelanguage.js" not in english


def test_a_frozen_page_speaks_its_language_by_a_table_of_its_own():
    german, english = (page("live", {}, [], "A run", "", code=code) for code in ("de", "en"))
    assert '<html lang="de"' in german
    assert json.dumps(language.table("de"), ensure_ascii=False).replace("<", "\\u003c") in german
    assert "modules['kit/pagelanguage.js']" in german
    assert '<html lang="en"' in english
    assert 'id="cacr-language"' not in english
    assert "modules['kit/pagelanguage.js']" not in english


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Shapes", "Formen"),
        ("mine-7 (uploaded)", "mine-7 (hochgeladen)"),
        ("cacr-1 (a run, step 600)", "cacr-1 (ein Lauf, Schritt 600)"),
        ("a {w} (name)", "a {w} (name)"),
    ],
)
def test_an_options_name_stays_and_what_is_said_of_it_does_not(english, german, monkeypatch):
    monkeypatch.setattr(options, "of_page", lambda: "de")
    assert options.spoken()(english) == german


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
def test_the_options_of_a_box_are_in_the_pages_language_and_choose_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))

    def opened(**params):
        at = AppTest.from_file(FRAME, default_timeout=60)
        for key, value in params.items():
            at.query_params[key] = value
        return at.run(), next(box for box in at.selectbox if box.label == "Images")

    (_, english), (at, box), words = opened(), opened(lang="de"), language.table("de")
    assert box.options == [words.get(option, option) for option in english.options]
    assert box.options != english.options
    assert box.value == english.value
    box.select_index(1).run()
    assert at.session_state["live_dataset"] == list(DATASETS)[1]


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
def test_the_link_to_another_language_opens_the_page_as_it_is_now(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    framed(monkeypatch)

    def linked(at):
        (text,) = (found.proto.body for found in at.get("html") if "?" in found.proto.body)
        address = html.unescape(re.search('href="[?]([^"]*)"', text)[1])
        return dict(parse_qsl(address))

    at = AppTest.from_file(FRAME, default_timeout=60).run()
    for preset in ("collapse", "sscl"):
        at.selectbox(key="live_preset").set_value(preset).run()
        assert at.query_params["preset"] == preset
        assert linked(at) == at.query_params | {"lang": "de"}


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
def test_a_drawn_table_has_titles_and_words_in_the_language_and_its_file_is_english(monkeypatch):
    shown, saved = [], []
    monkeypatch.setattr(options, "of_page", lambda: "de")
    monkeypatch.setattr(tables.st, "dataframe", lambda frame, **how: shown.append((frame, how)))
    monkeypatch.setattr(tables, "save_table", lambda frame, what: saved.append(frame))
    frame = pd.DataFrame([("name", "one number", 0.5)], columns=["name", "shape", "dead"])
    tables.rows(frame, "Tensors", "All", ["shape"], {"dead": {"width": "small"}}, height=200)
    ((seen, how),) = shown
    words = language.table("de")
    assert seen.to_numpy().tolist() == [["name", words["one number"], 0.5]]
    config = how["column_config"]
    assert {name: one["label"] for name, one in config.items()} == {n: words[n] for n in frame}
    assert config["dead"]["width"] == "small" and how["height"] == 200
    assert list(saved[0].columns) == ["name", "shape", "dead"]
    assert saved[0]["shape"].tolist() == ["one number"]


# --- what is written in files of data: a table has all of it

FACT = re.compile(r"\{([\w.]+)(?:\s*/\s*([\w.]+))?(?::([^}]*))?\}")
STRESSED = re.compile(r"\*([^*]+)\*|`[^`]+`")  # article.js looks up what stands between by itself
LACKING = """
const { Language } = await load('language.js');
const { filled } = await load('blanks.js');
const language = new Language(data.table);
let lacking;
language.onmissing = (text) => lacking.push(text);
return data.texts.map(([text, facts]) => {
  lacking = [];
  language.kept.clear();
  language.written.clear();
  language.translate(filled(text, facts));
  return lacking;
});
"""


def of_lessons():
    for one in lesson.read_all().known.values():
        yield from (one.title, one.teaches)
        for step in one.steps:
            yield from (step.words, step.question, step.why, step.answers)
            yield from (choice.text for choice in step.choices)


def of_article():
    for section in sections():
        yield section.title
        yield from filter(None, STRESSED.split(section.text))
        if section.figure:
            yield section.figure.caption


def of_presets():
    for preset in PRESETS.values():
        yield from (preset.title, *preset.watch)
    for comparison in COMPARISONS.values():
        yield from (comparison.title, *comparison.watch)
        yield from (entry.label for entry in comparison.comparison.entries)
    yield from (title for title, _ in CATALOGUE.values())


def of_glossary():
    for term in terms().values():
        yield from (term.name, term.words, term.now)


WRITTEN = {f.__name__: f for f in (of_lessons, of_article, of_presets, of_glossary)}
FILLINGS = [
    (0.25, "disc"),
    (-1234.5, "traffic light"),
]  # a number, and words where a class is named


def facts_for(text, number, words):
    """Facts that leave no blank of a text empty, as its paths ask for them."""
    facts = {}
    for *paths, form in FACT.findall(text):
        for path in filter(None, paths):
            *way, last = path.split(".")
            part = facts
            for name in way:
                part = part.setdefault(name, {})
            value = abs(number) if form == "d" else number  # d is of counts
            part[last] = words if last == "class" else value
    return facts


@cache
def lacking(code):
    """By its source, what of its texts a language has no row for, as it stands in the page."""
    asked = [(name, text) for name, texts in WRITTEN.items() for text in texts()]
    filled = [[t, facts_for(t, *filling)] for _, t in asked for filling in FILLINGS]
    data = {"table": language.table(code), "texts": filled}
    found = browser_code.run(LACKING, data, folder="web/kit")
    by_text = [set(one + other) for one, other in zip(found[::2], found[1::2], strict=True)]
    return {
        source: sorted(
            set().union(*(t for (name, _), t in zip(asked, by_text, strict=True) if name == source))
        )
        for source in WRITTEN
    }


@pytest.mark.parametrize("source", WRITTEN)
@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_every_text_that_is_written_in_files_of_data(code, source):
    assert sum(1 for _ in WRITTEN[source]()) > 30
    assert lacking(code)[source] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_step_is_in_the_language_before_the_page_knows_its_facts(code):
    steps = [step for one in lesson.read_all().known.values() for step in one.steps]
    data = {"table": language.table(code), "texts": [[step.words, {}] for step in steps]}
    assert not any(browser_code.run(LACKING, data, folder="web/kit"))


def test_no_part_of_a_page_is_found_by_words_that_a_language_changes():
    by_words = re.compile(r"\[(?:aria-label|aria-valuetext|title|alt|placeholder)[~^$*|]?=")
    sources = [p for kind in ("css", "js", "py") for p in (ROOT / "web").rglob(f"*.{kind}")]
    assert len(sources) > 100
    assert [path.name for path in sources if by_words.search(path.read_text("utf-8"))] == []
