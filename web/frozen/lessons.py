"""Lessons that speak of a frozen run: their steps on it, as the page needs them."""

from __future__ import annotations

from typing import Any

from web.learn.guide import params_of, state_at
from web.learn.lesson import Lesson, Step, read_all
from web.settings.looks import LIVE

KEPT = {"preset", *LIVE} - {"lens", "space", "panel"}  # a frozen run has its own loss alone


def lessons_of(preset: str) -> list[dict[str, Any]]:
    """Every lesson with the steps that are on the recording of a preset and ask for no other loss.

    A step is as in `Step`, its `view` what it sets of how the run is looked at; `lang` is empty
    where a lesson is in the page's own language.
    """
    found = []
    for lesson in read_all().known.values():
        told = [_step(lesson, at, step, preset) for at, step in enumerate(lesson.steps, start=1)]
        if steps := [step for step in told if step]:
            words = {"id": lesson.id, "title": lesson.title, "teaches": lesson.teaches}
            found.append(words | {"lang": lesson.lang if lesson.own else "", "steps": steps})
    return found


def _step(lesson: Lesson, at: int, step: Step, preset: str) -> dict[str, Any] | None:
    params = params_of(state_at(lesson, at))
    if step.page != "live" or params.get("preset") != preset or not params.keys() <= KEPT:
        return None
    facts = [str(one.get("fact", "")) for one in step.check]
    if "inside" in step.places or any(fact.startswith(("lens", "inside.")) for fact in facts):
        return None  # it is done with a lens or within an update, which steps have in the app alone
    return {
        "view": {key: LIVE[key].read(key, text) for key, text in params.items() if key in LIVE},
        "words": step.words,
        "question": step.question,
        "choices": [choice._asdict() for choice in step.choices],
        "check": list(step.check),
        "why": step.why,
    }
