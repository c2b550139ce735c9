"""What a page knows in the state of a step: Python's answers, named by the browser's own code."""

from __future__ import annotations

from functools import cache

import numpy as np

from cacr_core.presets import recorded_comparison, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests import browser_code
from web.compare import link as compare_link
from web.forces import answers as forces_answers
from web.forces import link as forces_link
from web.learn.guide import params_of
from web.live import answers
from web.live.describe import about_run
from web.live.readings import read_all
from web.settings import links

FACTS = """
const [forces, live, compare] = await Promise.all(
  ['forces', 'live', 'compare'].map((room) => load(`${room}/view/facts.js`)),
);
const { allHold } = await load('learn/view/conditions.js');
const { filled } = await load('kit/blanks.js');
const factsOf = ({ page, given }) => {
  if (page === 'forces') return { page, mode: given.mode, lit: null, ...forces.ofAnswer(given) };
  if (page === 'live')
    return {
      page, hovered: null, ...live.ofView(given.view),
      ...live.ofFrame(given.frame), ...live.ofAnswer(given.answer),
    };
  if (page === 'compare')
    return { page, ...given.look, ...compare.ofEntries(given.entries, given.look.step) };
  return { page };
};
"""


@cache
def state(page, text):
    """The facts that a state has, and what of its link the page would pass over."""
    given, ignored = {"forces": _forces, "live": _live, "compare": _compare}.get(page, _none)(text)
    return {"page": page, "given": given}, ignored


def _none(text):
    return {}, []


def _forces(text):
    _, board, ignored = forces_link.read(params_of(text))
    keys = ("surface", "query", "positives", "negatives", "losses", "seed")
    question = {key: board[key] for key in keys}
    answer = forces_answers.forces({"what": "forces", **question})[0]
    return answer | {"question": question, "mode": board["mode"]}, ignored


def _live(text):
    preset, _, view, ignored = links.read(params_of(text))
    folder = RECORDED / recording_of(preset)
    kept = files.snapshot_steps(folder)
    wanted = kept[-1] if view["step"] is None else view["step"]
    step = max(s for s in kept if s <= wanted)
    if step != wanted:
        ignored = [*ignored, f"Step {wanted} of {preset} is not kept."]
    rows = [row for row in files.read_metrics(folder) if row["step"] <= step]
    numbers = [
        reading._asdict() | {"value": None if np.isnan(reading.value) else reading.value}
        for reading in read_all(rows, about_run(folder))
    ]
    looks = ("view", "group", "lens")
    message = {"step": step, "probe": view["query"] or 0} | {key: view[key] for key in looks}
    answer = answers.query(answers.understand(message, folder), None)
    frame = {"step": step, "numbers": numbers, "layout": view["layout"], "space": view["space"]}
    return {"view": view, "frame": frame, "answer": answer}, ignored


def _compare(text):
    found = compare_link.read(params_of(text))
    folder = RECORDED / recorded_comparison(found.preset)
    config = files.read_json(folder / "config.json")
    entries = [
        {"name": one.name, "about": {"label": config["entries"][i]["label"]},
         "rows": [dict(row) for row in files.read_metrics(one)]}
        for i, one in enumerate(files.entry_folders(folder))
    ]  # fmt: skip
    last = entries[0]["rows"][-1]["step"]
    step = last if found.view["step"] is None else found.view["step"]
    look = {key: found.view[key] for key in ("colour", "panel", "series")} | {"step": step}
    return {"look": look | {"query": found.view["query"] or 0}, "entries": entries}, found.ignored


def facts(page, text):
    """The facts of a state, by name."""
    known, _ = state(page, text)
    return browser_code.run(f"{FACTS} return factsOf(data);", known, "web")
