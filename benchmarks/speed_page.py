"""docs/speed.md and its figure, from the rows of `benchmarks.speed`."""

from __future__ import annotations

import math
from typing import Any

LEVELS = (0.6, 0.8)
COLOURS = ("#3b6fd4", "#c2512f", "#2f8f5b", "#8a5bc2", "#777777", "#b08d2a")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 420, 56, 20, 20, 70


def document(rows: dict[str, Any]) -> str:
    """The page: what was measured where, a line for each way, and what follows."""
    lines = [
        "# How fast it learns",
        "",
        f"Accuracy against seconds of training on *{rows['dataset']}*, measured by "
        "`python -m benchmarks.speed`, which writes this page, its rows (`speed.json`) and its "
        "figure.",
        "",
        f"**Machine.** {rows['machine']}; device {rows['device']} ({rows['device_name']}), "
        f"threads: {rows['threads']}, torch {rows['torch']}; load average {rows['load']:g} over "
        "the last 15 minutes at the end, the measuring included.",
        "",
        "![Accuracy against seconds](speed.svg)",
        "",
        "| | seconds | views a second | accuracy at the end | "
        + " | ".join(f"seconds to {level:.2f}" for level in LEVELS)
        + " |",
        "|---|---|---|---|" + "---|" * len(LEVELS),
    ]
    for way in rows["ways"]:
        seconds, n_views, accuracy = way["points"][-1]
        cells = [
            f"{seconds:.0f}",
            f"{n_views / seconds:,.0f}",
            f"{accuracy:.3f}",
            *(_reached(way, level) for level in LEVELS),
        ]
        lines.append(f"| {way['title']} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_said(rows), ""])


def seconds_to(way: dict[str, Any], level: float) -> float:
    """When a way was first seen to have reached an accuracy; infinite where it never was."""
    return next((s for s, _, accuracy in way["points"] if accuracy >= level), math.inf)


def _reached(way: dict[str, Any], level: float) -> str:
    seconds = seconds_to(way, level)
    return f"{seconds:.0f}" if math.isfinite(seconds) else "not reached"


def _said(rows: dict[str, Any]) -> list[str]:
    own = next(way for way in rows["ways"] if way["title"] == "InfoNCE")
    loop = next(way for way in rows["ways"] if way["title"].startswith("the same network"))
    (ours_s, ours_n, _), (loop_s, loop_n, _) = own["points"][-1], loop["points"][-1]
    return [
        "Accuracy is that of the 10 nearest by cosine among 2,000 labelled images at most, of "
        "1,000 held-out ones at most, by features. Time is that of updates alone: making views is "
        "in it, looking is not. Settings were chosen on seed 0; this is seed 1.",
        "",
        "The plain loop has InfoNCE's network and batch; its views are torchvision's transforms in "
        "a DataLoader with two workers, whose rotation leaves corners black and which lack the "
        "recipe's noise. It has AdamW and a cosine over its time where ours has Muon; SimCLR is "
        "lightly's example for CIFAR-10 (batch 256, SGD at 0.06) with these images' transforms. "
        "Both have NT-Xent as ours is tested against, and twice the time, so that their rates are "
        "still high where ours are at their end.",
        "",
        f"InfoNCE sees {ours_n / ours_s / (loop_n / loop_s):.1f} times as many views a second as "
        f"the plain loop; {_times(own, loop)}",
        "",
        "On a GPU the command also prints the seconds to 80 and 90 % on CIFAR-10. **No GPU has "
        "been measured yet.**"
        if rows["device"] == "cpu"
        else "",
    ]


def _times(own: dict[str, Any], loop: dict[str, Any], level: float = LEVELS[0]) -> str:
    ours, theirs = seconds_to(own, level), seconds_to(loop, level)
    if ours == 0 or theirs == 0:
        return f"both begin above {level:.2f}."
    if not math.isfinite(ours):
        return f"InfoNCE did not reach {level:.2f}."
    if not math.isfinite(theirs):
        last = loop["points"][-1][0]
        return (
            f"it is at {level:.2f} after {ours:.0f} s, the loop not within {last:.0f} s: more than "
            f"{last / ours:.1f} times as fast."
        )
    before = max(s for s, _, accuracy in loop["points"] if s < theirs)
    return (
        f"it was seen at {level:.2f} after {ours:.0f} s, the loop not yet after {before:.0f} s: "
        f"more than {math.floor(before / ours)} times as fast, by its optimizer and schedule, too."
    )


def figure(rows: dict[str, Any]) -> str:
    """A curve for each way, as SVG."""
    most = max(way["points"][-1][0] for way in rows["ways"])
    inner_x, inner_y = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(seconds: float, accuracy: float) -> str:
        return f"{LEFT + inner_x * seconds / most:.1f},{TOP + inner_y * (1 - accuracy):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Accuracy against seconds of training</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = at(0, tenth / 10).split(",")
        parts.append(f'<path d="M{x} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{tenth / 10:g}</text>')
    for i in range(5):
        x = at(most * i / 4, 0).split(",")[0]
        parts.append(
            f'<text x="{x}" y="{HEIGHT - 50}" text-anchor="middle">{most * i / 4:.0f} s</text>'
        )
    for number, (way, colour) in enumerate(zip(rows["ways"], COLOURS, strict=True)):
        line = " ".join(at(seconds, accuracy) for seconds, _, accuracy in way["points"])
        dash = "" if way["by"] == "ours" else ' stroke-dasharray="6 4"'
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        x, y = LEFT + number % 3 * inner_x / 3, HEIGHT - 26 + number // 3 * 16
        parts.append(f'<text x="{x:.0f}" y="{y}" fill="{colour}">{way["title"]}</text>')
    return "\n".join([*parts, "</svg>", ""])
