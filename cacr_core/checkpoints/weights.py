"""Weights of a card's encoder and head under the names of what `networks` builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.identify import Found, groups_of
from cacr_core.checkpoints.keys import find_roots, join

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.checkpoints.opening import Opened


def state_dict_of(opened: Opened, card: Card) -> dict[str, Tensor]:
    """The encoder's weights for `networks.build(card)`: float32 on the CPU, nothing left out.

    Raises:
        ValueError: The card has no network, or these tensors do not make it.
    """
    import torch

    if card.network is None or card.encoder is None:
        raise ValueError("Weights need a known architecture, the card has none. Choose one.")
    if card.blocked:
        raise ValueError(f"{card.blocked} Choose another architecture or encoder.")
    groups = groups_of(opened)
    root = next(root for root in find_roots(groups) if root.path == card.encoder)
    names = Found(root, groups).names
    wanted = nets.expected(card.network)
    counters = [name for name in names if name.endswith(nets.COUNTER)]
    paths = {name: join(root.group, names[name]) for name in (*wanted, *counters)}
    loaded = opened.load(paths.values())
    state = {name: loaded[paths[name]].float().reshape(wanted[name]) for name in wanted}
    for name in wanted:
        norm, _, part = name.rpartition(".")
        if part == "running_mean":
            counter = f"{norm}.{nets.COUNTER}"
            state[counter] = torch.as_tensor(loaded.get(paths.get(counter, ""), 0)).long()
    return state


def head_state_dict_of(opened: Opened, card: Card) -> dict[str, Tensor]:
    """The head's weights for `networks.build_head(card)`.

    Raises:
        ValueError: The card has no head.
    """
    from cacr_core.checkpoints.networks import head_modules

    if card.head is None:
        raise ValueError("A head is needed, the card has none. Take the features before it.")
    state, head = {}, card.head
    loaded = opened.load(join(head.group, key) for key in head.keys)
    for i, (layer, _) in head_modules(head):
        for key in head.keys:
            module, _, part = key.rpartition(".")
            if module == layer.name:
                value = loaded[join(head.group, key)]
                state[f"{i}.{part}"] = value if part == nets.COUNTER else value.float()
    return state
