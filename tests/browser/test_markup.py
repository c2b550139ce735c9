"""Markup in what comes from outside is shown as the text it is: no element of it, nothing runs."""

import itertools
import json
import shutil
from urllib.parse import quote

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from tests.browser.conftest import wait_for

IMAGE = "<img src=x onerror=window.ran=1>"
MARKUP = f"'\">{IMAGE}<script>window.ran=2</script>"
LINK = "[go](javascript:window.ran=3)"
FOUND = """() => [
  window.ran ?? null,
  document.querySelectorAll('img[src="x"], [onerror], a[href^="javascript"]').length,
  [...document.scripts].filter((script) => script.text.includes('window.ran')).length,
]"""
INSERT = "document.body.insertAdjacentHTML('beforeend', '<img src=y onerror=window.ran=4>')"
ENCODER = next(iter(sorted(shelf.ENCODERS.glob("*.safetensors"))))


def named(value, old, new):
    """A value of JSON with texts replaced, wherever they stand in it."""
    if isinstance(value, dict):
        return {key: named(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [named(one, old, new) for one in value]
    return new if value == old else value


@pytest.fixture(scope="module")
def runs_with_markup(server):
    """A run and a comparison, as they may come from a file, whose every text is markup."""
    single, pair = server.shelf / "opened-markup", server.shelf / "opened-markups"
    shutil.copytree(shelf.RECORDED / "example", single)
    shutil.copytree(shelf.RECORDED / "compare-one-or-four", pair)
    for folder in (single, pair, *files.entry_folders(pair)):
        told = {"title": f"{MARKUP} {LINK}", "created": MARKUP, "device_name": MARKUP}
        files.write_json(folder / "run.json", files.read_json(folder / "run.json") | told)
        probes = files.read_json(folder / "probes.json")
        if probes:
            classes = [f"{MARKUP} {i}" for i in range(len(probes["class_names"]))]
            factors = probes.get("factors", {})
            for factor in factors.values():
                if "names" in factor:
                    factor["names"] = [f"{MARKUP} {i}" for i in range(len(factor["names"]))]
            told = {"class_names": classes, "factors": factors | {MARKUP: factors["shape"]}}
            files.write_json(folder / "probes.json", probes | told)
    config = json.loads((pair / "config.json").read_text())
    for i, entry in enumerate(config["entries"]):
        entry["label"] = f"{IMAGE} {i}"
    files.write_json(pair / "config.json", config)
    for folder in (single, pair):
        files.write_json(folder / "end.json", {"state": "failed", "reason": MARKUP, "time": 0})
    yield single.name, pair.name
    shutil.rmtree(single)
    shutil.rmtree(pair)


@pytest.fixture
def tab(visitors):
    page = visitors.page()
    yield page
    assert page.evaluate(FOUND) == [None, 0, 0]
    visitors.leave(page.context)


def holds_as_text(tab, text=IMAGE):
    """The page shows markup, as letters."""
    wait_for(lambda: text in tab.locator("body").inner_text(), timeout=30)
    assert tab.evaluate(FOUND) == [None, 0, 0]


def test_a_run_on_the_live_page_and_in_the_list(server, runs_with_markup, tab):
    tab.goto(f"{server.url}?run={runs_with_markup[0]}&colour={quote('factor:' + MARKUP)}")
    holds_as_text(tab)
    cloud = tab.get_by_test_id("cloud")
    wait_for(lambda: int(cloud.get_attribute("data-frames") or 0) > 1)

    points = itertools.cycle(range(40))  # some lie beneath the legend, whose names are long here

    def is_over_a_point():
        at = cloud.evaluate("(node, i) => node.pointPosition(i)", next(points))
        box = cloud.bounding_box()
        tab.mouse.move(box["x"] + at[0], box["y"] + at[1])
        return cloud.get_attribute("data-over")

    wait_for(is_over_a_point)
    holds_as_text(tab)
    tab.get_by_role("button", name="Runs").click()
    tab.get_by_label("Title of opened-markup", exact=True).wait_for()
    holds_as_text(tab)
    tab.get_by_role("button", name="Delete").last.click()
    tab.get_by_role("button", name="Delete it").wait_for()


def test_a_comparison(server, runs_with_markup, tab):
    tab.goto(f"{server.url}compare?run={runs_with_markup[1]}")
    holds_as_text(tab)
    for name in ("moved", "classes", "plane"):
        tab.goto(f"{server.url}compare?run={runs_with_markup[1]}&panel={name}")
        holds_as_text(tab)


def test_a_query_taken_to_the_forces_page(server, runs_with_markup, tab):
    tab.goto(f"{server.url}forces?from={runs_with_markup[0]}~0~3")
    holds_as_text(tab)


def test_a_checkpoint(server, tab):
    tab.goto(f"{server.url}checkpoints")
    tab.locator("h1").wait_for(timeout=60_000)
    name = f"{IMAGE} {LINK}.safetensors"
    tab.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "", "buffer": with_markup(ENCODER.read_bytes())}
    )
    holds_as_text(tab)
    for panel in ("Inside", "Take away", "Against another"):
        tab.get_by_role("button", name=panel).or_(tab.get_by_role("radio", name=panel)).click()
        wait_for(lambda: tab.locator('[data-testid="stStatusWidget"]').count() == 0)
        assert tab.evaluate(FOUND) == [None, 0, 0]


def with_markup(content):
    """A safetensors file with markup for metadata and as a name of a tensor."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    kept = header.pop("__metadata__", {}) | {"config.dataset": MARKUP, MARKUP: MARKUP}
    last = list(header)[-1]
    header[f"{MARKUP}.{last}"] = header.pop(last)
    text = json.dumps({"__metadata__": kept} | header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


@pytest.mark.parametrize("page", ["", "compare", "forces", "checkpoints"])
def test_every_value_of_a_link(server, tab, page):
    keys = {
        "": ("preset", "run", "dataset", "mixture", "loss", "seed", "colour", "lens", "query", "x"),
        "compare": ("preset", "run", "dataset", "e1", "base", "series", "lens", "baseline", "x"),
        "forces": ("preset", "from", "p", "q", "a", "b", "sweep", "flow", "x"),
        "checkpoints": ("a", "b", "panel", "dataset", "layer", "by_hand", "vote", "n_probes"),
    }[page]
    query = "&".join(f"{key}={quote(f'{IMAGE} {LINK}')}" for key in (*keys, MARKUP))
    tab.goto(f"{server.url}{page}?{query}")
    holds_as_text(tab, "<img")
    tab.evaluate(INSERT)
    wait_for(lambda: tab.evaluate("document.querySelector('img[src=y]').complete"))
    assert tab.evaluate("window.ran ?? null") is None  # the policy forbids it besides
    tab.evaluate("document.querySelector('img[src=y]').remove()")
