"""What is said to move a part of a loss, and to make embeddings collapse, against cases where the
distances themselves say otherwise."""

import dataclasses

import pytest
import torch

from cacr_core.losses import (
    ADNCE,
    CACR,
    DCLW,
    SINCERE,
    SSCL,
    AlignUniform,
    InfoNCE,
    SigLIP,
    SupCon,
    Triplet,
    Typed,
    loss_name,
    with_labels,
)
from cacr_core.pairs import Pairs
from tests.german import in_german
from tests.test_readings import about, of_part, rows
from web.live.readings import diagnosis

COLLAPSED = {"spread": [0.9, 0.02, 0.01], "effective_rank": [20.0, 1.4, 1.2]}
FLAT = {"effective_rank": [20.0, 1.7, 1.6]}


def named(loss):
    return {"name": loss_name(loss)} | dataclasses.asdict(loss)


def said(loss, part, batches, own=None):
    called = loss if own is None else with_labels(loss, own)
    values = [float(getattr(called(pairs), part)) for pairs in batches]
    return of_part(part, values, loss=named(loss))


@pytest.mark.parametrize("loss", [InfoNCE(0.1), ADNCE(0.1), SSCL(0.1, class_prior=0.0)])
def test_repulsion_with_positives_in_its_log_names_no_one_from_means_of_a_batch(loss):
    batches = []
    for i, near in enumerate([1.2, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.05]):
        pos = torch.full((64, 1), 1.2)
        pos[:32] = near  # half of the queries find their positive, and negatives go away
        batches.append(Pairs(pos, torch.full((64, 126), 1.9 + 0.002 * i)))
    assert said(loss, "repulsion", batches) == (
        "Rising: positives stand in its log, too, not how near different images are alone."
    )


def test_a_typed_loss_names_no_one_since_what_it_counts_was_typed():
    nearer = [Pairs(torch.full((1, 1), d), torch.full((1, 10), 2.0)) for d in (1.5, 1.0, 0.5, 0.1)]
    typed = Typed.presets()["InfoNCE"]
    assert said(typed, "repulsion", nearer) == "Rising: what was typed says what counts in it."
    away = Typed("-mean(d_pos)", "0 * d_pos")
    assert said(away, "attraction", nearer) == "Rising: what was typed says what counts in it."


def test_weights_below_0_may_raise_an_attraction_as_views_come_nearer():
    batches = []
    for i in range(10):
        pos = torch.full((64, 1), 1.6)
        pos[:16] *= 1 - 0.1 * i
        batches.append(Pairs(pos, torch.full((64, 10), 2.0)))
    assert said(DCLW(sigma=0.1), "attraction", batches) == (
        "Rising: how a positive stands to the others of the batch counts in it, not distances "
        "alone."
    )
    assert "different images come" in of_part("repulsion", [4.0, 3.0, 2.0], loss=named(DCLW()))


@pytest.mark.parametrize("loss", [SupCon(), SINCERE()])
def test_attraction_of_a_whole_class_is_not_said_to_be_of_views(loss):
    own = torch.tensor([[True, True, False]])
    batches = [
        Pairs(torch.full((1, 1), 0.5), torch.tensor([[d, d, 2.0]])) for d in (1.9, 1.5, 1.0, 0.5)
    ]
    assert said(loss, "attraction", batches, own) == (
        "Falling: all images of a class count in it, not views of one image alone."
    )


