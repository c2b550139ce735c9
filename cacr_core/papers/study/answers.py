"""Two sentences for each question: what the rows say, and what that means for the claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cacr_core.papers.study.evidence import Evidence, corrected, evidence_of, values_of
from cacr_core.papers.study.questions import Question
from cacr_core.papers.tasks import Row
from cacr_core.runs.repeats import CONFIDENCE, Interval

LEVEL = 1 - CONFIDENCE
NO_SPREAD = "seeds agree, which tells nothing of noise"


class Finding(NamedTuple):
    """What was found of a contrast; `p` is Holm's, for all contrasts at once, nan without any."""

    evidence: Evidence | None
    p: float

    @property
    def verdict(self) -> str:
        """ "for", "against" or "none" of what the contrast is above 0 for; "open" without rows."""
        if self.evidence is None:
            return "open"
        if not self.p < LEVEL:
            return "none"
        return "for" if self.evidence.interval.mean > 0 else "against"


class Answer(NamedTuple):
    """A question with what was found.

    Attributes:
        parts: What was found of its parts, by name.
        n_asked: Contrasts that were asked for at once.
        n_seeds: Seeds that all of its arms are in of, on the dataset that has most.
    """

    question: Question
    found: Finding
    parts: dict[str, Finding]
    n_asked: int
    n_seeds: int

    @property
    def evidence(self) -> Evidence | None:
        return self.found.evidence

    @property
    def p(self) -> float:
        return self.found.p

    @property
    def verdict(self) -> str:
        return self.found.verdict

    @property
    def detectable(self) -> float:
        """The smallest effect found in four of five such studies, corrected for all contrasts."""
        assert self.evidence is not None
        return self.evidence.detectable(LEVEL / self.n_asked)

    def sentences(self) -> str:
        """Two of them."""
        return f"{self._finding()} {self._meaning()}"

    def _finding(self) -> str:
        question, found = self.question, self.evidence
        if found is None:
            return "This is not answered yet."
        mean, how_sure = found.interval.mean, f"p {p_words(self.p)}"
        low, high = found.interval.low, found.interval.high
        if self.verdict == "none":
            if found.interval.has_no_spread:
                return (
                    f"{question.nothing} ({points(mean)} points, {how_sure}): {NO_SPREAD}"
                    f"{self._of_parts()}."
                )
            between = f"{points(mean)} points, {points(low)} to {points(high)}, {how_sure}"
            return (
                f"{question.nothing} ({between}), where one of {100 * self.detectable:.1f} points "
                f"would have been found in four of five such studies{self._of_parts()}."
            )
        words = question.better if mean > 0 else question.worse
        ends = sorted((abs(low), abs(high)))
        span = f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}, {how_sure}"
        return f"{words} {100 * abs(mean):.1f} points ({span}){self._of_parts()}."

    def _of_parts(self) -> str:
        told = []
        for name, part in self.parts.items():
            if part.evidence is None:
                continue
            found = part.evidence.interval
            way = {"for": "better", "against": "worse", "none": "not told apart"}[part.verdict]
            span = f"{points(found.low)} to {points(found.high)}, p {p_words(part.p)}"
            if found.has_no_spread:
                span = "its seeds agree"
            told.append(f"{name} {way} ({points(found.mean)}, {span})")
        return f"; of its parts alone {', '.join(told)}" if told else ""

    def _meaning(self) -> str:
        question, verdict = self.question, self.verdict
        if verdict == "open" and self.n_seeds:
            return (
                "Its runs are in for one seed alone, and what luck does shows between two or more: "
                "`--seeds 2` adds one."
            )
        if verdict == "open":
            return "Its runs are not in: `make study` trains them."
        if not question.claim:
            where = "" if verdict == "none" else " for longer runs"
            also = f"; {question.also}" if question.also else ""
            return (
                f"Neither paper's abstract speaks of it{also}; to decide it{where}, "
                f"{question.decide}."
            )
        if verdict == "for":
            return f"In runs as short as these that agrees with the claim that {question.claim}."
        so = "contradicts" if verdict == "against" else "neither supports nor refutes"
        return (
            f"In runs as short as these that {so} the claim that {question.claim}; to decide it, "
            f"{question.decide}."
        )


def answers(questions: Sequence[Question], rows: Sequence[Row]) -> list[Answer]:
    """Of all questions and their parts at once, which Holm's correction is for."""
    contrasts = {(q.id, ""): q.contrast for q in questions}
    contrasts |= {(q.id, name): contrast for q in questions for name, contrast in q.parts}
    values = {key: values_of(contrast, rows) for key, contrast in contrasts.items()}
    evidence = [evidence_of(by_dataset) for by_dataset in values.values()]
    findings = map(Finding, evidence, corrected(evidence))
    found = dict(zip(contrasts, findings, strict=True))
    n_asked = max(1, sum(one is not None for one in evidence))
    n_seeds = {key: max(map(len, by.values()), default=0) for key, by in values.items()}
    return [
        Answer(
            q,
            found[q.id, ""],
            {name: found[q.id, name] for name, _ in q.parts},
            n_asked,
            n_seeds[q.id, ""],
        )
        for q in questions
    ]


def points(share: float) -> str:
    """A difference in percentage points, signed."""
    told = f"{100 * share:+.1f}".replace("-", "−")
    return "–" if math.isnan(share) else "0.0" if told[1:] == "0.0" else told


def percent(value: Interval) -> str:
    half = "" if math.isnan(value.high) else f" ± {100 * (value.high - value.mean):.1f}"
    return f"{100 * value.mean:.1f}{half}"


def p_words(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
