"""Every note on one query, and what its pulls sum to, held to closed forms.

`NOTES` has a check for each kind of note; a note of no known kind fails.
"""

import dataclasses
import math
import re

import numpy as np
import pytest
import torch

from cacr_core.losses.tokens import listed
from cacr_core.pairs import Pairs
from tests.one_query import ELSEWHERE, LENSES, ONE_QUERY, column, number, points_of, readings
from tests.reference import cacr_pulls_of_one_query, sscl_pulls_of_one_query
from web.forces.presets import SCENES
from web.settings import board


@dataclasses.dataclass
class Case:
    """A reading, its loss, and closed forms beside autograd's pulls."""

    lens: dict
    reading: dict

    @property
    def marks(self):
        groups = {"p": "positives", "n": "negatives", "s": "synthetics"}
        return {
            f"{letter}{i}": mark
            for letter, group in groups.items()
            for i, mark in enumerate(self.reading[group])
        }

    def pulls(self, **settings):
        """By the closed form, other settings if need be."""
        pos = column(self.reading, "positives", "distance")
        neg = column(self.reading, "negatives", "distance")
        neg += column(self.reading, "synthetics", "distance")
        known = dataclasses.asdict(board.loss_of(self.lens)) | settings
        if self.lens["name"] == "cacr":
            found = cacr_pulls_of_one_query(pos, neg, **known)
        else:
            known = {"beta": 0.0, "class_prior": 0.0} | known
            found = sscl_pulls_of_one_query(pos, neg, **known)
        return dict(zip(self.marks, [*found[0], *found[1]], strict=True))

    def named(self, text):
        """The marks a sentence names, by trying: `listed` writes them in order."""
        words = re.findall(
            r"(positive|negative|synthetic)s? (\d+(?:(?:, | and )\d+)*)", text.lower()
        )
        found = [
            f"{kind[0]}{int(n) - 1}" for kind, numbers in words for n in re.findall(r"\d+", numbers)
        ]
        assert listed(found, start=text[0].isupper()) == text
        return set(found)


def is_drawn_in(case, said):
    marks, pulls = case.named(said[1]), case.pulls()
    assert marks == {m for m, pull in pulls.items() if m[0] in "ns" and pull > 1e-9}
    assert not case.lens["detach_weights"]
    held = case.pulls(detach_weights=True)
    assert all(held[mark] <= 0 for mark in marks)  # being nearer costs
    if said[2]:
        bound = number(said[2])
        for mark, one in case.marks.items():
            if mark[0] in "ns" and abs(one["distance"] - bound) > 0.005:
                assert (one["distance"] > bound) == (mark in marks)


def is_pushed_by_the_weights(case, said):
    bound, pulls = number(said[2]), case.pulls()
    for mark in case.named(said[1]):
        assert pulls[mark] < 0 and case.marks[mark]["distance"] < bound + 0.005
        assert (
            case.pulls(class_prior=0.0)[mark]
            < 0
            <= case.pulls(class_prior=0.0, detach_weights=True)[mark]
        )


def is_pushed_by_debiasing(case, said):
    for mark in case.named(said[1]):
        assert case.pulls()[mark] < 0 <= case.pulls(released_debiasing=False)[mark]
        assert case.lens["class_prior"] > 0


def is_clamped(case, said):
    negatives = [mark for mark in case.marks if mark[0] in "ns"]
    assert all(abs(case.marks[mark]["pull"]) < 1e-9 for mark in negatives)
    assert all(pull < 0 for mark, pull in case.pulls(class_prior=0.0, beta=0.0).items()
               if mark in negatives)  # fmt: skip
    tau, prior, beta = (case.lens[key] for key in ("temperature", "class_prior", "beta"))
    x = np.array([case.marks[mark]["similarity"] for mark in negatives]) / tau
    r = len(x) * np.exp((1 + beta) * x).sum() / np.exp(beta * x).sum()
    for mark in (m for m in case.marks if m[0] == "p"):
        false = prior * len(x) * math.exp(case.marks[mark]["similarity"] / tau)
        assert (r - false) / (1 - prior) <= len(x) * math.exp(-1 / tau)


def is_partly_clamped(case, said):
    for mark in (m for m in case.marks if m[0] == "p"):
        alone = Pairs(*(
            torch.tensor([[case.marks[m]["distance"] for m in group]], dtype=torch.float64)
            for group in ([mark], [m for m in case.marks if m[0] in "ns"])
        ))  # fmt: skip
        clamped = bool(board.loss_of(case.lens)(alone).clamped)
        assert clamped == (mark in case.named(said[1]))
    assert any(case.marks[m]["pull"] < 0 for m in case.marks if m[0] in "ns")


def lies(kind, least, most):
    def check(case, said):
        marks = case.named(said[1])
        assert marks == {m for m, one in case.marks.items() if least <= one["angle"] <= most}
        assert all(np.hypot(*case.marks[mark]["arrow"][:2]) < 2e-3 for mark in marks)

    return check