@pytest.mark.parametrize(
    ("loss", "trouble", "cause"),
    [
        (CACR(beta=0.0), COLLAPSED, "repulsion is switched off (β = 0), so one place"),
        (CACR(beta=0.0), FLAT, "repulsion is switched off (β = 0), so nothing asks"),
        (CACR(t_neg=0.0), FLAT, "with t⁻ = 0 repulsion looks only at the mean"),
        (CACR(t_neg=0.0, cost="rbf"), FLAT, "Sharper repulsion may help"),
        (AlignUniform(uniform_weight=0.0), COLLAPSED, "switched off (λᵤ = 0), so one place"),
        (AlignUniform(uniform_weight=0.0), FLAT, "switched off (λᵤ = 0), so nothing asks"),
        (Triplet(margin=0.0), COLLAPSED, "with a margin of 0 one place for all is a perfect"),
        (SigLIP(10.0, -20.0), COLLAPSED, "with t + b = −10 even a negative in the query's place"),
        (SigLIP(10.0, -20.0, learned=True), COLLAPSED, "the learning rate may be too high, or"),
        (SigLIP(), COLLAPSED, "the learning rate may be too high, or repulsion too weak"),
        (Typed("sum(d_pos)", "0"), COLLAPSED, "the formulas push no negative"),
        (Typed(values="beta=0"), FLAT, "the formulas push no negative"),
        (Typed(), COLLAPSED, "the learning rate may be too high, or repulsion too weak"),
        (InfoNCE(), COLLAPSED, "the learning rate may be too high, or repulsion too weak"),
    ],
)
def test_a_collapse_is_laid_to_the_setting_that_brings_it_on(loss, trouble, cause):
    assert cause in diagnosis(rows(**trouble), about(loss=named(loss)))


@pytest.mark.parametrize(
    "loss", [AlignUniform(uniform_weight=0.0), Triplet(0.0), SigLIP(10.0, -20.0), CACR(beta=0.0)]
)
def test_where_repulsion_is_said_to_be_off_one_place_is_as_good_as_the_loss_gets(loss):
    one_place = Pairs(torch.zeros(2, 1), torch.zeros(2, 6))
    apart = Pairs(torch.full((2, 1), 0.5), torch.full((2, 6), 2.0))
    assert float(loss(one_place).repulsion) == pytest.approx(0, abs=1e-3)
    assert float(loss(one_place).total) <= float(loss(apart).total)


def test_a_kernel_tells_two_opposite_groups_from_a_spread_where_a_mean_does_not():
    angles = 2 * torch.pi * torch.arange(8, dtype=torch.float64) / 8
    spread = torch.stack([angles.cos(), angles.sin()], 1)
    groups = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64).repeat(4, 1)
    values = {}
    for cost in ("euclidean", "rbf"):
        for name, z in (("spread", spread), ("groups", groups)):
            others = (2 - 2 * z @ z.T)[~torch.eye(8, dtype=torch.bool)].view(8, 7)
            pairs = Pairs(torch.zeros(8, 1, dtype=torch.float64), others)
            values[cost, name] = float(CACR(t_neg=0.0, cost=cost)(pairs).repulsion)
    assert values["euclidean", "spread"] == pytest.approx(values["euclidean", "groups"])
    assert values["rbf", "spread"] < values["rbf", "groups"] - 0.1


@pytest.mark.parametrize(
    "text",
    [
        "Rising: all images of a class count in it, not views of one image alone.",
        "Falling: how a positive stands to the others of the batch counts in it, not distances "
        "alone.",
        "Rising: what was typed says what counts in it.",
        "the learning rate may be too high, or repulsion too weak",
        "repulsion is switched off (λᵤ = 0), so one place for all is a perfect answer",
        "repulsion is switched off (λᵤ = 0), so nothing asks for more directions",
        "with a margin of 0 one place for all is a perfect answer; raise it",
        "with t + b = −7.5 even a negative in the query's place is hardly pushed; raise b",
        "the formulas push no negative, so nothing holds images apart",
        "With one negative its weight is always 1.",
        "This update was skipped: in float16 its gradient overflowed, so no weight moved. Open "
        "another one.",
        "The embeddings of the probes are no numbers any more at step 1.",
    ],
)
def test_what_is_said_of_it_is_said_in_german(text):
    german, lacking = in_german(text)
    assert german != text and lacking == []
