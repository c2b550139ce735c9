"""Weights that are no plain numbers: one rank's parts of them, tensors of classes of their own, and
codes that were made of numbers."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints.bounds import cut
from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.facts import of_training
from cacr_core.checkpoints.fit import Found

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

LOCAL = "._local_tensor"  # the part of a DTensor that its rank has
MAKERS = ("torch._tensor._rebuild_from_type_v2,", "torch._utils._rebuild_qtensor,")
CODES = re.compile("u?int|q|bool")
SCALES = re.compile(r"(?<!logit_)(?<!layer_)scale(_inv)?$|\bSCB$")


def why_not_plain(opened: Opened) -> str:
    """Why the tensors of a model are no plain ones, as a clause; empty where they are."""
    if n := sum(name.endswith(LOCAL) and not of_training(name) for name in opened.tensors):
        return (
            f"one rank's share of a sharded model, of which each tensor is here in part ({n} "
            "DTensors); gather a full state dict where it was trained (get_model_state_dict of "
            "torch.distributed.checkpoint.state_dict with full_state_dict=True)"
        )
    made = [path for path, why in opened.unread.items() if why.startswith(MAKERS)]
    if n := sum(not of_training(path) for path in made):
        return (
            f"tensors that are quantised or of a class of their own, {n} of them, which only its "
            "code can make; dequantise them where they were made and save plain ones"
        )
    return ""


def told(card: Card, opened: Opened, found: Found) -> Card:
    """The card of a network with why its weights' numbers cannot be used, or what is assumed of
    them, by their types."""
    if card.network is None or card.missing:
        return card
    wanted = [name for name, shape in nets.expected(card.network).items() if len(shape) > 1]
    seen = [opened.groups[found.root.group][found.names[name]] for name in wanted]
    if card.head:
        seen += [opened.groups[card.head.group][key] for key in card.head.keys]
    types = {one.dtype for one in seen if len(one.shape) > 1}
    blocked, doubt = "", ""
    if any(CODES.match(dtype) for dtype in types):
        blocked = (
            "Its weights are whole numbers, codes whose scales are not among its layers; "
            "dequantise it and save plain tensors."
        )
    elif any(dtype.startswith("complex") for dtype in types):
        blocked = "Its weights are complex numbers, which no network here has; save real ones."
    elif any(dtype.startswith("float8") for dtype in types):
        scales = [name for name in opened.tensors if SCALES.search(name)]
        doubt = "Its weights are of float8 and taken as they are: the file has no scales of them."
        if scales:
            blocked = (
                f"Its weights are of float8, and their scales, {cut(scales[0])} first, are not "
                "among its layers; dequantise it and save plain tensors."
            )
    doubts = [one for one in card.doubts if not blocked or one != card.blocked]
    doubts = [one for one in (blocked or doubt, *doubts) if one]
    return dataclasses.replace(card, blocked=blocked or card.blocked, doubts=tuple(doubts))
