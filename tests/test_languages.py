"""Each language's table is sound, and the page comes in the language that is asked for."""

import re

import pytest

from web.settings import language
from web.shell.front import TITLES, WAIT, filled

OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
BLANK = re.compile(r"\{[^}]*\}")
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
    page = filled(SHELL, "live", code="de").decode()
    words = language.table("de")
    assert '<html lang="de"' in page
    assert words[TITLES["live"]] in page
    assert words[WAIT] in page
    assert "cacr-language" in page
    assert "pagelanguage.js" in page
    english = filled(SHELL, "live").decode()
    assert '<html lang="en"' in english
    assert "cacr-language" not in english
    assert "pagelanguage.js" not in english
