"""What a viewer is told of a comparison: its entries, its images, and the proof that it is fair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.zips import images_name
from cacr_core.scores.evenness import uniformity_limit
from web.compare.series import MOST_CLASSES, scale_of, series_of
from web.live.describe import (
    describe_loss,
    device_text,
    has_features,
    sprites,
)

MARKS = ("circle", "square", "triangle", "diamond")  # one shape for each entry, whatever the theme
HEX_SHOWN = 6  # digits of a digest that a person is shown
PARTS = {"weights": "first weights", "order": "batches", "views": "first two views"}


def describe_comparison(folder: Path) -> dict[str, Any]:
    """The `comparison` message, without loading torch.

    Raises:
        ValueError: Its config cannot be read.
    """
    config, about = files.read_config(folder), files.read_json(folder / "run.json")
    listed = entries_of(folder, config)
    entries = [folder / name for name in listed]
    configs = [files.read_config(entry) for entry in entries]
    first = files.read_json(entries[0] / "run.json")
    probes = files.read_probes(entries[0])
    names = list(probes.get("class_names", []))
    n, dim = int(probes.get("n", 0)), max(int(c.get("embedding_dim", 0)) for c in configs)
    is_frozen = bool(about.get("frozen"))
    head, tail = first.get("head") or [], first.get("tail") or []
    per_class = first.get("held_out_per_class") or []
    return {
        "type": "comparison",
        "run": shelf.id_of(folder),
        "title": about.get("title", folder.name),
        "example": shelf.is_recorded(folder),
        "frozen": is_frozen,
        "baseline": baseline_of(folder, config),
        "dataset": images_name(configs[0]["dataset"]),
        "n": n,
        "n_steps": 0 if is_frozen else int(configs[0]["n_steps"]),
        "class_names": names,
        "most_classes": MOST_CLASSES,
        "chance": 1 / len(names) if len(names) > 1 else None,
        "held_out": {
            "n": int(first.get("n_held_out", 0)),
            "per_class": per_class,
        },
        "train_per_class": None if is_frozen else first.get("train_per_class"),
        "head": head,
        "tail": tail,
        "sprites": sprites(entries[0]),
        "has_features": has_features(entries[0]),
        "probes": probes,
        "device": device_text(first),
        "entries": [
            _entry(path, config, listed[path.name])
            for path, config in zip(entries, configs, strict=True)
        ],
        "series": series_of(configs, n, names, per_class, bool(head), is_frozen),
        "scale": scale_of(configs),
        "dim": dim,
        "even_spread": even_spread(dim, n),
    }


def entries_of(folder: Path, config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a comparison's config says of each entry whose folder is there, by the entry's name."""
    listed = dict(zip(files.ENTRIES, config["entries"], strict=False))
    there = (entry.name for entry in files.entry_folders(folder))
    return {name: listed[name] for name in there if name in listed}


def baseline_of(folder: Path, config: dict[str, Any]) -> str:
    """The entry that differences are from: the comparison's own, or the first that is there."""
    there = list(entries_of(folder, config))
    own = files.ENTRIES[int(config.get("baseline", 0))]
    return own if own in there else there[0]


def _entry(folder: Path, config: dict[str, Any], listed: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": folder.name,
        "run": shelf.id_of(folder),
        "label": str(listed["label"]),
        "loss": describe_loss(config["loss"]),
        "n_views": int(config["n_views"]),
        "last": files.readable_step(folder),
        "images_per_step": int(config["batch_size"]) * int(config["n_views"]),
        "n_synthetic": int(config["n_synthetic"]),
        "lr": float(config["lr"]),
        "host": str(config.get("host", "batch")),
        "line": str(files.read_json(folder / "run.json").get("frozen", {}).get("line", "")),
        "mark": MARKS[files.ENTRIES.index(folder.name)],
    }


def even_spread(dim: int, n: int) -> float:
    """The lowest uniformity of `n` points on the sphere of a dimension."""
    return round(uniformity_limit(dim, n), 4)


def read_proof(folder: Path) -> dict[str, Any] | None:
    """The `proof` message, None before there is a proof.

    An entry that stopped alone is not in it: what it used is no longer followed.
    """
    proof = files.read_json(folder / "proof.json")
    there = {entry.name for entry in files.entry_folders(folder)}
    digests = {k: v for k, v in (proof.get("entries") or {}).items() if k in there}
    if not digests:
        return None
    step = int(proof.get("step", 0))
    parts = {}
    for part in PARTS:
        found = {entry: str(used.get(part, "")) for entry, used in digests.items()}
        text = next(iter(found.values()))[:HEX_SHOWN]
        parts[part] = {
            "text": f"{text}…" if text else "",
            "equal": len(set(found.values())) == 1,
            "entries": found,
        }
    equal = all(part["equal"] for part in parts.values())
    stopped = len(there) - len(digests)
    sentence = _proof_sentence(parts, equal, step, len(digests), stopped)
    if len(digests) == 1:
        listed = entries_of(folder, files.read_config(folder))
        sentence = _alone_sentence(str(listed[next(iter(digests))]["label"]), step, stopped)
    return {"type": "proof", "step": step, "equal": equal, **parts, "sentence": sentence}


def _alone_sentence(label: str, step: int, stopped: int) -> str:
    """Digests of one entry alone are equal to no other's."""
    return (
        f"Only {label} goes on, up to step {step}: there is no other to hold it against"
        f"{_not_followed(stopped)}."
    )


def _not_followed(stopped: int) -> str:
    if not stopped:
        return ""
    return f"; {stopped} that stopped alone {'is' if stopped == 1 else 'are'} not followed on"


def _proof_sentence(
    parts: dict[str, dict[str, Any]], equal: bool, step: int, n: int, stopped: int
) -> str:
    rest = _not_followed(stopped)
    among = f"the {n} entries that go on" if stopped else f"all {n} entries"
    if not equal:
        unlike = [PARTS[part] for part, found in parts.items() if not found["equal"]]
        return (
            f"Not a fair comparison: {' and '.join(unlike)} differ between entries up to step "
            f"{step}{rest}."
        )
    if step == 0:
        return f"Same first weights in {among}; no batch has been used yet{rest}."
    return (
        f"Same first weights, same batches, same first two views in {among} up to step {step}"
        f"{rest}."
    )
