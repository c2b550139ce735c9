"""A small finished comparison for tests of what is said about it: made once, by the real worker."""

import atexit
import dataclasses
import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=4, snapshot_every=2, n_probes=40, embedding_dim=8
)
COMPARISON = Comparison(
    (
        Entry("CACR", dataclasses.replace(TINY, loss=CACR(1.5, 3.0), n_views=4)),
        Entry("SSCL", dataclasses.replace(TINY, loss=SSCL(), n_synthetic=3, pool_size=6)),
        Entry("uniform", dataclasses.replace(TINY, loss=CACR(t_neg=0.0))),
        Entry("InfoNCE", dataclasses.replace(TINY, loss=InfoNCE(), lr=0.003)),
    ),
    baseline=3,
)


@lru_cache(maxsize=1)
def finished() -> Path:
    """The folder of the comparison, on a shelf of its own; tests leave it as it is."""
    shelf = Path(mkdtemp(prefix="compared-"))
    atexit.register(shutil.rmtree, shelf, ignore_errors=True)
    folder = shelf / "compare-tiny"
    write_config(COMPARISON, folder)
    assert work(folder) == "finished"
    return folder
