"""The group a query is weighed in is said to be as in training only where it is of that size."""

import json
import shutil

import pytest

from cacr_core.runs.shelf import RECORDED
from tests import browser_code
from web.compare.strips import strips
from web.live import answers
from web.settings import language

DEBIASED = {"name": "sscl", "class_prior": 0.2}


def copied(recording, folder, *configs):
    """A recording whose runs say that they trained with other batches."""
    shutil.copytree(RECORDED / recording, folder, ignore=shutil.ignore_patterns("layouts"))
    for path, changes in configs:
        config = json.loads((folder / path).read_text())
        (folder / path).write_text(json.dumps(config | changes))
    return folder


def asked(folder, group):
    message = {"step": 1200, "probe": 3, "view": 1, "group": group, "lens": DEBIASED}
    return answers.query(answers.understand(message, folder), None)


@pytest.mark.parametrize(
    ("batch_size", "n_views", "group", "clamp"),
    [
        (64, 5, "of 64 probes, five views each, as in training: 315 negatives",
         "320 queries of a training-sized group"),
        (300, 2, "of 300 probes, two views each, as in training: 598 negatives",
         "512 queries of a group of 256 images (a batch in training: 300 images in 2 views)"),
        (2048, 2,
         "of 512 probes, two views each (a batch in training: 2,048 images in 2 views): "
         "1,022 negatives",
         "512 queries of a group of 256 images (a batch in training: 2,048 images in 2 views)"),
        (64, 8,
         "of 64 probes, five views each (a batch in training: 64 images in 8 views): 315 negatives",
         "320 queries of a group of 64 images (a batch in training: 64 images in 8 views)"),
    ],
)  # fmt: skip
def test_a_group_that_falls_short_of_a_batch_is_said_to(
    tmp_path, batch_size, n_views, group, clamp
):
    changes = {"batch_size": batch_size, "n_views": n_views}
    folder = copied("example", tmp_path / "run", ("config.json", changes))
    answer = asked(folder, "batch")
    assert answer["group"]["text"] == f"a fixed random group {group}"
    assert answer["clamp"]["text"].partition(" % of the ")[2] == clamp
    assert asked(folder, "probes")["group"]["text"].startswith("all 512 probes, five views each: ")


@pytest.mark.parametrize(
    ("batch_size", "n_views", "text"),
    [
        (64, 5, "the same random 64 probes, 2 or 5 views each, as it trains"),
        (64, 8, "the same random 64 probes, 2 or 5 views each "
         "(a batch in training: 64 images in 2 or 8 views)"),
        (512, 5, "the same random 256 probes, 2 or 5 views each "
         "(a batch in training: 512 images in 2 or 5 views)"),
    ],
)  # fmt: skip
def test_the_group_of_a_comparison_is_said_the_same_way(tmp_path, batch_size, n_views, text):
    configs = [(f"{name}/config.json", {"batch_size": batch_size}) for name in "abc"]
    configs[1][1]["n_views"] = n_views
    folder = copied("compare-balanced", tmp_path / "compared", *configs)
    message = {"step": 400, "probe": 3, "view": 0, "group": "batch"}
    assert strips(message, folder)["group"]["text"] == text


def test_synthetics_without_a_place_are_not_said_to_be_drawn():
    folder = RECORDED / "live-sscl"
    question = answers.understand({"step": 10**6, "probe": 3, "view": 0}, folder)
    features = answers.query(question, None)["synthetics"]
    assert features["placed"] == "" and features["items"][0]["xy"] is None


GERMAN = """
const { Language } = await load('language.js');
const language = new Language(data.table);
const missing = [];
language.onmissing = (text) => missing.push(text);
data.texts.forEach((text) => language.translate(text));
return missing;
"""
BATCH = "(a batch in training: 2,048 images in 2 views)"
PUSH = " and is pushed 2.10 times as hard"


@pytest.mark.parametrize("push", ["", PUSH, ", and yet is drawn in"])
@pytest.mark.parametrize("more", ["", ", plus 8 synthetic", ", plus all 300 queued"])
def test_german_has_these_sentences(push, more):
    texts = [
        f"a fixed random group of 512 probes, two views each {BATCH}: 1,022 negatives{more}",
        f"Debiasing clamp active for 0.3 % of the 512 queries of a group of 256 images {BATCH}.",
        f"the same random 256 probes, 2 views each {BATCH}{more}",
        "the same random 256 probes, 2 or 5 views each "
        f"(a batch in training: 512 images in 2 or 8 views){more}",
        f"The query's own views are nearer than all negatives. The heaviest weighs 3.20 times "
        f"the average{push}.",
        *(
            f"The heaviest {what} is not among those nearer than the query's own farthest view: "
            f"it weighs 3.20 times the average{push}."
            for what in ("negative", "real negative")
        ),
        "0 of 7 neighbours",
    ]
    data = {"table": language.table("de"), "texts": texts}
    assert browser_code.run(GERMAN, data, folder="web/kit") == []
