"""A file of weights and its card -> the run folder that answers a question about it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cacr_core import data
from cacr_core.checkpoints import Card, Opened
from cacr_core.checkpoints.features import fingerprint, network_of
from cacr_core.checkpoints.features.embedding import HEAD, Progress
from cacr_core.checkpoints.frozen.freeze import N_HELD_OUT, freeze
from cacr_core.checkpoints.frozen.probe_images import shown, side_of
from cacr_core.checkpoints.frozen.scored import Untrained, set_beside, untrained_scores
from cacr_core.checkpoints.trained_by import trained_by
from cacr_core.checkpoints.untrained import drawn, shipped
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training.devices import choose_device
from cacr_core.training.source import N_BANK

FORMAT = 4  # raise it when equal questions would no longer be answered by equal folders


def freeze_checkpoint(
    opened: Opened,
    card: Card,
    folder: Path | None = None,
    *,
    dataset: str,
    layer: str = HEAD,
    n_probes: int = 512,
    seed: int = 0,
    n_bank: int = N_BANK,
    n_held_out: int = N_HELD_OUT,
    title: str | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Path:
    """A checkpoint as a run folder, as `freeze` makes it, beside the untrained network of its form
    where that ships.

    Args:
        card: Its network, head, input size and normalisation are used: override them there.
        folder: None for `folder_of` the same question, which is answered at once a second time.
        layer: "head" (before normalisation to unit length) or "features".

    Raises:
        ValueError: The card or the dataset lacks something, or a feature is not finite.
    """
    if card.input_size is None or card.normalisation is None:
        raise ValueError("Features need an input size and a normalisation; set them on the card.")
    asked: dict[str, Any] = {"dataset": dataset, "layer": layer, "n_probes": n_probes, "seed": seed}
    asked |= {"n_bank": n_bank, "n_held_out": n_held_out}
    if folder is None:
        folder = folder_of(opened, card, **asked)
        if (folder / "config.json").exists():
            return folder
    encoder, head = network_of(opened, card, with_head=layer == HEAD)
    trained = trained_by(opened, card)
    said = {"trained_by": trained.says} if trained else {}
    untrained = None
    if beside := shipped(card):
        untrained = Untrained(beside[0].path.stem, *network_of(*beside))
    return freeze(
        encoder,
        folder,
        **asked,
        head=head,
        title=title or f"{opened.path.name[-50:]}, {layer} on {Path(dataset).name[:20]}",
        line=line_of(card) + _read_at(side_of(dataset, n_probes, card.input_size), card),
        input_size=card.input_size,
        mean=card.normalisation.mean,
        std=card.normalisation.std,
        space=card.normalisation.space,
        backbone={"small_alexnet": "smallalexnet"}.get(str(card.architecture), card.architecture),
        loss=trained.loss if trained else None,
        about={"file": opened.path.name, "encoder": card.encoder, **said},
        untrained=untrained,
        device=device,
        progress=progress,
    )


def draw_untrained(
    folder: Path, card: Card, progress: Progress | None = None, device: str = "cpu"
) -> None:
    """Score an untrained network of the card's form, drawn here, beside a frozen checkpoint: on the
    images of its folder, whose run.json then holds it.

    Raises:
        ValueError: The network or its head cannot be built.
    """
    run, config = (files.read_json(folder / f"{name}.json") for name in ("run", "config"))
    frozen = run["frozen"]
    seen = shown(
        config["dataset"], config["n_probes"], config["seed"], frozen["input_size"],
        frozen["n_bank"], run["n_held_out"],
    )  # fmt: skip
    fed = {key: frozen[key] for key in ("input_size", "mean", "std")}
    fed |= {"space": frozen.get("space", "rgb"), "device": choose_device(device)}
    bank, held_out = seen.bank, seen.splits.held_out
    made = drawn(card, bank.images, with_head=frozen["layer"] == HEAD)
    network = Untrained(f"untrained {card.architecture}", *made)
    base = untrained_scores(network, bank, held_out, frozen["layer"], **fed, progress=progress)
    set_beside(frozen["scores"], held_out.labels, base, network.name)
    now = files.read_json(folder / "run.json")  # it may have another title meanwhile
    files.write_json(folder / "run.json", now | {"frozen": frozen})


def folder_of(
    opened: Opened,
    card: Card,
    *,
    dataset: str,
    layer: str = HEAD,
    n_probes: int = 512,
    seed: int = 0,
    n_bank: int = N_BANK,
    n_held_out: int = N_HELD_OUT,
) -> Path:
    """Where among the runs this question is answered: another file, card, dataset, layer or seed
    is another folder."""
    asked = {
        "format": FORMAT,
        "file": "".join(fingerprint(path) for path in opened.paths),
        "dataset": dataset,
        "contents": data.contents_of(dataset),
        "layer": layer,
        "n_probes": n_probes,
        "seed": seed,
        "scored": [n_bank, n_held_out],
        "read_at": side_of(dataset, n_probes, card.input_size or 32),
        "family": card.family,  # its loss is what they are seen under
        "card": [card.encoder, card.network, card.head, card.input_size, _fed(card)],
    }
    text = json.dumps(asked, sort_keys=True, default=str)
    return shelf.runs_folder() / f"frozen-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _read_at(side: int | None, card: Card) -> str:
    """The end of a line on images that are read smaller than the network sees them."""
    is_less = side is not None and side < (card.input_size or 0)
    return f", images read at {side} pixels and enlarged" if is_less else ""


def _fed(card: Card) -> Any:
    """The numbers of a normalisation, by which features change."""
    norm = card.normalisation
    return norm and [norm.mean, norm.std, norm.space]


def line_of(card: Card) -> str:
    """The card in one line; how sure it is, where it is not."""
    stem = f" ({card.stem} stem)" if card.stem else ""
    doubt = "" if card.confidence == "sure" else f" ({card.confidence})"
    parts = [
        f"{card.family}{doubt}" if card.family else "family not known",
        f"{card.architecture or 'architecture not known'}{stem}",
        card.encoder and f"encoder {card.encoder}",
        card.feature_dim and f"{card.feature_dim} features",
        card.input_size and f"{card.input_size} pixels",
        None if card.epoch is None else f"epoch {card.epoch}",
    ]
    return ", ".join(part for part in parts if part)
