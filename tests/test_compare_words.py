"""What the compare page says beside its charts is true of the arrays it says it of: every title,
note and read-out, of all recorded comparisons at all their moments."""

import itertools
import re

import numpy as np
import pytest

from cacr_core.presets import COMPARISONS
from tests.words import NUMBER, agrees, measured, recording, said, value_of

NAMES = sorted(COMPARISONS)
V = f"({NUMBER}(?: %)?)"
PLACE = (
    r"(?:;? ?(at step|by|after) ([\d,.]+)(?: images seen| s of training)?(?: \(interpolated\))?)?"
)
LEADS = re.compile(rf"(.+) leads by {V} points{PLACE}, in this one run")
LEVEL = re.compile(rf"(.+) level at {V}{PLACE}")
ENDS = re.compile(rf"Lowest with (.+), {V}; highest with (.+), {V}{PLACE}")
SAME = re.compile(rf"The same in all, {V}{PLACE}")
COURSE = re.compile(rf"(.+) of (.+): {V} at step ([\d,]+), {V}{PLACE}")
BEGINS = re.compile(rf"(.+) of (.+): {V}{PLACE}")


def number(text):
    """A figure as the arrays have it: shares are written in percent."""
    return (text.removesuffix(" %"), 100.0 if text.endswith(" %") else 1.0)


def is_value(text, value):
    figure, scale = number(text)
    return agrees(figure, scale * value)


def moments(record):
    """Some moments of a recording: kept ones, between two, and the last."""
    return [*record.kept[::3], record.kept[-1], record.kept[4] + 1]


def lines_of(record, key, against="step"):
    """The lines of a series, with where the rows of each entry end on the axis."""
    ends = {
        entry["label"]: record.x(entry, record.rows[entry["name"]][-1], against)
        for entry in record.about["entries"]
    }
    return [line | {"last": ends[line["label"]]} for line in record.lines(key, against)]


def standing(lines, x, against):
    """What each line that goes on says at x, or at the place where the first of them ends: by steps
    its last point, else between the two around it, without a step; from the rows alone."""
    going = [line for line in lines if line["points"]]
    going = [s for s in going if not (s["ended"] and s["last"] < x)]
    if not going:
        return {}
    at = min([x, *(line["points"][-1][0] for line in going)])
    found = {}
    for line in going:
        places, values, _ = zip(*line["points"], strict=True)
        measured = [point for point in line["points"] if point[0] <= at]
        if not measured:
            continue
        if against == "step" or at in places:
            found[line["label"]] = measured[-1]
        else:
            found[line["label"]] = [at, float(np.interp(at, places, values)), None]
    return found


def check_place(kind, figure, found, x, against):
    assert (kind is None) == (figure is None)
    if against == "step":
        assert kind == "at step"
        assert value_of(figure) == max(point[2] for point in found.values()) <= x
    else:
        assert kind == {"images": "by", "seconds": "after"}[against]
        assert value_of(figure) <= x * 1.01 + 1


def check_title(title, spec, lines, x, against):
    """Work out what a title of the curves says; anything unknown or untrue fails."""
    found = standing(lines, x, against)
    values = {label: point[1] for label, point in found.items()}
    if not any(line["points"] for line in lines):
        assert title == f"{spec['title']}: not recorded in this run"
        return "missing"
    if not found:
        assert title == spec["title"]
        return "alone"
    order = sorted(values, key=values.get)
    if said_so := LEADS.fullmatch(title):
        best, gap, kind, figure = said_so.groups()
        assert spec["kind"] == "accuracy"
        assert best == order[-1]
        assert agrees(gap, 100 * (values[order[-1]] - values[order[-2]]))
        assert value_of(gap) > 0
    elif said_so := LEVEL.fullmatch(title):
        who, figure_said, kind, figure = said_so.groups()
        top = [label for label in values if is_value(figure_said, values[label])]
        assert spec["kind"] == "accuracy"
        assert is_value(figure_said, values[order[-1]])
        assert who == ("All" if len(top) == len(values) else listed(top))
    elif said_so := ENDS.fullmatch(title):
        low, low_said, high, high_said, kind, figure = said_so.groups()
        assert spec["kind"] != "accuracy"
        for who, figure_said, end in ((low, low_said, order[0]), (high, high_said, order[-1])):
            assert is_value(figure_said, values[end])
            assert who == listed([one for one in values if is_value(figure_said, values[one])])
    elif said_so := SAME.fullmatch(title):
        figure_said, kind, figure = said_so.groups()
        assert all(is_value(figure_said, value) for value in values.values())
    else:
        said_so = COURSE.fullmatch(title) or BEGINS.fullmatch(title)
        assert said_so, title
        what, label, first, *rest, kind, figure = said_so.groups()
        points = next(line["points"] for line in lines if line["label"] == label)
        assert what == spec["title"]
        assert is_value(first, points[0][1])
        if rest:
            assert value_of(rest[0]) == points[0][2]
            assert is_value(rest[1], values[label])
    check_place(kind, figure, found, x, against)
    assert ("(interpolated)" in title) == any(point[2] is None for point in found.values())
    return "said"


