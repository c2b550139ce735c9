"""Runs on the pretended device and on the CPU, side by side: `python -m tests.trained_there`.

Takes JSON on standard input, {"cases": {name: settings}, "n_updates": n}, where a case may have an
"n_updates" of its own; answers a line of JSON a case, as `told` has it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from typing import Any

import torch
from safetensors.torch import load, save

from cacr_core.losses import make_loss
from cacr_core.training import TrainConfig, Training, source
from cacr_core.training.devices import Choice
from cacr_core.training.source import Source
from tests import pretended

BASE: dict[str, Any] = {
    "dataset": "digits",
    "batch_size": 6,
    "n_steps": 1_000,
    "n_probes": 16,
    "embedding_dim": 8,
    "pool_size": 5,
    "queue_size": 20,
    "precision": "float32",
}
CPU = torch.device("cpu")
_sources: dict[tuple[Any, ...], Source] = {}


def config_of(settings: dict[str, Any]) -> TrainConfig:
    """A small config with these settings; "loss" by name."""
    given = BASE | settings
    if "loss" in given:
        given["loss"] = make_loss(given["loss"], **given.pop("loss_settings", {}))
    return TrainConfig(**given)


def training_on(device: torch.device, config: TrainConfig, recipe: dict[str, Any]) -> Training:
    """One whose images are on the device; those of equal images share them.

    Args:
        recipe: What differs from the dataset's own.
    """
    key = (device, *recipe, *(getattr(config, name) for name in source.FIELDS))
    if key not in _sources:
        source.chosen = lambda name: Choice(device, "")
        _sources[key] = Source(config)
        _sources[key].recipe = dataclasses.replace(_sources[key].recipe, **recipe)
    return Training(config, _sources[key])


def told(settings: dict[str, Any], n_updates: int) -> dict[str, Any]:
    """What came of a run there: `differs` names what of its state is not the CPU's to the bit,
    `resumed` what is not that of a run saved and gone on with; `waits` of its updates, one by one,
    `looks` of the last snapshot; `doubles`, and whether all numbers are finite."""
    settings = dict(settings)
    n_updates = settings.pop("n_updates", n_updates)
    recipe = settings.pop("recipe", {})
    config = config_of(settings)
    here = training_on(CPU, config, recipe)
    with pretended.Pretended():
        there = training_on(pretended.DEVICE, config, recipe)
        pretended.SEEN.clear()
        waits = []
        for _ in range(n_updates):
            pretended.SEEN.waits.clear()
            there.update()
            here.update()
            waits.append(list(pretended.SEEN.waits))
        pretended.SEEN.waits.clear()
        snapshot = there.snapshot()
        looks = list(pretended.SEEN.waits)
        saved = load(save(there.state()))
        again = training_on(pretended.DEVICE, config, recipe)
        again.load_state(saved)
        for one in (there, again):
            one.update()
        after, resumed = there.state(), again.state()
    own = here.state()
    numbers = [*snapshot.metrics.values(), *snapshot.embeddings.ravel().tolist()]
    return {
        "device": str(there.device),
        "differs": [key for key in own if not torch.equal(own[key], saved[key])],
        "resumed": [key for key in after if not torch.equal(after[key], resumed[key])],
        "waits": waits,
        "looks": looks,
        "doubles": sorted(pretended.SEEN.doubles),
        "operations": sorted(pretended.SEEN.operations),
        "finite": all(map(math.isfinite, numbers)),
        "metrics": {
            name: [value, snapshot.metrics[name]] for name, value in here.snapshot().metrics.items()
        },
    }


def main() -> None:
    torch.set_num_threads(1)
    asked = json.load(sys.stdin)
    for name, settings in asked["cases"].items():
        try:
            found = told(settings, asked["n_updates"])
        except Exception as error:  # what a GPU would raise is an answer, too
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": name} | found), flush=True)


if __name__ == "__main__":
    main()
