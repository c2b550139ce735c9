"""A question to the class: checked where it comes in, and what of its answers is told to whom."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.shell.roles import Person

MOST_TEXT, MOST_LABEL = 200, 80
OPTIONS = range(2, 13)  # how many there may be
N_VIEWS = 5


class Question:
    """What was asked, and what each follower has answered so far.

    Attributes:
        sheet: Where its images lie: run, `n` and `columns` of its sheets; None where it has none.
        answers: The option chosen, by the id of who chose it.
    """

    def __init__(self, message: dict[str, Any], sheet: dict[str, Any] | None) -> None:
        self.number = 0
        self.text: str = message["text"].strip()
        self.sheet = sheet
        self.about: dict[str, int] | None = message["about"]
        self.options: list[dict[str, Any]] = message["options"]
        self.right: int | None = message["right"]
        self.is_open = True
        self.answers: dict[str, int] = {}

    def told(self, person: Person, here: Set[str]) -> dict[str, Any]:
        """What somebody is told of it: counts and what is right not before they may know.

        Args:
            here: Ids of the followers in the class.
        """
        chosen = list(self.answers.values())
        counts = [chosen.count(option) for option in range(len(self.options))]
        return {
            "number": self.number,
            "text": self.text,
            "sheet": self.sheet,
            "about": self.about,
            "options": self.options,
            "is_open": self.is_open,
            "n_answers": len(chosen),
            "n_asked": len(here | self.answers.keys()),
            "counts": counts if person.is_owner or not self.is_open else None,
            "right": None if self.is_open else self.right,
            "yours": self.answers.get(person.id),
        }


def question_of(message: dict[str, Any]) -> Question:
    """The question that a `pose` message asks.

    Args:
        message: Of the right fields and types.

    Raises:
        ValueError: It has too few or too many options or letters, or images that no run has.
    """
    text, options, right = message["text"].strip(), message["options"], message["right"]
    if not 0 < len(text) <= MOST_TEXT:
        raise ValueError(f"A question has 1 to {MOST_TEXT} characters, got {len(text)}.")
    if len(options) not in OPTIONS:
        raise ValueError(
            f"A question has {OPTIONS[0]} to {OPTIONS[-1]} options, got {len(options)}."
        )
    for option in options:
        named = bool(option["label"].strip()) or option["picture"] is not None
        if not named or len(option["label"]) > MOST_LABEL:
            raise ValueError(
                f"An option has an image or 1 to {MOST_LABEL} characters, got "
                f"{option['label'][:MOST_LABEL]!r}."
            )
    if right is not None and not 0 <= right < len(options):
        raise ValueError(f"The right one is among {len(options)} options, got {right}.")
    pictures = [p for p in (message["about"], *(o["picture"] for o in options)) if p is not None]
    return Question(message, _sheet_of(message["run"], pictures))


def _sheet_of(run: str | None, pictures: list[dict[str, int]]) -> dict[str, Any] | None:
    if not pictures:
        return None
    if run is None:
        raise ValueError("Images are those of a run; the question names none.")
    probes = files.read_json(files.images_folder(shelf.find(run)) / "probes.json")
    n, columns = int(probes.get("n", 0)), int(probes.get("columns", 1))
    for picture in pictures:
        if not (0 <= picture["probe"] < n and 0 <= picture["view"] < N_VIEWS):
            raise ValueError(
                f"An image is one of {n} probes in one of {N_VIEWS} views, got "
                f"{picture['probe']} and {picture['view']}."
            )
    return {"run": run, "n": n, "columns": columns}
