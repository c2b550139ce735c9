"""The comparison of two checkpoints as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --line: #8885; --a: #2a6fb0; --b: #b0562a }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
details { margin: 1rem 0 } summary { cursor: pointer }
.bar { display: inline-block; height: .7em; background: var(--b) } .less { background: var(--a) }
"""


def as_html(report: dict[str, Any]) -> str:
    """The report of `diff` as a page: the files, their classes, their tensors."""
    a, b = report["a"], report["b"]
    title = f"{a['file']} and {b['file']}"
    parts = [f"<h1>{escape(title)}</h1>", _files(a, b)]
    if features := report["features"]:
        parts += _features(features)
    parts.append(_tensors(report))
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _files(a: dict[str, Any], b: dict[str, Any]) -> str:
    names = {
        "file": "file", "family": "family", "architecture": "architecture", "encoder": "encoder",
        "feature_dim": "features", "input_size": "pixels", "mean": "mean", "std": "deviation",
    }  # fmt: skip
    rows = [(said, _words(a[key]), _words(b[key])) for key, said in names.items()]
    return table(("", "A", "B"), rows)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(f"{one:g}" for one in value)
    return "–" if value in (None, "") else str(value)


def cka_in_words(features: dict[str, Any]) -> str:
    """How alike features are, or whose are one and the same for all images."""
    if sides := features["constant"]:
        return f"no linear CKA, as {' and '.join(sides)} sees all images alike"
    return f"linear CKA {features['cka']:.3f} (debiased {features['cka_debiased']:.3f})"


def _features(features: dict[str, Any]) -> Iterable[str]:
    yield (
        f"<h2>On {features['n']:,} images of {escape(str(features['dataset']))}</h2>"
        f"<p>{escape(features['layer'])}: {cka_in_words(features)}; "
        f"{100 * features['neighbour_overlap']:.1f} % of {features['neighbours']} neighbours kept, "
        f"{100 * features['neighbour_overlap_by_chance']:.1f} % by chance.</p>"
    )
    for one in features["accuracy"]:
        yield f"<h3>{escape(one['words'])}: {escape(one['says'])}</h3>"
        rows = [(side.upper(), _share(one[side])) for side in "ab"]
        rows += [
            (f"{base['name']} (untrained)", _share(base))
            for base in one["untrained"].values()
            if base
        ]
        rows.append(("guessing", f"{100 * one['guess']:.1f} %"))
        yield table(("", "right, 95 %"), rows)
        yield f"<p>{escape(one['classes_say'])}. {escape(one['looks'])}</p>"
        yield _classes(one["classes"])


def _classes(classes: Sequence[dict[str, Any]]) -> str:
    rows = []
    shown = [one for one in classes if one["change"]["n"]]
    for one in sorted(shown, key=lambda c: -abs(c["change"]["value"])):
        change = one["change"]
        width = 100 * abs(change["value"])
        less = " less" if change["value"] < 0 else ""
        bar = f'<span class="bar{less}" style="width:{width:.1f}px"></span>'
        points = f"{100 * change['value']:+.1f} ({100 * change['low']:+.1f} to "
        points += f"{100 * change['high']:+.1f})"
        rows.append((one["name"], _share(one["a"]), _share(one["b"]), points, bar))
    return table(("class", "A", "B", "B − A in points", ""), rows, raw=(4,))


def _share(share: dict[str, Any]) -> str:
    return f"{100 * share['value']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f})"


def _tensors(report: dict[str, Any]) -> str:
    counts = ", ".join(f"{n} {kind}" for kind, n in report["counts"].items())
    rows = [
        (
            row["name"],
            row["kind"],
            _size(row["shape_a"]),
            _size(row["shape_b"]),
            "" if row["relative"] is None else f"{row['relative']:.4g}",
        )
        for row in report["tensors"]
    ]
    inside = table(("name", "kind", "A", "B", "|a − b| / |a|"), rows)
    return (
        f"<h2>Tensors</h2><p>{escape(counts)} (names of the {escape(report['names'])}).</p>"
        f"<details><summary>All {len(rows):,}</summary>{inside}</details>"
    )


def _size(shape: Sequence[int] | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], raw: tuple[int, ...] = ()) -> str:
    """A table; cells of the columns `raw` are HTML already."""
    top = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    body = []
    for first, *rest in rows:
        cells = "".join(
            f"<td>{one if i in raw else escape(str(one))}</td>" for i, one in enumerate(rest, 1)
        )
        body.append(f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>')
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>"
