"""A network in a file: its tensors under the architecture's names, and which of them fit it."""

from __future__ import annotations

from collections.abc import Mapping

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints.heads import BESIDE, INSIDE, head_of
from cacr_core.checkpoints.keys import STYLES, Root, spelled, without_wrappers
from cacr_core.checkpoints.recognition import Groups

# layers that change a ViT's features and that `transformer.VisionTransformer` has not
FURTHER = (
    "fc_norm", "norm_pre", "dist_token", "pos_drop", "relative_position_bias_table", "rope",
)  # fmt: skip
CARRIED = ("mask_token", "pooler")  # by ViTs, without a part in their features


class Found:
    """A network in a file.

    Attributes:
        names: The architecture's spelling -> the name in the state dict.
        shapes: By the architecture's spelling.
        network: What the shapes fit; None if nothing known.
        head: What stands behind it.
    """

    def __init__(self, root: Root, groups: Groups) -> None:
        self.root = root
        self.names = spelled(groups[root.group], root)
        self.shapes = {name: groups[root.group][old] for name, old in self.names.items()}
        kind = STYLES[root.style].kind
        self.network = nets.network_of(kind, self.shapes, root.style)
        self.head = None
        if self.network:
            wanted = nets.expected(self.network)
            own = frozenset(old for name, old in self.names.items() if name in wanted)
            self.head = head_of(groups, root, kind, self.network.feature_dim, own)


def fit(found: Found, network: nets.Network) -> tuple[set[str], dict[str, str]]:
    """Names that fit the network, and those that fit nothing, with what the file calls them."""
    wanted = nets.expected(network)
    fits = {name for name in wanted if _alike(found.shapes.get(name), wanted[name])}
    of_head = set(found.head.keys) if found.head else set()
    is_whole_file = not without_wrappers(found.root.prefix.rstrip("."))
    behind = (*INSIDE, *BESIDE, "prototypes") if is_whole_file else INSIDE
    left = {
        name: old
        for name, old in found.names.items()
        if name not in fits
        and old not in of_head
        and not name.endswith(nets.COUNTER)
        and name.split(".")[0] not in behind
    }
    return fits, left


def odd(left: Mapping[str, str]) -> bool:
    """Whether something is left that a known network does not carry along."""
    return any(name.split(".")[0] not in CARRIED for name in left)


def _alike(shape: tuple[int, ...] | None, wanted: tuple[int, ...]) -> bool:
    """Whether a tensor has a shape, axes of one at its front left out."""
    if shape is None:
        return False
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    while len(wanted) > 1 and wanted[0] == 1:
        wanted = wanted[1:]
    return shape == wanted


def blocked_by(
    network: nets.Network, space: str, missing: tuple[str, ...], left: dict[str, str]
) -> str | None:
    """Why features would be wrong; tensors beside the network's own layers do no harm.

    Args:
        space: Of the colours that it is fed; of RGB's no two are images.
    """
    if network.channels not in ((1, 3) if space == "rgb" else (1, 2, 3)):
        return (
            f"It takes images of {network.channels} channels, and pictures have 3, so that no "
            "features of them can be made."
        )
    parts = {name.split(".")[0] for name in nets.expected(network)} | set(FURTHER)
    strange = [old for name, old in left.items() if name.split(".")[0] in parts]
    if len(missing) == 1:
        return f"{network.name} needs a tensor that is missing or of another shape, {missing[0]}."
    if missing:
        what = f"needs {len(missing)} tensors that are missing or of another shape"
        return f"{network.name} {what}, {missing[0]} first."
    if len(strange) == 1:
        return f"{network.name} has no place for a tensor of its layers, {strange[0]}."
    if strange:
        what = f"has no place for {len(strange)} tensors of its layers"
        return f"{network.name} {what}, {strange[0]} first."
    return None
