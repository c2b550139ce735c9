import math
import re

import pytest
import torch

from cacr_core.losses import CACR
from cacr_core.pairs import Pairs
from cacr_core.runs import folder as files
from tests.browser.conftest import wait_for
from tests.browser.forces_tab import Forces


@pytest.fixture
def forces(visitors, server):
    with visitors.visit(Forces, server) as tab:
        yield tab()


def degrees(text):
    return [float(re.split("[:~]", part)[0]) for part in text.split(",")]


def cacr_by_hand(query, positives, negatives):
    def sq_dist(angles):
        return torch.tensor([[2 - 2 * math.cos(math.radians(a - query)) for a in angles]]).double()

    pairs = Pairs(sq_dist(positives), sq_dist(negatives))
    return CACR(detach_weights=True)(pairs).neg_weights[0].tolist()


def test_a_negative_dragged_nearer_gains_the_weight_the_formula_says(forces):
    positives, negatives = [130], [30, 200, 300]
    link = {"q": "90", "p": "130", "n": "30,200,300", "a": "cacr~detach_weights:true"}
    forces.open(**link)
    before = forces.row("n0")["weight-a"]
    assert before == pytest.approx(cacr_by_hand(90, positives, negatives)[0], rel=1e-6)
    circle = forces.page.locator(".stage svg").first.bounding_box()
    mark, query = forces.mark("n0").bounding_box(), forces.mark("q").bounding_box()
    x, y = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    forces.page.mouse.move(x, y)
    forces.page.mouse.down()
    aim = (query["x"] + query["width"] / 2, query["y"] + query["height"] / 2)
    for share in (0.2, 0.4, 0.6):
        forces.page.mouse.move(x + share * (aim[0] - x), y + share * (aim[1] - y))
    forces.page.mouse.up()
    wait_for(lambda: "n" in forces.params() and degrees(forces.params()["n"])[0] != 30)
    now = degrees(forces.params()["n"])
    assert 30 < now[0] < 90
    assert now[1:] == [-160, -60]
    expected = cacr_by_hand(90, positives, now)[0]
    assert expected > before + 0.01
    wait_for(lambda: forces.row("n0")["weight-a"] == pytest.approx(expected, rel=1e-4))
    assert forces.page.locator(".stage svg").first.bounding_box() == circle


def test_marks_are_moved_added_and_removed_by_the_keyboard_and_announced(forces):
    forces.open(q="90", p="130", n="30,200,300")
    before = forces.row("n1")
    mark = forces.mark("n1")
    mark.focus()
    assert "negative 2" in mark.get_attribute("aria-label").lower()
    forces.page.keyboard.press("ArrowRight")
    forces.page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: degrees(forces.params().get("n", "0,0"))[1] == -148)
    wait_for(lambda: forces.row("n1") != before)
    live = forces.page.locator('[data-testid="forces"] [aria-live]')
    wait_for(lambda: any("negative 2" in text.lower() for text in live.all_inner_texts()))
    forces.page.keyboard.press("d")
    wait_for(lambda: len(degrees(forces.params()["n"])) == 4)
    forces.page.keyboard.press("Delete")
    wait_for(lambda: len(degrees(forces.params()["n"])) == 3)
    forces.page.get_by_role("button", name="positive").first.click()
    wait_for(lambda: len(degrees(forces.params()["p"])) == 2)


def test_a_link_brings_a_scene_and_a_setting_moves_both_numbers_and_address(forces):
    forces.open(preset="drawn-in", a="cacr~t_neg:4")
    rows = [forces.row(f"n{i}") for i in range(6)]
    assert sum(row["pull-a"] > 0 for row in rows) >= 4
    assert all(row["pull-b"] <= 0 for row in rows)
    slider = forces.page.locator(".place-a input[type=range]").nth(1)
    slider.focus()
    forces.page.keyboard.press("Home")
    wait_for(lambda: forces.row("n0")["weight-a"] == pytest.approx(1 / 6))
    wait_for(lambda: "t_neg:0.0" in forces.params().get("a", ""))


def test_back_takes_nothing_away_and_a_reload_keeps_the_scene(forces):
    forces.open(q="90", p="130", n="30,200,300")
    forces.mark("n0").focus()
    forces.page.keyboard.press("ArrowRight")
    wait_for(lambda: degrees(forces.params().get("n", "0"))[0] == 32)
    row = forces.row("n0")
    forces.page.reload()
    forces.page.wait_for_selector('[data-testid="forces"]', timeout=60_000)
    wait_for(lambda: forces.answers() > 0)
    assert forces.row("n0") == pytest.approx(row)


def test_two_losses_race_and_the_octagon_breaks_under_one_of_them(forces):
    forces.open(preset="flow-octagon")
    wait_for(lambda: forces.flow("n-frames") == "301")
    forces.button("Release").click()
    wait_for(lambda: 5 < int(forces.flow("frame")) < 300)
    forces.page.get_by_role("slider", name="Step of the flow").focus()
    forces.page.keyboard.press("End")
    wait_for(lambda: forces.flow("frame") == "300")
    steady = [forces.page.get_by_test_id(f"flow-steady-{which}") for which in (0, 1)]
    wait_for(lambda: "breaks at" in steady[0].inner_text())
    wait_for(lambda: "holds at" in steady[1].inner_text())
    forces.page.keyboard.press("Home")
    wait_for(lambda: forces.flow("frame") == "0")


def test_the_landscape_and_the_sphere_are_drawn(forces):
    forces.open(preset="landscape")
    wait_for(lambda: forces.page.locator(".side-place .hm image").count() > 0)
    before = forces.answers()
    forces.page.get_by_role("radio", name="sphere").click()
    wait_for(lambda: forces.page.locator('svg[data-surface="sphere"]').count() == 2)
    forces.page.get_by_role("radio", name="One query").click()
    wait_for(lambda: forces.answers() > before)
    wait_for(lambda: "surface=sphere" in forces.url())


def test_a_query_of_a_run_comes_with_its_images(forces):
    forces.open()
    forces.page.get_by_text("A query from a run").click()
    forces.button("Put it here").click()
    wait_for(lambda: "from=example~" in forces.url().replace("%7E", "~"))
    wait_for(lambda: len(degrees(forces.params().get("n", "0"))) > 10)
    wait_for(lambda: forces.page.locator(".side-place .thumb").count() > 14)


def test_training_with_a_side_starts_a_run_on_the_live_page(forces, server):
    forces.open(a="cacr~t_neg:3")
    before = set(server.folders())
    forces.button("Train A").click()
    folder = wait_for(lambda: set(server.folders()) - before).pop()
    wait_for(lambda: forces.data("run") == folder.name)
    assert files.read_json(folder / "config.json")["loss"]["t_neg"] == 3
    server.end_runs()


@pytest.mark.parametrize("preset", ["synthetic", "landscape", "flow-octagon"])
def test_nothing_is_cut_off_sideways(forces, preset):
    forces.open(preset=preset)
    for width, theme in [(1440, "dark"), (1024, "light"), (1024, "dark")]:
        forces.page.set_viewport_size({"width": width, "height": 900})
        forces.page.emulate_media(color_scheme=theme)
        wait_for(lambda theme=theme: forces.root.get_attribute("data-theme") == theme)
        spare = forces.root.evaluate("(node) => node.scrollWidth - node.clientWidth")
        assert spare <= 1, (width, theme)
