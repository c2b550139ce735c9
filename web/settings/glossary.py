"""The words of the app, from one table: what each means, where it stands, what it is now."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_suffix(".toml")


class Term(NamedTuple):
    """A word of the field.

    Attributes:
        words: What it means, one sentence.
        at: Keys of the numbers whose titles it explains.
        now: What it is at the moment, with blanks for facts; empty where it is no number.
    """

    id: str
    name: str
    words: str
    at: tuple[str, ...] = ()
    now: str = ""


@lru_cache(maxsize=1)
def terms() -> dict[str, Term]:
    """Every term by its id, in the order of the table."""
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    found = (Term(**row | {"at": tuple(row.get("at", ()))}) for row in data["term"])
    return {term.id: term for term in found}
