"""German has what the compare page says of repeats, of what ended alone and of what lies between
two measurements."""

import pytest

from cacr_core.runs.repeats import Interval
from cacr_core.training import HOSTS
from tests import browser_code
from tests.words import said
from web.compare import repeats
from web.compare.describe import _alone_sentence
from web.settings import language

LABEL = "InfoNCE"
NAMES = ("SSCL", LABEL, "CACR", "HCL")
TRANSLATED = """
const { Language } = await load('language.js');
const language = new Language(data.table);
let lacking = [];
language.onmissing = (text) => lacking.push(text);
return [data.texts.map((text) => language.translate(text)), lacking];
"""
HIGH, LOW, LEVEL = (Interval(m, m - 0.02, m + 0.02, 4) for m in (0.05, -0.05, 0.01))
FLAT, ALONE = Interval(0.05, 0.05, 0.05, 2), Interval(0.05, float("nan"), float("nan"), 1)


def told(found, metric):
    verdict = found.verdict if found.n > 1 else "one seed"
    difference = repeats._told(found) | {"verdict": verdict}
    return {"label": "SSCL", "differences": {metric: difference}}


def sentences():
    for metric in repeats.METRICS:
        rows = [told(found, metric) for found in (HIGH, LOW, LEVEL, FLAT, ALONE)]
        for n_failed in (0, 1):
            for n_other in (0, 1, 2):
                left_out = repeats._left_out(n_failed, n_other)
                yield repeats._sentence(rows, LABEL, {metric: {0: 0.5}}, left_out)
    yield repeats._sentence([], LABEL, {}, "")
    yield repeats._sentence([], LABEL, {"knn_features": {0: 0.5}}, "")
    yield repeats._nothing_scored([{"failed": "It is nan."}])
    yield repeats._nothing_scored([{}])
    yield from (_alone_sentence("SSCL", 40, n) for n in (1, 3))


def of_the_view():
    spec = {"key": "a", "title": "Effective rank", "kind": "", "unit": "", "note": ""}
    lines = [
        {"label": label, "ended": False, "images": 4, "last": 9, "points": [[0, y, 0], [8, 3, 2]]}
        for label, y in (("SSCL", 1), (LABEL, 2))
    ]
    frames = [{"against": axis, "moving": False} for axis in ("images", "seconds")]
    for unit in ("", "share"):
        for values in ((1, 1, 2), (1, 2, 2), (1, 1, 2, 2)):
            tied = [
                line | {"label": label, "points": [[0, value, 0]]}
                for line, label, value in zip([lines[0]] * 4, NAMES, values, strict=False)
            ]
            for frozen in (False, True):
                frame = {"against": "step", "moving": False, "frozen": frozen}
                yield "curveTitle", [spec | {"unit": unit}, tied, 0, frame]
    yield from (("curveTitle", [spec, lines, 4, frame]) for frame in frames)
    yield "curveNote", [spec, lines, frames[0] | {"interpolated": True}]
    yield "verdictText", [told(FLAT, "m")["differences"]["m"], "share"]
    yield "classesTitle", [{}, [{"label": "SSCL", "row": {}}]]
    digest = {"text": "ab12…", "equal": True, "entries": {"a": "ab12"}}
    proof = {"equal": True, "weights": digest, "order": digest, "views": digest}
    yield "proofText", [proof, {"a": "SSCL", "b": LABEL}]


@pytest.mark.parametrize("code", [code for code in language.LANGUAGES if code != "en"])
def test_the_table_has_all_of_it(code):
    hosts = [f"2 views · rate 0.05 · {host}" for host in HOSTS if host != "batch"]
    texts = [*sentences(), *said(of_the_view()), *hosts]
    assert sum("(interpolated)" in text for text in texts) == 2
    data = {"table": language.table(code), "texts": texts}
    translated, lacking = browser_code.run(TRANSLATED, data, folder="web/kit")
    assert not set(texts) & set(translated)
    assert set(lacking) <= set(NAMES)
