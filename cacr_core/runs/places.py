"""A run's files as anyone may have them: of its folders of images the names, not where they lie."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cacr_core.runs.paths import entry_folders
from cacr_core.runs.reading import parsed, read_checked, read_json, read_lines

KEYS = ("dataset", "mixture")
ELSEWHERE = "…"  # in the place of the folder above
Rewrite = Callable[[Path], bytes | None]


def images_name(dataset: str) -> str:
    """What anyone may be told of images: of a folder or zip its name, and not where it lies."""
    return dataset if dataset.startswith("hub:") else Path(dataset).name or dataset


def images_in(config: Any) -> Iterator[str]:
    """Every set of images that a config names, wherever in it."""
    for key, value in config.items() if isinstance(config, dict) else enumerate(config):
        if key in KEYS:
            yield str(value)
        elif isinstance(value, dict | list):
            yield from images_in(value)


def rewrites(folder: Path) -> dict[str, Rewrite]:
    """How files of a run are written without places, by the end of their names; the others say
    none. What is damaged and no JSON gives None: it is left out.

    Raises:
        ValueError: By a rewrite, of a JSON file that cannot be read.
    """
    hidden = _places(folder)

    def of_config(path: Path) -> bytes:
        return json.dumps(_config(read_checked(path)), indent=2).encode()

    def of_words(path: Path) -> bytes:
        return json.dumps(_said(read_checked(path), hidden)).encode()

    def of_rows(path: Path) -> bytes:
        rows = [_said(row, hidden) for row in read_lines(path).rows]
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    words = dict.fromkeys(("run.json", "end.json", "seeds.json"), of_words)
    weights = {".safetensors": _weights}
    return {"config.json": of_config, **words, "seeds.jsonl": of_rows, **weights}


def _config(config: Any) -> Any:
    """A config whose folders of images are named as lying elsewhere: a known set may be called like
    one of them."""
    if isinstance(config, list):
        return [_config(item) for item in config]
    if not isinstance(config, dict):
        return config
    said = {key: _config(value) for key, value in config.items()}
    return said | {key: _elsewhere(said[key]) for key in KEYS if isinstance(said.get(key), str)}


def _elsewhere(dataset: str) -> str:
    name = images_name(dataset)
    return dataset if name == dataset else f"{ELSEWHERE}/{name}"


def _places(folder: Path) -> dict[str, str]:
    """Texts that tell where something lies, and what is said for each."""
    configs = (read_json(run / "config.json") for run in (folder, *entry_folders(folder)))
    named = {name for config in configs for name in images_in(config)}
    lies = {Path(name): elsewhere for name in named if (elsewhere := _elsewhere(name)) != name}
    lies |= {Path(os.path.expanduser(path)): elsewhere for path, elsewhere in lies.items()}
    lies |= {path.resolve(): elsewhere for path, elsewhere in lies.items()}
    here = (folder.resolve(), folder.absolute())
    above = [path.parent for path in (*here, *lies) if path.is_absolute()]
    hidden = dict.fromkeys(above, ELSEWHERE) | lies
    return {
        text: said
        for path, said in hidden.items()
        if len(path.parts) > 1
        for text in (str(path), repr(str(path))[1:-1], path.as_posix())  # as errors quote it, too
    }


def _said(value: Any, hidden: dict[str, str]) -> Any:
    """The same with nothing in its texts of where something lies."""
    if isinstance(value, dict):
        return {key: _said(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_said(item, hidden) for item in value]
    if not isinstance(value, str) or not hidden:
        return value
    longest_first = "|".join(map(re.escape, sorted(hidden, key=len, reverse=True)))
    return re.sub(rf"(?<![\w.])(?:{longest_first})", lambda found: hidden[found[0]], value)


def _weights(path: Path) -> bytes | None:
    """Tensors as they are, and before them, as safetensors has it, how long a table is and the
    table itself, which says in its metadata how they were trained."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    try:
        table = parsed(content[8:end], path.name)
        told = dict(table.pop("__metadata__", {}))
        if "config" in told:
            told["config"] = json.dumps(_config(parsed(told["config"], path.name)), indent=2)
    except (ValueError, TypeError, AttributeError):
        return None
    told = {key: told[key] for key in ("config", "step") if key in told}
    head = json.dumps({"__metadata__": told, **table}, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + content[end:]
