"""Languages of the interface: English, in which it is written, and a table for each other one.

A table is a folder of TOML files, `languages/de/*.toml`: an English pattern and what the language
has for it. In a pattern `{n}` stands for a number and `{w}` for words, which are looked up in turn;
both may carry a digit, `{n1}`. `kit/language.js` looks up; what no table has stays English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

TABLES = Path(__file__).with_name("languages")
ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}  # by code, each in its own words


@lru_cache(maxsize=len(LANGUAGES))
def table(code: str) -> dict[str, str]:
    """English pattern -> the language's; empty for English.

    Raises:
        ValueError: Two files of a language have the same pattern.
    """
    found: dict[str, str] = {}
    for path in sorted((TABLES / code).glob("*.toml")):
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        if twice := found.keys() & rows.keys():
            raise ValueError(f"{path.name} has a pattern that another file has: {min(twice)!r}.")
        found |= rows
    return found


def chosen(asked: str, accepted: str) -> str:
    """The language of a page.

    Args:
        asked: What `lang=` in the address says, empty if nothing.
        accepted: What the browser prefers, as `Accept-Language` has it.
    """
    return next((code for code in (asked, *_preferred(accepted)) if code in LANGUAGES), ENGLISH)


def named(code: str) -> str:
    """A code that a command was given.

    Raises:
        ValueError: There is no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"There is no language {code[:20]!r}; there are {', '.join(LANGUAGES)}.")
    return code


def _preferred(accepted: str) -> Iterator[str]:
    """Codes without their region, the most preferred first."""

    def weight(part: str) -> float:
        _, _, given = part.partition("q=")
        try:
            return float(given) if given else 1
        except ValueError:
            return 0

    for part in sorted(accepted.split(","), key=weight, reverse=True):
        yield part.partition(";")[0].strip().partition("-")[0].lower()