def listed(names):
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def frame(record, against="step"):
    about = record.about
    return {
        "against": against, "frozen": False, "scale": about["scale"], "moving": False,
        "even": about["even_spread"],
    }  # fmt: skip


def axis_of(record, step, against):
    """Where a moment lies on an axis, by the baseline."""
    base = next(e for e in record.about["entries"] if e["name"] == record.about["baseline"])
    row = [r for r in record.rows[base["name"]] if r["step"] <= step][-1]
    return step if against == "step" else record.x(base, row, against)


@pytest.mark.parametrize("name", NAMES)
def test_every_title_of_the_curves_states_what_is_so_at_its_moment(name):
    record = recording(name)
    asked = [
        (spec, lines_of(record, spec["key"], against), axis_of(record, step, against), against)
        for spec, against in itertools.product(
            record.about["series"], ("step", "images", "seconds")
        )
        for step in moments(record)
    ]
    titles = said(
        ("curveTitle", [spec, lines, x, frame(record, against)])
        for spec, lines, x, against in asked
    )
    raw = measured(name)
    kinds = [
        check_title(title, spec, lines_of(raw, spec["key"], against), x, against)
        for title, (spec, _, x, against) in zip(titles, asked, strict=True)
    ]
    assert kinds.count("said") > len(kinds) / 2


def test_all_that_tie_at_an_end_are_named():
    spec = {"key": "a", "title": "Effective rank", "kind": "", "unit": ""}
    values = {"A": 1.0001, "B": 3, "C": 1.0002, "D": 3.0001}
    lines = [
        {"label": label, "ended": False, "last": 2, "points": [[2, value, 2]]}
        for label, value in values.items()
    ]
    frame = {"against": "step", "moving": False}
    titles = said(("curveTitle", [spec, lines[:n], 2, frame]) for n in (3, 4))
    assert titles == [
        "Lowest with A and C, 1.00; highest with B, 3.00; at step 2",
        "Lowest with A and C, 1.00; highest with B and D, 3.00; at step 2",
    ]


def test_the_check_above_tells_a_false_title():
    record = recording("collapse")
    spec, lines, last = record.about["series"][0], lines_of(record, "knn_features"), record.kept[-1]
    (title,) = said([("curveTitle", [spec, lines, last, frame(record)])])
    check_title(title, spec, lines, last, "step")
    label, gap = LEADS.fullmatch(title).groups()[:2]
    other = next(line["label"] for line in lines if line["label"] != label)
    false = {
        title.replace(label, other): last,
        title.replace(gap, f"{value_of(gap) + 0.2:.1f}"): last,
        title.replace(f"at step {last}", f"at step {last - 1}"): last,
        title.removesuffix(", in this one run"): last,
        title: record.kept[3],
    }
    for sentence, at in false.items():
        with pytest.raises(AssertionError):
            check_title(sentence, spec, lines, at, "step")


@pytest.mark.parametrize("name", NAMES)
def test_read_outs_tell_values_and_the_step_they_were_measured_at(name):
    record = recording(name)
    asked = []
    for spec in record.about["series"]:
        lines, raw = record.lines(spec["key"]), measured(name).lines(spec["key"])
        for step in moments(record):
            last = [p for line in lines for p in line["points"] if p[0] <= step]
            newest = max((p[0] for p in last), default=None)
            for line, own_raw in zip(lines, raw, strict=True):
                before = [p for p in own_raw["points"] if p[0] <= step]
                own = {"difference": False, "unit": spec["unit"], "against": "step"}
                asked.append((spec, lines, step, newest, line, before, own))
    places = said(("placeText", [step, "step", lines]) for _, lines, step, *_ in asked)
    values = said(
        ("valueAtText", [line, step, newest, own]) for _, _, step, newest, line, _, own in asked
    )
    for place, value, (_, _, step, newest, _, before, _) in zip(places, values, asked, strict=True):
        assert place["measured"] == newest
        early = "" if newest in (None, step) else f", measured at {newest:,}"
        assert place["text"] == f"step {step:,}{early}"
        if not before:
            assert value == "–"
            continue
        figure, own_step = re.fullmatch(rf"{V}(?: \(at ([\d,]+)\))?", value).groups()
        assert is_value(figure, before[-1][1])
        assert (own_step and value_of(own_step)) == (
            before[-1][2] if before[-1][2] != newest else None
        )


