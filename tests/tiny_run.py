"""A run of six updates, its folder, and waiting for what another process does there."""

import dataclasses
import time

from cacr_core.runs import folder as files
from cacr_core.training import TrainConfig

TINY = TrainConfig(
    dataset="digits",
    batch_size=16,
    n_steps=6,
    snapshot_every=3,
    n_probes=32,
    embedding_dim=8,
    precision="float32",
)


def prepared(folder, **changes):
    config = dataclasses.replace(TINY, **changes)
    files.write_bytes(folder / "config.json", config.to_json().encode())
    return config


def wait_for(condition, timeout=60):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)
