"""The colours that the browser draws with, read from its module, with four kinds of sight."""

import itertools
import re
from pathlib import Path

import pytest
from coloraide import Color

SOURCE = (Path(__file__).parents[1] / "web" / "kit" / "colours.js").read_text()
SIGHTS = (None, "protan", "deutan", "tritan")
THEMES = ("light", "dark")


def block(name):
    return SOURCE[SOURCE.index(f"export const {name} = ") :].partition("};")[0]


def classes(theme):
    return re.findall(r"#[0-9A-F]{6}", re.search(rf"{theme}: \[(.*?)\]", block("CLASSES"))[1])


def meanings(theme):
    part = re.search(rf"{theme}: \{{(.*?)\}}", block("INK"), re.DOTALL)[1]
    return dict(re.findall(r"(\w+): '(#[0-9A-F]{6})'", part))


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
    source = (Path(__file__).parents[1] / "web" / "kit" / "shapes.js").read_text()
    paths = re.findall(r"'(M[^']*)'", source)
    assert len(paths) == len(set(paths)) == 10
