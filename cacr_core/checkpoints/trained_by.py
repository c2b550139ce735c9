"""Which of this app's losses trained a checkpoint, where its file or its code base says so: its
features are then seen under that one first."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, cast

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.identify import facts_of
from cacr_core.checkpoints.opening import Opened
from cacr_core.losses import CACR, SSCL, InfoNCE, Loss, defaults_of, make_loss, needs_labels

OWN = "config.loss."  # before the settings of a loss, in what `facts_of` has of this app's files
# Code bases whose one loss is one of this app's, at the temperature of their scripts; not CMC: that
# is noise-contrastive estimation by default, no softmax.
OF_FAMILY: dict[str, Loss] = {
    "SSCL (its author's code)": SSCL(),
    "CACR (small scale)": CACR(),
    "CACR (queue)": CACR(),
    "CACR (MoCo-v3 form)": CACR(),
    "SimCLR (Google), converted": InfoNCE(0.1),
    "SimCLR (sthalles)": InfoNCE(0.07),
    "MoCo v1": InfoNCE(0.07),
    "MoCo v3 (converted)": InfoNCE(0.2),
    "SynCo": InfoNCE(0.2),
    "MMPretrain (MoCo)": InfoNCE(0.2),
    "lightning-bolts (MoCo)": InfoNCE(0.07),
}
TEMPERATURES = ("temperature", "moco_t", "nce_t", "temp")  # what scripts call it in their settings


class TrainedBy(NamedTuple):
    """A loss, and who says that it trained the checkpoint: a phrase after "as"."""

    loss: Loss
    says: str


def trained_by(opened: Opened, card: Card) -> TrainedBy | None:
    """The loss with the settings that the file holds, else those of its code base; None where
    neither names a loss of this app's, where it is told labels, which the images it is shown may
    not have, and where nothing was trained."""
    facts = facts_of(opened)
    if str(facts.get("metadata.step")) == "0":
        return None
    own = {key[len(OWN) :]: value for key, value in facts.items() if key.startswith(OWN)}
    if own:
        try:
            loss = make_loss(**own)
        except (ValueError, TypeError):  # of another version of this app
            return None
        return None if needs_labels(loss) else TrainedBy(loss, "the file says")
    loss = OF_FAMILY.get(card.family or "")
    if loss is None:
        return None
    temperature = _temperature(facts)
    if temperature is not None and "temperature" in defaults_of(type(loss)):
        loss = dataclasses.replace(cast(Any, loss), temperature=temperature)
    return TrainedBy(loss, f"{card.family} has it")


def _temperature(facts: dict[str, object]) -> float | None:
    for key, value in facts.items():
        if key.rsplit(".", 1)[-1] in TEMPERATURES and isinstance(value, int | float):
            return float(value) if 0 < value <= 10 else None
    return None
