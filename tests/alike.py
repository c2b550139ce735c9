"""Answers that are alike but for rounding, as a frozen file's and the server's are."""

import math

NUMBERS = ("weight", "times_uniform", "pull", "distance")


def settled(ours, theirs):
    """Rows that weigh alike but for rounding may stand, and be ranked, either way: ours are called
    as theirs are, and they are few."""
    n = 0
    for one, other in zip(ours, theirs, strict=True):
        called = {key: value for key, value in other.items() if key not in NUMBERS}
        is_as_heavy = math.isclose(one["weight"], other["weight"], rel_tol=1e-5)
        if is_as_heavy and called != {key: one[key] for key in one if key not in NUMBERS}:
            one |= called
            n += 1
    assert n <= len(theirs) // 4


def alike(ours, theirs, where=""):
    """Equal, numbers to a part in ten thousand: what float32 leaves open."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), where
        for key, value in theirs.items():
            alike(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, value in enumerate(theirs):
            alike(ours[i], value, f"{where}[{i}]")
    elif isinstance(theirs, float):
        assert math.isclose(ours, theirs, rel_tol=1e-4, abs_tol=2e-6), (where, ours, theirs)
    else:
        assert ours == theirs, where
