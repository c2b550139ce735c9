"""Names from other machines: code pages of zips, composed letters, names that nearly agree."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

# tried in this order: the first by which every name reads like one; with its name for a person
PAGES = {
    "utf-8": "UTF-8",
    "cp437": "the DOS page 437",
    "cp850": "the DOS page 850 (Western Europe)",
    "cp866": "the DOS page 866 (Cyrillic)",
    "cp1251": "the Windows page 1251 (Cyrillic)",
    "cp932": "Shift-JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "cp949": "the Windows page 949 (Korean)",
    "cp1252": "the Windows page 1252 (Western Europe)",
}


def code_page(raw: Sequence[bytes]) -> str:
    """The code page in which all of these names read best; "cp437" where none does.

    A zip without the mark for UTF-8 does not say in which page its names are.
    """
    rare = [name for name in raw if not name.isascii()]
    for page in PAGES:
        try:
            if all(_reads(name.decode(page), page) for name in rare):
                return page
        except UnicodeDecodeError:
            continue
    return "cp437"


def _reads(name: str, page: str) -> bool:
    """Whether a name decoded by a page looks like one that somebody wrote."""
    rare = [letter for letter in name if not letter.isascii()]
    if not all(unicodedata.category(letter)[0] in "LM" for letter in rare):
        return False
    if page == "utf-8":
        return True
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in rare}
    if page in ("cp437", "cp850", "cp1252"):  # Latin words have plain letters around the others
        words = re.findall(r"[^\W\d_]+", name)
        plain = all(sum(map(str.isascii, w)) * 2 >= len(w) for w in words if not w.isascii())
        return scripts <= {"LATIN"} and plain
    if page in ("cp866", "cp1251"):
        lower_first = re.search(r"[^\W\d_][А-ЯЁ]", name) and re.search(r"[а-яё]", name)
        return scripts <= {"CYRILLIC"} and not lower_first
    if page == "cp932":
        return scripts <= {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "FULLWIDTH"}
    return scripts <= {"CJK", "HANGUL", "FULLWIDTH"}


def composed(name: str) -> str:
    """The same name with letters and accents as one: Macs write them apart. One whose bytes are no
    UTF-8 is read in the code page in which it reads best."""
    if not is_text(name):
        raw = os.fsencode(name)
        western = raw.decode("cp1252", "replace")  # of an old disk, where zips have DOS's pages
        name = western if _reads(western, "cp1252") else raw.decode(code_page([raw]), "replace")
    return unicodedata.normalize("NFC", name)


def is_text(name: str) -> bool:
    """Whether it can be written as UTF-8: a disk may have names that cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def nearly_alike(names: Iterable[str]) -> list[list[str]]:
    """Groups of names that differ in case or spaces only."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        groups[re.sub(r"[\s_]+", " ", name.casefold()).strip()].append(name)
    return [group for group in groups.values() if len(group) > 1]


def in_order(names: Iterable[str]) -> list[str]:
    """Sorted, numbers by their value: 2 before 10."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = re.findall(r"\d+|\D+", name)
        return [
            (0, len(p.lstrip("0")), p.lstrip("0")) if p.isdecimal() else (1, 0, p) for p in parts
        ]

    return sorted(set(names), key=lambda name: (key(name), name))
