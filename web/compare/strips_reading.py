"""How the entries of a comparison differ over one query, in a sentence."""

from __future__ import annotations

from web.compare.strip import N_HEAVIEST, Strip, n_shared
from web.live.readings import number


def reading(made: list[Strip], labels: dict[str, str]) -> str:
    """One sentence on what differs between the entries for this query, the largest thing first."""
    if all(float(s.scene.pairs.neg.max()) < 0.02 for s in made):
        return "Everything is in one place in every entry: there is nothing near or far to weigh."
    if len(made) < 2:
        return "Only one entry has a snapshot yet: there is nothing to compare it with."
    return f"{_weighing(made, labels)}{_pushing(made, labels)}."


def _pushing(made: list[Strip], labels: dict[str, str]) -> str:
    """Which entries push nothing, whatever they weigh: the other half of the sentence."""
    idle = [s for s in made if not (s.scene.pulls.neg < 0).any()]
    if not idle:
        return ""
    if len(idle) == len(made):
        return "; no entry pushes any of them"
    return f"; {_names(idle, labels)} {'pushes' if len(idle) == 1 else 'push'} none of them"


def _weighing(made: list[Strip], labels: dict[str, str]) -> str:
    """What the entries attend to, without its full stop."""
    flat = [s for s in made if not s.in_order]
    if len(flat) == len(made):
        return "No entry tells negatives apart here: each weighs all of them alike"
    softest, sharpest = min(made, key=_times), max(made, key=_times)
    if flat:
        return (
            f"{_names(flat, labels)} {'weighs' if len(flat) == 1 else 'weigh'} all negatives "
            f"alike; the first weighs {number(_times(sharpest))} times the average in "
            f"{labels[sharpest.name]}"
        )
    n = min(N_HEAVIEST, *(len(s.keys) for s in made))
    pairs = [(a, b) for i, a in enumerate(made) for b in made[i + 1 :]]
    a, b = min(pairs, key=lambda pair: n_shared(pair[0], pair[1], n))
    shared = n_shared(a, b, n)
    which = f"{labels[a.name]} and {labels[b.name]} share {shared} of their {n} heaviest negatives"
    if len(made) > 2:
        which += ", the fewest of any two"
    if shared == n:
        which = f"All entries have the same {n} heaviest negatives"
    if _times(sharpest) < 1.2 * _times(softest):
        return f"{which}, and give the first about the same weight"
    return (
        f"{which}; the first weighs {number(_times(sharpest))} times the average in "
        f"{labels[sharpest.name]}, {number(_times(softest))} in {labels[softest.name]}"
    )


def _times(strip: Strip) -> float:
    """How many times the average the heaviest real negative weighs."""
    weights = strip.scene.neg_weights[0]
    return float(weights[strip.shown[0]]) * len(weights)


def _names(some: list[Strip], labels: dict[str, str]) -> str:
    *rest, last = [labels[s.name] for s in some]
    return f"{', '.join(rest)} and {last}" if rest else last
