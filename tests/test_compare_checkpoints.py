"""What the compare page says of checkpoints: nothing of steps and runs, which they have none of."""

import re

import pytest

from tests.german import in_german
from tests.words import recording, said

AT = {"step": 0, "alignment": 0.1, "uniformity": -2.0, "knn_features": 0.5}
NONE = {"against": "step", "frozen": True, "scale": "", "moving": False, "even": -3.0}


def row(share):
    return AT | {"class_accuracy_0": share, "class_accuracy_1": 0.5}


def calls():
    about = recording("collapse").about | {"frozen": True}
    measures = [{"label": label, "alignment": 0.1, "uniformity": -2.0} for label in "AB"]
    frames = [{"step": 0, "of": {"step": 0}, "layout": "umap", "trust": 0.9}] * 2
    for n in (0, 1, 2):
        yield "planeTitle", [measures[:n], 0, True]
    yield "classesMissing", [about, None, 0, False]
    for share in (0.5, 0.75):
        found = [{"label": "A", "row": row(0.5)}, {"label": "B", "row": row(share)}]
        yield "classesTitle", [about, found]
        yield "classesNote", [about, found, 0]
    for spec in about["series"]:
        for values in ([], [0.1, 0.2, 0.2], [0.5, 0.5, 0.5]):
            lines = [
                {"label": label, "base": label == "A", "ended": False, "images": 64, "last": 0}
                | {"points": [[0, value, 0]]}
                for label, value in zip("ABC", values, strict=False)
            ]
            yield "curveTitle", [spec, lines, 0, NONE]
            yield "curveNote", [spec | {"note": ""}, lines, NONE]
    yield "cloudText", ["A", None, 96, 0.5]
    yield "layoutText", [frames, "umap", True, False]
    yield "figureTitles", [AT, "A", True]


def texts():
    for text in said(calls()):
        yield from ([text] if isinstance(text, str) else (t for t in text.values() if t))


def test_no_sentence_on_checkpoints_is_of_a_step_or_a_run():
    found = [text for text in texts() if isinstance(text, str)]
    assert len(found) > 100
    for text in found:
        assert not re.search(r"\b(steps?|runs?|updates?)\b", text, re.IGNORECASE), text


@pytest.mark.parametrize(
    "text",
    [
        "Effective rank: not recorded",
        "Alignment and uniformity: not recorded",
        "Accuracy class by class was not recorded",
        "The entries do not differ on any class on these images",
        "Cloud of SSCL: 96 images, 50 % as far apart as evenly spread ones",
        "accuracy of 10 neighbours on held-out images",
        "against SSCL, in percentage points, on these images",
        "Of 8 or 32 directions at most.",
    ],
)
def test_what_is_said_of_checkpoints_alone_has_its_german(text):
    german, lacking = in_german(text)
    assert german != text
    assert set(lacking) <= {"SSCL"}
