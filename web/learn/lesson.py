"""A lesson is a file of data: steps that each open a page, point at something, ask and explain.

    title = "Weight is not pull"
    teaches = "A negative that weighs much need not be pushed."
    minutes = 4
    lang = "en"                        # of its words; may be left out

    [[step]]
    page = "forces"                    # live, compare, forces or checkpoints
    state = "preset=drawn-in"          # what a link to the page says; left out: it stays as it is
    place = ["scene-a"]                # what to look at, by names of web/shell/places.py
    words = "..."
    question = "Which one is pushed?"  # asked before anything is told
    choices = [{ text = "The nearest", when = [{ fact = "a.n1.pull", at_most = 0 }] }, ...]
    check = [{ fact = "a.t_neg", at_least = 5 }]      # what to do; all must hold
    solution = "preset=drawn-in&a=cacr~t_neg:5"       # a state in which they do: Show me
    why = "Negative 1 takes {a.n1.weight:.0%} of the weight."
    answers = "What does t⁻ change?"   # a question that one can answer after this step

Words, question, choices and why may have blanks, which the moment's facts fill. A choice is right
while its `when` holds: nothing but those facts says so. A wrong file is left out, with a sentence
that says which step and what.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.runs.shelf import ROOT
from web.shell import places

SHIPPED = ROOT / "lessons"
PAGES = tuple(places.PLACES)
MOST_STEPS, MOST_BYTES = 30, 200_000
BOUNDS = ("at_least", "at_most", "equals")
Condition = dict[str, Any]


class Choice(NamedTuple):
    """An answer to a prediction, and the conditions under which it is right."""

    text: str
    when: list[Condition]


class Step(NamedTuple):
    """One step of a lesson.

    Attributes:
        state: The query string of a link to the page; None: the page stays as it is.
        places: Names of the parts that are pointed at.
        check: What a student is to do or to find; all must hold.
        already: The check may hold from the start.
        solution: A state in which the check holds; empty where only a hand can do it.
        why: Said once the question is answered and the check holds.
        answers: The question that one can answer after this step; the Learn page lists it.
    """

    page: str
    state: str | None
    places: list[str]
    words: str
    question: str = ""
    choices: tuple[Choice, ...] = ()
    check: tuple[Condition, ...] = ()
    already: bool = False
    solution: str = ""
    why: str = ""
    answers: str = ""


class Lesson(NamedTuple):
    """A lesson.

    Attributes:
        id: The name of its file.
        teaches: What one knows after it, in one sentence.
        lang: The language of its words, as a browser names it.
        own: From a folder of the owner's.
    """

    id: str
    title: str
    teaches: str
    minutes: int
    lang: str
    steps: tuple[Step, ...]
    order: int = 1000
    own: bool = False


class Lessons(NamedTuple):
    """Lessons by their id, in the order to take them, and a sentence for each file left out."""

    known: dict[str, Lesson]
    wrong: list[str]


def folders() -> list[Path]:
    """Where lessons are: what ships, and the owner's folder where `CACR_LESSONS` names one."""
    named = os.environ.get("CACR_LESSONS", "").strip()
    return [SHIPPED, *([Path(named).expanduser()] if named else [])]


def read_all() -> Lessons:
    """All lessons there are; one that makes no sense takes none of the others down."""
    named = [folder for folder in folders() if not folder.is_dir()]
    paths = [path for folder in folders() for path in sorted(folder.glob("[!.]*.toml"))]
    found = _read(tuple((path, _written(path)) for path in paths))
    missing = [f"CACR_LESSONS names no folder: {folder}." for folder in named if folder != SHIPPED]
    return Lessons(dict(found.known), [*missing, *found.wrong])