@pytest.mark.parametrize("name", NAMES)
def test_figures_over_a_cloud_say_when_the_accuracy_is_of_an_earlier_step(name):

    def rows_at(record):
        base = record.rows[record.about["baseline"]]
        for rows in record.rows.values():
            for step in moments(record):
                known = [r for r in rows if r["step"] <= step]
                scored = [r for r in known if r.get("knn_features") is not None]
                of_base = [
                    r for r in base if r["step"] <= step and r.get("knn_features") is not None
                ]
                yield scored[-1], of_base[-1], known[-1], step

    texts = said(("figures", a) for a in rows_at(recording(name)))
    for told, (row, other, now, step) in zip(texts, rows_at(measured(name)), strict=True):
        assert is_value(told["accuracy"], row["knn_features"])
        early = "" if row["step"] == step else f" at {row['step']}"
        assert told["what"] == f"10-NN{early}"
        if other["step"] == row["step"]:
            points = 100 * (row["knn_features"] - other["knn_features"])
            assert agrees(told["difference"].lstrip("+"), points)
        else:
            assert told["difference"] == ""
        assert is_value(told["loss"], now["loss"])


@pytest.mark.parametrize("name", NAMES)
def test_notes_say_what_keeps_values_from_being_compared(name):
    record = recording(name)
    same = len({str(e["loss"]) + str(e["n_views"]) for e in record.about["entries"]}) == 1
    specs = {spec["key"]: spec for spec in record.about["series"]}
    asked = [(specs[key], record.lines(key)) for key in ("loss", "gradient_norm", "attraction")]
    for note in said(("curveNote", [spec, lines, frame(record)]) for spec, lines in asked):
        assert ("each is on a scale of its own" in note) == (not same)
    (note,) = said([("curveNote", [specs["knn_features"], record.lines("loss"), frame(record)])])
    assert "One run of each" in note
    per = {e["label"]: e["images_per_step"] for e in record.about["entries"]}
    for label, images in per.items():
        shown = re.search(rf"{images:,}(?: images)? to [^0-9]*{re.escape(label)}", note)
        assert bool(shown) == (len(set(per.values())) > 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_plane_names_who_is_best_by_each_measure(name):
    steps = moments(recording(name))

    def places(record):
        for step in steps:
            found, even = record.at("alignment", step), record.at("uniformity", step)
            yield [
                {"label": label, "alignment": value, "uniformity": even[label][1]}
                for label, (_, value) in found.items()
            ]

    titles = said(
        ("planeTitle", [found, step, False])
        for found, step in zip(places(recording(name)), steps, strict=True)
    )
    told = rf"Views closest: (.+), {V}\. Most even: (.+), {V}; at step ([\d,]+)"
    for title, found, step in zip(titles, places(measured(name)), steps, strict=True):
        closest, least, evenest, lowest, at = re.fullmatch(told, title).groups()
        assert value_of(at) == step
        for key, who, figure in (
            ("alignment", closest, least),
            ("uniformity", evenest, lowest),
        ):
            value = min(one[key] for one in found)
            alike = [one["label"] for one in found if is_value(figure, one[key])]
            assert is_value(figure, value)
            assert who == ("all alike" if len(alike) == len(found) else listed(alike))


@pytest.mark.parametrize("name", NAMES)
def test_a_moment_that_is_not_there_is_said_and_the_nearest_before_it_named(name):
    kept = recording(name).kept
    for asked in (kept[0], kept[3], kept[3] + 1, kept[-1] + 5):
        at = max(step for step in kept if step <= asked)
        (text,) = said([("heldText", [asked, at, kept[-1], False])])
        if asked in kept:
            assert text == ""
        elif asked > kept[-1]:
            assert (
                text == f"Step {asked:,} was never reached: this is step {at:,}, the last there is"
            )
        else:
            assert (
                text == f"Step {asked:,} was not kept: this is step {at:,}, the nearest before it"
            )
