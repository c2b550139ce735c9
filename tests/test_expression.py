"""What may be typed as a formula, what is refused, and where a refusal points."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cacr_core.losses.expression import (
    FUNCTIONS,
    VARIABLES,
    ExpressionError,
    Node,
    free_names,
    parse,
)
from cacr_core.losses.typed import Typed
from tests.test_typed import some_pairs


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "A value such as d_pos or 2 is needed here, got the end"),
        ("d_pos +", 7, "got the end"),
        ("d_pos d_pos", 6, "operator such as [+] or [*] is needed here, got 'd_pos'"),
        ("d_pos^2", 5, "A power is written [*][*]"),
        ("(d_pos", 6, "closing bracket for that at character 1"),
        ("d_pos)", 5, "opening bracket"),
        ("sum d_pos", 4, "bracket after sum"),
        ("softmax(-s_neg) * d_pos", 16, "meet only through a row-wise"),
        ("max(d_pos, d_neg)", 0, "meet only"),
        ("1 + sum(sum(d_pos))", 8, "along a row .* got one number per query"),
        ("mean(3)", 5, "got one number for all queries"),
        ("-d_neg", 0, "sum[(][)] or mean[(][)], got one number per negative"),
        ("sqrt(d_pos, 2)", 10, "sqrt needs 1 value"),
        ("max(d_pos, 1, 2)", 12, "max needs 2 values"),
        ("tanh(d_pos)", 0, "got 'tanh'"),
        ("2 * dpos", 0, "got only dpos"),
        ("d_pos + 1e999", 8, "below 1e308"),
        ("d_pos.pos", 5, "got '[.]'"),
        ("a*b*c*d*e*f*g * d_pos", 12, "at most 6 names"),
        ("q" * 21 + " * d_pos", 0, "at most 20 characters"),
        ("(" * 60 + "d_pos" + ")" * 60, 32, "at most 32 deep"),
        ("+".join(["d_pos"] * 60), 191, "At most 32 operations"),
        ("d_pos" + " " * 400, 400, "at most 400 characters, got 405"),
    ],
)
def test_a_refusal_points_at_the_place(text, at, said):
    with pytest.raises(ExpressionError, match=said) as caught:
        Typed(attraction=text, repulsion="0")
    assert (caught.value.at, caught.value.side) == (at, "attraction")
    assert str(caught.value).endswith(f" at character {at + 1} of the attraction.")


def test_the_seventh_name_of_both_lines_is_pointed_at():
    with pytest.raises(ExpressionError, match="got one more, 'g',") as caught:
        Typed("a * b * c * d * d_pos", "a * e * f * g * mean(d_neg)")
    assert (caught.value.at, caught.value.side) == (12, "repulsion")


words = [*VARIABLES, *FUNCTIONS, *"+-*/(),.^_", "**", "1", "2.5", "1e9", "t", "__class__", "λ", " "]
soup = st.lists(st.sampled_from(words), max_size=80).map("".join)


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """What torch loads with its first derivative is no time of a formula's."""
    Typed("d_pos", "mean(d_neg)")(some_pairs())


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=500), soup, soup.map(lambda s: "d_pos*(" + s)))
def test_any_text_is_a_formula_or_a_sentence(text):
    start = time.process_time()
    try:
        tree = parse(text, "repulsion")
    except ExpressionError as error:
        assert 0 <= error.at <= len(text)
        assert str(error).endswith(f" at character {error.at + 1} of the repulsion.")
        assert len(str(error)) < 300
    else:
        assert isinstance(tree, Node)
        if len(free_names(tree)) <= 6:
            record = Typed("0", text)(some_pairs())
            assert record.repulsion.shape == ()
            assert record.neg_weights.shape == (6, 5)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("unit", ["(", "-", "d_pos**", "sum(", "max(d_pos,", "d_pos+", "9"])
@pytest.mark.parametrize("n", [100, 10_000])
def test_what_goes_on_and_on_is_refused_at_once(unit, n):
    start = time.process_time()
    with pytest.raises(ExpressionError):
        parse(unit * n + "d_pos", "attraction")
    assert time.process_time() - start < 0.5
