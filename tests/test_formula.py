import itertools
import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cacr_core.losses import CACR, SSCL, InfoNCE, pair_pulls
from cacr_core.losses.tokens import listed, number, short
from cacr_core.pairs import Pairs
from tests import browser_code
from web.forces.detail import detail
from web.forces.notes import notes
from web.live.answers.formula import formula

SIGNS = {"·": "*", "−": "-", "+": "+", "/": "/", "(": "(", ")": ")", ",": ","}


def scene(pos, neg):
    pairs = Pairs(
        torch.tensor([pos], dtype=torch.float64), torch.tensor([neg], dtype=torch.float64)
    )
    return pairs, [f"p{i}" for i in range(len(pos))] + [f"n{i}" for i in range(len(neg))]


def pulls_of(loss, pairs):
    return Pairs(*(2 * pull for pull in pair_pulls(loss, pairs)))


def read(line):
    """What stands before the equals sign, as arithmetic with the unrounded numbers, and after."""
    words, after = [], None
    for token in line["tokens"]:
        if token.get("role") == "total":
            after = token["value"]
        elif "value" in token:
            words.append(f"({token['value']!r})")
        elif token["t"] != "=":
            words.append(SIGNS.get(token["t"], token["t"]))
    return eval(" ".join(words), {"log": math.log, "max": max}), after


def filled(lines):
    return [line for line in lines if any(t.get("role") == "total" for t in line["tokens"])]


def text(line):
    return " ".join(t["t"] + (f"^{t['up']}" if t.get("up") else "") for t in line["tokens"])


def total_of(lines, label):
    return next(read(line)[1] for line in lines if line["label"] == label)


positive = st.floats(0.05, 2)
cacr = st.builds(
    CACR,
    t_pos=st.floats(0, 6),
    t_neg=st.floats(0, 6),
    alpha=st.floats(0, 3),
    beta=st.floats(0, 3),
    detach_weights=st.booleans(),
    class_prior=st.sampled_from([0, 0.1, 0.4]),
    released_debiasing=st.booleans(),
)
rbf = st.builds(
    CACR, t_neg=st.floats(0, 6), t_rbf=st.floats(0.1, 6), beta=st.floats(0.1, 3),
    detach_weights=st.booleans(), cost=st.just("rbf"),
)  # fmt: skip
sscl = st.builds(
    SSCL, temperature=st.floats(0.1, 2), beta=st.floats(0, 5),
    class_prior=st.sampled_from([0, 0.05, 0.3]), detach_weights=st.booleans(),
)  # fmt: skip
distances = st.floats(0, 4)


@settings(max_examples=150, deadline=None)
@given(
    loss=st.one_of(cacr, rbf, sscl, st.builds(InfoNCE, st.floats(0.1, 2))),
    pos=st.lists(distances, min_size=1, max_size=3),
    neg=st.lists(distances, min_size=1, max_size=6),
)
def test_every_filled_line_is_its_total_and_the_totals_are_the_record(loss, pos, neg):
    pairs, marks = scene(pos, neg)
    record = loss(pairs)
    lines = formula(loss, pairs, record, marks)
    for line in filled(lines):
        before, after = read(line)
        # a sum is known as well as its largest part, and softplus is a line beyond 20
        size = max(abs(t["value"]) for t in line["tokens"] if "value" in t)
        assert before == pytest.approx(after, rel=1e-8, abs=1e-8 * max(1.0, size)), text(line)
    for label in ("attraction", "repulsion"):
        assert total_of(lines, label) == float(getattr(record, label))
    assert total_of(lines, "loss") == float(record.total)