def weights_are_one(*groups):
    def check(case, said):
        for group in groups:
            assert [one["weight"] for m, one in case.marks.items() if m[0] in group] == [1.0]

    return check


def has_no_pull(case, said):
    assert case.lens["beta"] == 0
    assert all(abs(one["pull"]) == 0 for m, one in case.marks.items() if m[0] in "ns")


def weighs_alike(case, said):
    n_pos = len(case.reading["positives"])
    assert number(said[1]) == n_pos
    assert column(case.reading, "positives", "weight") == pytest.approx([1 / n_pos] * n_pos)
    pulls = {m: pull for m, pull in case.pulls().items() if m[0] == "p"}
    if said[2]:
        most = max(pulls.values())
        assert case.named(said[2]) == {m for m, pull in pulls.items() if pull > 0.999 * most}
    else:
        assert max(pulls.values()) == pytest.approx(min(pulls.values()), rel=2e-3)


def pool_holds(case, said):
    assert case.lens["pool_size"] == number(said[2]) > len(case.reading["negatives"])


NOTES = {
    r"(.+) (?:is|are) drawn in, not driven away: gradient goes through the (?:importance )?weights,"
    r" and(?: from a distance of (.+) \(mean \+ 1/t⁻\))? coming closer takes more \w+ from the"
    r" nearer negatives than being nearer costs\.": is_drawn_in,
    r"(.+) (?:is|are) pushed away, not drawn in: gradient goes through the weights, and below a"
    r" distance of (.+) \(mean − 1/t⁺\) going away takes more weight from the farther positives"
    r" than being farther costs\.": is_pushed_by_the_weights,
    r"(.+) (?:is|are) pushed away, not drawn in: debiasing as released has the sign that repels"
    r" positives\.": is_pushed_by_debiasing,
    r"The debiasing clamp silences every negative: .* Only attraction is left; a lower τ⁺ brings"
    r" them back\.": is_clamped,
    r"For (.+) the debiasing clamp silences every negative; the other positives still push"
    r" them\.": is_partly_clamped,
    r"(.+) lies? on the query and ha(?:s|ve) no arrow, whatever the weight: .*":
        lies("coincident", 0, 0.05),
    r"(.+) lies? opposite the query and ha(?:s|ve) no arrow, whatever the weight: .*":
        lies("antipodal", 179.95, 180),
    r"With one positive and one negative both weights are always 1\.": weights_are_one("p", "ns"),
    r"With one positive its attraction weight is always 1: t⁺ has no say\.": weights_are_one("p"),
    r"With one negative its repulsion weight is always 1: t⁻ has no say\.": weights_are_one("ns"),
    r"β is 0: the negatives have weights and no pull\.": has_no_pull,
    r"This loss does not weigh its positives: each of the (\d+) counts the same\.(?: It pulls (.+)"
    r" hardest all the same: each is told from the negatives by itself\.)?": weighs_alike,
    r"The hard pool holds (.+); (\d+) were asked for\.": pool_holds,
}  # fmt: skip


def hold(case):
    """Checks every note of a case; the kinds that were seen."""
    seen = set()
    for note in case.reading["notes"]:
        kinds = [(pattern, re.fullmatch(pattern, note)) for pattern in NOTES]
        kinds = [(pattern, match) for pattern, match in kinds if match]
        assert len(kinds) == 1, note
        NOTES[kinds[0][0]](case, kinds[0][1])
        seen.add(kinds[0][0])
    return seen


def test_every_note_is_of_a_known_kind_and_states_a_fact():
    seen = set()
    for name in [*ONE_QUERY, *ELSEWHERE]:
        lenses = [*LENSES, *(SCENES[name].board["losses"] if name in SCENES else [])]
        for a, b in zip(lenses[::2], [*lenses[1::2], lenses[0]], strict=False):
            for lens, reading in zip((a, b), readings(points_of(name), a, b), strict=True):
                seen |= hold(Case(lens, reading))
    assert seen == set(NOTES)


def test_all_positives_that_are_pulled_hardest_are_named_and_none_where_none_is_pulled():
    tied = points_of("spread") | {"positives": [[60, 0], [120, 0], [100, 0]]}
    told = points_of("spread") | {"positives": [[95, 0], [100, 0]], "negatives": [[260, 0]]}
    for lens in (board.full_lens("infonce"), board.full_lens("sscl", class_prior=0.0)):
        said = " ".join(readings(tied, lens)[0]["notes"])
        assert "It pulls positives 1 and 2 hardest all the same" in said
        reading = readings(told, lens | {"temperature": 0.02})[0]
        assert any(note.endswith("each of the 2 counts the same.") for note in reading["notes"])
        assert max(column(reading, "positives", "pull")) < 1e-12
