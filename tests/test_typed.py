import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cacr_core.losses import CACR, SSCL, InfoNCE, pair_pulls
from cacr_core.losses.expression import (
    MOST_CHARACTERS,
)
from cacr_core.losses.typed import Typed
from cacr_core.pairs import Pairs, pair_views
from tests.test_pairs import random_embeddings


def some_pairs(seed=0, n_pos=3, n_neg=5):
    generator = torch.Generator().manual_seed(seed)
    pos, neg = (
        4 * torch.rand(6, n, dtype=torch.float64, generator=generator) for n in (n_pos, n_neg)
    )
    return Pairs(pos, neg)


def value(text, pairs, values=""):
    """The attraction of a formula."""
    return Typed(text, "0", values)(pairs).attraction


# --- losses written this way are the built-in ones ---------------------------------------------


def assert_the_same(typed, built_in, pairs):
    assert typed(pairs).total.item() == pytest.approx(built_in(pairs).total.item(), abs=1e-10)
    for ours, theirs in zip(pair_pulls(typed, pairs), pair_pulls(built_in, pairs), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_pos", [1, 4])
def test_cacr_as_typed_is_cacr(seed, n_pos):
    typed = Typed.presets()["CACR"]
    pairs = some_pairs(seed, n_pos)
    assert_the_same(typed, CACR(), pairs)
    for name, setting in {"t_pos": 3.0, "t_neg": 0.5, "alpha": 1.5, "beta": 0.0}.items():
        typed = typed.with_value(name, setting)
    built_in = CACR(3.0, 0.5, 1.5, 0.0)
    assert_the_same(typed, built_in, pairs)
    ours, theirs = typed(pairs), built_in(pairs)
    assert typed.weights_are == ("softmax", "softmax")
    torch.testing.assert_close(ours.pos_weights, theirs.pos_weights)
    torch.testing.assert_close(ours.neg_weights, theirs.neg_weights)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("temperature", [0.5, 0.07])
def test_info_nce_as_typed_is_info_nce(seed, temperature):
    typed = Typed.presets()["InfoNCE"].with_value("temperature", temperature)
    assert_the_same(typed, InfoNCE(temperature), some_pairs(seed))
    assert typed.weights_are == ("pulls", "pulls")


@pytest.mark.parametrize("class_prior", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("hardness", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("temperature", [0.5, 0.2])
def test_sscl_as_typed_is_sscl(class_prior, hardness, temperature):
    typed = Typed.presets()["SSCL"]
    for name, setting in {
        "class_prior": class_prior, "hardness": hardness, "temperature": temperature,
    }.items():  # fmt: skip
        typed = typed.with_value(name, setting)
    built_in = SSCL(temperature, hardness, class_prior)
    assert_the_same(typed, built_in, some_pairs())


def test_sscl_as_typed_is_clamped_where_sscl_is():
    near = torch.tensor([[0.01, 3.9]], dtype=torch.float64)
    pairs = Pairs(near, torch.full((1, 4), 3.0, dtype=torch.float64))
    built_in = SSCL(class_prior=0.3)
    assert built_in(pairs).clamped.all()
    typed = Typed.presets()["SSCL"].with_value("class_prior", 0.3)
    assert_the_same(typed, built_in, pairs)


def test_weights_detached_in_the_text_are_detached():
    typed = Typed(
        "sum(detach(softmax(t_pos * d_pos)) * d_pos)",
        "-sum(detach(softmax(-t_neg * d_neg)) * d_neg)",
        "t_neg=2",
    )
    assert_the_same(typed, CACR(detach_weights=True), some_pairs())
    assert typed.weights_are == ("softmax", "softmax")


def test_a_typed_loss_trains_an_embedding_as_its_built_in_one_does():
    z = random_embeddings(n_views=3).requires_grad_()
    gradients = [
        torch.autograd.grad(loss(pair_views(z)).total, z)[0]
        for loss in (Typed.presets()["CACR"], CACR())
    ]
    torch.testing.assert_close(*gradients, atol=1e-10, rtol=0)


# --- what a formula means -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean(d_pos)", 2.0),
        ("d_pos", 2.0),  # per positive: averaged over positives
        ("sum(d_pos)", 4.0),
        ("sum(s_pos)", 0.0),
        ("max(d_pos)", 3.0),
        ("min(d_neg)", 0.5),
        ("sum(max(d_pos, 2))", 5.0),
        ("min(max(d_pos), min(d_neg))", 0.5),
        ("logsumexp(d_pos)", math.log(math.e + math.e**3)),
        ("sum(softmax(2 * d_pos) * d_pos)", 1 + 2 / (1 + math.exp(-4))),
        ("sum(sqrt(d_pos))", 1 + math.sqrt(3)),
        ("sum(relu(d_pos - 2))", 1.0),
        ("sum(sigmoid(d_neg))", 2 / (1 + math.exp(-0.5))),
        ("sum(softplus(d_neg))", 2 * math.log(1 + math.exp(0.5))),
        ("log(sum(exp(d_neg)))", 0.5 + math.log(2)),
        ("d_pos - sum(d_neg)", 1.0),
        ("2 - 3 - 4", -5.0),
        ("2 / 4 / 2", 0.25),
        ("2 ** 3 ** 2", 512.0),
        ("-2 ** 2", -4.0),
        ("2 ** -1", 0.5),
        ("1 - -2 * 3", 7.0),
        ("-(1 + 2) * 3e-1", -0.9),
        (".5 + 1.", 1.5),
    ],
)
def test_a_formula_has_the_value_that_hand_and_convention_give_it(text, expected):
    pairs = Pairs(torch.tensor([[1.0, 3.0]]).double(), torch.tensor([[0.5, 0.5]]).double())
    assert value(text, pairs).item() == pytest.approx(expected, abs=1e-12)


PYTHON = {
    "sum": lambda x: x.sum(1, keepdim=True),
    "relu": lambda x: torch.as_tensor(x, dtype=torch.float64).relu(),
    "max": lambda x, y: torch.maximum(torch.as_tensor(x, dtype=torch.float64), y),
}
per_positive = st.recursive(
    st.sampled_from(["d_pos", "s_pos", "2.0", "0.5", "c"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", "-", "*", " / "]), inner).map("".join),
        inner.map("-{}".format),
        inner.map("({})".format),
        inner.map("({}) ** 2.0".format),
        inner.map("2.0**-({})".format),
        inner.map("relu({})".format),
        inner.map("sum(d_pos * ({}))".format),
        st.tuples(inner, inner).map(lambda two: f"max({two[0]}, d_pos + {two[1]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(per_positive)
def test_operators_bind_as_in_python(text):
    text = f"d_pos * ({text})"
    pairs = some_pairs()
    if len(text) > MOST_CHARACTERS:
        return
    known = {"d_pos": pairs.pos, "s_pos": 1 - pairs.pos / 2, "c": torch.tensor(3.0).double()}
    try:
        python = eval(text, {"__builtins__": {}}, PYTHON | known)
    except (OverflowError, ZeroDivisionError):
        return
    torch.testing.assert_close(
        value(text, pairs, "c=3"), python.double().mean(), equal_nan=True, rtol=1e-9, atol=1e-9
    )


def test_a_result_per_positive_is_averaged_over_positives_and_queries():
    pairs = some_pairs()
    torch.testing.assert_close(value("d_pos ** 2", pairs), pairs.pos.square().mean())


def test_weights_without_a_softmax_are_the_normalised_pulls():
    pairs = some_pairs()
    record = Typed("sum(d_pos ** 2)", "-sum(log(d_neg))")(pairs)
    torch.testing.assert_close(record.pos_weights, pairs.pos / pairs.pos.sum(1, keepdim=True))
    near = 1 / pairs.neg
    torch.testing.assert_close(record.neg_weights, near / near.sum(1, keepdim=True))


def test_two_different_softmaxes_leave_the_pulls_and_one_used_twice_does_not():
    assert Typed("d_pos", "sum(softmax(d_neg) * softmax(-d_neg))").weights_are.neg == "pulls"
    twice = Typed("sum(softmax(d_neg) * s_neg)", "sum(softmax( d_neg ) ** 2)")
    assert twice.weights_are == ("pulls", "softmax")


def test_a_part_without_distances_has_no_pull_and_uniform_weights():
    pairs = some_pairs()
    loss = Typed("sum(d_pos)", "0")
    assert pair_pulls(loss, pairs).neg.abs().max() == 0
    torch.testing.assert_close(loss(pairs).neg_weights, torch.full_like(pairs.neg, 1 / 5))


def test_single_precision_stays_single():
    record = Typed.presets()["InfoNCE"](Pairs(*(d.float() for d in some_pairs())))
    assert {x.dtype for x in record[:4]} == {torch.float32}
    assert Typed("d_pos", "2")(Pairs(*(d.float() for d in some_pairs()))).total.dtype is (
        torch.float32
    )


@pytest.mark.parametrize(("n_views", "word"), [(4, "same rows"), (3, "3 pairs of views")])
def test_rows_of_later_views_are_refused_in_a_sentence(n_views, word):
    z = random_embeddings(n_views=n_views)
    with pytest.raises(ValueError, match=rf"{word}.* Use negatives='all_views'\."):
        Typed()(pair_views(z, "later_views"))


# --- free names ---------------------------------------------------------------------------------


def test_free_names_are_kept_in_their_order_with_1_where_nothing_is_said():
    loss = Typed("b * sum(d_pos) + a", "-b * mean(d_neg)", "a=0.25, unused=3")
    assert loss.free == {"b": 1.0, "a": 0.25}
    assert loss.values == "b=1, a=0.25"
    assert hash(loss) == hash(Typed("b * sum(d_pos) + a", "-b * mean(d_neg)", "a=.25,b=1"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_comes_back_to_the_bit(number):
    assert Typed("t * d_pos", "0").with_value("t", number).free == {"t": number}


@pytest.mark.parametrize(
    "text", ["t", "t=", "t=x", "t=1e999", "t=nan", "2=t", "t=1;u=2", "a=" * 999]
)
def test_values_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"^Values of free names need .*, got .*\.$"):
        Typed(values=text)


def test_text_is_asked_for():
    with pytest.raises(ValueError, match="attraction must be text, got int"):
        Typed(attraction=3)
    with pytest.raises(ValueError, match="needed \\(t\\), got 'u'"):
        Typed("t * d_pos", "0").with_value("u", 1.0)
