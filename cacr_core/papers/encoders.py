"""The small encoders that ship with the app, and how they are made and written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cacr_core.losses import CACR, SSCL, InfoNCE, loss_name
from cacr_core.models import Encoder
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import ENCODERS as FOLDER
from cacr_core.training import TrainConfig, Training

TITLES = {"cacr": "CACR", "sscl": "SSCL", "infonce": "InfoNCE", "untrained": "Untrained"}


def _configs() -> dict[str, TrainConfig]:
    """Trained alike but for the loss: one start, the same images, views and number of updates."""
    made: dict[str, TrainConfig] = {}
    for dataset, n_steps in (("shapes", 600), ("digits", 300)):
        shared: dict[str, Any] = {"dataset": dataset, "n_views": 4, "n_steps": n_steps} | {
            "device": "cpu",
            "precision": "float32",
        }
        cacr = TrainConfig(loss=CACR(t_pos=1.0, t_neg=2.0), **shared)
        sscl = SSCL(temperature=0.5, beta=1.0, class_prior=0.1)
        made |= {
            f"cacr-{dataset}": cacr,
            f"sscl-{dataset}": TrainConfig(loss=sscl, n_synthetic=8, pool_size=32, **shared),
            f"infonce-{dataset}": TrainConfig(loss=InfoNCE(temperature=0.5), **shared),
            f"untrained-{dataset}": cacr,  # the first weights of the others
        }
    return made


ENCODERS = _configs()  # name of the file -> what it is trained with


def write_encoder(name: str, folder: Path = FOLDER, n_steps: int | None = None) -> str:
    """Train one of `ENCODERS` and write it; returns a line on what it scores.

    Args:
        n_steps: Fewer updates than it ships with, for a trial.
    """
    config = ENCODERS[name]
    training = Training(config)
    n_steps = 0 if name.startswith("untrained") else n_steps or config.n_steps
    while training.step < n_steps:
        training.update()
    rounded, apart = rounded_encoder(training.encoder, training.source.probe_views[0])
    training.encoder = rounded  # what is scored is what is written
    title = TITLES[name.partition("-")[0]]
    scores = {k: round(v, 4) for k, v in training.scores().items() if k.startswith("knn")}
    line = (
        f"{title} on {config.dataset}: {n_steps} updates, seed {config.seed}; 10-NN, votes "
        f"1 + cos, of held-out images {100 * scores['knn_features']:.1f} % by features."
    )
    metadata = {
        "config": config.to_json(),
        "step": str(n_steps),
        "loss": loss_name(config.loss) if n_steps else "untrained",
        "dataset": config.dataset,
        "line": line,
        "scores": json.dumps(scores),
        "rounding": f"{apart:.6f}",
    }
    files.write_bytes(folder / f"{name}.safetensors", as_safetensors(rounded, metadata))
    return line


def rounded_encoder(encoder: Encoder, views: Tensor) -> tuple[Encoder, float]:
    """The encoder with what is to be written in float16 rounded to it, and how far that moves
    its embeddings of these views: the largest distance between two unit vectors."""
    rounded = copy.deepcopy(encoder).eval()
    state = {key: halved(value).to(value.dtype) for key, value in encoder.state_dict().items()}
    rounded.load_state_dict(state)
    with torch.inference_mode():
        before, after = (net.eval()(views)[1].float() for net in (encoder, rounded))
    return rounded, round((before - after).norm(dim=1).max().item(), 6)


def halved(tensor: Tensor) -> Tensor:
    """Weights as float16; vectors as they are: norms' statistics have no bounds, and are small."""
    return tensor.half() if tensor.ndim > 1 and tensor.is_floating_point() else tensor


def as_safetensors(encoder: nn.Module, metadata: dict[str, str]) -> bytes:
    """A file of the encoder's weights, its large tensors in float16."""
    from safetensors.torch import save

    state = encoder.state_dict()
    return save({k: halved(v).contiguous() for k, v in state.items()}, metadata=metadata)