def _written(path: Path) -> int:
    """When a file was written; 0 where nothing can tell, and reading it says why."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int], ...]) -> Lessons:
    """Lessons of these files, read once while they stay as they are."""
    found: dict[str, Lesson] = {}
    wrong: list[str] = []
    for path, _ in files:
        try:
            lesson = read(path)
            if lesson.id in found:
                raise ValueError(f"{path.name}: there is a lesson {lesson.id} already; rename it.")
            found[lesson.id] = lesson._replace(own=path.parent != SHIPPED)
        except (ValueError, OSError) as error:
            wrong.append(f"{error}")
    order = sorted(found.values(), key=lambda lesson: (lesson.own, lesson.order, lesson.id))
    return Lessons({lesson.id: lesson for lesson in order}, wrong)


def read(path: Path) -> Lesson:
    """One lesson.

    Raises:
        ValueError: It makes no sense; the sentence names file, step and what.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name}: a lesson has at most {MOST_BYTES // 1000} kB.")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path.name}: lists lie in each other too deep.") from None
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    try:
        return _lesson(path.stem, data)
    except ValueError as error:
        raise ValueError(f"{path.name}{error}") from None


def _lesson(name: str, data: Mapping[str, Any]) -> Lesson:
    head = _Part("", data)
    steps = head.get("step", list)
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError(f": a lesson has 1 to {MOST_STEPS} steps, got {len(steps)}.")
    lesson = Lesson(
        name,
        head.get("title", str),
        head.get("teaches", str),
        _minutes(head),
        head.get("lang", str, "en"),
        tuple(_step(number, step) for number, step in enumerate(steps, start=1)),
        head.get("order", int, 1000),
    )
    head.done()
    return lesson


def _minutes(head: _Part) -> int:
    minutes: int = head.get("minutes", int)
    if minutes < 1:
        raise head.error(f"minutes must be 1 or more, got {minutes}")
    return minutes


def _step(number: int, data: Any) -> Step:
    part = _Part(f", step {number}", data)
    page = part.get("page", str)
    if page not in PAGES:
        raise part.error(f"page is one of {', '.join(PAGES)}, got {page!r}")
    names = part.get("place", list, [])
    for name in names:
        try:
            places.selector_of(page, str(name))
        except ValueError as error:
            raise part.error(f"{error}".removesuffix(".")) from None
    step = Step(
        page,
        part.get("state", str, None),
        [str(name) for name in names],
        part.get("words", str),
        part.get("question", str, ""),
        tuple(_choice(part, one) for one in part.get("choices", list, [])),
        tuple(_conditions(part, "check", part.get("check", list, []))),
        part.get("already", bool, False),
        part.get("solution", str, ""),
        part.get("why", str, ""),
        part.get("answers", str, ""),
    )
    part.done()
    if bool(step.question) != bool(step.choices) or len(step.choices) == 1:
        raise part.error("a question has two choices or more, and choices have a question")
    if step.why and not step.question and not step.check:
        raise part.error("why is said after a question or a check, and there is neither")
    if (step.question or step.check) and not step.why:
        raise part.error("what is asked or checked is explained by why")
    return step


def _choice(part: _Part, data: Any) -> Choice:
    if not isinstance(data, Mapping) or set(data) - {"text", "when"} or not data.get("text"):
        raise part.error(f"a choice is text and when, got {str(data)[:60]}")
    return Choice(str(data["text"]), _conditions(part, "when", data.get("when", [])))


def _conditions(part: _Part, key: str, data: Any) -> list[Condition]:
    if not isinstance(data, list):
        raise part.error(f"{key} is a list of conditions, got {str(data)[:60]}")
    for one in data:
        bounds = [key for key in BOUNDS if key in one] if isinstance(one, Mapping) else []
        if not bounds or not isinstance(one.get("fact"), str):
            raise part.error(
                f"a condition of {key} is a fact and {', '.join(BOUNDS)}, got {str(one)[:60]}"
            )
        if extra := set(one) - {"fact", "times", *BOUNDS}:
            raise part.error(f"a condition of {key} has no {min(extra)}")
        if not _is_number(one.get("times", 1)):
            raise part.error(f"times of {key} is a number, got {one['times']!r}")
        for bound in bounds:
            is_truth = bound == "equals" and isinstance(one[bound], bool)
            if not (is_truth or isinstance(one[bound], str) or _is_number(one[bound])):
                raise part.error(f"{bound} is a number or a fact, got {str(one[bound])[:60]}")
    return [dict(one) for one in data]


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a browser can be told: TOML has `nan` and `inf` too."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -math.inf < value < math.inf


class _Part:
    """A table of a lesson's file whose keys are taken one by one; what is left over is wrong."""

    def __init__(self, where: str, data: Any) -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise self.error(f"a table of settings is needed, got {str(data)[:60]}")
        self.data = dict(data)

    def error(self, text: str) -> ValueError:
        return ValueError(f"{self.where}: {text}.")

    def get(self, key: str, kind: type, *default: Any) -> Any:
        if key not in self.data and default:
            return default[0]
        value = self.data.pop(key, None)
        is_other = kind is int and isinstance(value, bool)
        if not isinstance(value, kind) or is_other or value == "":
            words = {str: "a text", int: "a whole number", list: "a list", bool: "true or false"}
            raise self.error(f"{key} is {words[kind]}, got {str(value)[:60]}")
        return value

    def done(self) -> None:
        if self.data:
            raise self.error(f"there is no setting {min(self.data)!r}")
