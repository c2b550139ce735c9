import json
import re

import pytest
import torch

from benchmarks import plain_loops, speed
from benchmarks.speed_page import document, figure
from cacr_core.losses import InfoNCE
from cacr_core.pairs import pair_views
from cacr_core.training import Source, TrainConfig
from cacr_core.views import recipe_for


def way(title, *points, by="ours"):
    return {"title": title, "by": by, "points": [list(point) for point in points]}


def rows(*plain):
    ways = [way(title, (0, 0, 0.1), (30, 6_000, 0.7)) for title in speed.OURS.values()]
    ways += [way("the same network, plain loop", *plain, by="plain")]
    ways += [way("SimCLR, ResNet-18", (0, 0, 0.1), (120, 4_800, 0.3), by="plain")]
    about = {"dataset": "shapes", "seconds": 60, "device": "cpu", "machine": "M, 2 cores"}
    about |= {"device_name": "2 cores", "threads": 2, "load": 1.5, "torch": "2"}
    return about | {"ways": ways}


def test_the_page_and_its_figure_are_those_of_its_rows():
    measured = json.loads((speed.DOCS / "speed.json").read_text())
    assert (speed.DOCS / "speed.md").read_text("utf-8") == document(measured)
    assert (speed.DOCS / "speed.svg").read_text("utf-8") == figure(measured)


def test_the_readme_says_what_was_measured():
    measured = json.loads((speed.DOCS / "speed.json").read_text())
    lowest = min(way["points"][-1][2] for way in measured["ways"] if way["by"] == "ours")
    readme = (speed.DOCS.parent / "README.md").read_text("utf-8")
    assert "A minute on two cores teaches nine in ten shapes, by CACR, SSCL or InfoNCE" in readme
    assert measured["dataset"] == "shapes" and lowest > 0.895


def test_the_page_says_how_many_times_as_fast():
    page = document(rows((0, 0, 0.1), (60, 3_000, 0.5), (120, 6_000, 0.65)))
    assert "| InfoNCE | 30 | 200 | 0.700 | 30 | not reached |" in page
    assert "4.0 times as many views a second" in page
    assert "seen at 0.60 after 30 s, the loop not yet after 60 s: more than 2 times as fast" in page


def test_what_a_loop_did_not_reach_is_said():
    page = document(rows((0, 0, 0.1), (120, 6_000, 0.5)))
    assert "the loop not within 120 s: more than 4.0 times as fast" in page


def test_the_loss_of_the_plain_loop_is_our_infonce():
    z = torch.nn.functional.normalize(torch.randn(2, 9, 6, dtype=torch.float64), dim=-1)
    assert plain_loops.nt_xent(*(3 * z)).item() == pytest.approx(
        InfoNCE(0.5)(pair_views(z)).total.item()
    )


def test_the_transforms_of_the_plain_loop_are_those_of_the_recipe():
    said = str(plain_loops.transform_of(recipe_for("shapes")))
    assert "size=(24, 24), scale=(0.5, 1.0), ratio=(0.8, 1.25)" in said
    assert "degrees=[-90.0, 90.0]" in said
    found = re.search(r"saturation=\(([\d.]+), ([\d.]+)\), hue=\(([-\d.]+), ([\d.]+)\)", said)
    assert found and [float(n) for n in found.groups()] == [0.4, 1.6, -0.5, 0.5]


def test_a_loop_is_timed_without_what_looks_at_it():
    images = torch.randint(0, 256, (16, 3, 16, 16), dtype=torch.uint8)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 4))
    loader = plain_loops.loader_of(images, recipe_for("digits"), 8)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    seen = list(plain_loops.trained(net, optimizer, loader, torch.device("cpu"), 1e-9, True))
    assert [n_views for _, n_views in seen] == [16]


def test_accuracy_of_a_loop_is_measured_as_that_of_a_run():
    config = TrainConfig(dataset="digits", batch_size=16, n_probes=16)
    source = Source(config)
    training = speed.Training(config, source)
    training.encoder.eval()
    ours = training.scores()["knn_features"]
    assert speed.accuracy_of(source, training.encoder.backbone) == pytest.approx(ours)
