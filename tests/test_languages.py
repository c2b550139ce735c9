"""Each language's table is sound, and the page comes in the language that is asked for."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core.data import DATASETS
from web.frozen.page import page
from web.settings import language
from web.shell.front import TITLES, WAIT, filled

OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
BLANK = re.compile(r"\{[^}]*\}")
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
    assert "cacr-language" in shell
    assert "pagelanguage.js" in shell
    english = filled(SHELL, "live").decode()
    assert '<html lang="en"' in english
    assert "cacr-language" not in english
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
