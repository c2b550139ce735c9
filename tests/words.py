"""The sentences of the compare view, said by its own module to numbers that a test gives."""

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from cacr_core.presets.comparisons import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from web.compare.describe import describe_comparison
from web.compare.watch import _Rows

VIEW = Path(__file__).parents[1] / "web" / "compare" / "view"
SCRIPT = """
const words = { ...(await import('%s/words.js')), ...(await import('%s/curvewords.js')) };
let text = '';
for await (const chunk of process.stdin) text += chunk;
console.log(JSON.stringify(JSON.parse(text).map(([name, args]) => words[name](...args))));
"""
NUMBER = r"−?\d[\d,]*\.?\d*(?:e[−-]?\d+)?"


def said(calls):
    """What the module's functions return, one for each `(name, arguments)`."""
    node = Path(sys.executable).with_name("node")
    done = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT % (VIEW.as_uri(), VIEW.as_uri())],
        input=json.dumps(list(calls)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def value_of(text):
    """The number that a person reads."""
    return float(text.replace("−", "-").replace(",", ""))


def agrees(text, value):
    """Whether a number as it is written is `value` to the digits that stand there, but for the
    rounding of a float32."""
    digits = text.lstrip("−").partition("e")[0].replace(",", "")
    decimals = len(digits.partition(".")[2])
    scale = 10.0 ** int(text.partition("e")[2].replace("−", "-") or 0)
    return abs(value_of(text) - value) <= 0.500001 * 10**-decimals * scale + 1e-7 * abs(value)


class Recording:
    """A recorded comparison as a browser is told of it.

    Args:
        rows_of: The rows of an entry's folder, as the browser has them unless told.

    Attributes:
        rows: Rows of metrics of each entry, by letter.
        kept: Steps that have a snapshot in every entry that goes on.
    """

    def __init__(self, name, rows_of=lambda entry: _Rows(entry).read()):
        self.name, self.folder = name, RECORDED / recorded_comparison(name)
        self.about = describe_comparison(self.folder)
        entries = files.entry_folders(self.folder)
        self.rows = {entry.name: rows_of(entry) for entry in entries}
        self.failed = {e.name: files.status(e) == "failed" for e in entries}
        going = [e for e in entries if not self.failed[e.name]]
        self.kept = sorted(set.intersection(*(set(files.snapshot_steps(e)) for e in going)))
        self.labels = {entry["name"]: entry["label"] for entry in self.about["entries"]}

    def x(self, entry, row, against):
        if against == "seconds":
            return row.get("seconds")
        return row["step"] * (entry["images_per_step"] if against == "images" else 1)

    def lines(self, key, against="step"):
        """The lines of a series as the curves have them."""
        return [
            {
                "label": entry["label"],
                "base": entry["name"] == self.about["baseline"],
                "ended": self.failed[entry["name"]],
                "images": entry["images_per_step"],
                "points": [
                    [self.x(entry, row, against), row[key], row["step"]]
                    for row in self.rows[entry["name"]]
                    if row.get(key) is not None
                ],
            }
            for entry in self.about["entries"]
        ]

    def at(self, key, step):
        """`(step, value)` of each entry's last measurement of a number by a step; without those
        that had ended alone by then, and those that never measured it."""
        found = {}
        for name, rows in self.rows.items():
            known = [r for r in rows if r["step"] <= step and r.get(key) is not None]
            if known and not (self.failed[name] and rows[-1]["step"] < step):
                found[self.labels[name]] = (known[-1]["step"], known[-1][key])
        return found


@lru_cache(maxsize=16)
def recording(name):
    return Recording(name)


@lru_cache(maxsize=16)
def measured(name):
    """The same with the numbers as they stand in its files: what is said is held to these."""
    return Recording(name, files.read_metrics)
