"""The colours that the browser draws with, had from its modules, with four kinds of sight."""

import itertools
from functools import lru_cache

import pytest
from coloraide import Color

from tests import browser_code
from web.checkpoints.figures import marks

SIGHTS = (None, "protan", "deutan", "tritan")
THEMES = ("light", "dark")


@lru_cache
def drawn():
    """What the browser draws with: `CLASSES`, `INK` and `SHAPES`, by theme."""
    script = """
        const { CLASSES, INK } = await load('colours.js');
        return { CLASSES, INK, SHAPES: (await load('shapes.js')).SHAPES };
    """
    return browser_code.run(script, None, folder="web/kit")


def classes(theme):
    return drawn()["CLASSES"][theme]


def meanings(theme):
    return drawn()["INK"][theme]


def seen(colour, sight, method):
    colour = Color(colour)
    return colour if sight is None else colour.filter(sight, method=method)


def difference(a, b):
    return Color(a).delta_e(Color(b), method="2000")


@pytest.mark.parametrize("method", ["machado", "vienot"])
@pytest.mark.parametrize("sight", SIGHTS, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_any_two_of_eight_classes_differ_by_ten_with_four_kinds_of_sight(theme, sight, method):
    if sight == "tritan" and method == "vienot":
        method = "brettel"  # Viénot's simplification is not made for it
    colours = [seen(colour, sight, method) for colour in classes(theme)[:8]]
    assert len(colours) == 8
    assert min(difference(a, b) for a, b in itertools.combinations(colours, 2)) >= 10


def test_figures_made_in_python_have_the_colours_and_as_many_marks_of_the_clouds():
    assert marks.CLASSES == drawn()["CLASSES"]
    assert len(marks.SYMBOLS) == len(set(marks.SYMBOLS)) == len(drawn()["SHAPES"])
    eight = marks.marks_of(8, "dark")
    assert [one["color"] for one in eight[:8]] == classes("dark")[:8]
    assert len({one["color"] for one in marks.marks_of(11, "dark")}) == 1


@pytest.mark.parametrize("theme", THEMES)
def test_classes_keep_clear_of_the_four_meanings(theme):
    kept = meanings(theme)
    taken = [kept[name] for name in ("attraction", "repulsion", "synthetic", "warning")]
    assert min(difference(a, b) for a in classes(theme)[:8] for b in taken) >= 10


@pytest.mark.parametrize("theme", THEMES)
def test_attraction_and_repulsion_are_told_apart_with_four_kinds_of_sight(theme):
    kept = meanings(theme)
    for sight in SIGHTS:
        pair = (seen(kept[name], sight, "machado") for name in ("attraction", "repulsion"))
        assert difference(*pair) >= 10


def test_each_of_ten_classes_has_a_shape_of_its_own_of_about_one_area():
    paths = drawn()["SHAPES"]
    assert len(paths) == len(set(paths)) == 10