@settings(max_examples=100, deadline=None)
@given(
    loss=st.one_of(cacr, rbf, sscl, st.builds(InfoNCE, st.floats(0.1, 2))),
    pos=st.lists(distances, min_size=1, max_size=3),
    neg=st.lists(distances, min_size=1, max_size=6),
)
def test_the_closed_forms_of_a_mark_are_its_weight_and_what_autograd_pulls(loss, pos, neg):
    pairs, marks = scene(pos, neg)
    record, pulls = loss(pairs), pulls_of(loss, pairs)
    told = detail(loss, pairs, record, pulls, marks)
    weights = torch.cat([record.pos_weights[0], record.neg_weights[0]]).tolist()
    pulled = torch.cat([pulls.pos[0], pulls.neg[0]]).tolist()
    for mark, weight, pull in zip(marks, weights, pulled, strict=True):
        lines = {line["label"]: read(line) for line in told[mark]}
        assert lines["weight"][1] == weight
        assert lines["weight"][0] == pytest.approx(weight, rel=1e-9)
        assert lines["pull"][1] == pull
        assert lines["pull"][0] == pytest.approx(pull, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("loss", [CACR(), CACR(cost="rbf"), SSCL(), InfoNCE()])
def test_every_mark_has_a_term_of_its_own(loss):
    pairs, marks = scene([0.3, 1.1], [0.5, 2.0, 3.1])
    marks[-1] = "s0"
    lines = formula(loss, pairs, loss(pairs), marks)
    for mark, label in [(m, "attraction" if m[0] == "p" else None) for m in marks]:
        owned = [
            token["value"]
            for line in lines
            for token in line["tokens"]
            if token.get("mark") == mark and "value" in token and label in (None, line["label"])
        ]
        assert owned, mark


def test_repulsion_is_filled_with_the_weights_and_distances_of_the_scene():
    loss = CACR(t_neg=1.0)
    pairs, marks = scene([0.5, 1.5], [0.2, 1.0, 3.0])
    lines = {line["label"]: text(line) for line in formula(loss, pairs, loss(pairs), marks)}
    assert lines["attraction"] == "1 · ( 0.269 · 0.500 + 0.731 · 1.50 ) = 1.23"
    assert lines["repulsion"] == "− 1 · ( 0.662 · 0.200 + 0.298 · 1.00 + 0.0403 · 3.00 ) = −0.551"
    assert lines["loss"] == "1.23 − 0.551 = 0.680"
    assert lines["weights"] == "π^+ ∝ e^1 d , π^− ∝ e^−1 d"


@pytest.mark.parametrize(
    ("beta", "prior", "r", "g", "value"),
    [(0, 0, 10.135809, 10.135809, 1.113955), (0, 0.1, 10.135809, 9.060662, 1.040035),
     (1, 0, 17.807213, 17.807213, 1.525015), (1, 0.1, 17.807213, 17.584444, 1.515180)],
)  # fmt: skip
def test_sscl_shows_the_r_and_g_of_the_worked_example(beta, prior, r, g, value):
    loss = SSCL(temperature=0.5, beta=beta, class_prior=prior)
    pairs, marks = scene([2 - 2 * 0.8], [2 - 2 * s for s in (0.9, 0.5, 0, -0.5)])
    lines = formula(loss, pairs, loss(pairs), marks)
    assert total_of(lines, "negatives") == pytest.approx(r, abs=1e-6)
    shown = "debiased" if prior else "negatives"
    assert total_of(lines, shown) == pytest.approx(g, abs=1e-6)
    assert total_of(lines, "loss") == pytest.approx(value, abs=1e-6)


def test_each_positive_of_sscl_has_its_own_debiased_line():
    loss = SSCL(class_prior=0.2)
    pairs, marks = scene([0.1, 2.5, 0.2], [1.5, 2.0, 3.0])
    record = loss(pairs)
    lines = [one for one in formula(loss, pairs, record, marks) if one["label"] == "debiased"]
    assert len(lines) == 3
    assert [any(t["t"] == "max" for t in one["tokens"]) for one in lines] == [True, False, True]
    alone = [loss(Pairs(pairs.pos[:, k : k + 1], pairs.neg)) for k in range(3)]
    assert [bool(one.clamped) for one in alone] == [True, False, True]


@pytest.mark.parametrize(("temperature", "prior"), [(0.05, 0.1), (0.03, 0.0), (0.03, 0.1)])
def test_g_of_sscl_keeps_its_digits_where_the_loss_has_none_of_it(temperature, prior):
    near, *far = (math.cos(math.radians(angle)) for angle in (5, 120, 170, 200))
    loss = SSCL(temperature, 1.0, prior)
    pairs, marks = scene([2 - 2 * near], [2 - 2 * s for s in far])
    record = loss(pairs)
    assert float(record.total) == 0 and bool(record.clamped) == (prior > 0)
    mass = [math.exp(s / temperature) for s in far]
    g = 3 * math.exp(-1 / temperature) if prior else 3 * sum(m * m for m in mass) / sum(mass)
    lines = formula(loss, pairs, record, marks)
    assert total_of(lines, "debiased" if prior else "negatives") == pytest.approx(
        g, rel=1e-12, abs=0
    )
    repulsion = next(line for line in lines if line["label"] == "repulsion")
    beside = [token["value"] for token in repulsion["tokens"] if "value" in token][1]
    assert beside == pytest.approx(g, rel=1e-12, abs=0)


def test_only_the_marks_asked_for_are_explained():
    loss = CACR()
    pairs, marks = scene([0.5], [1.0, 2.0])
    told = detail(loss, pairs, loss(pairs), pulls_of(loss, pairs), marks, only=["n1"])
    assert list(told) == ["n1"]


@pytest.mark.parametrize("loss", [SSCL(temperature=0.001), InfoNCE(temperature=0.001)])
def test_numbers_beyond_a_float_are_left_out_and_the_message_stays_plain_json(loss):
    pairs, marks = scene([0.5], [0.0, 4.0])
    record, pulls = loss(pairs), pulls_of(loss, pairs)
    lines = formula(loss, pairs, record, marks)
    json.dumps(lines, allow_nan=False)
    json.dumps(detail(loss, pairs, record, pulls, marks), allow_nan=False)
    assert total_of(lines, "loss") == float(record.total)


def test_a_formula_of_two_queries_is_refused():
    pairs = Pairs(torch.ones(2, 1), torch.ones(2, 3))
    with pytest.raises(ValueError, match="one query"):
        formula(CACR(), pairs, CACR()(pairs), ["p0", "n0", "n1", "n2"])


def notes_of(loss, pos, neg, **how):
    pairs, marks = scene(pos, neg)
    return notes(loss, pairs, loss(pairs), pulls_of(loss, pairs), marks, **how)


def test_coincident_and_antipodal_marks_are_said_to_have_no_arrow():
    told = notes_of(CACR(detach_weights=True), [0.5, 1.0], [0.0, 4.0, 1.0])
    assert [one.split(" and has")[0] for one in told] == [
        "Negative 1 lies on the query",
        "Negative 2 lies opposite the query",
    ]
    still = {"n2": "coincident", "n1": "coincident"}
    told = notes_of(CACR(detach_weights=True), [0.5, 1.0], [0.0, 4.0, 1.0], still=still)
    assert told[0].startswith("Negatives 2 and 3 lie on the query and have no arrow")


@pytest.mark.parametrize("detached", [False, True])
def test_negatives_drawn_in_are_named_and_only_with_gradient_through_the_weights(detached):
    told = notes_of(CACR(t_neg=2, detach_weights=detached), [0.5, 1.0], [0.2, 1.0, 3.0])
    assert [one[:34] for one in told] == (
        [] if detached else ["Negatives 2 and 3 are drawn in, no"]
    )
    told = notes_of(SSCL(0.5, 1.0, 0, detached), [0.4], [0.2, 1.0, 2.0, 3.0])
    assert [one[:26] for one in told] == ([] if detached else ["Negatives 3 and 4 are draw"])


def test_the_distance_named_parts_negatives_drawn_in_from_those_driven_away():
    loss = CACR(t_neg=1.5)
    pairs, marks = scene([0.5, 1.0], [0.3, 0.8, 1.3, 1.6, 2.2])
    pulls = pulls_of(loss, pairs)
    said = notes(loss, pairs, loss(pairs), pulls, marks)[0]
    bound = float(said.split("from a distance of ")[1].split(" ")[0])
    assert [d > bound for d in pairs.neg[0].tolist()] == [c > 0 for c in pulls.neg[0].tolist()]


def test_a_positive_pushed_away_is_told_why():
    far = notes_of(CACR(t_pos=4), [0.1, 2.0], [1.0, 1.0])
    assert far[0].startswith("Positive 1 is pushed away, not drawn in: gradient goes through")
    released = CACR(alpha=0.0, class_prior=0.1, released_debiasing=True, detach_weights=True)
    assert "as released" in notes_of(released, [0.1, 2.0], [1.0, 1.0])[0]


def test_the_clamp_is_told_for_all_positives_or_for_those_it_holds_for():
    loss = SSCL(class_prior=0.2)
    assert "silences every negative: what is left" in notes_of(loss, [0.1], [1.5, 2.0, 3.0])[0]
    some = notes_of(loss, [0.1, 2.5, 0.2], [1.5, 2.0, 3.0])[0]
    assert some.startswith("For positives 1 and 3 the debiasing clamp silences")


def test_with_one_positive_the_attraction_weight_is_said_to_be_one():
    alone = notes_of(CACR(detach_weights=True), [0.5], [1.0, 2.0])
    assert alone == ["With one positive its attraction weight is always 1: t⁺ has no say."]
    assert notes_of(CACR(detach_weights=True), [0.5, 0.7], [1.0, 2.0]) == []


def test_marks_are_listed_by_kind():
    assert listed(["p0", "n1", "n2", "s0"]) == "Positive 1, negatives 2 and 3 and synthetic 1"
    assert listed(["n0"], start=False) == "negative 1"


def test_notes_are_sentences():
    losses = [CACR(), CACR(cost="rbf"), SSCL(class_prior=0.3), InfoNCE()]
    for loss, pos, neg in itertools.product(losses, ([0.0], [0.2, 3.9]), ([1.0], [0.0, 2.0, 4.0])):
        for sentence in notes_of(loss, pos, neg):
            assert sentence[0].isupper() and sentence.endswith(".") and "nan" not in sentence


def test_python_and_the_browser_write_a_measured_number_alike():
    values = [
        0, 1e-13, -1e-13, 3.217e-5, -6.8e-5, 9.99e-5, 1e-4, 0.0012345, -0.25, 0.99951, 1, 2.0, -3.3,
        9.996, 12.0, -99.96, 314.15, 999.4, 999.7, 1234.6, -98765.4, 999_999.4, 1.26e6, 3e30,
    ]  # fmt: skip
    script = "const { digits } = await load('dom.js'); return data.map(digits);"
    written = browser_code.run(script, values, folder="web/kit")
    assert written == [number(value) for value in values]
    assert [number(value) for value in (2.0, -3.3, 0.3)] == ["2.00", "−3.30", "0.300"]
    assert [number(value) for value in (math.nan, math.inf)] == ["–", "–"]
    assert [short(value) for value in (2.0, 0.5, 100.0, -4.0, 1e-5)] == [
        "2", "0.5", "100", "−4", "1.00e−5",
    ]  # fmt: skip
