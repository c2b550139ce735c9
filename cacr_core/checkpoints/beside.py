"""Small JSON files beside a checkpoint that say how it was made and how images are fed to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cacr_core.checkpoints.links import beside

NAMES = ("config.json", "preprocessor_config.json", "args.json", "open_clip_config.json")
LARGEST = 1 << 20  # bytes
MOST = 500  # entries
CLASSES = {"id2label", "label2id"}  # a thousand names, before all that sorts behind them
DEPTH = 8


def configs_beside(path: Path | None) -> dict[str, Any]:
    """Plain entries of the JSON files beside a checkpoint, by file and dotted name:
    {"config.json.image_size": 224}; nothing of what is not there or is no such file."""
    found: dict[str, Any] = {}
    if path is None:
        return found
    for name in NAMES:  # of a checkpoint that is a folder, within
        file = beside(path, name)
        try:
            if file is None or file.stat().st_size > LARGEST:
                continue
            value = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        _flatten(name, value, found, 0)
    return found


def _flatten(path: str, value: Any, found: dict[str, Any], depth: int) -> None:
    if len(found) >= MOST or depth > DEPTH:
        return
    if isinstance(value, dict):
        for key, one in value.items():
            if key in CLASSES:
                continue
            _flatten(f"{path}.{key}", one, found, depth + 1)
    elif isinstance(value, str):
        found[path] = value[:200]
    elif isinstance(value, int | float | bool):
        found[path] = value
    elif isinstance(value, list) and len(value) <= 16:
        found[path] = [one for one in value if isinstance(one, str | int | float)]


def entry(facts: dict[str, Any], *names: str) -> Any:
    """The first entry whose last part is one of the names, in the names' order; None if none."""
    for name in names:
        for key, value in facts.items():
            if key.rpartition(".")[2] == name:
                return value
    return None
